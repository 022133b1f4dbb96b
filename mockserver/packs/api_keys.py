"""Compiles the forms of an API key: from a request to its key, and from a key to the headers that carry it."""

import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from mockserver.core.wire import Request
from mockserver.packs.fields import checked_pattern
from mockserver.packs.node_access import member, when_given
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import RequestError
from mockserver.vendors.http import USUAL_KEY


class KeyForm(NamedTuple):
    """One way to carry the key."""

    header: str
    scheme: str
    """Empty: the header is the key."""
    pattern: re.Pattern[str]
    sent_as: str = "${key}"
    """How a key is sent that does not fit the pattern: plays name keys freely."""

    def read(self, request: Request) -> str | RequestError:
        """Return the key of a request, or what is wrong with it."""
        value = request.headers.get(self.header.lower())
        if value is None:
            return RequestError.NO_KEY
        if self.scheme:
            scheme, _, value = value.partition(" ")
            if scheme.lower() != self.scheme.lower():
                return RequestError.MALFORMED_KEY
        key = value.strip()
        if not self._fits(key):
            return RequestError.MALFORMED_KEY
        return key

    def _fits(self, key: str) -> bool:
        return bool(self.pattern.fullmatch(key)) or key in _KEYS_OF_TESTS

    def own_key(self, key: str) -> str:
        """Return a key in the form that the vendor accepts."""
        return key if self._fits(key) else self.sent_as.replace("${key}", key)

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers that carry a key."""
        key = self.own_key(key)
        return {self.header: f"{self.scheme} {key}" if self.scheme else key}


_KEYS_OF_TESTS = frozenset({"invalid", "expired"})
"""Keys with which a test is refused (`engine.handle`): they have no vendor's form."""
_BEARER = KeyForm("Authorization", "Bearer", re.compile(".+"))


def compile_keys(node: Node | None, diagnostics: Diagnostics) -> tuple[KeyForm, ...]:
    """Compile the section `key`; without it the key is a bearer token. Reports a bad pattern (PCK004)."""
    forms = []
    for form in values.items_of(node):
        checked = when_given(form.get("pattern"), partial(checked_pattern, diagnostics=diagnostics))
        compiled = KeyForm(
            values.as_text(form.get("header")),
            values.as_text(form.get("scheme")),
            re.compile(checked or ".+"),
            values.as_text(form.get("sent_as"), "${key}"),
        )
        sent = compiled.own_key(USUAL_KEY)
        if checked and not compiled.pattern.fullmatch(sent):
            message = f"a play's key is sent as {sent!r}, which the pattern does not match"
            diagnostics.add("PCK010", message, member(form, "sent_as"), "Correct `sent_as` or `pattern`.")
        forms.append(compiled)
    return tuple(forms) or (_BEARER,)


def key_parser(forms: tuple[KeyForm, ...]) -> Callable[[Request], str | RequestError]:
    """Return the function from a request to its key: that of the first form that fits."""

    def parse(request: Request) -> str | RequestError:
        """Return the key of a request, or what is wrong with the form that came nearest."""
        problem = RequestError.NO_KEY
        for form in forms:
            found = form.read(request)
            if not isinstance(found, RequestError):
                return found
            if found is not RequestError.NO_KEY:
                problem = found
        return problem

    return parse
