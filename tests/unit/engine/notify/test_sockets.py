"""Open websockets of a session: one entry on the agenda each, and never a tick for nothing."""

import pytest

from mockserver.engine.notify.sockets import AFTER_ALL_EFFECTS, JobSockets
from mockserver.vendors.websocket import SocketClose, SocketOutput
from tests.support.toy_socket import FILM, ScriptedSocket, SocketSession

END = SocketClose(1000, "closed")
KEY = ("toy", "film", "f1")


@pytest.fixture
def world():
    return SocketSession()


@pytest.fixture
def sockets(world):
    return JobSockets(world)


def opened(sockets, *script, job_id="f1"):
    watch = ScriptedSocket(list(script), [], job_id=job_id)
    socket, told = sockets.open("toy", watch, 0)
    return socket, told, watch


def test_what_is_said_first_and_when_next(world, sockets):
    first = SocketOutput(("hello",), "h", None, 30)
    socket, told, watch = opened(sockets, first)
    assert (told, watch.calls, len(sockets)) == (first, [("opened", FILM, 0)], 1)
    assert (socket.last, socket.key) == ("h", KEY)
    assert world.scheduled() == [(30, (5, 2, AFTER_ALL_EFFECTS), socket)], (
        "behind whatever else the job has at that instant"
    )


def test_a_socket_without_a_next_tick_has_no_entry(world, sockets):
    opened(sockets, SocketOutput(("hello",), "h"))
    assert world.scheduled() == []


def test_one_of_a_job_that_is_gone_is_closed_as_it_opens(world, sockets):
    opened(sockets, SocketOutput(("gone",), "", END), job_id="f9")
    assert (len(sockets), world.scheduled()) == (0, [])


def test_a_tick_makes_the_next_entry(world, sockets):
    socket, _, watch = opened(sockets, SocketOutput(("hello",), "h", None, 30), SocketOutput(("more",), "m", None, 70))
    due = world.agenda.take(30)
    assert sockets.tick(due.what, 30).frames == ("more",)
    assert watch.calls[-1] == ("ticked", FILM, 30, "h")
    assert [at for at, *_ in world.scheduled()] == [70]
    assert socket.last == "m"


def test_a_late_tick_shows_no_earlier_instant(sockets):
    socket, _, watch = opened(
        sockets,
        SocketOutput(("a",), "a", None, 30),
        SocketOutput(("b",), "b", None, 90),
        SocketOutput((), "b", None, 90),
    )
    sockets.hear(socket, "refresh", 47)
    sockets.tick(socket, 30)
    assert [call[-2] for call in watch.calls[1:]] == [47, 47]


def test_what_is_heard_never_puts_a_tick_off(world, sockets):
    socket, _, watch = opened(
        sockets,
        SocketOutput(("a",), "a", None, 30),
        SocketOutput(("pong",), "a", None, 50),
        SocketOutput((), "a", None, 20),
        SocketOutput((), "a"),
    )
    assert sockets.hear(socket, "ping", 3).frames == ("pong",)
    assert watch.calls[-1] == ("heard", "ping", FILM, 3, "a")
    assert [at for at, *_ in world.scheduled()] == [30]
    sockets.hear(socket, "ping", 4)
    assert [at for at, *_ in world.scheduled()] == [20]
    sockets.hear(socket, "ping", 5)
    assert [at for at, *_ in world.scheduled()] == [20]


def test_a_job_that_changes_is_looked_at_at_the_next_tick(world, sockets):
    opened(sockets, SocketOutput(("a",), "a", None, 90))
    opened(sockets, SocketOutput(("a",), "a"))
    other, _, _ = opened(sockets, SocketOutput(("a",), "a", None, 40), job_id="f2")
    sockets.touch(KEY, 12)
    assert [at for at, *_ in world.scheduled()] == [20, 20, 40]
    assert len(world.agenda) == 3, "one entry each"
    sockets.touch(KEY, 19)
    sockets.touch(KEY, 25)
    sockets.touch(("toy", "film", "f9"), 1)
    assert [at for at, *_ in world.scheduled()] == [20, 20, 40]
    assert other.order == ()


def test_the_end_takes_the_entry_along(world, sockets):
    first, _, _ = opened(sockets, SocketOutput(("a",), "a", None, 30), SocketOutput(("bye",), "b", END, None))
    second, _, _ = opened(sockets, SocketOutput(("a",), "a", None, 30))
    assert len(sockets) == 2
    assert sockets.hear(first, "refresh", 1).close == END
    assert (len(sockets), [what for *_, what in world.scheduled()]) == (1, [second])
    sockets.close(first)
    assert len(sockets) == 1, "closing again does nothing"
    sockets.close(second)
    assert (len(sockets), world.scheduled()) == (0, [])
    sockets.close(second)
    sockets.touch(KEY, 1)
    assert world.scheduled() == []
