"""The declared body of an operation."""

import pytest

from mockserver.vendors.api import BodyFormat, BodyPolicy, FormFields

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
