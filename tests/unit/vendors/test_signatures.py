"""Signatures with a shared secret: what a sender writes, and what a receiver makes of it."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.vendors.signatures import (
    INVALID,
    NO_KEYS,
    NO_SIGNATURE,
    SKEWED,
    VALID,
    GivenSignature,
    HmacHeaderNames,
    HmacHeaders,
    HmacPairs,
    ReceiverKeys,
    SigningKeys,
    StandardWebhooks,
    WebhookMessage,
    WebhookSignature,
    is_forgery,
)

AT = 1_614_265_330 * SECOND
NOW = "1614265330"
BODY = b'{"test": 2432232314}'
MESSAGE = WebhookMessage("msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, BODY)

HEADERS = HmacHeaders(HmacHeaderNames("X-New-Timestamp", "X-New-Signature"), (HmacHeaderNames("x-old-at", "x-old"),))
PAIRS = HmacPairs("X-Signed")
STANDARD = StandardWebhooks()
SCHEMES = (HEADERS, PAIRS, STANDARD)
NEW, OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_plJ3nmyCDGBKInavdOK15jsl"


def received(scheme: WebhookSignature, secrets: tuple[str, ...], message: WebhookMessage = MESSAGE) -> dict[str, str]:
    """Return the headers of a signed delivery as a receiver gets them."""
    return {name.lower(): value for name, value in scheme.sign(message, SigningKeys(secrets, "seed"))}


def verdict(scheme: WebhookSignature, headers: dict[str, str], secret: str = NEW, at: int = AT) -> str:
    return scheme.verify(headers, BODY, ReceiverKeys((secret,)), at)


@pytest.mark.parametrize(
    ("secret", "message", "signature"),
    [
        (NEW, MESSAGE, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        (
            OLD,
            WebhookMessage("msg_loFOjxBNrRLzqYUf", "1731705121", b'{"event_type":"ping","data":{"success":true}}'),
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
        ),
    ],
)
def test_the_published_vectors_of_standard_webhooks(secret, message, signature):
    assert STANDARD.sign(message, SigningKeys((secret,), "")) == (
        ("webhook-id", message.id),
        ("webhook-timestamp", message.timestamp),
        ("webhook-signature", signature),
    )


def test_the_hex_schemes_sign_timestamp_and_body():
    # printf '1614265330.{"test": 2432232314}' | openssl dgst -sha256 -hmac s
    value = "fe9737dc8470317f56736cbd52eb715c9c8fde9957aa3f2553f0287bc051b968"
    assert HEADERS.sign(MESSAGE, SigningKeys(("s",), "")) == (("X-New-Timestamp", NOW), ("X-New-Signature", value))
    assert PAIRS.sign(MESSAGE, SigningKeys(("s",), "")) == (("X-Signed", f"t={NOW},v1={value}"),)


@pytest.mark.parametrize("scheme", SCHEMES, ids=repr)
class TestEveryScheme:
    def test_a_receiver_with_the_secret_accepts_it(self, scheme):
        assert verdict(scheme, received(scheme, (NEW,))) == VALID

    def test_another_secret_another_body_and_another_time(self, scheme):
        assert verdict(scheme, received(scheme, (OLD,))) == INVALID
        assert verdict(scheme, received(scheme, (f"not {NEW}",))) == INVALID
        assert verdict(scheme, received(scheme, (NEW,), MESSAGE._replace(body=b"[]"))) == INVALID
        for late in (301, -301):
            assert verdict(scheme, received(scheme, (NEW,)), at=AT + late * SECOND) == SKEWED
        for late in (300, -300):
            assert verdict(scheme, received(scheme, (NEW,)), at=AT + late * SECOND) == VALID

    @pytest.mark.parametrize("timestamp", ["soon", "12", "1" * 16, "-1"])
    def test_a_signed_time_that_is_none_is_not_now(self, scheme, timestamp):
        message = MESSAGE._replace(timestamp=timestamp)
        assert verdict(scheme, received(scheme, (NEW,), message)) == SKEWED

    def test_while_a_secret_is_rotated_each_of_both_fits(self, scheme):
        headers = received(scheme, (NEW, OLD))
        assert verdict(scheme, headers) == verdict(scheme, headers, OLD) == VALID
        assert verdict(scheme, headers, "whsec_bW9jaw==") == INVALID

    def test_without_a_secret_there_is_no_signature(self, scheme):
        assert verdict(scheme, received(scheme, ())) == NO_SIGNATURE
        assert verdict(scheme, {}) == NO_SIGNATURE
        assert scheme.read(received(scheme, ()), BODY) is None

    def test_half_a_signature_is_none(self, scheme):
        headers = received(scheme, (NEW,))
        for missing in headers:
            assert verdict(scheme, headers | {missing: ""}) == NO_SIGNATURE

    def test_a_receiver_knows_the_newest_secret(self, scheme):
        assert scheme.receiver_keys(SigningKeys((NEW, OLD), "seed")) == ReceiverKeys((NEW,))
        assert scheme.receiver_keys(SigningKeys((), "seed")) == NO_KEYS
        assert scheme.can_check(ReceiverKeys((NEW,)))
        assert not scheme.can_check(ReceiverKeys(public_keys=(b"x" * 32,)))
        assert scheme.key_set_path == ""

    def test_bytes_that_are_no_text_are_wrong_and_no_error(self, scheme):
        headers = received(scheme, (NEW,))
        name = list(headers)[-1]
        assert verdict(scheme, headers | {name: headers[name][:-1] + "\udcff"}) == INVALID


@pytest.mark.parametrize("scheme", [HEADERS, PAIRS])
def test_hex_is_read_in_either_case_and_with_spaces(scheme):
    name, value = list(received(scheme, (NEW, OLD)).items())[-1]
    start, _, values = value.rpartition("t=" + NOW)
    spaced = start + ("t=" + NOW if scheme is PAIRS else "") + values.upper().replace(",", " , ").replace("V1", "v1")
    assert verdict(scheme, received(scheme, (NEW, OLD)) | {name: spaced}) == VALID


def test_headers_of_an_older_era_are_read_and_not_sent():
    given = HEADERS.read({"x-old-at": "1", "x-old": "ab,cd"}, BODY)
    assert given == GivenSignature(WebhookMessage("", "1", BODY), ("ab", "cd"))


@pytest.mark.parametrize("value", ["", "t=1", "v1=a", "t=,v1=a", "t=1,v1=", "nonsense"])
def test_half_a_pair_is_none(value):
    assert PAIRS.read({"x-signed": value}, BODY) is None


@pytest.mark.parametrize("others", ["v2,abc", "v1a,abc nonsense", ",,"])
def test_signatures_of_another_version_are_passed_over(others):
    headers = received(STANDARD, (NEW,))
    signed = headers["webhook-signature"]
    assert verdict(STANDARD, headers | {"webhook-signature": f"{others} {signed}"}) == VALID
    assert verdict(STANDARD, headers | {"webhook-signature": others}) == INVALID


def test_the_id_is_signed_too():
    headers = received(STANDARD, (NEW,))
    assert verdict(STANDARD, headers | {"webhook-id": "msg_2"}) == INVALID


@pytest.mark.parametrize("secret", ["mine", "whsec_", "whsec_a", "whsec_mi ne", "WHSEC_bW9jaw==", "whsec_é"])
def test_a_secret_of_standard_webhooks_has_a_form(secret):
    assert STANDARD.secret_problem(secret) == "it is not `whsec_` and a key in base64, as Standard Webhooks has it"
    # It signs all the same, as a fault of another secret must.
    assert verdict(STANDARD, received(STANDARD, (secret,)), secret) == VALID


@pytest.mark.parametrize("secret", ["whsec_mock", NEW])
def test_secrets_that_every_scheme_takes(secret):
    assert [scheme.secret_problem(secret) for scheme in SCHEMES] == ["", "", ""]


@pytest.mark.parametrize(
    ("result", "is_stripped", "expected"),
    [
        ("ok", False, False),
        ("wrong", False, True),
        ("skewed", False, True),
        ("unsigned", False, False),
        ("unsigned", True, True),
    ],
)
def test_what_a_receiver_must_refuse(result, is_stripped, expected):
    assert is_forgery(result, is_stripped=is_stripped) is expected
