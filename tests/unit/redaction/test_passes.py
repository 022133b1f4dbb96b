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


def test_the_patterns_of_a_document_are_those_of_no_other_text():
    redactor = Redactor()
    assert redactor.redact_document('{"a": "nothing"}') == '{"a": "nothing"}'
    assert redactor.redact_text("sent ghp_0123456789abcdefghijABCDEFGHIJ012345") == "sent [redacted:secret-1]"


def test_a_secret_is_the_same_one_whatever_its_format_escapes():
    redactor = Redactor()
    assert redactor.redact_document("<token>abcdef&amp;12345</token>") == "<token>[redacted:token-1]</token>"
    assert redactor.redact_document('<a token="abcdef&amp;12345"/>') == '<a token="[redacted:token-1]"/>'
    assert redactor.redact_text("token=abcdef%2612345") == "token=%5Bredacted:token-1%5D"


def test_elements_and_attributes_name_a_secret_in_any_case():
    secret = "opensesame1"
    listed = f"<dict><KEY>api_token</KEY><STRING>{secret}</STRING></dict>"
    given = f'<input NAME="api_token" VALUE="{secret}">'
    for text in (listed, given):
        assert secret not in Redactor().redact_document(text)


def test_the_fields_of_json_are_read_before_known_secrets_are_searched_in_it():
    field = '{"token":"abcdefgh1"}'
    assert Redactor([field]).redact_document(f'{{"a":{field}}}') == '{"a":{"token":"[redacted:token-1]"}}'
    assert Redactor(["abcdefgh1"]).redact_document(field) == '{"token":"[redacted:token-1]"}'
