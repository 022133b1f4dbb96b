"""Placeholders for secrets: `[redacted:key-1]`, the same one for the same secret.

In addresses the brackets are percent-encoded, so that an address stays valid.
"""

import re
from typing import Final

MAX_PLACEHOLDERS: Final = 20_000
"""Secrets whose placeholder is remembered; the one used longest ago is forgotten."""

_PLACEHOLDER: Final = re.compile(r"(?:\[|%5B)redacted:[a-z]+-\d+(?:\]|%5D)")


class Placeholders:
    """The placeholders of one redactor."""

    def __init__(self, limit: int = MAX_PLACEHOLDERS) -> None:
        self._limit = limit
        self._by_secret: dict[str, str] = {}
        """The latest used last."""
        self._numbers: dict[str, int] = {}
        """The last number of each kind."""

    def __len__(self) -> int:
        return len(self._by_secret)

    def get(self, secret: str) -> str | None:
        """Return the placeholder that a secret has by now."""
        return self._by_secret.get(secret)

    def get_or_create(self, secret: str, kind: str) -> str:
        """Return the placeholder of a secret; a new one names the kind."""
        placeholder = self._by_secret.pop(secret, None)
        if placeholder is None:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            placeholder = f"[redacted:{kind}-{self._numbers[kind]}]"
        # Inserted again, so that the first entry is the one used longest ago.
        self._by_secret[secret] = placeholder
        if len(self._by_secret) > self._limit:
            del self._by_secret[next(iter(self._by_secret))]
        return placeholder


def is_placeholder(text: str) -> bool:
    """Return True if the text is a placeholder, in brackets of either form."""
    return _PLACEHOLDER.fullmatch(text) is not None


def starts_with_placeholder(text: str) -> bool:
    """Return True if a placeholder is the beginning of the text."""
    return _PLACEHOLDER.match(text) is not None


def encode_brackets(placeholder: str) -> str:
    """Return the placeholder as it stands in an address."""
    return placeholder.replace("[", "%5B").replace("]", "%5D")
