"""Webhook signatures with ED25519, and the key set (JWKS) with which a receiver verifies them.

A pair of keys derives from the session's seed and the text of the endpoint's secret, so that every run signs with the
same key and `secret: [new, old]` names two pairs. The arithmetic is that of `cryptography`, which is imported when
something is signed: most servers never do, and the import takes time.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from mockserver.core.ids import seeded_bytes
from mockserver.vendors.signatures import (
    GivenSignature,
    HeaderPairs,
    ReceiverKeys,
    SigningKeys,
    WebhookMessage,
    WebhookSignature,
    header_bytes,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_KEY_BYTES: Final = 32
_CURVE: Final = {"kty": "OKP", "crv": "Ed25519"}


@dataclass(frozen=True)
class Ed25519Headers(WebhookSignature):
    """The hex signature of `ID`, `ACCOUNT`, `TIMESTAMP` and the hex SHA-256 of the body, on a line each.

    Four headers carry it: PREFIX-Request-Id, -User-Id, -Timestamp and -Signature.
    """

    prefix: str
    account: str = "user_mock"
    """The id of the customer, which is signed."""
    key_set_path: str = "/.well-known/jwks.json"
    """Where the key set is served, below the vendor's address."""

    def sign(self, message: WebhookMessage, keys: SigningKeys) -> HeaderPairs:
        """Return the headers of a message, signed with the private key of the first secret."""
        named = (
            (f"{self.prefix}-Request-Id", message.id),
            (f"{self.prefix}-User-Id", self.account),
            (f"{self.prefix}-Timestamp", message.timestamp),
        )
        if not keys.secrets:
            return named
        private_key = _private_key(keys.secrets[0], keys.seed)
        return (*named, (f"{self.prefix}-Signature", private_key.sign(_signed_bytes(message, self.account)).hex()))

    def read(self, headers: Mapping[str, str], body: bytes) -> GivenSignature | None:
        """Return the signature of a delivery; None if one of its headers is missing."""
        names = ("request-id", "user-id", "timestamp", "signature")
        parts = [headers.get(f"{self.prefix.lower()}-{name}", "") for name in names]
        if not all(parts):
            return None
        message_id, account, timestamp, value = parts
        return GivenSignature(WebhookMessage(message_id, timestamp, body), (value,), account)

    def fits(self, given: GivenSignature, keys: ReceiverKeys) -> bool:
        """Return True if one of the public keys verifies the signature."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        signed = _signed_bytes(given.message, given.account)
        try:
            signature = bytes.fromhex(given.values[0].strip())
        except ValueError:
            return False
        for key in keys.public_keys:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
            except InvalidSignature:
                continue
            return True
        return False

    def receiver_keys(self, keys: SigningKeys) -> ReceiverKeys:
        """Return the public keys of a sender; that which signs is the last, behind those that are rotated out.

        So a receiver that tries nothing but the first key of the set fails while keys are rotated.
        """
        pairs = (_private_key(secret, keys.seed) for secret in reversed(keys.secrets))
        return ReceiverKeys(public_keys=tuple(pair.public_key().public_bytes_raw() for pair in pairs))

    def can_check(self, keys: ReceiverKeys) -> bool:
        return bool(keys.public_keys)

    def key_set(self, keys: SigningKeys) -> dict[str, Any]:
        """Return the JSON Web Key Set (RFC 8037) of a sender."""
        public_keys = self.receiver_keys(keys).public_keys
        texts = [base64.urlsafe_b64encode(key).decode().rstrip("=") for key in public_keys]
        return {"keys": [{**_CURVE, "x": text} for text in texts]}


def parse_key_set(value: Any) -> tuple[bytes, ...]:
    """Return the ED25519 keys of a decoded JSON Web Key Set; other keys are left out.

    Raises `ValueError` for a value that is no key set, or that has no such key.
    """
    match value:
        case {"keys": list(listed)}:
            pass
        case _:
            raise ValueError('it is no key set: {"keys": [...]}')
    keys = tuple(_public_key(each) for each in listed if isinstance(each, dict) and _CURVE.items() <= each.items())
    if not keys:
        raise ValueError("it has no key of the type OKP and the curve Ed25519")
    return keys


def _public_key(entry: Mapping[str, Any]) -> bytes:
    text = str(entry.get("x", ""))
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(f"the `x` of a key is not {_KEY_BYTES} bytes in base64url: {text[:80]!r}")
    return key


def _private_key(secret: str, seed: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seeded_bytes(seed, "webhook-key", secret, size=_KEY_BYTES))


def _signed_bytes(message: WebhookMessage, account: str) -> bytes:
    lines = (message.id, account, message.timestamp, sha256(message.body).hexdigest())
    return b"\n".join(map(header_bytes, lines))
