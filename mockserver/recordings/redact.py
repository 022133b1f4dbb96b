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
from mockserver.recordings import secret_patterns
from mockserver.recordings.json_redactor import JsonRedactor

MAX_PLACEHOLDERS: Final = 20_000
"""Secrets whose placeholder is remembered."""
MAX_FOUND_SECRETS: Final = 256
"""Credentials seen that are searched for everywhere."""
MIN_SECRET_LENGTH: Final = 6
"""Characters of a secret that can be told from ordinary text; a shorter one is redacted in its place only."""

_PLACEHOLDER: Final = re.compile(r"(?:\[|%5B)redacted:([a-z]+-\d+)(?:\]|%5D)")
_JSON_STARTS: Final = ('"', "{", "[")
_JSON_LITERALS: Final = ("", "null", "true", "false")
_JSON_BODY: Final = re.compile(r"\s*[\[{]")
_FORM_FIELD: Final = re.compile(
    r"(name=\"([^\"\r\n]{1,200})\"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(?=\r?\n--|\Z)", re.DOTALL
)
"""A part of a multipart form: its head, its name, its value."""


class Redactor:
    """Redacts the exchanges of one run. `known_secrets` (the key in use, say) are searched for everywhere."""

    def __init__(self, known_secrets: Iterable[str] = ()) -> None:
        self._placeholders: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._known_secrets: dict[str, tuple[bytes, ...]] = {}
        self._found_secrets: dict[str, tuple[bytes, ...]] = {}
        self._learned_count = 0
        self._searched: tuple[tuple[str, str], ...] = ()
        """Known and seen secrets and their percent-encoding, the longest first."""
        self._json_redactor = JsonRedactor(self.redact_text, self._hide_value)
        self._known_secrets.update(
            (secret, _encodings(secret)) for secret in known_secrets if len(secret) >= MIN_SECRET_LENGTH
        )
        self._sort_searched()

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without its secrets. Redacting it again changes nothing."""
        learned = self._learned_count
        redacted = self._redact_once(exchange)
        # What the answer taught may have stood in the address: once more, knowing it.
        return redacted if learned == self._learned_count else self._redact_once(exchange)

    def check(self, data: bytes) -> None:
        """Raises `MockError` (REC009) where a known secret occurs in `data` in any guise; the message never says it."""
        for number, (secret, guises) in enumerate(
            [*self._known_secrets.items(), *self._found_secrets.items()], start=1
        ):
            at = next((place for guise in guises if (place := data.find(guise)) >= 0), -1)
            if at >= 0:
                called = self._placeholders.get(secret, f"number {number}")
                what = f"a secret ({called}, {len(secret)} characters) is still at byte {at} of what was to be written"
                raise refuse("REC009", what, "Nothing was written. It stands where redaction does not look: tell us.")

    def placeholder(self, secret: str, kind: str = "secret") -> str:
        """The placeholder of a secret; a placeholder stays what it is, and so does an empty text."""
        if not secret or _PLACEHOLDER.fullmatch(secret):
            return secret
        found = self._placeholders.pop(secret, None)
        if found is None:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            found = f"[redacted:{kind}-{self._numbers[kind]}]"
        self._placeholders[secret] = found
        if len(self._placeholders) > MAX_PLACEHOLDERS:
            del self._placeholders[next(iter(self._placeholders))]
        if (kind == "secret" and secret_patterns.LIKELY_SECRET.fullmatch(secret)) or (
            kind == "key" and len(secret) >= MIN_SECRET_LENGTH
        ):
            self._search_for(secret)
        return found

    def _search_for(self, secret: str) -> None:
        """Search for a secret everywhere from now on."""
        if secret in self._known_secrets:
            return
        guises = self._found_secrets.pop(secret, None)
        self._found_secrets[secret] = guises or _encodings(secret)
        if guises is None:
            self._learned_count += 1
            if len(self._found_secrets) > MAX_FOUND_SECRETS:
                del self._found_secrets[next(iter(self._found_secrets))]
            self._sort_searched()

    def _sort_searched(self) -> None:
        longest_first = sorted([*self._known_secrets, *self._found_secrets], key=len, reverse=True)
        self._searched = tuple((secret, quote(secret, safe="", errors="surrogatepass")) for secret in longest_first)

    def redact_text(self, text: str) -> str:
        """A text without the secrets in it: parameters, passwords in addresses, tell-tale forms, known secrets."""
        if "=" in text:
            text = secret_patterns.PARAMETER_PATTERN.sub(self._replace_parameter, text)
        if "://" in text:
            text = secret_patterns.USERINFO_PATTERN.sub(self._replace_userinfo, text)
        for hint, pattern in secret_patterns.SECRET_PATTERNS:
            if hint in text:
                text = pattern.sub(self._replace_match, text)
        return self._replace_searched(text)

    def redact_json_value(self, name: str, text: str) -> str:
        """The JSON of a value (perhaps cut short) that stands under a name, without its secrets."""
        if text in _JSON_LITERALS:
            return text
        if text[:1] not in _JSON_STARTS:
            return self.placeholder(text) if secret_patterns.is_always_secret(name) else self.redact_text(text)
        start = f"{json.dumps(name)}:"
        return self._json_redactor.redact(start + text).removeprefix(start)

    def learn_keys(self, request: Request) -> None:
        """Know the keys of a request from now on, wherever they stand."""
        for name, value in request.headers.items():
            if name in secret_patterns.CREDENTIAL_HEADERS:
                self._redact_credential(value)

    def _replace_searched(self, text: str) -> str:
        for secret, encoded in self._searched:
            if secret in text:
                text = text.replace(secret, self.placeholder(secret, "key"))
            if encoded in text:
                text = text.replace(encoded, _encode_brackets(self.placeholder(secret, "key")))
        return text

    def _replace_match(self, found: re.Match[str]) -> str:
        return self.placeholder(found[0])

    def _replace_parameter(self, found: re.Match[str]) -> str:
        name, value = unquote(found[1]), found[2]
        if not secret_patterns.is_secret_parameter(name) or _PLACEHOLDER.fullmatch(value):
            return found[0]
        return f"{found[1]}={_encode_brackets(self.placeholder(unquote(value), 'sig' if 'sig' in name.lower() else 'token'))}"

    def _replace_userinfo(self, found: re.Match[str]) -> str:
        user = found[0][: -len(found[1])]
        kept = bool(_PLACEHOLDER.fullmatch(found[1]))
        return user + (found[1] if kept else _encode_brackets(self.placeholder(unquote(found[1]))))

    def _redact_once(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        headers = {name: self._redact_header(name, value) for name, value in request.headers.items()}
        path, query = self.redact_text(request.path), self.redact_text(request.query)
        clean = Request(request.method, path, query, headers, self._redact_body(request.body))
        return exchange._replace(request=clean, response=None if response is None else self._redact_response(response))

    def _redact_response(self, response: Response) -> Response:
        headers = tuple((name, self._redact_header(name, value)) for name, value in response.headers)
        return Response(response.status, headers, self._redact_body(response.body))

    def _redact_header(self, name: str, value: str) -> str:
        low = name.lower()
        if secret_patterns.is_kept_header(low):
            return self.redact_text(value)
        if low in secret_patterns.CREDENTIAL_HEADERS:
            return self._redact_credential(value)
        return self.placeholder(value, "cookie" if "cookie" in low else "header")

    def _hide_value(self, text: str, kind: str) -> str:
        """What stands for a secret in a body, which may be a whole credential."""
        found = secret_patterns.AUTH_SCHEME.fullmatch(text)
        return self._redact_credential(text) if found and found[1] else self.placeholder(text, kind)

    def _redact_credential(self, value: str) -> str:
        """The scheme stays: that there was a bearer is evidence, what it was is not."""
        found = secret_patterns.AUTH_SCHEME.fullmatch(value.strip())
        scheme, key = (found[1] or "", found[2]) if found else ("", value)
        if scheme.strip().lower() == "basic":
            self._learn_basic_password(key)
        return scheme + self.placeholder(key, "key")

    def _learn_basic_password(self, key: str) -> None:
        """Learn the password inside of a Basic credential."""
        try:
            password = b64decode(key, validate=True).decode("utf-8").partition(":")[2]
        except ValueError:
            return
        if len(password) >= MIN_SECRET_LENGTH:
            self._search_for(password)

    def _redact_body(self, body: bytes) -> bytes:
        if not body:
            return body
        text = body.decode("utf-8", "surrogateescape")
        if not self._may_hold_secret(text):
            return body
        if _JSON_BODY.match(text):
            # Once more as text: a known secret may stand where JSON has no string, or look like JSON itself.
            clean = self._replace_searched(self._json_redactor.redact(text))
        else:
            clean = _FORM_FIELD.sub(self._replace_form_field, self.redact_text(text))
        return body if clean == text else clean.encode("utf-8", "surrogateescape")

    def _may_hold_secret(self, text: str) -> bool:
        """Whether there may be a secret at all; most bodies have none, and need no closer look."""
        low = text.lower()
        return any(hint in low for hint in secret_patterns.SECRET_HINTS) or any(
            secret in text or encoded in text for secret, encoded in self._searched
        )

    def _replace_form_field(self, found: re.Match[str]) -> str:
        return found[1] + (self.placeholder(found[3]) if secret_patterns.is_secret_parameter(found[2]) else found[3])


class VerbatimRedactor(Redactor):
    """Writes everything as it is: for recordings of a fake, whose keys open nothing."""

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """The same exchange."""
        return exchange

    def check(self, data: bytes) -> None:
        """Finds nothing."""


def _encode_brackets(placeholder: str) -> str:
    return placeholder.replace("[", "%5B").replace("]", "%5D")


def _encodings(secret: str) -> tuple[bytes, ...]:
    """The forms a secret can take in bytes: as it is, percent-encoded, escaped for JSON, in base64 at any offset."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = (quote(raw, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    plain = (raw, *(text.encode("utf-8", "surrogatepass") for text in texts))
    coded = [_base64_core(raw, offset) for offset in range(3)] if len(raw) >= 9 else []
    safe = [each.replace(b"+", b"-").replace(b"/", b"_") for each in coded]
    return tuple(dict.fromkeys((*plain, *coded, *safe)))


def _base64_core(raw: bytes, offset: int) -> bytes:
    """What every base64 text shows that holds `raw` at this offset: its first and last characters may differ."""
    coded = b64encode(b"\0" * offset + raw)
    bits = (offset + len(raw)) * 8
    return coded[(0, 2, 3)[offset] : bits // 6]
