"""The interface through which the readers of single formats hide what they find."""

import re
from collections.abc import Callable
from typing import Final, Protocol

from mockserver.redaction import secret_names

MAX_DEPTH: Final = 4
"""Levels of documents in documents (JSON in a string in JSON); a document further down is a secret as a whole."""
_NUMBER: Final = re.compile(r"-?\d[\d.]*(?:[eE][-+]?\d+)?", re.ASCII)
_NO_SECRETS: Final = frozenset(("", "null", "none", "nil", "true", "false", "~", "{}", "[]", '""', "''"))
"""Values that hide nothing, in lower case."""


class SecretHider(Protocol):
    """Redacts the parts of a document; `Redactor` is the only implementation."""

    def redact_text(self, text: str) -> str:
        """Redact a text in which no place is known to be a secret."""
        ...

    def redact_document(self, text: str, depth: int) -> str:
        """Redact a text that may be a document of its own, inside of `depth` others."""
        ...

    def hide_value(self, text: str, kind: str) -> str:
        """Return the replacement of a secret of a kind (`secret`, `token`)."""
        ...


def hide_named(hider: SecretHider, name: str, value: str) -> str:
    """Return the value that stands under a name in a text without types: hidden if the name makes it a secret."""
    if not secret_names.is_secret_field(name) or value.lower() in _NO_SECRETS:
        return value
    if secret_names.is_always_secret(name):
        return hider.hide_value(value, "secret")
    # `output_tokens: 12` is a count.
    if _NUMBER.fullmatch(value):
        return value
    return hider.hide_value(value, "token")


def replace_group(match: re.Match[str], group: str, replacement: str) -> str:
    """Return the text of a match with another text in the place of one of its groups."""
    start, end = (at - match.start() for at in match.span(group))
    return match[0][:start] + replacement + match[0][end:]


def replace_stripped(text: str, replace: Callable[[str], str]) -> str:
    """Return the text with its outer space, and what is between that replaced."""
    stripped = text.strip()
    start = text.find(stripped)
    return text[:start] + replace(stripped) + text[start + len(stripped) :]
