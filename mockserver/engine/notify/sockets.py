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
from mockserver.engine.session.schedule import ScheduleEntry
from mockserver.vendors.websocket import SocketOutput, SocketScript

if TYPE_CHECKING:
    from mockserver.engine.session.session import Session

JobRef = tuple[str, str, str]
"""(vendor, kind, id) of a job."""
AFTER_ALL_EFFECTS: Final = 1 << 60
"""The place behind all other effects of a job."""


class JobSocket:
    """One open websocket."""

    __slots__ = ("entry", "last_output", "observed_at", "order", "script", "vendor")

    def __init__(self, vendor: str, script: SocketScript, now: Instant) -> None:
        self.vendor = vendor
        self.script = script
        self.last_output = ""
        """What was said last."""
        self.observed_at = now
        """The instant at which the job was looked at last: a late tick does not show an earlier one."""
        self.entry: ScheduleEntry | None = None
        """Its entry on the agenda."""
        self.order: tuple[int, ...] = ()
        """Its place among what is due at one instant: behind whatever else its job has."""

    @property
    def key(self) -> JobRef:
        """Which job it watches."""
        return self.vendor, self.script.kind, self.script.job_id


class JobSockets:
    """The open websockets of one session."""

    def __init__(self, session: "Session") -> None:
        self._session: Session = proxy(session)
        self._open: dict[JobRef, list[JobSocket]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def open(self, vendor: str, script: SocketScript, now: Instant) -> tuple[JobSocket, SocketOutput]:
        """A new socket, and what is said on it first."""
        socket = JobSocket(vendor, script, now)
        self._open.setdefault(socket.key, []).append(socket)
        self._count += 1
        job = self._job(socket)
        if job is not None:
            socket.order = (job.created, job.number, AFTER_ALL_EFFECTS)
        return socket, self._record_output(socket, script.on_open(job, now))

    def on_tick(self, socket: JobSocket, at: Instant) -> SocketOutput:
        """What is said at the tick for which the socket was taken off the agenda."""
        socket.entry = None
        socket.observed_at = now = max(at, socket.observed_at)
        return self._record_output(socket, socket.script.on_tick(self._job(socket), now, socket.last_output))

    def on_message(self, socket: JobSocket, text: str, now: Instant) -> SocketOutput:
        """What is answered to a client's text."""
        socket.observed_at = now = max(now, socket.observed_at)
        return self._record_output(socket, socket.script.on_message(text, self._job(socket), now, socket.last_output))

    def job_changed(self, key: JobRef, at: Instant) -> None:
        """Something has happened to a job: who watches it looks at the next tick."""
        for socket in self._open.get(key, ()):
            self._schedule_by(socket, socket.script.next_tick(at))

    def close(self, socket: JobSocket) -> None:
        """Forget a socket, if it is known."""
        sockets = self._open.get(socket.key, [])
        if socket in sockets:
            sockets.remove(socket)
            self._count -= 1
            self._unschedule(socket)
            if not sockets:
                del self._open[socket.key]

    def _job(self, socket: JobSocket) -> Job | None:
        return self._session.context(socket.vendor)[1].job(socket.script.kind, socket.script.job_id)

    def _record_output(self, socket: JobSocket, output: SocketOutput) -> SocketOutput:
        socket.last_output = output.last_payload
        if output.close is not None:
            self.close(socket)
        elif output.next_tick is not None:
            self._schedule_by(socket, output.next_tick)
        return output

    def _schedule_by(self, socket: JobSocket, due: Instant) -> None:
        """Let a socket be looked at by then: its entry is never put off."""
        if socket.entry is None or due < socket.entry.at:
            self._unschedule(socket)
            socket.entry = self._session.schedule.add(due, socket, socket.order)

    def _unschedule(self, socket: JobSocket) -> None:
        if socket.entry is not None:
            self._session.schedule.cancel(socket.entry)
            socket.entry = None
