"""The names and the patterns of secrets: tables, and the predicates over them.

Headers are kept by a list: an unknown header is redacted. Fields and parameters are redacted by the words in their
names, because a body has more names than a list can hold. A secret with a form of its own (a bearer token, a webhook's
signing secret, a private key) is found wherever it stands.
"""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEPT_HEADERS: Final = _names(
    """
    accept accept-charset accept-encoding accept-language accept-ranges age allow alt-svc cache-control cf-cache-status
    cf-ray connection content-disposition content-encoding content-language content-length content-location
    content-range content-security-policy content-type date deprecation dnt etag expect expires host idempotency-key
    if-match if-modified-since if-none-match if-unmodified-since keep-alive last-modified link location max-forwards
    origin pragma prefer preference-applied priority range referer referrer-policy request-id retry-after
    sec-websocket-accept sec-websocket-extensions sec-websocket-version server server-timing strict-transport-security
    sunset te traceparent trailer transfer-encoding upgrade upgrade-insecure-requests user-agent vary via warning
    www-authenticate x-content-type-options x-frame-options x-mock-session x-powered-by x-requested-with
    """
)
"""Headers whose values are kept, but searched for secrets like any other text."""
_KEPT_HEADER_PATTERN: Final = re.compile(
    r"access-control-[a-z-]+|sec-(?:fetch|ch-ua)[a-z-]*|x-stainless-[a-z-]+|(?:x-)?ratelimit-[a-z-]+|x-mock-[a-z-]+"
    r"|[a-z-]*-(?:timestamp|event-id|event-type|delivery-key|attempt|max-attempts|request-id|correlation-id|version)"
)
CREDENTIAL_HEADERS: Final = frozenset(
    ("authorization", "proxy-authorization", "x-api-key", "api-key", "x-auth-token", "x-goog-api-key")
)
"""Headers whose value is a key, perhaps after the name of a scheme."""
_AUTH_SCHEME: Final = re.compile(r"(?:Bearer|Basic|Token|ApiKey|Digest|Negotiate)\s+", re.IGNORECASE)

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS: Final = _names(
    """
    secret secrets password passwd passphrase passcode pwd apikey apikeys authorization credential credentials cookie
    cookies signature signatures sig jwt bearer csrf xsrf otp hmac privatekey accesstoken refreshtoken authtoken
    """
)
_TOKEN_WORDS: Final = frozenset(("token", "tokens"))
_KEY_OWNERS: Final = _names("api access private signing secret encryption auth service master management account")
"""Words in front of `key` that make it a secret: a bare `key` may be the key of a file."""
_HARMLESS_STARTS: Final = frozenset(("has", "is", "needs", "requires", "max", "min", "num", "total"))
"""First words of names that state something about a secret: `has_secret`, `max_tokens`."""
_SECRET_PARAMETERS: Final = _names(
    """
    key auth policy key-pair-id awsaccesskeyid googleaccessid code_verifier client_assertion
    jsessionid phpsessid sessionid session_id sid
    """
)
_SECRET_PARAMETER_STARTS: Final = ("x-amz-", "x-goog-", "x-ms-")

LIKELY_SECRET: Final = re.compile(r"(?=[^\d]*\d)[\x21-\x7e]{12,}", re.ASCII)
"""A text that may be a credential: long, without space, with a digit; `invalid_token` is not one."""

KEY_LIKE: Final = re.compile(r"[A-Za-z0-9_-]{20,}", re.ASCII)
"""A value under `key` in a body that is neither a path nor a word."""

_SECRET_SOURCES: Final = (
    ("-----BEGIN", r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"),
    ("whsec_", r"\bwhsec_[A-Za-z0-9+/=_-]+"),
    ("eyJ", r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"),
    *((start, rf"\b{start}(?:live|test|proj|ant)[_-][A-Za-z0-9_-]{{8,}}") for start in ("sk_", "sk-", "pk_", "rk_")),
    ("_sk_", r"\b[a-z]{2,20}_v\d_sk_[A-Za-z0-9_-]{8,}"),
    ("tlk_", r"\btlk_[A-Za-z0-9]{8,}"),
    *((start, rf"\b{start}[A-Z0-9]{{16}}\b") for start in ("AKIA", "ASIA")),
    *((start, rf"\b{start}[A-Za-z0-9]{{20,}}") for start in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    ("xox", r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    ("earer ", r"(?<=[Bb]earer )[A-Za-z0-9._~+/=:-]{8,}"),
    ("asic ", r"(?<=[Bb]asic )[A-Za-z0-9+/=]{16,}"),
)
SECRET_PATTERNS: Final = tuple((hint, re.compile(pattern, re.DOTALL)) for hint, pattern in _SECRET_SOURCES)
"""Texts that are secrets wherever they stand: a substring that the pattern needs (cheap to look for), the pattern."""

SECRET_HINTS: Final = _names(
    """
    -----begin whsec_ eyj sk_ sk- pk_ rk_ tlk_ akia asia ghp_ gho_ ghu_ ghs_ ghr_ xox earer asic
    secret passw passp passc pwd key auth cred cookie sig jwt csrf xsrf otp hmac token policy accessid verifier
    assertion x-amz x-goog x-ms sess sid @ % \\
    """
)
"""A text without any of these (in lower case) has no secret but searched ones; a test verifies that."""

PARAMETER_PATTERN = re.compile(r"(?<![A-Za-z0-9_.~%\[\]-])([A-Za-z][A-Za-z0-9_.~%\[\]-]{0,80})=([^&#;\s\"'<>\\]+)")
"""`name=value`, as in a query, a form or a cookie."""
USERINFO_PATTERN: Final = re.compile(r"(?<=://)[^/?#@:\s\"'<>]*:([^/?#@\s\"'<>]+)(?=@)")
"""The password in `https://user:password@host`."""


def split_credential(value: str) -> tuple[str, str]:
    """Split a credential into its scheme with the space behind it (`Bearer `, or empty) and its key."""
    match = _AUTH_SCHEME.match(value)
    if match is None:
        return "", value
    return value[: match.end()], value[match.end() :]


def is_kept_header(header: str) -> bool:
    """Return True if a header (lower case) keeps its value."""
    if header in KEPT_HEADERS:
        return True
    return bool(_KEPT_HEADER_PATTERN.fullmatch(header)) and not is_secret_field(header)


def _name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in snake, kebab or camel case."""
    return tuple(word.lower() for word in _WORD.findall(name[:200]))


@lru_cache(maxsize=4096)
def is_secret_field(name: str) -> bool:
    """Return True if a field of this name holds a secret: `signing_secret`, `apiKey`, `token`; not `has_secret`."""
    words = _name_words(name)
    if not words or words[0] in _HARMLESS_STARTS:
        return False
    return words[-1] in _TOKEN_WORDS or is_always_secret(name)


@lru_cache(maxsize=4096)
def is_always_secret(name: str) -> bool:
    """Return True if even a number in a field of this name is a secret: not for tokens, which are also counted."""
    words = _name_words(name)
    if not words or words[0] in _HARMLESS_STARTS:
        return False
    if any(owner in _KEY_OWNERS and word in ("key", "keys") for owner, word in pairwise(words)):
        return True
    return not _SECRET_WORDS.isdisjoint(words)


@lru_cache(maxsize=4096)
def is_secret_parameter(name: str) -> bool:
    """Return True if a parameter of a query or a form holds a secret; more names do there than in a body."""
    lower_name = name.lower()
    if lower_name in _SECRET_PARAMETERS or lower_name.startswith(_SECRET_PARAMETER_STARTS):
        return True
    return is_secret_field(name)
