"""Requests that wait: groups that are handled in a given order, and holds that are released by a call."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from mockserver.core.wire import Request
from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.scheduling.holds import HoldRegistry
from tests.support.fake_server import FakeServer, Refusal, ServerResponse, fake_server
from tests.support.phaseo_requests import AUTHORIZATION

PIN = "phaseo@2026-06-11"


pytestmark = pytest.mark.server(PIN)


@pytest.fixture
def video(server: FakeServer) -> str:
    made = server.request("POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x"}, AUTHORIZATION)
    return str(made.json["id"])


@contextmanager
def requests_in_background(server: FakeServer) -> Iterator[Callable[..., "Future[ServerResponse]"]]:
    """Provide a function that sends a request in the background and returns a future."""
    with ThreadPoolExecutor(20) as threads:
        yield lambda method, path, **more: threads.submit(
            server.request,
            method,
            path,
            None,
            {**AUTHORIZATION, **{name.replace("_", "-"): v for name, v in more.items()}},
        )


def wait_for_held(server: FakeServer, count: int) -> list[dict[str, Any]]:
    """Wait until `count` requests are held; return them."""
    for _ in range(5_000):
        found = server.admin("holds")["parked"]
        if len(found) >= count:
            return list(found)
    raise AssertionError(found)


# Groups


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_group_is_handled_in_the_order_of_its_places(server, video, order):
    before = len(server.admin("journal")["entries"])
    with requests_in_background(server) as send:
        sent = [
            send("GET", f"/v1/videos/{video}?n={rank}", X_Mock_Together=f"g1/{rank}/{len(order)}") for rank in order
        ]
        assert [request.result().status for request in sent] == [200] * 4
    entries = server.admin("journal")["entries"][before:]
    assert [entry["request"]["query"] for entry in entries] == [f"n={rank}" for rank in range(4)]


def test_of_two_cancels_in_a_group_the_first_place_wins():
    with fake_server("reap@2026-07-07") as server:
        key = {"Authorization": "Bearer test-key"}
        body = {"sourceUrl": "https://www.youtube.com/watch?v=x", "genre": "talking"}
        made = server.request("POST", "/api/v1/automation/create-clips", body, key)
        assert made.status == 200, made.body
        for number in range(5):
            cancel = {"projectId": made.json["id"]}
            with ThreadPoolExecutor(2) as threads:
                tabs = [
                    threads.submit(
                        server.request, "POST", "/api/v1/automation/cancel-project", cancel,
                        {**key, "X-Mock-Together": f"race-{number}/{rank}/2"},
                    )
                    for rank in (1, 0)
                ]  # fmt: skip
                second, first = (tab.result().status for tab in tabs)
            assert (first, second) == ((200, 400) if number == 0 else (400, 400))


@pytest.mark.parametrize("header", ["g1", "g1/0", "/0/2", "g1/2/2", "g1/-1/2", "g1/0/101", "g1/x/2", "g1/0/\u0662"])
def test_a_malformed_place_is_refused(server, video, header):
    answer = server.request(
        "GET", f"/v1/videos/{video}", None, {**AUTHORIZATION, "X-Mock-Together": header.encode().decode("latin-1")}
    )
    assert answer.refusal == Refusal(400, "SRV020")


async def status_of(app: App, header: str = "", path: str = "/v1/models") -> int:
    headers = {"authorization": "Bearer test-key", **({"x-mock-together": header} if header else {})}
    reply = await app.handle_request(Request("GET", path, headers=headers))
    return int(reply.data[9:12])


def app_with_timeouts(server: FakeServer, **times: float) -> App:
    """Build an app with the same sessions and other timeouts."""
    app = App(server.hub)
    app.holds = HoldRegistry(app.pending, wall_clock, **times)
    return app


async def test_an_incomplete_group_names_the_missing_places(server):
    app = app_with_timeouts(server, group_timeout=0.05)
    replies = await asyncio.gather(
        *(
            app.handle_request(Request("GET", "/v1/videos", headers={"x-mock-together": f"g/{rank}/3"}))
            for rank in (2, 0)
        )
    )
    for reply in replies:
        assert reply.data.startswith(b"HTTP/1.1 504 ")
        assert b"2 of 3 requests of group 'g' came within 0.05 s; missing: place 1" in reply.data
    assert len(app.pending) == 0


async def test_a_place_can_be_taken_once(server):
    app = app_with_timeouts(server)
    first = asyncio.create_task(status_of(app, "g/0/2"))
    await asyncio.sleep(0)
    assert await status_of(app, "g/0/2") == 400
    assert await status_of(app, "g/1/3") == 400
    assert await asyncio.gather(first, status_of(app, "g/1/2")) == [200, 200]
    assert await asyncio.gather(status_of(app, "g/1/2"), status_of(app, "g/0/2")) == [200, 200]


# Holds


@pytest.mark.parametrize(("point", "before"), [("arrived", "queued"), ("handled", "cancelled")])
def test_a_request_is_held_until_it_is_released(server, video, point, before):
    hold = server.admin("holds", {"operation": "cancel", "at": point})
    assert hold == {"id": "hold-1", "operation": "cancel", "at": point, "times": 1}
    with requests_in_background(server) as send:
        cancel = send("POST", f"/v1/videos/{video}/cancel")
        (held,) = wait_for_held(server, 1)
        assert held["operation"] == "cancel"
        assert held["at"] == point
        assert held["method"] == "POST"
        assert held["hold"] == "hold-1"
        assert server.request("GET", f"/v1/videos/{video}", None, AUTHORIZATION).json["status"] == before
        assert not cancel.done()
        released = server.admin(f"holds/{held['id']}/release", {})
        assert [each["id"] for each in released["released"]] == [held["id"]]
        assert cancel.result().json["status"] == "cancelled"
    assert server.admin("holds") == {"holds": [], "parked": []}


def test_a_hold_disables_the_fast_path_for_its_operation(server, video):
    assert server.request("GET", f"/v1/videos/{video}", None, AUTHORIZATION).status == 200
    session = server.session()
    assert session.held_operations == []
    server.admin("holds", {"operation": "get", "times": 2})
    assert session.held_operations == ["get"]
    with requests_in_background(server) as send:
        polls = [send("GET", f"/v1/videos/{video}") for _ in range(3)]
        wait_for_held(server, 2)
        assert [poll.done() for poll in polls].count(False) >= 2
        assert len(server.admin("holds/hold-1/release", {})["released"]) == 2
        assert [poll.result().status for poll in polls] == [200] * 3
    assert session.held_operations == []


def test_deleting_all_holds_releases_everything(server, video):
    server.admin("holds", {"operation": "*", "at": "arrived", "times": 5})
    with requests_in_background(server) as send:
        poll = send("GET", f"/v1/videos/{video}")
        wait_for_held(server, 1)
        cleared = server.admin("holds", method="DELETE")
        assert cleared["holds"] == 1
        assert [released["path"] for released in cleared["released"]] == [f"/v1/videos/{video}"]
        assert poll.result().status == 200
    assert server.session().held_operations == []


def test_a_reset_ends_a_hold_and_the_request_is_410(server, video):
    server.admin("holds", {"operation": "cancel"})
    with requests_in_background(server) as send:
        cancel = send("POST", f"/v1/videos/{video}/cancel")
        wait_for_held(server, 1)
        server.admin("reset", {})
        answer = cancel.result()
    assert answer.refusal == Refusal(410, "SES003")
    assert server.admin("holds") == {"holds": [], "parked": []}


def test_a_stopping_server_releases_every_request():
    with ThreadPoolExecutor(1) as threads:
        with fake_server(PIN) as server:
            server.admin("holds", {"operation": "list"})
            request = threads.submit(server.request, "GET", "/v1/videos", None, AUTHORIZATION)
            wait_for_held(server, 1)
        assert request.result().status == 200


async def test_a_hold_ends_after_its_timeout(server):
    app = app_with_timeouts(server, hold_timeout=0.05)
    session = server.session()
    app.holds.add(session, "list", "arrived", 2)
    assert await status_of(app, path="/v1/videos") == 200
    assert app.holds.held_requests(session) == []
    assert len(app.pending) == 0
    assert [hold.remaining for hold in app.holds.holds(session)] == [1]


@pytest.mark.parametrize(
    ("call", "body", "code"),
    [
        ("holds", {"operation": "cancle"}, "ADM003"), ("holds", {}, "ADM002"),
        ("holds", {"operation": "cancel", "at": "arived"}, "ADM003"),
        ("holds", {"operation": "cancel", "times": 0}, "ADM003"),
        ("holds/hold-9/release", {}, "ADM012"),
    ],
)  # fmt: skip
def test_an_invalid_hold_is_refused(server, call, body, code):
    answer = server.request("POST", f"/__mock/{call}", body)
    assert answer.refusal == Refusal(404 if code == "ADM012" else 400, code)


def test_a_hold_without_held_requests_releases_nothing(server):
    server.admin("holds", {"operation": "cancel"})
    assert server.admin("holds/hold-1/release", {}) == {"released": []}


def test_holds_are_bounded(server, monkeypatch):
    monkeypatch.setattr("mockserver.server.admin.holds.MAX_HOLDS", 1)
    server.admin("holds", {"operation": "cancel"})
    answer = server.request("POST", "/__mock/holds", {"operation": "get"})
    assert answer.refusal == Refusal(400, "ADM003")
    assert len(server.admin("holds")["holds"]) == 1
