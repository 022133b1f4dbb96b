"""Values and functions: no I/O, no wall clock, no randomness, no globals that change.

Everything above this room passes time in as an argument and gets effects back as values.
"""
