"""The signature that vendors put on a delivery: hex HMAC-SHA256 of `stamp.body` under a shared secret.

Phaseo and TwelveLabs sign alike and differ in where they write it. Made and verified here, once.
"""

import hmac
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Instant

TOLERANCE_SECONDS: Final = 300
"""Seconds between the signature's time and the verifier's that are put up with, by both vendors' advice."""

VALID: Final = "ok"
INVALID: Final = "wrong"
SKEWED: Final = "skewed"
NO_SIGNATURE: Final = "unsigned"
VERIFICATION_RESULTS: Final = (VALID, INVALID, SKEWED, NO_SIGNATURE)
"""What a verifier can come to."""


class Signature(NamedTuple):
    """What a delivery carries."""

    timestamp: str
    """Unix seconds, as text."""
    value: str
    """Hex."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Lower-case hex; the secret is taken as it is, `whsec_` and all."""
    return hmac.digest(secret.encode(), _header_bytes(timestamp) + b"." + body, "sha256").hex()


def _header_bytes(text: str) -> bytes:
    """What a header was before it was text: it may have been anything."""
    return text.encode("utf-8", "surrogateescape")


def verify(signature: Signature | None, secret: str, body: bytes, at: Instant) -> str:
    """`GOOD`, `BAD` (another secret, another body), `SKEWED` (right, but of another time) or `NONE`."""
    if signature is None:
        return NO_SIGNATURE
    given, right = signature.value.strip().lower(), sign(secret, signature.timestamp, body)
    if not hmac.compare_digest(_header_bytes(given), right.encode()):
        return INVALID
    stamp = signature.timestamp
    near = stamp.isdecimal() and len(stamp) < 16 and abs(int(stamp) - at // SECOND) <= TOLERANCE_SECONDS
    return VALID if near else SKEWED
