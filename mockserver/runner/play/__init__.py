"""One play of a scenario: its steps, their requests and times, the expected answers and webhooks, the result."""
