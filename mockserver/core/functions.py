"""What users hand in to be called: functions that answer at once."""

from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Final

_NOT_RUN: Final = (
    (iscoroutinefunction, "a coroutine function (`async def`)"),
    (isasyncgenfunction, "an asynchronous generator (`async def` with `yield`)"),
    (isgeneratorfunction, "a generator (it has a `yield`)"),
)
"""The functions that a call does not run, and what they are."""


def describe_wrong_function(value: object) -> str:
    """Describe a value that does not answer when it is called, such as a coroutine function; empty if it does."""
    if not callable(value):
        return repr(value)
    functions = (value, value.__call__)
    return next((words for is_kind, words in _NOT_RUN if any(map(is_kind, functions))), "")
