"""Finds the texts of a JSON body that need redaction, and leaves every other byte as it is.

Nothing is parsed and written anew: a body that is broken, cut short, has a key twice or is many lines of JSON goes
through the same scanner, and keeps what is wrong with it. JSON inside a string of JSON is looked into as well.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mockserver.recordings import sensitive

DEEPEST: Final = 4
"""JSON in a string in JSON...: a string further down is a secret as a whole."""

_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)("|\\?\Z)|[{}\[\],]|[^\s"{}\[\]:,]+', re.DOTALL)
_COLON = re.compile(r"\s*:")
_NUMBER = re.compile(r"-?\d.*")
_HALVES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_NESTED = re.compile(r"\s*[{\[]")
_NAMES: Final = frozenset(("name", "key", "header", "field"))
"""Keys whose value names what stands under `value` beside it."""
_VALUES: Final = frozenset(("value", "values"))


@dataclass(slots=True)
class _Level:
    """One open bracket."""

    hidden: bool
    """Everything inside is a secret."""
    named: bool = False
    """`{"name": "x-api-key", "value": ...}`: what stands under `value` is one."""
    key: str = ""

    def hides(self) -> bool:
        return self.hidden or sensitive.is_secret(self.key) or (self.named and self.key in _VALUES)


class Walker:
    """`text` cleans an ordinary text, `place` gives the placeholder of a secret of a kind (`secret`, `token`)."""

    def __init__(self, text: Callable[[str], str], place: Callable[[str, str], str]) -> None:
        self._text = text
        self._place = place

    def json(self, text: str, depth: int = 0) -> str:
        """The same JSON without its secrets."""
        out: list[str] = []
        done = 0
        levels = [_Level(hidden=False)]
        for found in _TOKEN.finditer(text):
            new = self._token(found, levels, depth)
            if new is not None:
                out += (text[done : found.start()], new)
                done = found.end()
        return "".join((*out, text[done:])) if out else text

    def _token(self, found: re.Match[str], levels: list[_Level], depth: int) -> str | None:
        """What stands for a token instead, or None; keeps `levels`."""
        text, level = found[0], levels[-1]
        if text[0] == '"':
            return self._string(found, level, depth)
        if text in "{[":
            levels.append(_Level(level.hides()))
        elif text in "}]":
            del levels[max(1, len(levels) - 1) :]
            levels[-1].key = ""
        elif text == ",":
            level.key = ""
        elif _NUMBER.fullmatch(text) and (level.hidden or sensitive.is_grave(level.key)):
            return f'"{self._place(text, "secret")}"'
        return None

    def _string(self, found: re.Match[str], level: _Level, depth: int) -> str | None:
        raw, end = found[1], found[2]
        text = _unescaped(raw)
        if end == '"' and _COLON.match(found.string, found.end()):
            level.key = text
            clean = self._text(text)
        elif level.hides() or (level.key == "key" and sensitive.KEYLIKE.fullmatch(text)):
            clean = self._place(text, "secret" if sensitive.is_grave(level.key) else "token")
        else:
            if level.key in _NAMES and (sensitive.is_secret(text) or text.lower() in sensitive.CREDENTIALS):
                level.named = True
            clean = self._value(text, depth)
        return None if clean == text else f'"{_escaped(clean)}{end if end == chr(34) else ""}'

    def _value(self, text: str, depth: int) -> str:
        if not _NESTED.match(text) or '"' not in text:
            return self._text(text)
        return self.json(text, depth + 1) if depth < DEEPEST else self._place(text, "secret")


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


def _escaped(text: str) -> str:
    """As JSON, and so that it can be encoded: half surrogate pairs that stand for no byte stay escapes."""
    return _HALVES.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)[1:-1])
