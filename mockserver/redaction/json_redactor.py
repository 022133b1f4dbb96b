"""Replaces the secrets in a JSON text, and leaves every other byte as it is.

The text is scanned for tokens, never parsed and serialized: a body that is broken, truncated, has a key twice or is
many lines of JSON passes through the same scanner and keeps its flaws. A document inside a JSON string is redacted as
one.
"""

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mockserver.redaction import secret_names, secret_patterns
from mockserver.redaction.hider import SecretHider

_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)("|\\?\Z)|[{}\[\],]|[^\s"{}\[\]:,]+', re.DOTALL)
"""A string (perhaps cut off by the end), a bracket or comma, or a bare word such as a number."""
_COLON = re.compile(r"\s*:")
_NUMBER = re.compile(r"-?\d.*")
_LONE_SURROGATES = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_NESTED_DOCUMENT = re.compile(r"\s*[{\[<]|[^\r\n]*[\r\n]")
"""A string that may be JSON, markup, or a text of several lines."""
_LITERALS: Final = frozenset(("true", "false", "null", "NaN", "Infinity", "-Infinity"))
_NAME_KEYS: Final = frozenset(("name", "key", "header", "field"))
"""Keys whose value names what stands under `value` beside it."""
_VALUE_KEYS: Final = frozenset(("value", "values"))


@dataclass(slots=True)
class _OpenBracket:
    """An open bracket and the key that was read last inside it."""

    hides_all: bool
    """Everything inside is a secret."""
    names_secret: bool = False
    """A sibling named a secret, as in `{"name": "x-api-key", "value": ...}`: the value under `value` is one."""
    key: str = ""
    """The key whose value comes next; empty in a list, and after a comma."""

    def hides_value(self) -> bool:
        """Return True if the value of the present key is a secret, with all that is inside it."""
        if self.hides_all or secret_names.is_secret_field(self.key):
            return True
        return self.names_secret and self.key in _VALUE_KEYS


class JsonRedactor:
    """Redacts one text, which `depth` other documents contain."""

    def __init__(self, hider: SecretHider, depth: int = 0) -> None:
        self.is_regular = True
        """False once something outside of strings is no JSON: the text is JSON in a part of it, or something else."""
        self._hider = hider
        self._depth = depth

    def redact(self, text: str) -> str:
        """Return the same JSON with placeholders for its secrets."""
        out: list[str] = []
        copied_to = 0
        # The bottom entry stands for the top of the text and is never closed.
        brackets = [_OpenBracket(hides_all=False)]
        for token in _TOKEN.finditer(text):
            replacement = self._redact_token(token, brackets)
            if replacement is not None:
                out += (text[copied_to : token.start()], replacement)
                copied_to = token.end()
        if not out:
            return text
        return "".join((*out, text[copied_to:]))

    def _redact_token(self, token: re.Match[str], brackets: list[_OpenBracket]) -> str | None:
        """Return the replacement of a token, None to keep it, and update the stack of open brackets."""
        text, bracket = token[0], brackets[-1]
        if text[0] == '"':
            return self._redact_string(token, bracket)
        if text in "{[":
            brackets.append(_OpenBracket(bracket.hides_value()))
        elif text in "}]":
            # Broken JSON may close more than it opens, and with the wrong bracket.
            del brackets[max(1, len(brackets) - 1) :]
            brackets[-1].key = ""
        elif text == ",":
            bracket.key = ""
        elif _NUMBER.fullmatch(text):
            # `"output_tokens": 12` is a count, so a number is a secret under fewer keys than a string.
            if bracket.hides_all or secret_names.is_always_secret(bracket.key):
                return f'"{self._hider.hide_value(text, "secret")}"'
        elif text not in _LITERALS:
            self.is_regular = False
        return None

    def _redact_string(self, token: re.Match[str], bracket: _OpenBracket) -> str | None:
        text, closing_quote = token[1], token[2]
        if "\\" in text:
            with suppress(ValueError):
                text = str(json.loads(f'"{text}"', strict=False))
        if closing_quote == '"' and _COLON.match(token.string, token.end()):
            bracket.key = text
            redacted = self._hider.redact_text(text)
        elif bracket.hides_value() or (bracket.key == "key" and secret_patterns.KEY_LIKE.fullmatch(text)):
            kind = "secret" if secret_names.is_always_secret(bracket.key) else "token"
            redacted = self._hider.hide_value(text, kind)
        else:
            if bracket.key in _NAME_KEYS and (
                secret_names.is_secret_field(text) or text.lower() in secret_names.CREDENTIAL_HEADERS
            ):
                bracket.names_secret = True
            redacted = self._redact_value(text)
        if redacted == text:
            return None
        escaped = json.dumps(redacted, ensure_ascii=False)[1:-1]
        # Surrogates that stand for no byte could not be encoded.
        escaped = _LONE_SURROGATES.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped)
        # A string that was cut off stays cut off; a lone backslash at its end is dropped.
        return f'"{escaped}' + closing_quote.removeprefix("\\")

    def _redact_value(self, text: str) -> str:
        """Redact a string that is no secret as a whole; it may be a document itself."""
        if _NESTED_DOCUMENT.match(text):
            return self._hider.redact_document(text, self._depth + 1)
        return self._hider.redact_text(text)
