"""The declared body of an operation."""

import pytest

from mockserver.vendors.api import BodyFormat, BodyPolicy, FormFields
from mockserver.vendors.bodies import MEDIA_TYPES, as_received, encode_body

FORMS = BodyPolicy((BodyFormat.MULTIPART, BodyFormat.FORM), fields=FormFields(json=frozenset({"a"})))


@pytest.mark.parametrize(
    ("policy", "ignored", "decoded", "requires"),
    [
        (BodyPolicy.NONE, True, False, False),
        (BodyPolicy.JSON, False, True, True),
        (BodyPolicy.OPTIONAL, False, True, False),
        (BodyPolicy.BYTES, False, False, False),
        (FORMS, False, True, True),
    ],
)
def test_what_an_operation_does_with_a_body(policy, ignored, decoded, requires):
    assert policy.is_ignored is ignored
    assert policy.is_decoded is decoded
    assert policy.requires_object is requires


def test_the_media_types_are_in_the_order_of_the_formats():
    assert FORMS.media_types == ("multipart/form-data", "application/x-www-form-urlencoded")
    assert BodyPolicy.JSON.media_types == ("application/json",)
    assert BodyPolicy.BYTES.media_types == BodyPolicy.NONE.media_types == ()


OBJECT = {"a": {"b": 1}, "n": 4}


def test_a_body_is_sent_in_a_format_and_received_as_an_object():
    assert encode_body(BodyFormat.JSON, OBJECT) == ("application/json", b'{"a":{"b":1},"n":4}')
    assert encode_body(BodyFormat.FORM, [1]) == ("application/json", b"[1]")
    assert as_received(FORMS, BodyFormat.JSON, OBJECT) is OBJECT
    for sent_as in (BodyFormat.FORM, BodyFormat.MULTIPART):
        assert encode_body(sent_as, OBJECT)[0].startswith(MEDIA_TYPES[sent_as])
        assert as_received(FORMS, sent_as, OBJECT) == {"a": {"b": 1}, "n": "4"}
