"""The body of a delivery is not what a receiver makes of it when it parses it and writes it again."""

import json

import pytest

from mockserver.vendors.webhooks import webhook_json


@pytest.mark.parametrize("payload", [{"a": 1}, {"a": ["é", None, 1.0]}, {"b": {"a": "/"}}])
def test_a_body_that_is_written_again_has_other_bytes(payload):
    body = webhook_json(payload)
    assert json.loads(body) == payload
    for options in ({"separators": (",", ":")}, {"separators": (",", ":"), "ensure_ascii": False}, {"indent": 2}):
        assert json.dumps(payload, **options).encode() != body


def test_everything_beyond_ascii_is_escaped():
    assert webhook_json({"text": "é \U0001f600"}) == b'{"text": "\\u00e9 \\ud83d\\ude00"}'
