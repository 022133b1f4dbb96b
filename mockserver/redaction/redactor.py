"""Replaces the secrets of exchanges and of texts by placeholders, and refuses data in which one is left.

Theory of operation. A secret is found by its place (a header that is not on the list of those that are kept, a field
or parameter with a telling name), by its form, or because it was given or seen before. It becomes a placeholder,
`[redacted:key-1]`; the same secret becomes the same placeholder for as long as the redactor lives, so a reader can
still see which calls used one key. Everything else keeps its bytes: a body is never parsed and serialized, only the
texts in question are replaced.

The order of the passes over a text matters:

1. Private keys come first, because they have lines, which other passes take apart.
2. Parameters (`name=value`), quoted pairs and passwords in URLs are next, because their whole value is known to be
   the secret. A pattern that matched only a part of it would leave the rest.
3. Texts that look like a secret follow.
4. Known and found secrets come last, the longest first: a shorter one may be part of a longer one.

Placeholders are recognized and kept by every pass, so redacting twice changes nothing. What an answer reveals (a new
credential) may stand in the address, which was redacted before: the exchange is then redacted once more.

Two memories, both bounded: placeholders by secret, and the secrets that are searched everywhere (those given, and the
latest credentials found). `check` is the last line of defence: it searches the bytes about to be written for the second
kind, in every form in which a program writes them. All passes are linear in the length of the text.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import refuse
from mockserver.redaction import multipart_redactor, secret_names, secret_patterns, table_redactor
from mockserver.redaction.hider import MAX_DEPTH, hide_named, replace_group
from mockserver.redaction.json_redactor import JsonRedactor
from mockserver.redaction.known_secrets import MAX_FOUND_SECRETS, MIN_SECRET_LENGTH, KnownSecrets
from mockserver.redaction.line_redactor import LineRedactor
from mockserver.redaction.markup_redactor import MarkupRedactor, is_markup
from mockserver.redaction.placeholders import MAX_PLACEHOLDERS, Placeholders, encode_brackets, is_placeholder

_MIN_PATTERN_LENGTH: Final = 10
"""Characters of the shortest secret that is known by its form."""
_JSON_STARTS: Final = ('"', "{", "[")
_JSON_LITERALS: Final = ("", "null", "true", "false")
_JSON_DOCUMENT: Final = re.compile(
    r"""\ufeff?\s*(?:\)\]\}',?\s*|(?:while|for)\s*\([1;]{1,2}\);\s*|/\*\*/\s*)?"""
    r"""(?:typeof\s[\w.$ ]{1,100}&&\s*|(?:var|let|const)\s)?(?:[A-Za-z_$][\w.$]{0,100}\s*[(=]\s*)?[{\[](?!redacted:)"""
)
"""JSON, perhaps behind what keeps scripts from loading it, the name of a callback (JSONP), or an assignment."""
_INI_SECTION: Final = re.compile(r"\s*\[[^\[\]{}\"\r\n]{1,200}\][ \t]*\r?\n(?!\s*[\]},])")


class Redactor:
    """Redacts the exchanges and texts of one run.

    `known_secrets` (such as the key in use) are searched everywhere; those shorter than 6 characters are ignored.
    """

    def __init__(
        self,
        known_secrets: Iterable[str] = (),
        *,
        max_placeholders: int = MAX_PLACEHOLDERS,
        max_found_secrets: int = MAX_FOUND_SECRETS,
    ) -> None:
        self._placeholders = Placeholders(max_placeholders)
        self._known = KnownSecrets(known_secrets, max_found_secrets)
        self._document_patterns: tuple[re.Pattern[str], ...] | None = None
        """The patterns that the document being redacted may match; None outside of a document."""

    def learn_keys(self, request: Request) -> None:
        """Search for the keys of a request everywhere from now on."""
        for name, value in request.headers.items():
            if name in secret_names.CREDENTIAL_HEADERS:
                self._redact_credential(value)
        for match in secret_patterns.PARAMETER_PATTERN.finditer(request.query):
            value = unquote(match["value"])
            # Not the signatures and cursors, of which each call has another one.
            if secret_names.is_key_parameter(unquote(match["name"])) and len(value) >= MIN_SECRET_LENGTH:
                self._known.add_found(value)

    def learn_from(self, exchanges: Iterable[Exchange]) -> Iterator[Exchange]:
        """Yield the exchanges, and search for the keys of each request from then on."""
        for exchange in exchanges:
            self.learn_keys(exchange.request)
            yield exchange

    def redact_exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange with placeholders for its secrets. Redacting it again changes nothing."""
        found_before = self._known.found_count
        redacted = self._redact_once(exchange)
        if self._known.found_count == found_before:
            return redacted
        # A secret found in the answer may also stand in the address, which came first.
        return self._redact_once(exchange)

    def redact_output(self, text: str) -> str:
        """Redact a report or message that is about to be shown: known secrets in every form, and what looks like one.

        The names in a report are its own (`"token": "r1-..."` repeats an order of calls), so they make nothing a
        secret: what is quoted from an exchange has to be redacted where it is quoted.
        """
        return self._known.replace_in_output(self._redact_forms(self._redact_addresses(text)), self._key_placeholder)

    def check(self, data: bytes) -> None:
        """Raise `MockError` REC009, without the secret, if `data` contains a known secret in any form."""
        found = self._known.find_in(data)
        if found is not None:
            name = self._placeholders.get(found.secret) or f"number {found.number}"
            size = f"{len(found.secret)} characters"
            raise refuse(
                "REC009",
                f"a secret ({name}, {size}) is still at byte {found.offset} of the data to be written",
                "Nothing was written. Redaction does not cover this place; please report it.",
            )

    def placeholder(self, secret: str, kind: str = "secret") -> str:
        """Return the placeholder of a secret; a placeholder, and an empty text, are returned unchanged.

        A credential (by its kind and form) is searched everywhere from now on.
        """
        if not secret or is_placeholder(secret):
            return secret
        placeholder = self._placeholders.get_or_create(secret, kind)
        # A secret of the kind `secret` may be an ordinary word (`invalid_token`), which must not vanish elsewhere.
        is_credential = kind == "secret" and secret_patterns.LIKELY_SECRET.fullmatch(secret)
        is_key = kind == "key" and len(secret) >= MIN_SECRET_LENGTH
        if is_credential or is_key:
            self._known.add_found(secret)
        return placeholder

    def redact_text(self, text: str) -> str:
        """Redact a text: parameters, pairs, passwords in addresses, texts that look like a secret, known secrets."""
        # See the module's docstring for the order. The `in` tests are cheap, the patterns are not.
        text = self._redact_addresses(self._redact_private_keys(text))
        if ":" in text or "=" in text or " is " in text:
            text = secret_patterns.PAIR_PATTERN.sub(self._replace_pair, text)
        if "--" in text:
            text = secret_patterns.OPTION_PATTERN.sub(self._replace_pair, text)
        return self._redact_forms(text)

    def _redact_addresses(self, text: str) -> str:
        """Redact parameters, and passwords in URLs."""
        if "=" in text:
            text = secret_patterns.PARAMETER_PATTERN.sub(self._replace_parameter, text)
        if "://" in text:
            text = secret_patterns.USERINFO_PATTERN.sub(self._replace_password, text)
        return text

    def _redact_forms(self, text: str) -> str:
        """Redact texts that look like a secret, and known secrets."""
        text = self._redact_private_keys(text)
        if len(text) >= _MIN_PATTERN_LENGTH:
            patterns = self._document_patterns
            if patterns is None:
                patterns = secret_patterns.patterns_for(text)
            for pattern in patterns:
                text = pattern.sub(self._replace_secret, text)
        return self._replace_known(text)

    def redact_document(self, text: str, depth: int = 0) -> str:
        """Redact a body by its format, which is recognized by its beginning; `depth` counts what it is nested in."""
        if depth > 0:
            return self._redact_by_format(text, depth) if depth <= MAX_DEPTH else self.placeholder(text)
        if "\\u" not in text:
            # Looked for once in the document, not in each of its texts; escapes may hide what a pattern needs.
            self._document_patterns = secret_patterns.patterns_for(text)
        try:
            return self._redact_by_format(text, depth)
        finally:
            self._document_patterns = None

    def _redact_by_format(self, text: str, depth: int) -> str:
        if _JSON_DOCUMENT.match(text) and not _INI_SECTION.match(text):
            reader = JsonRedactor(self, depth)
            # Once more as text: a known secret may stand outside of JSON strings, or look like JSON itself.
            text = self._replace_known(reader.redact(text))
            return text if reader.is_regular else self.redact_text(text)
        if is_markup(text):
            return self._replace_known(MarkupRedactor(self).redact(text))
        boundary = multipart_redactor.boundary_of(text)
        if boundary is not None:
            return multipart_redactor.redact_multipart(self, text, boundary, depth)
        text = self._redact_private_keys(text)
        table = table_redactor.headings_of(text)
        if table is not None:
            text = table_redactor.redact_table(self, text, *table)
        else:
            text = LineRedactor(self, depth).redact(text)
        return self.redact_text(text)

    def redact_json_value(self, name: str, text: str) -> str:
        """Redact the JSON (perhaps truncated) of a value that stands under a name."""
        if text in _JSON_LITERALS:
            return text
        if text[:1] in _JSON_STARTS:
            # The name makes the value a field, so that the rules for fields apply.
            start = f"{json.dumps(name)}:"
            return JsonRedactor(self).redact(start + text).removeprefix(start)
        if secret_names.is_always_secret(name):
            return self.placeholder(text)
        return self.redact_text(text)

    def hide_value(self, text: str, kind: str) -> str:
        """Return the replacement of a secret in a body, which may be a whole credential with its scheme."""
        scheme, _ = secret_names.split_credential(text)
        if scheme:
            return self._redact_credential(text)
        return self.placeholder(text, kind)

    def _key_placeholder(self, secret: str) -> str:
        return self.placeholder(secret, "key")

    def _replace_known(self, text: str) -> str:
        return self._known.replace_in(text, self._key_placeholder)

    def _redact_private_keys(self, text: str) -> str:
        if "-----BEGIN " not in text:
            return text
        return secret_patterns.PRIVATE_KEY.sub(self._replace_secret, text)

    def _replace_secret(self, match: re.Match[str]) -> str:
        """Replace a match of a pattern; one with a group matches a secret only if the group takes part."""
        if match.re.groups and match[1] is None:
            return match[0]
        return self.placeholder(match[0])

    def _replace_parameter(self, match: re.Match[str]) -> str:
        name, value = unquote(match[1]), match[2]
        if not secret_names.is_secret_parameter(name) or is_placeholder(value):
            return match[0]
        kind = "sig" if "sig" in name.lower() else "token"
        return replace_group(match, "value", encode_brackets(self.placeholder(unquote(value), kind)))

    def _replace_pair(self, match: re.Match[str]) -> str:
        group = match.lastgroup or ""
        value = match[group]
        hidden = hide_named(self, match["name"], value)
        if hidden == value:
            # What is in quotes may have pairs in other quotes: `line="{'token': 'S'}"`.
            hidden = secret_patterns.PAIR_PATTERN.sub(self._replace_pair, value)
        return replace_group(match, group, hidden)

    def _replace_password(self, match: re.Match[str]) -> str:
        password = match[1]
        if is_placeholder(password):
            return match[0]
        user = match[0][: -len(password)]
        return user + encode_brackets(self.placeholder(unquote(password)))

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
        if secret_names.is_kept_header(lower_name):
            return self.redact_text(value)
        if lower_name in secret_names.CREDENTIAL_HEADERS:
            return self._redact_credential(value)
        return self.placeholder(value, "cookie" if "cookie" in lower_name else "header")

    def _redact_credential(self, value: str) -> str:
        """Redact a credential but for its scheme: that a bearer token was sent is evidence, its value is not."""
        scheme, key = secret_names.split_credential(value.strip())
        if scheme.strip().lower() == "basic":
            try:
                password = b64decode(key, validate=True).decode("utf-8").partition(":")[2]
            except ValueError:
                password = ""
            if len(password) >= MIN_SECRET_LENGTH:
                self._known.add_found(password)
        return scheme + self.placeholder(key, "key")

    def _redact_body(self, body: bytes) -> bytes:
        if not body:
            return body
        # Bytes that are no UTF-8 become lone surrogates, and the same bytes again at the end.
        text = body.decode("utf-8", "surrogateescape")
        lower_text = text.lower()
        # Most bodies have none of these, and looking is much cheaper than redacting them.
        if any(hint in lower_text for hint in secret_patterns.SECRET_HINTS) or self._known.occur_in(text):
            text = self.redact_document(text)
        redacted = text.encode("utf-8", "surrogateescape")
        if self._known.find_in(redacted) is not None:
            # A secret in a form that is no text of its own, such as `Bearer KEY` in base64.
            text = self._known.replace_in_output(text, self._key_placeholder)
            redacted = text.encode("utf-8", "surrogateescape")
        return redacted
