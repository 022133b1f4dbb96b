"""Each pass of the redactor is needed, and their order: what a text would keep without it."""

import pytest

from mockserver.core.wire import Exchange, Request
from mockserver.redaction.redactor import Redactor

PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("token = 'abc def ghi'", "token = '[redacted:token-1]'"),
        # A parameter's value ends at a space, a private key does not.
        (f"key={PRIVATE_KEY}", "key=[redacted:secret-1]"),
    ],
)
def test_a_text_goes_through_every_pass(text, clean):
    assert Redactor().redact_text(text) == clean


def test_a_key_that_is_too_short_does_not_vanish_elsewhere():
    headers = {"x-api-key": "kick"}
    exchange = Exchange(Request("POST", "/kick", "", headers, b'{"token": "kick it"}'), None, 1, None)
    request = Redactor().redact_exchange(exchange).request
    assert request.headers["x-api-key"] == "[redacted:key-1]"
    assert request.path == "/kick"
