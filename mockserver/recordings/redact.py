"""Replaces the secrets of exchanges by placeholders before anything is written, and refuses to write one that is left.

Theory of operation. A secret is found by its place (a header that is not on the list of those that are kept, a field
or parameter with a telling name), by its form, or because it was given or seen before. It becomes a placeholder,
`[redacted:key-1]`; the same secret becomes the same placeholder for as long as the redactor lives, so a reader can
still see which calls used one key. In addresses the brackets are percent-encoded, so that an address stays valid.
Everything else keeps its bytes: a body is never parsed and serialized, only the texts in question are replaced.

The order of the passes over a text matters:

1. Parameters (`name=value`) and passwords in URLs come first, because their whole value is known to be the secret. A
   pattern that matched only a part of it would leave the rest.
2. Texts that look like a secret follow.
3. Known and found secrets come last, the longest first: a shorter one may be part of a longer one.

Placeholders are recognized and kept by every pass, so redacting twice changes nothing. What an answer reveals (a new
credential) may stand in the address, which was redacted before: the exchange is then redacted once more.

Two memories, both bounded: placeholders by secret (the latest 20,000), and the secrets that are searched everywhere
(those given, and the latest 256 credentials found). `check` is the last line of defence: it searches the bytes about
to be written for the second kind, as they are, percent-encoded, escaped for JSON and in base64.
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
"""Found credentials that are searched everywhere."""
MIN_SECRET_LENGTH: Final = 6
"""Characters of a secret that can be distinguished from ordinary text; a shorter one is redacted in its place only."""

_MIN_BASE64_LENGTH: Final = 9
"""Bytes of a secret that is also searched in base64: the core of a shorter one is too common."""
_PLACEHOLDER: Final = re.compile(r"(?:\[|%5B)redacted:([a-z]+-\d+)(?:\]|%5D)")
_JSON_STARTS: Final = ('"', "{", "[")
_JSON_LITERALS: Final = ("", "null", "true", "false")
_JSON_BODY: Final = re.compile(r"\s*[\[{]")
_FORM_FIELD = re.compile(r"(?s)(name=\"([^\"\r\n]{1,200})\"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(?=\r?\n--|\Z)")
"""A part of a multipart form: its head, its name, its value."""


class Redactor:
    """Redacts the exchanges of one run. `known_secrets` (such as the key in use) are searched everywhere."""

    def __init__(self, known_secrets: Iterable[str] = ()) -> None:
        self._placeholders: dict[str, str] = {}
        """By secret, the latest used last."""
        self._numbers: dict[str, int] = {}
        """The last number of each kind of placeholder."""
        self._known_secrets = {text: _encodings(text) for text in known_secrets if len(text) >= MIN_SECRET_LENGTH}
        """The encodings of each given secret."""
        self._found_secrets: dict[str, tuple[bytes, ...]] = {}
        """The encodings of each found secret, the latest seen last."""
        self._found_count = 0
        self._searched: tuple[tuple[str, str], ...] = ()
        """Known and found secrets, each with its percent-encoding, the longest first."""
        self._json_redactor = JsonRedactor(self.redact_text, self._hide_value)
        self._sort_searched()

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange with placeholders for its secrets. Redacting it again changes nothing."""
        found_before = self._found_count
        redacted = self._redact_once(exchange)
        if self._found_count == found_before:
            return redacted
        # A secret found in the answer may also stand in the address, which came first.
        return self._redact_once(exchange)

    def check(self, data: bytes) -> None:
        """Raise `MockError` REC009, without the secret, if `data` contains a searched secret in any encoding."""
        searched = [*self._known_secrets.items(), *self._found_secrets.items()]
        for number, (secret, encodings) in enumerate(searched, start=1):
            for encoded in encodings:
                at = data.find(encoded)
                if at >= 0:
                    name = self._placeholders.get(secret, f"number {number}")
                    raise refuse(
                        "REC009",
                        f"a secret ({name}, {len(secret)} characters) is still at byte {at} of the data to be written",
                        "Nothing was written. Redaction does not cover this place; please report it.",
                    )

    def placeholder(self, secret: str, kind: str = "secret") -> str:
        """Return the placeholder of a secret; a placeholder, and an empty text, are returned unchanged.

        A credential (by its kind and form) is searched everywhere from now on.
        """
        if not secret or _PLACEHOLDER.fullmatch(secret):
            return secret
        placeholder = self._placeholders.pop(secret, None)
        if placeholder is None:
            self._numbers[kind] = self._numbers.get(kind, 0) + 1
            placeholder = f"[redacted:{kind}-{self._numbers[kind]}]"
        # Inserted again, so that the first entry is the one used longest ago.
        self._placeholders[secret] = placeholder
        if len(self._placeholders) > MAX_PLACEHOLDERS:
            del self._placeholders[next(iter(self._placeholders))]
        # A secret of the kind `secret` may be an ordinary word (`invalid_token`), which must not vanish elsewhere.
        is_credential = kind == "secret" and secret_patterns.LIKELY_SECRET.fullmatch(secret)
        is_key = kind == "key" and len(secret) >= MIN_SECRET_LENGTH
        if is_credential or is_key:
            self._search_for(secret)
        return placeholder

    def _search_for(self, secret: str) -> None:
        """Search for a secret everywhere from now on."""
        if secret in self._known_secrets:
            return
        encodings = self._found_secrets.pop(secret, None)
        if encodings is not None:
            self._found_secrets[secret] = encodings
            return
        self._found_secrets[secret] = _encodings(secret)
        self._found_count += 1
        if len(self._found_secrets) > MAX_FOUND_SECRETS:
            del self._found_secrets[next(iter(self._found_secrets))]
        self._sort_searched()

    def _sort_searched(self) -> None:
        longest_first = sorted([*self._known_secrets, *self._found_secrets], key=len, reverse=True)
        self._searched = tuple((secret, quote(secret, safe="", errors="surrogatepass")) for secret in longest_first)

    def redact_text(self, text: str) -> str:
        """Redact a text: parameters, passwords in addresses, texts that look like a secret, searched secrets."""
        # See the module's docstring for the order. The `in` tests are cheap, the patterns are not.
        if "=" in text:
            text = secret_patterns.PARAMETER_PATTERN.sub(self._replace_parameter, text)
        if "://" in text:
            text = secret_patterns.USERINFO_PATTERN.sub(self._replace_password, text)
        for hint, pattern in secret_patterns.SECRET_PATTERNS:
            if hint in text:
                text = pattern.sub(lambda match: self.placeholder(match[0]), text)
        return self._replace_searched(text)

    def redact_json_value(self, name: str, text: str) -> str:
        """Redact the JSON (perhaps truncated) of a value that stands under a name."""
        if text in _JSON_LITERALS:
            return text
        if text[:1] in _JSON_STARTS:
            # The name makes the value a field, so that the rules for fields apply.
            start = f"{json.dumps(name)}:"
            return self._json_redactor.redact(start + text).removeprefix(start)
        if secret_patterns.is_always_secret(name):
            return self.placeholder(text)
        return self.redact_text(text)

    def learn_keys(self, request: Request) -> None:
        """Search for the keys of a request everywhere from now on."""
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

    def _replace_parameter(self, match: re.Match[str]) -> str:
        raw_name, value = match[1], match[2]
        name = unquote(raw_name)
        if not secret_patterns.is_secret_parameter(name) or _PLACEHOLDER.fullmatch(value):
            return match[0]
        kind = "sig" if "sig" in name.lower() else "token"
        return f"{raw_name}={_encode_brackets(self.placeholder(unquote(value), kind))}"

    def _replace_password(self, match: re.Match[str]) -> str:
        password = match[1]
        if _PLACEHOLDER.fullmatch(password):
            return match[0]
        user = match[0][: -len(password)]
        return user + _encode_brackets(self.placeholder(unquote(password)))

    def _redact_once(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        # Headers come first: a key found in them is then searched in the path and in the bodies.
        headers = {name: self._redact_header(name, value) for name, value in request.headers.items()}
        path = self.redact_text(request.path)
        query = self.redact_text(request.query)
        request = Request(request.method, path, query, headers, self._redact_body(request.body))
        if response is not None:
            pairs = tuple((name, self._redact_header(name, value)) for name, value in response.headers)
            response = Response(response.status, pairs, self._redact_body(response.body))
        return exchange._replace(request=request, response=response)

    def _redact_header(self, name: str, value: str) -> str:
        lower_name = name.lower()
        if secret_patterns.is_kept_header(lower_name):
            return self.redact_text(value)
        if lower_name in secret_patterns.CREDENTIAL_HEADERS:
            return self._redact_credential(value)
        return self.placeholder(value, "cookie" if "cookie" in lower_name else "header")

    def _hide_value(self, text: str, kind: str) -> str:
        """Return the replacement of a secret in a body, which may be a whole credential with its scheme."""
        scheme, _ = secret_patterns.split_credential(text)
        if scheme:
            return self._redact_credential(text)
        return self.placeholder(text, kind)

    def _redact_credential(self, value: str) -> str:
        """Redact a credential but for its scheme: that a bearer token was sent is evidence, its value is not."""
        scheme, key = secret_patterns.split_credential(value.strip())
        if scheme.strip().lower() == "basic":
            try:
                password = b64decode(key, validate=True).decode("utf-8").partition(":")[2]
            except ValueError:
                password = ""
            if len(password) >= MIN_SECRET_LENGTH:
                self._search_for(password)
        return scheme + self.placeholder(key, "key")

    def _redact_body(self, body: bytes) -> bytes:
        if not body:
            return body
        # Bytes that are no UTF-8 become lone surrogates, and the same bytes again at the end.
        text = body.decode("utf-8", "surrogateescape")
        lower_text = text.lower()
        if not any(hint in lower_text for hint in secret_patterns.SECRET_HINTS) and not any(
            secret in text or encoded in text for secret, encoded in self._searched
        ):
            # True of most bodies, and much cheaper than redacting them.
            return body
        if _JSON_BODY.match(text):
            # Once more as text: a searched secret may stand outside of JSON strings, or look like JSON itself.
            redacted = self._replace_searched(self._json_redactor.redact(text))
        else:
            redacted = _FORM_FIELD.sub(self._replace_form_field, self.redact_text(text))
        return redacted.encode("utf-8", "surrogateescape")

    def _replace_form_field(self, match: re.Match[str]) -> str:
        head, name, value = match.groups()
        if secret_patterns.is_secret_parameter(name):
            value = self.placeholder(value)
        return f"{head}{value}"


class VerbatimRedactor(Redactor):
    """Redacts nothing: for recordings of a fake, whose keys open nothing."""

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """Return the same exchange."""
        return exchange

    def check(self, data: bytes) -> None:
        """Accept all data."""


def _encode_brackets(placeholder: str) -> str:
    return placeholder.replace("[", "%5B").replace("]", "%5D")


def _encodings(secret: str) -> tuple[bytes, ...]:
    """Return the bytes of a secret as it is, percent-encoded, escaped for JSON, and in base64 at any offset."""
    raw = secret.encode("utf-8", "surrogatepass")
    texts = (quote(raw, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    encodings = [raw, *(text.encode("utf-8", "surrogatepass") for text in texts)]
    if len(raw) >= _MIN_BASE64_LENGTH:
        # A base64 character holds 6 bits: the first and last ones also hold bits of the neighbours of `raw`, and
        # only those between them are the same wherever `raw` stands `pad` bytes (modulo 3) from the start.
        cores = [b64encode(b"\0" * pad + raw)[start : (pad + len(raw)) * 8 // 6] for pad, start in enumerate((0, 2, 3))]
        encodings += cores
        encodings += [core.replace(b"+", b"-").replace(b"/", b"_") for core in cores]
    return tuple(dict.fromkeys(encodings))
