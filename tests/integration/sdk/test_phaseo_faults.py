"""Phaseo's own SDK under injected faults: the errors that its users have to handle."""

from http.client import IncompleteRead
from urllib.error import HTTPError

import pytest
from phaseo import Phaseo

from tests.support.fake_server import FakeServer

PROMPT = {"model": "qwen/wan2.7-t2v", "prompt": "a lighthouse"}


pytestmark = pytest.mark.server("phaseo@2026-06-11", judged=False)


@pytest.mark.parametrize(
    ("do", "error"),
    [
        ({"status": 503, "retry_after": "30s"}, HTTPError),
        ({"status": 401}, HTTPError),
        ({"drop": "reset"}, ConnectionResetError),
        ({"drop": "before-headers"}, ConnectionError),
        ({"truncate": "50%"}, IncompleteRead),
        ({"length": {"more": 9}}, IncompleteRead),
        ({"charset": {"sends": "utf-16"}}, UnicodeDecodeError),
    ],
)
def test_a_fault_raises_an_error_of_the_sdk(
    server: FakeServer, client: Phaseo, do: dict[str, object], error: type[Exception]
) -> None:
    video = client.videos.create(PROMPT)
    server.admin("faults", {"on": "get", "do": do, "when": {"times": 1}})
    with pytest.raises(error):
        client.videos.retrieve(video["id"])
    assert client.videos.retrieve(video["id"])["status"] == "queued"


def test_an_html_page_is_returned_as_text(server: FakeServer, client: Phaseo) -> None:
    """The SDK returns a body that is not JSON as text, so that reading `status` from it fails."""
    video = client.videos.create(PROMPT)
    server.admin("faults", {"on": "get", "do": {"malformed": "html"}})
    assert isinstance(client.videos.retrieve(video["id"]), str)


def test_a_cancel_can_be_accepted_though_its_answer_is_lost(server: FakeServer, client: Phaseo) -> None:
    video = client.videos.create(PROMPT)
    server.admin("faults", {"on": "cancel", "do": {"drop": "reset"}, "when": {"times": 1}})
    with pytest.raises(ConnectionResetError):
        client.videos.cancel(video["id"])
    assert client.videos.retrieve(video["id"])["status"] == "cancelled"
    assert client.videos.cancel(video["id"])["status"] == "cancelled"
