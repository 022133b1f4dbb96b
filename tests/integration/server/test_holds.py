"""Requests that are held back: groups that are handled in their order, and holds that somebody lifts by hand."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from mockserver.core.wire import Request
from mockserver.server.app import App, wall_clock
from mockserver.server.scheduling.holds import HoldRegistry
from tests.support.fake_server import FakeServer, ServerResponse, fake_server

PIN = "phaseo@2026-06-11"
HEADERS = {"Authorization": "Bearer test-key"}


pytestmark = pytest.mark.server(PIN)


@pytest.fixture
def video(server: FakeServer) -> str:
    made = server.request("POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x"}, HEADERS)
    return str(made.json["id"])


@contextmanager
def meanwhile(server: FakeServer) -> Iterator[Callable[..., "Future[ServerResponse]"]]:
    """Requests that are sent and not waited for yet."""
    with ThreadPoolExecutor(20) as threads:
        yield lambda method, path, **more: threads.submit(
            server.request, method, path, None, {**HEADERS, **{name.replace("_", "-"): v for name, v in more.items()}}
        )


def parked(server: FakeServer, count: int) -> list[dict[str, Any]]:
    """The requests that are being held, once they are so many."""
    for _ in range(5_000):
        found = server.admin("holds")["parked"]
        if len(found) >= count:
            return list(found)
    raise AssertionError(found)


# Groups


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_a_group_is_handled_in_its_order_whoever_comes_first(server, video, order):
    before = len(server.admin("journal")["entries"])
    with meanwhile(server) as send:
        asked = [
            send("GET", f"/v1/videos/{video}?n={rank}", X_Mock_Together=f"g1/{rank}/{len(order)}") for rank in order
        ]
        assert [one.result().status for one in asked] == [200] * 4
    entries = server.admin("journal")["entries"][before:]
    assert [entry["request"]["query"] for entry in entries] == [f"n={rank}" for rank in range(4)]


def test_two_cancels_at_once_have_one_winner():
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
def test_a_place_that_makes_no_sense_is_refused(server, video, header):
    answer = server.request(
        "GET", f"/v1/videos/{video}", None, {**HEADERS, "X-Mock-Together": header.encode().decode("latin-1")}
    )
    assert (answer.status, answer.json["code"]) == (400, "SRV020")


async def asked(desk: App, header: str = "", path: str = "/v1/models") -> int:
    headers = {"authorization": "Bearer test-key", **({"x-mock-together": header} if header else {})}
    outgoing = await desk.handle_request(Request("GET", path, headers=headers))
    return int(outgoing.data[9:12])


def at_the_desk(server: FakeServer, **times: float) -> App:
    """A desk of the same sessions, with less patience."""
    desk = App(server.hub)
    desk.holds = HoldRegistry(desk.pending, wall_clock, **times)
    return desk


async def test_where_one_is_missing_all_are_told_who(server):
    desk = at_the_desk(server, group_timeout=0.05)
    outgoing = await asyncio.gather(
        *(
            desk.handle_request(Request("GET", "/v1/videos", headers={"x-mock-together": f"g/{rank}/3"}))
            for rank in (2, 0)
        )
    )
    for one in outgoing:
        assert one.data.startswith(b"HTTP/1.1 504 ")
        assert b"2 of 3 requests of group 'g' came within 0.05 s; missing: place 1" in one.data
    assert len(desk.pending) == 0


async def test_a_place_is_taken_once(server):
    desk = at_the_desk(server)
    first = asyncio.create_task(asked(desk, "g/0/2"))
    await asyncio.sleep(0)
    assert await asked(desk, "g/0/2") == 400
    assert await asked(desk, "g/1/3") == 400
    assert await asyncio.gather(first, asked(desk, "g/1/2")) == [200, 200]
    assert await asyncio.gather(asked(desk, "g/1/2"), asked(desk, "g/0/2")) == [200, 200]


# Holds


@pytest.mark.parametrize(("point", "before"), [("arrived", "queued"), ("handled", "cancelled")])
def test_a_request_is_held_until_it_is_let_go(server, video, point, before):
    hold = server.admin("holds", {"operation": "cancel", "at": point})
    assert hold == {"id": "hold-1", "operation": "cancel", "at": point, "times": 1}
    with meanwhile(server) as send:
        cancel = send("POST", f"/v1/videos/{video}/cancel")
        (one,) = parked(server, 1)
        assert (one["operation"], one["at"], one["method"], one["hold"]) == ("cancel", point, "POST", "hold-1")
        assert server.request("GET", f"/v1/videos/{video}", None, HEADERS).json["status"] == before
        assert not cancel.done()
        freed = server.admin(f"holds/{one['id']}/release", {})
        assert [each["id"] for each in freed["released"]] == [one["id"]]
        assert cancel.result().json["status"] == "cancelled"
    assert server.admin("holds") == {"holds": [], "parked": []}


def test_a_poll_does_not_pass_by_a_hold(server, video):
    assert server.request("GET", f"/v1/videos/{video}", None, HEADERS).status == 200
    session = server.session()
    assert session.fast_path_blockers == 0
    server.admin("holds", {"operation": "get", "times": 2})
    assert session.fast_path_blockers == 1
    with meanwhile(server) as send:
        polls = [send("GET", f"/v1/videos/{video}") for _ in range(3)]
        parked(server, 2)
        assert [poll.done() for poll in polls].count(False) >= 2
        assert len(server.admin("holds/hold-1/release", {})["released"]) == 2
        assert [poll.result().status for poll in polls] == [200] * 3
    assert session.fast_path_blockers == 0


def test_clearing_lets_everything_go(server, video):
    server.admin("holds", {"operation": "*", "at": "arrived", "times": 5})
    with meanwhile(server) as send:
        poll = send("GET", f"/v1/videos/{video}")
        parked(server, 1)
        assert server.admin("holds", method="DELETE") == {"holds": 1}
        assert poll.result().status == 200
    assert server.session().fast_path_blockers == 0


def test_a_reset_ends_a_hold_and_the_late_request_is_named(server, video):
    server.admin("holds", {"operation": "cancel"})
    with meanwhile(server) as send:
        cancel = send("POST", f"/v1/videos/{video}/cancel")
        parked(server, 1)
        server.admin("reset", {})
        answer = cancel.result()
    assert (answer.status, answer.json["code"]) == (410, "SES003")
    assert server.admin("holds") == {"holds": [], "parked": []}


def test_a_server_that_stops_lets_everything_go():
    with ThreadPoolExecutor(1) as threads:
        with fake_server(PIN) as server:
            server.admin("holds", {"operation": "list"})
            asked = threads.submit(server.request, "GET", "/v1/videos", None, HEADERS)
            parked(server, 1)
        assert asked.result().status == 200


async def test_nobody_is_held_for_ever(server):
    desk = at_the_desk(server, hold_timeout=0.05)
    session = server.session()
    desk.holds.add(session, "list", "arrived", 2)
    assert await asked(desk, path="/v1/videos") == 200
    assert (desk.holds.held_requests(session), len(desk.pending)) == ([], 0)
    assert [hold.remaining for hold in desk.holds.holds(session)] == [1]


@pytest.mark.parametrize(
    ("call", "body", "code"),
    [
        ("holds", {"operation": "cancle"}, "ADM003"), ("holds", {}, "ADM002"),
        ("holds", {"operation": "cancel", "at": "arived"}, "ADM003"),
        ("holds", {"operation": "cancel", "times": 0}, "ADM003"),
        ("holds/hold-9/release", {}, "ADM012"),
    ],
)  # fmt: skip
def test_what_cannot_be_held_is_refused(server, call, body, code):
    answer = server.request("POST", f"/__mock/{call}", body)
    assert (answer.status, answer.json["code"]) == (404 if code == "ADM012" else 400, code)


def test_a_hold_that_has_stopped_nobody_yet_lets_nobody_go(server):
    server.admin("holds", {"operation": "cancel"})
    assert server.admin("holds/hold-1/release", {}) == {"released": []}


def test_there_are_so_many_holds_at_most(server, monkeypatch):
    monkeypatch.setattr("mockserver.server.admin.holds.MAX_HOLDS", 1)
    server.admin("holds", {"operation": "cancel"})
    answer = server.request("POST", "/__mock/holds", {"operation": "get"})
    assert (answer.status, answer.json["code"]) == (400, "ADM003")
    assert len(server.admin("holds")["holds"]) == 1
