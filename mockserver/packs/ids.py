"""The ids of a pack's jobs: made from the seed, and the pattern that each of them matches."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from mockserver.core.ids import hex24, seeded_bytes, ulid, uuid_text
from mockserver.core.instants import Instant
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node

ALPHABETS: Final[Mapping[str, str]] = {
    "digits": "0123456789",
    "hex": "0123456789abcdef",
    "base32": "abcdefghijklmnopqrstuvwxyz234567",
    "base36": "0123456789abcdefghijklmnopqrstuvwxyz",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base62": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}
"""By name; any other text is an alphabet itself."""
FORMS: Final[Mapping[str, str]] = {
    "uuid": "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "ulid": "[0-9A-HJKMNP-TV-Z]{26}",
    "object-id": "[0-9a-f]{24}",
}
"""The forms with a name, and the pattern of each."""
_DEFAULT_LENGTH: Final = 24


class IdForm(NamedTuple):
    """How ids look."""

    prefix: str = ""
    form: str = ""
    """A key of `FORMS`; empty: `length` characters of `alphabet`."""
    alphabet: str = ALPHABETS["hex"]
    length: int = _DEFAULT_LENGTH

    @property
    def pattern(self) -> str:
        """A regular expression that every id full-matches."""
        body = FORMS.get(self.form)
        if body is None:
            body = f"[{re.escape(self.alphabet)}]{{{self.length}}}"
        return re.escape(self.prefix) + body

    def make(self, seed: str, *path: str | int, at: Instant) -> str:
        """Make the id of a path (of texts and numbers) under a seed; some forms have the instant `at` in them."""
        return self.prefix + self._body(seed, *path, at=at)

    def _body(self, seed: str, *path: str | int, at: Instant) -> str:
        match self.form:
            case "uuid":
                return uuid_text(seed, *path)
            case "ulid":
                return ulid(seed, *path, at=at)
            case "object-id":
                return hex24(seed, *path, at=at)
        raw = seeded_bytes(seed, *path, size=64) * 2
        return "".join(self.alphabet[byte % len(self.alphabet)] for byte in raw[: self.length])


def compile_ids(node: Node | None, diagnostics: Diagnostics) -> dict[str, IdForm]:
    """Compile the section `ids`; reports an alphabet of one character (PCK004)."""
    if node is None:
        return {}
    forms = {}
    for key, entry in node.entries:
        alphabet_node = entry.get("alphabet")
        alphabet = values.as_text(alphabet_node, "hex")
        alphabet = "".join(dict.fromkeys(ALPHABETS.get(alphabet, alphabet)))
        if alphabet_node is not None and len(alphabet) < 2:
            diagnostics.add("PCK004", "an alphabet needs at least two characters", alphabet_node)
        forms[key.text] = IdForm(
            prefix=values.as_text(entry.get("prefix")),
            form=values.as_text(entry.get("form")),
            alphabet=alphabet,
            length=values.as_int(entry.get("length"), _DEFAULT_LENGTH),
        )
    return forms
