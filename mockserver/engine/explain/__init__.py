"""Explanations on request: why an answer was what it was, and what a job has done and will do."""
