"""Open websockets of a session: one entry in the schedule each, and never a tick for nothing."""

import pytest

from mockserver.engine.notify.sockets import AFTER_ALL_EFFECTS, JobSockets
from mockserver.vendors.websocket import SocketClose, SocketOutput
from tests.support.toy_socket import FILM, FakeSessionContext, ScriptedSocket

END = SocketClose(1000, "closed")
KEY = ("toy", "film", "f1")


@pytest.fixture
def world():
    return FakeSessionContext()


@pytest.fixture
def sockets(world):
    return JobSockets(world)


def opened(sockets, *script, job_id="f1"):
    script = ScriptedSocket(list(script), [], job_id=job_id)
    socket, output = sockets.open("toy", script, 0)
    return socket, output, script


def test_what_is_said_first_and_when_next(world, sockets):
    first = SocketOutput(("hello",), "h", None, 30)
    socket, output, script = opened(sockets, first)
    assert output == first
    assert script.calls == [("on_open", FILM, 0)]
    assert len(sockets) == 1
    assert socket.last_output == "h"
    assert socket.key == KEY
    assert world.scheduled() == [(30, (5, 2, AFTER_ALL_EFFECTS), socket)], (
        "behind whatever else the job has at that instant"
    )


def test_a_socket_without_a_next_tick_has_no_entry(world, sockets):
    opened(sockets, SocketOutput(("hello",), "h"))
    assert world.scheduled() == []


def test_one_of_a_job_that_is_gone_is_closed_as_it_opens(world, sockets):
    opened(sockets, SocketOutput(("gone",), "", END), job_id="f9")
    assert len(sockets) == 0
    assert world.scheduled() == []


def test_a_tick_makes_the_next_entry(world, sockets):
    socket, _, script = opened(sockets, SocketOutput(("hello",), "h", None, 30), SocketOutput(("more",), "m", None, 70))
    entry = world.schedule.pop_due(30)
    assert sockets.on_tick(entry.item, 30).frames == ("more",)
    assert script.calls[-1] == ("on_tick", FILM, 30, "h")
    assert [at for at, *_ in world.scheduled()] == [70]
    assert socket.last_output == "m"


def test_a_late_tick_shows_no_earlier_instant(sockets):
    socket, _, script = opened(
        sockets,
        SocketOutput(("a",), "a", None, 30),
        SocketOutput(("b",), "b", None, 90),
        SocketOutput((), "b", None, 90),
    )
    sockets.on_message(socket, "refresh", 47)
    sockets.on_tick(socket, 30)
    assert [call[-2] for call in script.calls[1:]] == [47, 47]


def test_what_is_heard_never_puts_a_tick_off(world, sockets):
    socket, _, script = opened(
        sockets,
        SocketOutput(("a",), "a", None, 30),
        SocketOutput(("pong",), "a", None, 50),
        SocketOutput((), "a", None, 20),
        SocketOutput((), "a"),
    )
    assert sockets.on_message(socket, "ping", 3).frames == ("pong",)
    assert script.calls[-1] == ("on_message", "ping", FILM, 3, "a")
    assert [at for at, *_ in world.scheduled()] == [30]
    sockets.on_message(socket, "ping", 4)
    assert [at for at, *_ in world.scheduled()] == [20]
    sockets.on_message(socket, "ping", 5)
    assert [at for at, *_ in world.scheduled()] == [20]


def test_a_job_that_changes_is_looked_at_at_the_next_tick(world, sockets):
    opened(sockets, SocketOutput(("a",), "a", None, 90))
    opened(sockets, SocketOutput(("a",), "a"))
    other, _, _ = opened(sockets, SocketOutput(("a",), "a", None, 40), job_id="f2")
    world.job_changed(KEY, 12)
    assert [at for at, *_ in world.scheduled()] == [20, 20, 40]
    assert len(world.schedule) == 3, "one entry each"
    world.job_changed(KEY, 19)
    world.job_changed(KEY, 25)
    world.job_changed(("toy", "film", "f9"), 1)
    assert [at for at, *_ in world.scheduled()] == [20, 20, 40]
    assert other.order == ()


def test_the_end_takes_the_entry_along(world, sockets):
    first, _, _ = opened(sockets, SocketOutput(("a",), "a", None, 30), SocketOutput(("bye",), "b", END, None))
    second, _, _ = opened(sockets, SocketOutput(("a",), "a", None, 30))
    assert len(sockets) == 2
    assert sockets.on_message(first, "refresh", 1).close == END
    assert len(sockets) == 1
    assert [item for *_, item in world.scheduled()] == [second]
    sockets.close(first)
    assert len(sockets) == 1, "closing again does nothing"
    sockets.close(second)
    assert len(sockets) == 0
    assert world.scheduled() == []
    sockets.close(second)
    world.job_changed(KEY, 1)
    assert world.scheduled() == []
    assert world.job_listeners == [], "without sockets a changed job costs nothing"
