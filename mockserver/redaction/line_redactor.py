"""Replaces the secrets in a text of lines: headers, YAML, INI, properties, server-sent events, logs.

A line `token: S` names its secret. Where the value stands below its name, as in YAML, every line that is indented
further is a secret. What stands in the middle of a line is found by `Redactor.redact_text`.
"""

import re
from typing import Final

from mockserver.redaction import secret_names
from mockserver.redaction.hider import SecretHider, hide_named
from mockserver.redaction.placeholders import starts_with_placeholder

_NAMED_LINE: Final = re.compile(
    r"(?P<indent>[ \t]*)(?:[-*>#][ \t]+)?(?:export[ \t]+)?(?P<quote>[\"']?)(?P<name>[A-Za-z][\w.-]{0,80})(?P=quote)"
    r"[ \t]*(?P<separator>:=?|=>?)(?P<gap>[ \t]*)(?P<value>.*)",
    re.DOTALL,
)
_QUOTED: Final = re.compile(r"\"((?:[^\"\\]|\\.)*+)\"|'([^']*+)'")
_BLOCK_MARKS: Final = frozenset(("", "|", ">", "|-", ">-", "|+", ">+"))
"""Values of a name whose text follows in the lines below."""


class LineRedactor:
    """Redacts the lines of one text in their order."""

    def __init__(self, hider: SecretHider, depth: int) -> None:
        self._hider = hider
        self._depth = depth
        self._hidden_indent: int | None = None
        """The indentation of a name that makes all lines indented further a secret."""

    def redact(self, text: str) -> str:
        """Return the text with placeholders for the values that a line names a secret."""
        return "".join(self._redact_line(line) for line in text.splitlines(keepends=True))

    def _redact_line(self, line: str) -> str:
        content = line.rstrip("\r\n")
        stripped = content.strip()
        if not stripped:
            return line
        end = line[len(content) :]
        indent = len(content) - len(content.lstrip())
        if self._hidden_indent is not None:
            if indent > self._hidden_indent:
                return content[:indent] + self._hider.hide_value(stripped, "secret") + end
            self._hidden_indent = None
        named = _NAMED_LINE.fullmatch(content)
        if named is None:
            return line
        return content[: named.start("value")] + self._redact_value(named) + end

    def _redact_value(self, named: re.Match[str]) -> str:
        name, value = named["name"], named["value"]
        if not secret_names.is_secret_field(name):
            if value[:1] in ("{", "[") and not starts_with_placeholder(value):
                return self._hider.redact_document(value, self._depth + 1)
            return value
        if named["separator"] == "=" and not named["gap"] and (" " not in value.strip() or "=" in value):
            # `token=b&a=c` and `token=b a=c` have several names in a line: each is found as a parameter.
            return value
        if value.strip() in _BLOCK_MARKS:
            self._hidden_indent = len(named["indent"])
            return value
        quoted = _QUOTED.match(value)
        if quoted is not None:
            inner = quoted[1] or quoted[2] or ""
            return value[:1] + hide_named(self._hider, name, inner) + value[quoted.end() - 1 :]
        secret = value.rstrip(" \t,;")
        return hide_named(self._hider, name, secret) + value[len(secret) :]
