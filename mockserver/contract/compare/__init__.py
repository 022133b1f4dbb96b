"""Comparison of contracts with each other (diff) and with recordings (drift)."""
