"""Takes the secrets out of exchanges before anything is written, and refuses to write where one is left.

Theory of operation. A secret is found by its place (a header that is not on the list of those that may stay, a field
or parameter whose name says so), by its form, or because it was known or seen before. It becomes a placeholder,
`[redacted:key-1]`; the same secret becomes the same placeholder for as long as the redactor lives, so that one can
still see which calls used one key. In addresses the brackets are percent-encoded, so that an address stays one.
Everything else keeps its bytes: a body is never parsed and written anew, only the texts in question are replaced.

Two memories, both bounded: placeholders by secret (the latest 20,000), and the secrets that are searched for
everywhere (those given, and the latest 256 credentials seen). `check` is the last line of defence: it looks for the
second kind in the bytes about to be written, as they are, percent-encoded, escaped for JSON and in base64.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import refuse
from mockserver.recordings import sensitive
from mockserver.recordings.jsonbody import Walker

PLACES: Final = 20_000
"""Secrets whose placeholder is remembered."""
WANTED: Final = 256
"""Credentials seen that are searched for everywhere."""
SHORTEST: Final = 6
"""Characters of a secret that can be told from ordinary text; a shorter one is redacted in its place only."""

_PLACEHOLDER: Final = re.compile(r"(?:\[|%5B)redacted:([a-z]+-\d+)(?:\]|%5D)")
_JSON_STARTS: Final = ('"', "{", "[")
_WORDS: Final = ("", "null", "true", "false")
_JSON_START: Final = re.compile(r"\s*[\[{]")
_FIELD: Final = re.compile(
    r"(name=\"([^\"\r\n]{1,200})\"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(?=\r?\n--|\Z)", re.DOTALL
)
"""A part of a multipart form: its head, its name, its value."""


class Redactor:
    """Redacts the exchanges of one run. `known_secrets` (the key in use, say) are searched for everywhere."""

    def __init__(self, known_secrets: Iterable[str] = ()) -> None:
        self._places: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._known: dict[str, tuple[bytes, ...]] = {}
        self._seen: dict[str, tuple[bytes, ...]] = {}
        self._learned = 0
        self._wanted: tuple[tuple[str, str], ...] = ()
        """Known and seen secrets and their percent-encoding, the longest first."""
        self._walker = Walker(self.text, self._hidden)
        self._known.update((secret, _guises(secret)) for secret in known_secrets if len(secret) >= SHORTEST)
        self._sort()

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without its secrets. Redacting it again changes nothing."""
        learned = self._learned
        redacted = self._exchange(exchange)
        # What the answer taught may have stood in the address: once more, knowing it.
        return redacted if learned == self._learned else self._exchange(exchange)

    def check(self, data: bytes) -> None:
        """Raises `MockError` (REC009) where a known secret occurs in `data` in any guise; the message never says it."""
        for number, (secret, guises) in enumerate([*self._known.items(), *self._seen.items()], start=1):
            at = next((place for guise in guises if (place := data.find(guise)) >= 0), -1)
            if at >= 0:
                called = self._places.get(secret, f"number {number}")
                what = f"a secret ({called}, {len(secret)} characters) is still at byte {at} of what was to be written"
                raise refuse("REC009", what, "Nothing was written. It stands where redaction does not look: tell us.")

    def place(self, secret: str, kind: str = "secret") -> str:
        """The placeholder of a secret; a placeholder stays what it is, and so does an empty text."""
        if not secret or _PLACEHOLDER.fullmatch(secret):
            return secret
        found = self._places.pop(secret, None)
        if found is None:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            found = f"[redacted:{kind}-{self._numbers[kind]}]"
        self._places[secret] = found
        if len(self._places) > PLACES:
            del self._places[next(iter(self._places))]
        if (kind == "secret" and sensitive.LIKELY.fullmatch(secret)) or (kind == "key" and len(secret) >= SHORTEST):
            self._want(secret)
        return found

    def _want(self, secret: str) -> None:
        """Search for a secret everywhere from now on."""
        if secret in self._known:
            return
        guises = self._seen.pop(secret, None)
        self._seen[secret] = guises or _guises(secret)
        if guises is None:
            self._learned += 1
            if len(self._seen) > WANTED:
                del self._seen[next(iter(self._seen))]
            self._sort()

    def _sort(self) -> None:
        longest_first = sorted([*self._known, *self._seen], key=len, reverse=True)
        self._wanted = tuple((secret, quote(secret, safe="", errors="surrogatepass")) for secret in longest_first)

    def text(self, text: str) -> str:
        """A text without the secrets in it: parameters, passwords in addresses, tell-tale forms, known secrets."""
        if "=" in text:
            text = sensitive.PARAMETER.sub(self._parameter, text)
        if "://" in text:
            text = sensitive.USERINFO.sub(self._userinfo, text)
        for hint, pattern in sensitive.SHAPES:
            if hint in text:
                text = pattern.sub(self._shape, text)
        return self._without_wanted(text)

    def value(self, name: str, text: str) -> str:
        """The JSON of a value (perhaps cut short) that stands under a name, without its secrets."""
        if text in _WORDS:
            return text
        if text[:1] not in _JSON_STARTS:
            return self.place(text) if sensitive.is_grave(name) else self.text(text)
        start = f"{json.dumps(name)}:"
        return self._walker.json(start + text).removeprefix(start)

    def learn(self, request: Request) -> None:
        """Know the keys of a request from now on, wherever they stand."""
        for name, value in request.headers.items():
            if name in sensitive.CREDENTIALS:
                self._credential(value)

    def _without_wanted(self, text: str) -> str:
        for secret, encoded in self._wanted:
            if secret in text:
                text = text.replace(secret, self.place(secret, "key"))
            if encoded in text:
                text = text.replace(encoded, _in_address(self.place(secret, "key")))
        return text

    def _shape(self, found: re.Match[str]) -> str:
        return self.place(found[0])

    def _parameter(self, found: re.Match[str]) -> str:
        name, value = unquote(found[1]), found[2]
        if not sensitive.is_secret_parameter(name) or _PLACEHOLDER.fullmatch(value):
            return found[0]
        return f"{found[1]}={_in_address(self.place(unquote(value), 'sig' if 'sig' in name.lower() else 'token'))}"

    def _userinfo(self, found: re.Match[str]) -> str:
        user = found[0][: -len(found[1])]
        kept = bool(_PLACEHOLDER.fullmatch(found[1]))
        return user + (found[1] if kept else _in_address(self.place(unquote(found[1]))))

    def _exchange(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        headers = {name: self._header(name, value) for name, value in request.headers.items()}
        path, query = self.text(request.path), self.text(request.query)
        clean = Request(request.method, path, query, headers, self._body(request.body))
        return exchange._replace(request=clean, response=None if response is None else self._response(response))

    def _response(self, response: Response) -> Response:
        headers = tuple((name, self._header(name, value)) for name, value in response.headers)
        return Response(response.status, headers, self._body(response.body))

    def _header(self, name: str, value: str) -> str:
        low = name.lower()
        if sensitive.stays(low):
            return self.text(value)
        if low in sensitive.CREDENTIALS:
            return self._credential(value)
        return self.place(value, "cookie" if "cookie" in low else "header")

    def _hidden(self, text: str, kind: str) -> str:
        """What stands for a secret in a body, which may be a whole credential."""
        found = sensitive.SCHEME.fullmatch(text)
        return self._credential(text) if found and found[1] else self.place(text, kind)

    def _credential(self, value: str) -> str:
        """The scheme stays: that there was a bearer is evidence, what it was is not."""
        found = sensitive.SCHEME.fullmatch(value.strip())
        scheme, key = (found[1] or "", found[2]) if found else ("", value)
        if scheme.strip().lower() == "basic":
            self._basic(key)
        return scheme + self.place(key, "key")

    def _basic(self, key: str) -> None:
        """Learn the password inside of a Basic credential."""
        try:
            password = b64decode(key, validate=True).decode("utf-8").partition(":")[2]
        except ValueError:
            return
        if len(password) >= SHORTEST:
            self._want(password)

    def _body(self, body: bytes) -> bytes:
        if not body:
            return body
        text = body.decode("utf-8", "surrogateescape")
        if not self._suspicious(text):
            return body
        if _JSON_START.match(text):
            # Once more as text: a known secret may stand where JSON has no string, or look like JSON itself.
            clean = self._without_wanted(self._walker.json(text))
        else:
            clean = _FIELD.sub(self._field, self.text(text))
        return body if clean == text else clean.encode("utf-8", "surrogateescape")

    def _suspicious(self, text: str) -> bool:
        """Whether there may be a secret at all; most bodies have none, and need no closer look."""
        low = text.lower()
        return any(hint in low for hint in sensitive.HINTS) or any(
            secret in text or encoded in text for secret, encoded in self._wanted
        )

    def _field(self, found: re.Match[str]) -> str:
        return found[1] + (self.place(found[3]) if sensitive.is_secret_parameter(found[2]) else found[3])


class Verbatim(Redactor):
    """Writes everything as it is: for recordings of a fake, whose keys open nothing."""

    def exchange(self, exchange: Exchange) -> Exchange:
        """The same exchange."""
        return exchange

    def check(self, data: bytes) -> None:
        """Finds nothing."""


def _in_address(placeholder: str) -> str:
    return placeholder.replace("[", "%5B").replace("]", "%5D")


def _guises(secret: str) -> tuple[bytes, ...]:
    """The forms a secret can take in bytes: as it is, percent-encoded, escaped for JSON, in base64 at any offset."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = (quote(raw, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    plain = (raw, *(text.encode("utf-8", "surrogatepass") for text in texts))
    coded = [_core(raw, offset) for offset in range(3)] if len(raw) >= 9 else []
    safe = [each.replace(b"+", b"-").replace(b"/", b"_") for each in coded]
    return tuple(dict.fromkeys((*plain, *coded, *safe)))


def _core(raw: bytes, offset: int) -> bytes:
    """What every base64 text shows that holds `raw` at this offset: its first and last characters may differ."""
    coded = b64encode(b"\0" * offset + raw)
    bits = (offset + len(raw)) * 8
    return coded[(0, 2, 3)[offset] : bits // 6]
