"""Webhook signatures: the hex HMAC-SHA256 of `TIMESTAMP.BODY` under a shared secret.

Phaseo and TwelveLabs use the same algorithm and differ in the headers that carry the result.
"""

import hmac
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Instant

TOLERANCE_SECONDS: Final = 300
"""Seconds that the signature's time may differ from the verifier's, as both vendors advise."""

VALID: Final = "ok"
INVALID: Final = "wrong"
SKEWED: Final = "skewed"
NO_SIGNATURE: Final = "unsigned"
VERIFICATION_RESULTS: Final = (VALID, INVALID, SKEWED, NO_SIGNATURE)
"""The possible results of `verify`."""


class Signature(NamedTuple):
    """The signature of a delivery."""

    timestamp: str
    """Unix seconds, as text."""
    value: str
    """Hex."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature in lower-case hex; a prefix `whsec_` is part of the secret."""
    return hmac.digest(secret.encode(), _header_bytes(timestamp) + b"." + body, "sha256").hex()


def _header_bytes(text: str) -> bytes:
    # Header values were decoded with surrogateescape, so that this gives back the bytes that were sent.
    return text.encode("utf-8", "surrogateescape")


def verify(signature: Signature | None, secret: str, body: bytes, at: Instant) -> str:
    """Return `VALID`, `INVALID` (another secret or body), `SKEWED` (valid, but of another time) or `NO_SIGNATURE`."""
    if signature is None:
        return NO_SIGNATURE
    given = _header_bytes(signature.value.strip().lower())
    if not hmac.compare_digest(given, sign(secret, signature.timestamp, body).encode()):
        return INVALID
    timestamp = signature.timestamp
    # The length is bounded: int() of a text of any length takes quadratic time.
    if not timestamp.isdecimal() or len(timestamp) >= 16:
        return SKEWED
    if abs(int(timestamp) - at // SECOND) > TOLERANCE_SECONDS:
        return SKEWED
    return VALID
