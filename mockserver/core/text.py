"""Short texts: counted nouns, shortened values."""

import json
from typing import Any, Final

from mockserver.errors import escape_unprintable

ELLIPSIS: Final = "..."


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


def json_text(value: Any) -> str:
    """Return a JSON value as a message shows it: as JSON, with what cannot be printed escaped."""
    return escape_unprintable(json.dumps(value, ensure_ascii=False, default=dict))
