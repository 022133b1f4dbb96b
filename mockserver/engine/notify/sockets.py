"""A session's open websockets: the job of each, what was sent on it, and its next tick. Nothing here does I/O.

Theory of operation. A socket speaks at ticks, and at most ticks it has nothing to say. So it has an entry in the
session's schedule only for the next tick at which time changes its job, and any other change of the job brings that
entry forward to the next tick. The holder of the connection takes the output of `open`, `on_tick` and `on_message`,
sends it, and calls `close` when the connection ends. The entry's item is the socket itself, and there is one at a time.
"""

from typing import Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.engine.context import JobRef, SessionContext
from mockserver.engine.schedule import ScheduleEntry
from mockserver.vendors.websocket import SocketOutput, SocketScript

AFTER_ALL_EFFECTS: Final = 1 << 60
"""The position behind all other effects of a job."""


class JobSocket:
    """One open websocket."""

    __slots__ = ("entry", "last_output", "observed_at", "order", "script", "vendor")

    def __init__(self, vendor: str, script: SocketScript, now: Instant) -> None:
        self.vendor = vendor
        self.script = script
        self.last_output = ""
        """The payload that was sent last."""
        self.observed_at = now
        """The instant of the latest look at the job: a late tick does not show an earlier one."""
        self.entry: ScheduleEntry | None = None
        """Its entry in the schedule."""
        self.order: tuple[int, ...] = ()
        """Its position among what is due at one instant: behind everything else of its job."""

    @property
    def key(self) -> JobRef:
        """The job that it watches."""
        return self.vendor, self.script.kind, self.script.job_id


class JobSockets:
    """The open websockets of one session."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._open: dict[JobRef, list[JobSocket]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def open(self, vendor: str, script: SocketScript, now: Instant) -> tuple[JobSocket, SocketOutput]:
        """Open a socket; returns it and its first output."""
        socket = JobSocket(vendor, script, now)
        if not self._open:
            self._context.job_listeners.append(self.job_changed)
        self._open.setdefault(socket.key, []).append(socket)
        self._count += 1
        job = self._job(socket)
        if job is not None:
            socket.order = (job.created, job.number, AFTER_ALL_EFFECTS)
        return socket, self._record_output(socket, script.on_open(job, now))

    def on_tick(self, socket: JobSocket, at: Instant) -> SocketOutput:
        """Return the output of the tick for which the socket was taken off the schedule."""
        socket.entry = None
        socket.observed_at = now = max(at, socket.observed_at)
        return self._record_output(socket, socket.script.on_tick(self._job(socket), now, socket.last_output))

    def on_message(self, socket: JobSocket, text: str, now: Instant) -> SocketOutput:
        """Return the output that answers a client's text."""
        socket.observed_at = now = max(now, socket.observed_at)
        return self._record_output(socket, socket.script.on_message(text, self._job(socket), now, socket.last_output))

    def job_changed(self, key: JobRef, at: Instant) -> None:
        """Let the sockets of a job look at it at their next tick."""
        for socket in self._open.get(key, ()):
            self._schedule_by(socket, socket.script.next_tick(at))

    def close(self, socket: JobSocket) -> None:
        """Forget a socket; does nothing if it is closed already."""
        sockets = self._open.get(socket.key, [])
        if socket not in sockets:
            return
        sockets.remove(socket)
        self._count -= 1
        self._unschedule(socket)
        if not sockets:
            del self._open[socket.key]
        # A session that is closed has no listeners any more.
        if not self._open and self.job_changed in self._context.job_listeners:
            self._context.job_listeners.remove(self.job_changed)

    def _job(self, socket: JobSocket) -> Job | None:
        return self._context.vendor(socket.vendor).store.job(socket.script.kind, socket.script.job_id)

    def _record_output(self, socket: JobSocket, output: SocketOutput) -> SocketOutput:
        socket.last_output = output.last_payload
        if output.close is not None:
            self.close(socket)
        elif output.next_tick is not None:
            self._schedule_by(socket, output.next_tick)
        return output

    def _schedule_by(self, socket: JobSocket, due: Instant) -> None:
        """Schedule a tick at `due` or earlier: an entry is never put off."""
        if socket.entry is None or due < socket.entry.at:
            self._unschedule(socket)
            socket.entry = self._context.schedule.add(due, socket, socket.order)

    def _unschedule(self, socket: JobSocket) -> None:
        if socket.entry is not None:
            self._context.schedule.cancel(socket.entry)
            socket.entry = None
