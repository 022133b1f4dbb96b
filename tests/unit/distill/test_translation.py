"""Requests of a recording as they are sent in a playback."""

import pytest

from mockserver.core.wire import Exchange, Request, Response
from mockserver.distill.calls import CallReader
from mockserver.distill.translation import RecordedJobNames, Translation, name_keys
from mockserver.vendors.registry import resolve_era
from tests.support.fake_world import VENDORS

RECORDED_KEY = "kq83hdy27ahsk20dkwmzb4"


def translated_headers(pin: str, authorization: str, status: int) -> dict[str, str]:
    era = resolve_era(pin, VENDORS)
    headers = {"authorization": authorization} if authorization else {}
    exchange = Exchange(Request("GET", "/v1/tasks/x", "", headers, b""), Response(status), 0, 1, 1, 2)
    call = CallReader(era).read_call(0, exchange, 0)
    translation = Translation(era, RecordedJobNames({}, {}), name_keys([call]))
    return translation.headers_of(call)


@pytest.mark.parametrize(
    ("authorization", "status", "expected"),
    [
        (f"Bearer {RECORDED_KEY}", 404, "Bearer key_test-key"),
        ("", 404, "Bearer key_test-key"),
        (f"Bearer {RECORDED_KEY}", 401, "Bearer test-key"),
        (f"Token {RECORDED_KEY}", 404, "Token test-key"),
    ],
    ids=["accepted", "left out by the recorder", "refused", "of another scheme"],
)
def test_a_key_that_was_accepted_is_replaced_by_one_of_the_vendors_form(authorization, status, expected):
    assert translated_headers("runway", authorization, status)["authorization"] == expected
