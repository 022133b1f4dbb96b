"""The signature that vendors put on a delivery: hex HMAC-SHA256 of `stamp.body` under a shared secret.

Phaseo and TwelveLabs sign alike and differ in where they write it. Made and verified here, once.
"""

import hmac
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Instant

TOLERANCE: Final = 300
"""Seconds between the signature's time and the verifier's that are put up with, by both vendors' advice."""

GOOD: Final = "ok"
BAD: Final = "wrong"
SKEWED: Final = "skewed"
NONE: Final = "unsigned"
VERDICTS: Final = (GOOD, BAD, SKEWED, NONE)
"""What a verifier can come to."""


class Signature(NamedTuple):
    """What a delivery carries."""

    stamp: str
    """Unix seconds, as text."""
    value: str
    """Hex."""


def sign(secret: str, stamp: str, body: bytes) -> str:
    """Lower-case hex; the secret is taken as it is, `whsec_` and all."""
    return hmac.digest(secret.encode(), _bytes(stamp) + b"." + body, "sha256").hex()


def _bytes(text: str) -> bytes:
    """What a header was before it was text: it may have been anything."""
    return text.encode("utf-8", "surrogateescape")


def verdict(signature: Signature | None, secret: str, body: bytes, at: Instant) -> str:
    """`GOOD`, `BAD` (another secret, another body), `SKEWED` (right, but of another time) or `NONE`."""
    if signature is None:
        return NONE
    given, right = signature.value.strip().lower(), sign(secret, signature.stamp, body)
    if not hmac.compare_digest(_bytes(given), right.encode()):
        return BAD
    stamp = signature.stamp
    near = stamp.isdecimal() and len(stamp) < 16 and abs(int(stamp) - at // SECOND) <= TOLERANCE
    return GOOD if near else SKEWED
