"""The server's side of a websocket about one job: the frames it sends, and when.

A `SocketScript` is a value and knows no socket. The engine calls it when the socket opens, for each message of the
client and at the ticks, with the job, the instant and the payload that was sent last; between two ticks the server
sends nothing on its own.
"""

from typing import Final, NamedTuple, Protocol

from mockserver.core.instants import Instant
from mockserver.core.job import Job

NORMAL_CLOSURE: Final = 1000
"""The close code of a finished conversation (RFC 6455, 7.4.1)."""


class SocketClose(NamedTuple):
    """The server's close frame."""

    code: int
    reason: str


class SocketOutput(NamedTuple):
    """The frames of one instant, and when the next can follow."""

    frames: tuple[str, ...] = ()
    """Text frames."""
    last_payload: str = ""
    """The payload that the next update is compared with."""
    close: SocketClose | None = None
    """Closes the socket, after the frames."""
    next_tick: Instant | None = None
    """The next tick at which time alone can bring a frame; None: there is none."""


class SocketScript(Protocol):
    """The script of one client's socket about one job."""

    @property
    def kind(self) -> str:
        """The kind of job."""

    @property
    def job_id(self) -> str:
        """Its id."""

    def on_open(self, job: Job | None, now: Instant) -> SocketOutput:
        """Return the first frames; `job` is None if it does not exist any more."""

    def on_tick(self, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        """Return the frames of a tick."""

    def on_message(self, text: str, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        """Return the frames that answer a client's message."""

    def next_tick(self, now: Instant) -> Instant:
        """Return the first tick after `now`, at which a change of the job is sent."""
