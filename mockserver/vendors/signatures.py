"""Webhook signatures as values: each has `sign`, for the sender, and `verify`, for a receiver.

A value is plain data (the names of headers), so that a vendor declares how it signs and the rest of the program needs
no case for it. Three schemes are here, which sign with a shared secret; `ed25519` has the one with a pair of keys.
A delivery without a key to sign with keeps the headers that only name it, and has no signature.
"""

import base64
import binascii
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from mockserver.core.instants import SECOND, Instant

TOLERANCE_SECONDS: Final = 300
"""Seconds that a signature's time may differ from the verifier's, as every vendor here advises."""

VALID: Final = "ok"
INVALID: Final = "wrong"
SKEWED: Final = "skewed"
NO_SIGNATURE: Final = "unsigned"
VERIFICATION_RESULTS: Final = (VALID, INVALID, SKEWED, NO_SIGNATURE)
"""The possible results of `WebhookSignature.verify`."""

HeaderPairs = tuple[tuple[str, str], ...]


def is_forgery(result: str, *, is_stripped: bool) -> bool:
    """Return True if a receiver must refuse a delivery with this result of a verifier.

    Some vendors and endpoints sign nothing: that is wrong only where a fault took the signature away (`is_stripped`).
    """
    return result in (INVALID, SKEWED) or (result == NO_SIGNATURE and is_stripped)


class WebhookMessage(NamedTuple):
    """What is signed of a delivery."""

    id: str
    """The same for each attempt; schemes that sign no id ignore it."""
    timestamp: str
    """Unix seconds, as text."""
    body: bytes


class GivenSignature(NamedTuple):
    """The signature of a delivery as a receiver reads it."""

    message: WebhookMessage
    """What it claims to sign."""
    values: tuple[str, ...]
    """Hex or base64; one of several, made with several secrets, must be right."""
    account: str = ""
    """The customer that it names, where a scheme signs that."""


class SigningKeys(NamedTuple):
    """The keys of a sender."""

    secrets: tuple[str, ...]
    """The newest first; none: unsigned. Where a scheme has pairs of keys, each text stands for a pair."""
    seed: str
    """The session's: pairs of keys derive from it."""


class ReceiverKeys(NamedTuple):
    """The keys of a receiver."""

    secrets: tuple[str, ...] = ()
    public_keys: tuple[bytes, ...] = ()
    """Of ED25519, 32 bytes each."""


NO_KEYS: Final = ReceiverKeys()


class WebhookSignature(ABC):
    """How a vendor signs its webhooks."""

    key_set_path: str = ""
    """Where the vendor serves its public keys; empty: sender and receiver share a secret."""

    @abstractmethod
    def sign(self, message: WebhookMessage, keys: SigningKeys) -> HeaderPairs:
        """Return the headers that carry the signature."""

    @abstractmethod
    def read(self, headers: Mapping[str, str], body: bytes) -> GivenSignature | None:
        """Read the signature of a delivery from its headers (names in lower case); None if a part is missing."""

    @abstractmethod
    def fits(self, given: GivenSignature, keys: ReceiverKeys) -> bool:
        """Return True if the signature was made of this message with the counterpart of one of the keys."""

    def receiver_keys(self, keys: SigningKeys) -> ReceiverKeys:
        """Return what a receiver of this sender knows; while a secret is rotated, the newest one alone."""
        return ReceiverKeys(secrets=keys.secrets[:1])

    def can_check(self, keys: ReceiverKeys) -> bool:
        """Return True if the keys have one of the sort that the scheme needs."""
        return bool(keys.secrets)

    def secret_problem(self, secret: str) -> str:
        """Return why a text cannot be the secret of this scheme; empty if it can."""
        return ""

    def verify(self, headers: Mapping[str, str], body: bytes, keys: ReceiverKeys, at: Instant) -> str:
        """Return `VALID`, `INVALID` (another key or body), `SKEWED` (valid, but of another time) or `NO_SIGNATURE`."""
        given = self.read(headers, body)
        if given is None:
            return NO_SIGNATURE
        if not self.fits(given, keys):
            return INVALID
        if not _is_recent(given.message.timestamp, at):
            return SKEWED
        return VALID


def _is_recent(timestamp: str, at: Instant) -> bool:
    # The length is bounded: int() of a text of any length takes quadratic time.
    if not timestamp.isdecimal() or len(timestamp) >= 16:
        return False
    return abs(int(timestamp) - at // SECOND) <= TOLERANCE_SECONDS


def header_bytes(text: str) -> bytes:
    """Return the bytes of a header's value as they were sent: it was decoded with surrogateescape."""
    return text.encode("utf-8", "surrogateescape")


def _hmac_sha256(key: bytes, *parts: str | bytes) -> bytes:
    """Return the HMAC of the parts, joined by dots."""
    joined = b".".join(header_bytes(part) if isinstance(part, str) else part for part in parts)
    return hmac.digest(key, joined, "sha256")


def _is_among(expected: str, values: Iterable[str]) -> bool:
    return any(hmac.compare_digest(header_bytes(value), expected.encode()) for value in values)


class _HexHmac(WebhookSignature):
    """The hex HMAC-SHA256 of `TIMESTAMP.BODY` under a shared secret; a prefix `whsec_` is part of the secret."""

    def fits(self, given: GivenSignature, keys: ReceiverKeys) -> bool:
        values = [value.strip().lower() for value in given.values]
        return any(_is_among(value, values) for value in hex_hmacs(given.message, keys.secrets))


def hex_hmacs(message: WebhookMessage, secrets: Iterable[str]) -> list[str]:
    """Return the signature in lower-case hex with each secret: several while a secret is being rotated."""
    return [_hmac_sha256(secret.encode(), message.timestamp, message.body).hex() for secret in secrets]


class HmacHeaderNames(NamedTuple):
    """The headers of an `HmacHeaders`."""

    timestamp: str
    signature: str


@dataclass(frozen=True)
class HmacHeaders(_HexHmac):
    """The hex HMAC in a header, its timestamp in another; several values are separated by commas."""

    names: HmacHeaderNames
    former_names: tuple[HmacHeaderNames, ...] = ()
    """Headers of older eras: read, but not sent."""

    def sign(self, message: WebhookMessage, keys: SigningKeys) -> HeaderPairs:
        if not keys.secrets:
            return ()
        value = ",".join(hex_hmacs(message, keys.secrets))
        return (self.names.timestamp, message.timestamp), (self.names.signature, value)

    def read(self, headers: Mapping[str, str], body: bytes) -> GivenSignature | None:
        for names in (self.names, *self.former_names):
            timestamp, value = headers.get(names.timestamp.lower()), headers.get(names.signature.lower())
            if timestamp and value:
                return GivenSignature(WebhookMessage("", timestamp, body), tuple(value.split(",")))
        return None


@dataclass(frozen=True)
class HmacPairs(_HexHmac):
    """The hex HMAC and its timestamp in one header: `t=UNIX,v1=HEX`, with several `v1` while a secret is rotated."""

    header: str

    def sign(self, message: WebhookMessage, keys: SigningKeys) -> HeaderPairs:
        if not keys.secrets:
            return ()
        values = (f"v1={value}" for value in hex_hmacs(message, keys.secrets))
        return ((self.header, ",".join((f"t={message.timestamp}", *values))),)

    def read(self, headers: Mapping[str, str], body: bytes) -> GivenSignature | None:
        pairs = [part.strip().partition("=")[::2] for part in headers.get(self.header.lower(), "").split(",")]
        timestamp = dict(pairs).get("t")
        values = tuple(value for name, value in pairs if name == "v1" and value)
        return GivenSignature(WebhookMessage("", timestamp, body), values) if timestamp and values else None


_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- what secrets begin with
_VERSION: Final = "v1,"


@dataclass(frozen=True)
class StandardWebhooks(WebhookSignature):
    """Standard Webhooks, version 1: the base64 HMAC-SHA256 of `ID.TIMESTAMP.BODY`, in three headers.

    The secret is `whsec_` and the key in base64; several signatures are separated by spaces.
    Source: the specification of Standard Webhooks (standardwebhooks.com), "Verifying signatures".
    """

    prefix: str = "webhook"
    """Of the headers: `webhook-id`, `webhook-timestamp`, `webhook-signature`."""

    def sign(self, message: WebhookMessage, keys: SigningKeys) -> HeaderPairs:
        named = (f"{self.prefix}-id", message.id), (f"{self.prefix}-timestamp", message.timestamp)
        if not keys.secrets:
            return named
        values = (_VERSION + self._value(message, secret) for secret in keys.secrets)
        return (*named, (f"{self.prefix}-signature", " ".join(values)))

    def read(self, headers: Mapping[str, str], body: bytes) -> GivenSignature | None:
        parts = [headers.get(f"{self.prefix}-{part}", "") for part in ("id", "timestamp", "signature")]
        if not all(parts):
            return None
        message_id, timestamp, signatures = parts
        values = tuple(one.removeprefix(_VERSION) for one in signatures.split() if one.startswith(_VERSION))
        return GivenSignature(WebhookMessage(message_id, timestamp, body), values)

    def fits(self, given: GivenSignature, keys: ReceiverKeys) -> bool:
        return any(_is_among(self._value(given.message, secret), given.values) for secret in keys.secrets)

    def secret_problem(self, secret: str) -> str:
        if _standard_key(secret) is None:
            return "it is not `whsec_` and a key in base64, as Standard Webhooks has it"
        return ""

    def _value(self, message: WebhookMessage, secret: str) -> str:
        key = _standard_key(secret)
        if key is None:
            # Another secret must still give another signature.
            key = secret.encode()
        return base64.b64encode(_hmac_sha256(key, message.id, message.timestamp, message.body)).decode()


def _standard_key(secret: str) -> bytes | None:
    """Return the key that a secret of Standard Webhooks stands for; None for another text."""
    encoded = secret.removeprefix(_SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if key and encoded != secret else None
