"""The secrets that are searched everywhere: those given for this run, and the latest credentials found in it.

A secret is known by its text and by the forms in which programs write it: percent-encoded, escaped for JSON, for HTML
and for Python, in base64. `Redactor` replaces the first two in the texts of an exchange, where the others cannot occur
or are not text; `find_in` and `replace_in_output` know all of them.
"""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus

from mockserver.core.text import ELLIPSIS
from mockserver.redaction.placeholders import encode_brackets

MAX_FOUND_SECRETS: Final = 256
"""Found credentials that are searched everywhere; the one seen longest ago is forgotten."""
MIN_SECRET_LENGTH: Final = 6
"""Characters of a secret that can be distinguished from ordinary text; a shorter one is redacted in its place only."""
CUT_LENGTH: Final = 12
"""Leading characters by which a secret is recognized that was cut off."""
_ESCAPE: Final = re.compile("%[0-9A-F]{2}")
_MIN_BASE64_LENGTH: Final = 9
"""Bytes of a secret that is also searched in base64: the core of a shorter one is too common."""


class SecretForm(NamedTuple):
    """One way to write a secret."""

    text: str
    data: bytes


class FoundSecret(NamedTuple):
    """A known secret that occurs in data."""

    secret: str
    number: int
    """The place of the secret among the known ones, from 1."""
    offset: int
    """The byte at which it begins."""


class KnownSecrets:
    """The known secrets of one redactor."""

    def __init__(self, given: Iterable[str] = (), limit: int = MAX_FOUND_SECRETS) -> None:
        self._limit = limit
        self._given: dict[str, tuple[SecretForm, ...]] = {}
        """The forms of each given secret."""
        self._found: dict[str, tuple[SecretForm, ...]] = {}
        """The forms of each found secret, the latest seen last."""
        self.found_count = 0
        """Secrets found so far, also those that were forgotten."""
        self._searched: tuple[tuple[str, str], ...] = ()
        """Each secret with its percent-encoding, the longest first: a shorter one may be part of a longer one."""
        for secret in given:
            self.add_given(secret)

    def add_given(self, secret: str) -> None:
        """Search for a secret for the rest of the run, unless it is too short to be distinguished."""
        if len(secret) >= MIN_SECRET_LENGTH and secret not in self._given:
            self._found.pop(secret, None)
            self._given[secret] = secret_forms(secret)
            self._sort()

    def add_found(self, secret: str) -> None:
        """Search for a secret that was found, until too many others have been found."""
        if secret in self._given:
            return
        forms = self._found.pop(secret, None)
        if forms is not None:
            self._found[secret] = forms
            return
        self._found[secret] = secret_forms(secret)
        self.found_count += 1
        if len(self._found) > self._limit:
            del self._found[next(iter(self._found))]
        self._sort()

    def occur_in(self, text: str) -> bool:
        """Return True if the text has a known secret, as it is or percent-encoded."""
        return any(secret in text or encoded in text for secret, encoded in self._searched)

    def replace_in(self, text: str, placeholder: Callable[[str], str]) -> str:
        """Return the text with the placeholders of the known secrets: as they are, percent-encoded, or cut off."""
        for secret, encoded in self._searched:
            if secret in text:
                text = text.replace(secret, placeholder(secret))
            if encoded in text:
                text = text.replace(encoded, encode_brackets(placeholder(secret)))
            if len(secret) > CUT_LENGTH and secret[:CUT_LENGTH] in text:
                text = _replace_cut(text, secret, placeholder(secret))
        return text

    def replace_in_output(self, text: str, placeholder: Callable[[str], str]) -> str:
        """Return the text with the placeholders of the known secrets, in whatever form."""
        text = self.replace_in(text, placeholder)
        for secret, forms in self._forms():
            for form in forms:
                if form.text in text:
                    text = text.replace(form.text, placeholder(secret))
        return text

    def find_in(self, data: bytes) -> FoundSecret | None:
        """Return the first known secret that the data has in any form."""
        for number, (secret, forms) in enumerate(self._forms(), start=1):
            for form in forms:
                offset = data.find(form.data)
                if offset >= 0:
                    return FoundSecret(secret, number, offset)
        return None

    def _forms(self) -> Iterable[tuple[str, tuple[SecretForm, ...]]]:
        return [*self._given.items(), *self._found.items()]

    def _sort(self) -> None:
        longest_first = sorted([*self._given, *self._found], key=len, reverse=True)
        self._searched = tuple((secret, quote(secret, safe="", errors="surrogatepass")) for secret in longest_first)


def secret_forms(secret: str) -> tuple[SecretForm, ...]:
    """Return a secret in all its forms, the plain one first, each once."""
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = quote(raw, safe="")
    forms = [secret, encoded, _ESCAPE.sub(lambda match: match[0].lower(), encoded), quote_plus(raw)]
    forms += [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]]
    forms += [escape(secret, quote=False), escape(secret)]
    if len(raw) >= _MIN_BASE64_LENGTH:
        # A base64 character holds 6 bits: the first and last ones also hold bits of the neighbours of `raw`, and
        # only those between them are the same wherever `raw` stands `pad` bytes (modulo 3) from the start.
        for pad, start in enumerate((0, 2, 3)):
            core = b64encode(b"\0" * pad + raw)[start : (pad + len(raw)) * 8 // 6].decode()
            forms += [core, core.replace("+", "-").replace("/", "_")]
    return tuple(SecretForm(form, form.encode("utf-8", "surrogatepass")) for form in dict.fromkeys(forms))


def _replace_cut(text: str, secret: str, placeholder: str) -> str:
    """Replace the beginnings of a secret at which a text was cut off, at its end or at an ellipsis."""
    out: list[str] = []
    copied_to = 0
    start = text.find(secret[:CUT_LENGTH])
    while start >= 0:
        end = start + CUT_LENGTH
        # Equal to the secret's end at most: the whole secret was replaced before.
        while text[end : end + 1] == secret[end - start]:
            end += 1
        if end == len(text) or text.startswith(ELLIPSIS, end):
            out += (text[copied_to:start], placeholder)
            copied_to = end
        start = text.find(secret[:CUT_LENGTH], end)
    return "".join((*out, text[copied_to:]))
