"""Webhook signatures: the hex HMAC-SHA256 of `TIMESTAMP.BODY` under a shared secret.

Phaseo and TwelveLabs use the same algorithm and differ in the headers that carry the result.
"""

import hmac
from collections.abc import Iterable
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
    """Hex; several signatures, made with several secrets, are separated by commas."""


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature in lower-case hex; a prefix `whsec_` is part of the secret."""
    return hmac.digest(secret.encode(), _header_bytes(timestamp) + b"." + body, "sha256").hex()


def sign_with_each(secrets: Iterable[str], timestamp: str, body: bytes) -> list[str]:
    """Return a signature for each secret: several while a secret is being rotated."""
    return [sign(secret, timestamp, body) for secret in secrets]


def _header_bytes(text: str) -> bytes:
    # Header values were decoded with surrogateescape, so that this gives back the bytes that were sent.
    return text.encode("utf-8", "surrogateescape")


def verify(signature: Signature | None, secret: str, body: bytes, at: Instant) -> str:
    """Return `VALID`, `INVALID` (another secret or body), `SKEWED` (valid, but of another time) or `NO_SIGNATURE`.

    Of several signatures one must be right.
    """
    if signature is None:
        return NO_SIGNATURE
    expected = sign(secret, signature.timestamp, body).encode()
    given = [_header_bytes(value.strip().lower()) for value in signature.value.split(",")]
    if not any(hmac.compare_digest(value, expected) for value in given):
        return INVALID
    timestamp = signature.timestamp
    # The length is bounded: int() of a text of any length takes quadratic time.
    if not timestamp.isdecimal() or len(timestamp) >= 16:
        return SKEWED
    if abs(int(timestamp) - at // SECOND) > TOLERANCE_SECONDS:
        return SKEWED
    return VALID
