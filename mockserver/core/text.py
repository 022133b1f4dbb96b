"""Short texts: counted nouns, shortened values, words for what is no function."""

from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Final

ELLIPSIS: Final = "..."
_NOT_RUN: Final = (
    (iscoroutinefunction, "a coroutine function (`async def`)"),
    (isasyncgenfunction, "an asynchronous generator (`async def` with `yield`)"),
    (isgeneratorfunction, "a generator (it has a `yield`)"),
)
"""The functions that a call does not run, and what they are."""


def pluralize(number: int, noun: str) -> str:
    """Return a counted noun: `1 call`, `2 calls`, `0 entries`."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}s"


def with_article(noun: str) -> str:
    """Return a noun with its indefinite article: `a video`, `an item`."""
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def truncate(text: str, limit: int, ellipsis: str = ELLIPSIS) -> str:
    """Shorten a text to at most `limit` characters; a shortened one ends in `ellipsis`, which counts."""
    if len(text) <= limit:
        return text
    return text[: limit - len(ellipsis)] + ellipsis


def describe_wrong_function(value: object) -> str:
    """Return what a value is that is to be a function which answers when it is called; empty: it is one."""
    if not callable(value):
        return repr(value)
    functions = (value, value.__call__)
    return next((words for is_kind, words in _NOT_RUN if any(map(is_kind, functions))), "")
