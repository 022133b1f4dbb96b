"""Values and pure functions: no I/O, no wall clock, no randomness, no globals that change.

Everything above this package passes time in as an argument and gets effects back as values.
"""
