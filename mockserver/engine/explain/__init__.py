"""Explanations of answers: hints with a refusal, and the whole reasoning on request."""
