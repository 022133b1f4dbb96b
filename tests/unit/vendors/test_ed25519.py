"""Signatures with a pair of keys, and the key set with which a receiver verifies them."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mockserver.core.instants import SECOND
from mockserver.vendors.ed25519 import Ed25519Headers, parse_key_set
from mockserver.vendors.signatures import (
    INVALID,
    NO_KEYS,
    NO_SIGNATURE,
    SKEWED,
    VALID,
    ReceiverKeys,
    SigningKeys,
    WebhookMessage,
)

SCHEME = Ed25519Headers("X-Fal-Webhook", account="user_1")
AT = 1_790_000_000 * SECOND
MESSAGE = WebhookMessage("req_1", "1790000000", b'{"status": "OK"}')
NEW = SigningKeys(("new",), "seed")
ROTATED = SigningKeys(("new", "old"), "seed")

# RFC 8032, 7.1, test 1; the public key is that of RFC 8037, A.2.
RFC_PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
RFC_SIGNATURE = (
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24"
    "655141438e7a100b"
)
RFC_ENTRY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def received(keys: SigningKeys, message: WebhookMessage = MESSAGE) -> dict[str, str]:
    return {name.lower(): value for name, value in SCHEME.sign(message, keys)}


def verdict(headers: dict[str, str], keys: ReceiverKeys, at: int = AT, body: bytes = MESSAGE.body) -> str:
    return SCHEME.verify(headers, body, keys, at)


def test_what_is_signed_are_four_lines():
    text = "\n".join(("req_1", "user_1", "1790000000", sha256(MESSAGE.body).hexdigest()))
    headers = {
        "x-fal-webhook-request-id": "req_1",
        "x-fal-webhook-user-id": "user_1",
        "x-fal-webhook-timestamp": "1790000000",
        "x-fal-webhook-signature": Ed25519PrivateKey.from_private_bytes(RFC_PRIVATE).sign(text.encode()).hex(),
    }
    assert verdict(headers, ReceiverKeys(public_keys=(RFC_PUBLIC,))) == VALID
    assert verdict(headers | {"x-fal-webhook-signature": RFC_SIGNATURE}, ReceiverKeys((), (RFC_PUBLIC,))) == INVALID


def test_the_vector_of_rfc_8032():
    signed = Ed25519PrivateKey.from_private_bytes(RFC_PRIVATE)
    assert signed.sign(b"").hex() == RFC_SIGNATURE
    assert parse_key_set({"keys": [RFC_ENTRY]}) == (RFC_PUBLIC,)


def test_a_sender_writes_what_its_own_key_set_verifies():
    keys = parse_key_set(SCHEME.key_set(NEW))
    assert [name for name, _ in SCHEME.sign(MESSAGE, NEW)] == [
        "X-Fal-Webhook-Request-Id", "X-Fal-Webhook-User-Id", "X-Fal-Webhook-Timestamp", "X-Fal-Webhook-Signature"
    ]  # fmt: skip
    assert SCHEME.receiver_keys(NEW) == ReceiverKeys(public_keys=keys)
    assert verdict(received(NEW), ReceiverKeys(public_keys=keys)) == VALID
    assert received(NEW) == received(NEW)


def test_the_key_derives_from_the_seed_and_from_the_secret():
    signed = received(NEW)
    for other in (SigningKeys(("not new",), "seed"), SigningKeys(("new",), "another seed")):
        assert verdict(signed, SCHEME.receiver_keys(other)) == INVALID
        assert verdict(received(other), SCHEME.receiver_keys(NEW)) == INVALID


@pytest.mark.parametrize(
    ("name", "value"), [("request-id", "req_2"), ("user-id", "user_2"), ("timestamp", "1790000001")]
)
def test_each_header_is_signed(name, value):
    assert verdict(received(NEW) | {f"x-fal-webhook-{name}": value}, SCHEME.receiver_keys(NEW)) == INVALID


def test_another_body_and_another_time():
    known = SCHEME.receiver_keys(NEW)
    assert verdict(received(NEW), known, body=b"{}") == INVALID
    assert verdict(received(NEW), known, at=AT + 300 * SECOND) == VALID
    assert verdict(received(NEW), known, at=AT + 301 * SECOND) == SKEWED


@pytest.mark.parametrize("value", ["no hex", "ab", "\udcff"])
def test_what_is_no_signature_is_wrong(value):
    assert verdict(received(NEW) | {"x-fal-webhook-signature": value}, SCHEME.receiver_keys(NEW)) == INVALID


def test_without_a_key_there_are_the_names_alone():
    unsigned = received(SigningKeys((), "seed"))
    assert list(unsigned) == ["x-fal-webhook-request-id", "x-fal-webhook-user-id", "x-fal-webhook-timestamp"]
    assert verdict(unsigned, SCHEME.receiver_keys(NEW)) == NO_SIGNATURE
    assert SCHEME.receiver_keys(SigningKeys((), "seed")) == NO_KEYS


def test_a_rotated_key_stays_in_the_set_and_comes_first():
    old, new = SCHEME.receiver_keys(ROTATED).public_keys
    assert SCHEME.receiver_keys(NEW).public_keys == (new,)
    assert verdict(received(ROTATED), ReceiverKeys(public_keys=(old, new))) == VALID
    assert verdict(received(ROTATED), ReceiverKeys(public_keys=(old,))) == INVALID


def test_a_receiver_needs_a_public_key():
    assert SCHEME.can_check(SCHEME.receiver_keys(NEW))
    assert not SCHEME.can_check(ReceiverKeys(("whsec_mock",)))
    assert SCHEME.key_set_path == "/.well-known/jwks.json"
    assert SCHEME.secret_problem("any text") == ""


def test_other_keys_of_a_set_are_left_out():
    listed = [{"kty": "RSA", "n": "AQ"}, RFC_ENTRY | {"crv": "X25519"}, "key", RFC_ENTRY | {"kid": "1"}]
    assert parse_key_set({"keys": listed}) == (RFC_PUBLIC,)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ([], "it is no key set"),
        ({"keys": {}}, "it is no key set"),
        ({"keys": []}, "it has no key of the type OKP"),
        ({"keys": [{"kty": "RSA"}]}, "it has no key of the type OKP"),
        ({"keys": [RFC_ENTRY | {"x": "short"}]}, "is not 32 bytes in base64url: 'short'"),
        ({"keys": [RFC_ENTRY | {"x": "!" * 43}]}, "is not 32 bytes in base64url"),
        ({"keys": [RFC_ENTRY | {"x": RFC_ENTRY["x"] + "!!!!"}]}, "is not 32 bytes in base64url"),
        ({"keys": [RFC_ENTRY | {"x": urlsafe_b64encode(bytes(33)).decode()}]}, "is not 32 bytes in base64url"),
        ({"keys": [{"kty": "OKP", "crv": "Ed25519"}]}, "is not 32 bytes in base64url: ''"),
    ],
)
def test_a_set_without_a_usable_key_is_refused(value, problem):
    with pytest.raises(ValueError, match=r"(it|`x`) ") as raised:
        parse_key_set(value)
    assert problem in str(raised.value)
