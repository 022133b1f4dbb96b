"""An open websocket about one job: what the server says on it, and when.

A `Watch` is a value and knows no socket: it is asked what to say at an instant, and what was said last is an argument.
Whoever holds the socket asks it when the socket is opened, when the client says something, and at the ticks; between
two ticks nothing is said unasked.
"""

from typing import Final, NamedTuple, Protocol

from mockserver.core.instants import Instant
from mockserver.core.job import Job

NORMAL_CLOSURE: Final = 1000
"""Close: done, as agreed (RFC 6455, 7.4.1)."""


class SocketClose(NamedTuple):
    """How the server ends a socket."""

    code: int
    reason: str


class SocketOutput(NamedTuple):
    """What is said at one instant."""

    frames: tuple[str, ...] = ()
    """Texts, each a frame."""
    last_payload: str = ""
    """What to compare the next update with."""
    close: SocketClose | None = None
    """The socket's end, after the frames."""
    next_tick: Instant | None = None
    """The next tick at which there can be more to say, if nothing happens to the job; None: there is none."""


class SocketScript(Protocol):
    """One job, watched by one client."""

    @property
    def kind(self) -> str:
        """The kind of job."""

    @property
    def job_id(self) -> str:
        """Its id."""

    def on_open(self, job: Job | None, now: Instant) -> SocketOutput:
        """What is said first; the job is None where it is gone."""

    def on_tick(self, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        """What is said at a tick."""

    def on_message(self, text: str, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        """What is answered to a client's text."""

    def next_tick(self, now: Instant) -> Instant:
        """The first tick after `now`: when a job that has just changed is looked at."""
