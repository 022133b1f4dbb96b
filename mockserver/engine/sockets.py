"""A session's open websockets: which job each watches, what was said on it, and when it speaks next. It sends nothing.

Theory of operation. A socket speaks at ticks, and most ticks have nothing to say; so it has an entry on the session's
agenda only for the next tick at which time changes its job, and whatever else happens to the job (`touch`) brings that
entry forward to the next tick. Whoever holds the connection takes what is said from `open`, `tick` and `hear`, sends
it, and calls `close` when the connection ends. The entry is the socket itself, and there is one at a time.
"""

from typing import TYPE_CHECKING, Final
from weakref import proxy

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.engine.agenda import Due
from mockserver.vendors.watching import Told, Watch

if TYPE_CHECKING:
    from mockserver.engine.session import Session

Key = tuple[str, str, str]
"""(vendor, kind, id) of a job."""
LAST: Final = 1 << 60
"""The place behind all other effects of a job."""


class Socket:
    """One open websocket."""

    __slots__ = ("due", "last", "order", "seen", "vendor", "watch")

    def __init__(self, vendor: str, watch: Watch, now: Instant) -> None:
        self.vendor = vendor
        self.watch = watch
        self.last = ""
        """What was said last."""
        self.seen = now
        """The instant at which the job was looked at last: a late tick does not show an earlier one."""
        self.due: Due | None = None
        """Its entry on the agenda."""
        self.order: tuple[int, ...] = ()
        """Its place among what is due at one instant: behind whatever else its job has."""

    @property
    def key(self) -> Key:
        """Which job it watches."""
        return self.vendor, self.watch.kind, self.watch.job_id


class Sockets:
    """The open websockets of one session."""

    def __init__(self, session: "Session") -> None:
        self._session: Session = proxy(session)
        self._open: dict[Key, list[Socket]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def open(self, vendor: str, watch: Watch, now: Instant) -> tuple[Socket, Told]:
        """A new socket, and what is said on it first."""
        socket = Socket(vendor, watch, now)
        self._open.setdefault(socket.key, []).append(socket)
        self._count += 1
        job = self._job(socket)
        if job is not None:
            socket.order = (job.created, job.number, LAST)
        return socket, self._said(socket, watch.opened(job, now))

    def tick(self, socket: Socket, at: Instant) -> Told:
        """What is said at the tick for which the socket was taken off the agenda."""
        socket.due = None
        socket.seen = now = max(at, socket.seen)
        return self._said(socket, socket.watch.ticked(self._job(socket), now, socket.last))

    def hear(self, socket: Socket, text: str, now: Instant) -> Told:
        """What is answered to a client's text."""
        socket.seen = now = max(now, socket.seen)
        return self._said(socket, socket.watch.heard(text, self._job(socket), now, socket.last))

    def touch(self, key: Key, at: Instant) -> None:
        """Something has happened to a job: who watches it looks at the next tick."""
        for socket in self._open.get(key, ()):
            self._plan(socket, socket.watch.tick(at))

    def close(self, socket: Socket) -> None:
        """Forget a socket, if it is known."""
        sockets = self._open.get(socket.key, [])
        if socket in sockets:
            sockets.remove(socket)
            self._count -= 1
            self._unplan(socket)
            if not sockets:
                del self._open[socket.key]

    def _job(self, socket: Socket) -> Job | None:
        return self._session.room(socket.vendor)[1].job(socket.watch.kind, socket.watch.job_id)

    def _said(self, socket: Socket, told: Told) -> Told:
        socket.last = told.last
        if told.close is not None:
            self.close(socket)
        elif told.next is not None:
            self._plan(socket, told.next)
        return told

    def _plan(self, socket: Socket, due: Instant) -> None:
        """Let a socket be looked at by then: its entry is never put off."""
        if socket.due is None or due < socket.due.at:
            self._unplan(socket)
            socket.due = self._session.agenda.add(due, socket, socket.order)

    def _unplan(self, socket: Socket) -> None:
        if socket.due is not None:
            self._session.agenda.drop(socket.due)
            socket.due = None
