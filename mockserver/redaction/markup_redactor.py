"""Replaces the secrets in XML and HTML: elements and attributes whose name makes their text a secret.

The text is scanned for tags, never parsed and serialized: broken markup keeps its flaws. Every tag, also one that does
not end, is one match, so the scan is linear.
"""

import re
from collections import Counter
from dataclasses import dataclass
from html import escape, unescape
from typing import Final

from mockserver.redaction import secret_names
from mockserver.redaction.hider import SecretHider, hide_named, replace_group, replace_stripped

_TAG: Final = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[(?P<data>.*?)(?:\]\]>|\Z)"
    r"|<(?P<close>/?)(?P<name>[A-Za-z_][\w:.-]*+)(?P<attributes>(?:[^<>\"'=]|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+|[\"'])*+)"
    r"(?:>|(?=<)|\Z)",
    re.DOTALL,
)
_ATTRIBUTE: Final = re.compile(
    r"(?P<name>[A-Za-z_:][\w:.-]{0,200})\s*+=\s*+"
    r"(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<bare>[^\s\"'<>=`]++))"
)
_VALUE_GROUPS: Final = ("double", "single", "bare")
_START: Final = re.compile(r"\ufeff?\s*<[A-Za-z!?/]")
_NAMING_ATTRIBUTES: Final = frozenset(("name", "key", "id", "property", "type", "header"))
"""Attributes whose value names what the element holds: `<input name="csrf_token" value="...">`."""
_HOLDING_ATTRIBUTES: Final = frozenset(("value", "content"))
_NAMING_ELEMENTS: Final = frozenset(("name", "key", "header", "field"))
"""Elements whose text names what its neighbour holds: `<key>token</key><string>...</string>`."""
_HOLDING_ELEMENTS: Final = frozenset(("value", "values", "string", "data", "content"))
_VOID_ELEMENTS: Final = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)


@dataclass(slots=True)
class _OpenElement:
    """An element that has begun, and what is known of its text."""

    name: str
    """The local name, as it is written; empty for the document."""
    secret_name: str = ""
    """The name that makes all text in it a secret; empty if none does."""
    names_secret: str = ""
    """The name of a secret that one of its elements has named: the element that holds it follows."""


def is_markup(text: str) -> bool:
    """Return True if the text begins as XML or HTML does."""
    return _START.match(text) is not None


class MarkupRedactor:
    """Redacts one document."""

    def __init__(self, hider: SecretHider) -> None:
        self._hider = hider
        # The bottom entry stands for the document and is never closed.
        self._open = [_OpenElement("")]
        self._open_counts: Counter[str] = Counter()

    def redact(self, text: str) -> str:
        """Return the document with placeholders for its secrets."""
        out: list[str] = []
        copied_to = 0
        for tag in _TAG.finditer(text):
            out.append(self._redact_content(text[copied_to : tag.start()]))
            copied_to = tag.end()
            if tag["name"] is not None:
                out.append(self._redact_tag(tag))
            elif tag["data"] is not None:
                out.append(replace_group(tag, "data", self._redact_content(tag["data"])))
            else:
                out.append(self._hider.redact_text(tag[0]))
        out.append(self._redact_content(text[copied_to:]))
        return "".join(out)

    def _redact_content(self, text: str) -> str:
        """Redact what stands between two tags."""
        if not text or text.isspace():
            return text
        return replace_stripped(text, self._redact_stripped)

    def _redact_stripped(self, text: str) -> str:
        element = self._open[-1]
        if element.secret_name:
            return hide_named(self._hider, element.secret_name, unescape(text))
        if element.name.lower() in _NAMING_ELEMENTS and secret_names.is_secret_field(text):
            self._open[-2].names_secret = text
        return self._hider.redact_text(text)

    def _redact_tag(self, tag: re.Match[str]) -> str:
        name = tag["name"].rpartition(":")[2]
        if tag["close"]:
            self._close(name)
            return tag[0]
        attributes = tag["attributes"]
        if not attributes.endswith("/") and name.lower() not in _VOID_ELEMENTS:
            self._open.append(_OpenElement(name, self._secret_name(name)))
            self._open_counts[name] += 1
        return replace_group(tag, "attributes", self._redact_attributes(attributes))

    def _secret_name(self, name: str) -> str:
        """Return the name that makes the text of a new element a secret; empty if none does."""
        parent = self._open[-1]
        if parent.secret_name:
            return parent.secret_name
        if secret_names.is_secret_field(name):
            return name
        return parent.names_secret if name.lower() in _HOLDING_ELEMENTS else ""

    def _close(self, name: str) -> None:
        """Close the innermost element of a name, and those in it that were not closed; without one, do nothing."""
        if not self._open_counts[name]:
            return
        while True:
            closed = self._open.pop()
            self._open_counts[closed.name] -= 1
            if closed.name == name:
                return

    def _redact_attributes(self, attributes: str) -> str:
        named = ""
        for attribute in _ATTRIBUTE.finditer(attributes):
            value = attribute[_value_group(attribute)]
            if attribute["name"].lower() in _NAMING_ATTRIBUTES and secret_names.is_secret_field(value):
                named = value
        return _ATTRIBUTE.sub(lambda attribute: self._redact_attribute(attribute, named), attributes)

    def _redact_attribute(self, attribute: re.Match[str], named: str) -> str:
        """Redact one attribute; `named` is the secret that another attribute names, or empty."""
        name = attribute["name"].rpartition(":")[2]
        if named and name.lower() in _HOLDING_ATTRIBUTES:
            name = named
        group = _value_group(attribute)
        value = unescape(attribute[group])
        hidden = hide_named(self._hider, name, value)
        if hidden == value:
            return replace_group(attribute, group, self._hider.redact_text(attribute[group]))
        return replace_group(attribute, group, escape(hidden))


def _value_group(attribute: re.Match[str]) -> str:
    """Return the group of an attribute that has its value: by its quotes, or without any."""
    return next(name for name in _VALUE_GROUPS if attribute[name] is not None)
