"""The names of secrets: headers, fields and parameters, as tables, and the predicates over them.

Headers are kept by a list: an unknown header is redacted. Fields and parameters are redacted by the words in their
names, because a body has more names than a list can hold.
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
_KEPT_HEADER_PATTERN: Final = (
    r"access-control-[a-z-]+|sec-(?:fetch|ch-ua)[a-z-]*|x-stainless-[a-z-]+|(?:x-)?ratelimit-[a-z-]+|x-mock-[a-z-]+"
    r"|[a-z-]*-(?:timestamp|event-id|event-type|delivery-key|attempt|max-attempts|request-id|correlation-id|version)"
)
CREDENTIAL_HEADERS: Final = frozenset(
    ("authorization", "proxy-authorization", "x-api-key", "api-key", "x-auth-token", "x-goog-api-key")
)
"""Headers whose value is a key, perhaps after the name of a scheme."""
_AUTH_SCHEME: Final = re.compile(r"(?:Bearer|Basic|Token|Key|ApiKey|Digest|Negotiate)\s+", re.IGNORECASE)

_MAX_NAME: Final = 200
"""Characters of a name that are looked at, and remembered."""
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS: Final = _names(
    """
    secret secrets password passwd passphrase passcode pwd apikey apikeys authorization credential credentials cookie
    cookies signature signatures sig jwt bearer csrf xsrf otp hmac privatekey accesskey secretkey accesstoken
    refreshtoken authtoken idtoken sessiontoken clientsecret apisecret
    """
)
_TOKEN_WORDS: Final = frozenset(("token", "tokens"))
_KEY_OWNERS: Final = _names("api access private signing secret encryption auth service master management account")
"""Words in front of `key` that make it a secret: a bare `key` may be the key of a file."""
_HARMLESS_STARTS: Final = frozenset(("has", "is", "needs", "requires", "max", "min", "num", "total"))
"""First words of names that state something about a secret: `has_secret`, `max_tokens`."""
_HARMLESS_ENDS: Final = _names("env file path type name url uri count length size ttl expires expiry")
"""Last words of names that tell where or what a secret is: `--api-key-env`, `token_type`."""
_SECRET_PARAMETERS: Final = _names(
    """
    key auth policy key-pair-id awsaccesskeyid googleaccessid code_verifier client_assertion
    jsessionid phpsessid sessionid session_id sid
    """
)
_KEY_PARAMETERS: Final = _names("key api_key api-key apikey access_token access-key auth_token")
"""Parameters that identify the client, as a header does elsewhere."""
_SECRET_PARAMETER_STARTS: Final = ("x-amz-", "x-goog-", "x-ms-")


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
    return bool(re.fullmatch(_KEPT_HEADER_PATTERN, header)) and not is_secret_field(header)


def _telling_words(name: str) -> tuple[str, ...]:
    """Return the words of a name in snake, kebab or camel case; none if its value is harmless."""
    words = tuple(word.lower() for word in _WORD.findall(name))
    if words and words[0] not in _HARMLESS_STARTS and words[-1] not in _HARMLESS_ENDS:
        return words
    return ()


def is_secret_field(name: str) -> bool:
    """Return True if a field of this name holds a secret: `signing_secret`, `apiKey`, `token`; not `has_secret`."""
    return _is_secret_field(name[:_MAX_NAME])


def is_always_secret(name: str) -> bool:
    """Return True if even a number in a field of this name is a secret: not for tokens, which are also counted."""
    return _is_always_secret(name[:_MAX_NAME])


@lru_cache(maxsize=4096)
def _is_secret_field(name: str) -> bool:
    return not _TOKEN_WORDS.isdisjoint(_telling_words(name)[-1:]) or _is_always_secret(name)


@lru_cache(maxsize=4096)
def _is_always_secret(name: str) -> bool:
    words = _telling_words(name)
    if any(owner in _KEY_OWNERS and word in ("key", "keys") for owner, word in pairwise(words)):
        return True
    return not _SECRET_WORDS.isdisjoint(words)


def is_secret_parameter(name: str) -> bool:
    """Return True if a parameter of a query or a form holds a secret; more names do there than in a body."""
    lower_name = name.lower()
    if lower_name in _SECRET_PARAMETERS or lower_name.startswith(_SECRET_PARAMETER_STARTS):
        return True
    return is_secret_field(name)


def is_key_parameter(name: str) -> bool:
    """Return True if a parameter of a query holds the client's key."""
    return name.lower() in _KEY_PARAMETERS
