"""Finds the texts of a JSON body that need redaction, and leaves every other byte as it is.

Nothing is parsed and written anew: a body that is broken, cut short, has a key twice or is many lines of JSON goes
through the same scanner, and keeps what is wrong with it. JSON inside a string of JSON is looked into as well.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mockserver.recordings import secret_patterns

MAX_DEPTH: Final = 4
"""JSON in a string in JSON...: a string further down is a secret as a whole."""

_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)("|\\?\Z)|[{}\[\],]|[^\s"{}\[\]:,]+', re.DOTALL)
_COLON = re.compile(r"\s*:")
_NUMBER = re.compile(r"-?\d.*")
_LONE_SURROGATES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_NESTED_JSON = re.compile(r"\s*[{\[]")
_NAME_KEYS: Final = frozenset(("name", "key", "header", "field"))
"""Keys whose value names what stands under `value` beside it."""
_VALUE_KEYS: Final = frozenset(("value", "values"))


@dataclass(slots=True)
class _OpenBracket:
    """One open bracket."""

    hidden: bool
    """Everything inside is a secret."""
    names_secret: bool = False
    """`{"name": "x-api-key", "value": ...}`: what stands under `value` is one."""
    key: str = ""

    def hides_value(self) -> bool:
        return (
            self.hidden or secret_patterns.is_secret_field(self.key) or (self.names_secret and self.key in _VALUE_KEYS)
        )


class JsonRedactor:
    """`text` cleans an ordinary text, `place` gives the placeholder of a secret of a kind (`secret`, `token`)."""

    def __init__(self, redact_text: Callable[[str], str], placeholder: Callable[[str, str], str]) -> None:
        self._redact_text = redact_text
        self._placeholder = placeholder

    def redact(self, text: str, depth: int = 0) -> str:
        """The same JSON without its secrets."""
        out: list[str] = []
        done = 0
        levels = [_OpenBracket(hidden=False)]
        for found in _TOKEN.finditer(text):
            new = self._redact_token(found, levels, depth)
            if new is not None:
                out += (text[done : found.start()], new)
                done = found.end()
        return "".join((*out, text[done:])) if out else text

    def _redact_token(self, found: re.Match[str], levels: list[_OpenBracket], depth: int) -> str | None:
        """What stands for a token instead, or None; keeps `levels`."""
        text, level = found[0], levels[-1]
        if text[0] == '"':
            return self._redact_string(found, level, depth)
        if text in "{[":
            levels.append(_OpenBracket(level.hides_value()))
        elif text in "}]":
            del levels[max(1, len(levels) - 1) :]
            levels[-1].key = ""
        elif text == ",":
            level.key = ""
        elif _NUMBER.fullmatch(text) and (level.hidden or secret_patterns.is_always_secret(level.key)):
            return f'"{self._placeholder(text, "secret")}"'
        return None

    def _redact_string(self, found: re.Match[str], level: _OpenBracket, depth: int) -> str | None:
        raw, end = found[1], found[2]
        text = _unescape_json(raw)
        if end == '"' and _COLON.match(found.string, found.end()):
            level.key = text
            clean = self._redact_text(text)
        elif level.hides_value() or (level.key == "key" and secret_patterns.KEY_LIKE.fullmatch(text)):
            clean = self._placeholder(text, "secret" if secret_patterns.is_always_secret(level.key) else "token")
        else:
            if level.key in _NAME_KEYS and (
                secret_patterns.is_secret_field(text) or text.lower() in secret_patterns.CREDENTIAL_HEADERS
            ):
                level.names_secret = True
            clean = self._redact_value(text, depth)
        return None if clean == text else f'"{_escape_json(clean)}{end if end == chr(34) else ""}'

    def _redact_value(self, text: str, depth: int) -> str:
        if not _NESTED_JSON.match(text) or '"' not in text:
            return self._redact_text(text)
        return self.redact(text, depth + 1) if depth < MAX_DEPTH else self._placeholder(text, "secret")


def _unescape_json(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


def _escape_json(text: str) -> str:
    """As JSON, and so that it can be encoded: half surrogate pairs that stand for no byte stay escapes."""
    return _LONE_SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)[1:-1])
