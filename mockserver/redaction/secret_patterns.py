"""The patterns of secrets: texts that are secrets wherever they stand, and the places that a name makes one.

None of them backtracks over more than a bounded number of characters: each is linear in the text. Patterns that need a
substring have it beside them as a hint, because looking for that is much cheaper.
"""

import re
from typing import Final, NamedTuple


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LIKELY_SECRET: Final = re.compile(r"(?=[^\d]*\d)[\x21-\x7e]{12,}", re.ASCII)
"""A text that may be a credential: long, without space, with a digit; `invalid_token` is not one."""

KEY_LIKE: Final = re.compile(r"[A-Za-z0-9_-]{20,}", re.ASCII)
"""A value under `key` in a body that is neither a path nor a word."""

_TELLING_PREFIXES: Final = _words(
    """
    sk_live_ sk_test_ sk_proj_ sk_ant_ sk-live- sk-test- sk-proj- sk-ant- sk-or- pk_live_ pk_test_ pk-live- pk-test-
    rk_live_ rk_test_ tlk_ xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-
    """
)
"""Prefixes of keys that are nothing else: eight more characters make a key."""
_SERVICE_PREFIXES: Final = _words(
    """
    ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glsa_ hf_ npm_ pypi- gsk_ xai- pplx- r8_ nvapi- lin_api_
    ntn_ figd_ sntrys_ sntryu_ tskey- shpat_ shpss_ shpca_ shppa_ sq0atp- sq0csp- dop_v1_ doo_v1_ dor_v1_ AIza
    GOCSPX- ya29. SG. PMAK- NRAK- hvs. hvb. hvr. dp.pt. dp.st. dp.ct. xapp- AGE-SECRET-KEY-1 EZAK
    """
)
"""Prefixes of the keys of well-known services: sixteen more characters with a digit, or twenty letters, make a key."""

_LONG_RUN: Final = r"(?:(?=[A-Za-z_-]{0,40}\d)[\w-]{16,}|[A-Za-z0-9]{20,})"

_SECRET_SOURCES: Final = (
    ("whsec_", r"(?<![A-Za-z0-9])whsec_[A-Za-z0-9+/=_-]+"),
    # Three parts of a JSON web token, five of an encrypted one, or the two that are left of one that was cut. A run
    # that is no token is matched, too, and kept: to search inside of it again would be quadratic.
    ("eyj", r"eyJ[\w-]{8,}+(\.eyJ[\w-]*+(?:\.[\w-]*+)?|(?:\.[\w-]++){2}(?:\.[\w-]++)*+)?"),
    *((start, rf"(?<![A-Za-z0-9]){start}[\w-]{{8,}}") for start in _TELLING_PREFIXES),
    ("_sk_", r"(?<![A-Za-z0-9])[a-z]{2,20}_v\d_sk_[\w-]{8,}"),
    *((start.lower(), rf"(?<![A-Za-z0-9]){re.escape(start)}{_LONG_RUN}(?:\.[\w-]++)*+") for start in _SERVICE_PREFIXES),
    *((start.lower(), rf"(?<![A-Za-z0-9]){start}[A-Z0-9]{{16}}(?![A-Za-z0-9])") for start in ("AKIA", "ASIA")),
    ("bearer ", r"(?i:(?<=bearer ))[A-Za-z0-9._~+/=:-]{8,}"),
    ("basic ", r"(?i:(?<=basic ))[A-Za-z0-9+/=]{16,}"),
)
PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
"""A private key in PEM, whose lines no other pattern may take apart."""
_KEY_WITH_PREFIX: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(?:[A-Za-z0-9]{1,20}[_-]){0,6}(?:sk|pk|rk|pat|key|apikey|token|tok|secret)[_-]"
    r"(?:[A-Za-z0-9]{1,40}[_-]){0,4}(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{12,}[\w-]*",
    re.IGNORECASE | re.ASCII,
)
"""A key as any vendor may write it: its kind, perhaps behind the vendor's name, and a long random part.

Random is what has twelve letters and digits in a row: `token-expires-mid-job-401` is the name of a scenario.
"""
_KEY_KINDS: Final = _words("sk_ sk- pk_ pk- rk_ rk- pat_ pat- key_ key- tok_ tok- token_ token- secret_ secret-")


class SecretPattern(NamedTuple):
    """A form that only secrets have."""

    hints: tuple[str, ...]
    """In lower case: a text without any of them does not match."""
    pattern: re.Pattern[str]
    """If it has a group, it matches a secret only if the group takes part."""


SECRET_PATTERNS: Final = (
    *(SecretPattern((hint,), re.compile(source, re.DOTALL | re.ASCII)) for hint, source in _SECRET_SOURCES),
    SecretPattern(_KEY_KINDS, _KEY_WITH_PREFIX),
)
"""Texts that are secrets wherever they stand. None backtracks: each is linear in the text."""


def patterns_for(text: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns that a text, or a part of it, may match."""
    lower_text = text.lower()
    return tuple(dict.fromkeys([pattern for hint, pattern in _PATTERN_BY_HINT if hint in lower_text]))


_PATTERN_BY_HINT: Final = [(hint, each.pattern) for each in SECRET_PATTERNS for hint in each.hints]


_NAME_HINTS: Final = _words(
    """
    secret bearer passw passp passc pwd key auth cred cookie sig jwt csrf xsrf otp hmac token policy accessid verifier
    assertion x-amz x-goog x-ms sess sid @ % \\
    """
)
SECRET_HINTS: Final = frozenset((*_NAME_HINTS, *(hint for each in SECRET_PATTERNS for hint in each.hints)))
"""A text without any of these (in lower case) has no secret but searched ones; a test verifies that."""

PARAMETER_PATTERN: Final = re.compile(
    r"(?<![A-Za-z0-9_.~%\[\]-])-{0,2}(?P<name>[A-Za-z][A-Za-z0-9_.~%\[\]-]{0,80})=(?P<value>[^&#;\s\"'<>\\]+)"
)
"""`name=value`, as in a query, a form, a cookie or a command."""
PAIR_PATTERN: Final = re.compile(
    r"(?<![\w.-])\\{0,4}(?P<quote>[\"']?)(?P<name>[A-Za-z][\w.-]{0,80})\\{0,4}(?P=quote)"
    r"(?:[ \t]{0,8}(?:=>|:?=|:)[ \t]{0,8}|[ ]is[ ])"
    r"(?:\"(?P<double>(?:[^\"\\\r\n]|\\.)++)\"|'(?P<single>(?:[^'\\\r\n]|\\.)++)'"
    r"|[\"'](?P<cut>[^\"'\r\n]++)(?<=\.\.\.)"
    r"|\\{1,4}\"(?P<escaped>[^\"\\\r\n]++)\\{1,4}\""
    r"|(?P<bare>(?=[^\s\d]{0,40}\d)[^\s\"'<>,;&{}\[\]()\\]{8,}))"
)
"""`name: "value"` (`is` in a sentence) in any text, and `name: value` if the value has a digit and no space."""
OPTION_PATTERN: Final = re.compile(r"(?<![\w-])--(?P<name>[A-Za-z][\w-]{0,80}) (?P<value>[^\s\"'-][^\s\"']*)")
"""`--name value`, as in a command."""
USERINFO_PATTERN: Final = re.compile(r"(?<=://)[^/?#@:\s\"'<>]*:([^/?#@\s\"'<>]+)(?=@)")
"""The password in `https://user:password@host`."""
