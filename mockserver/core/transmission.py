"""How an answer goes over the wire: a value, which the server obeys and a play in process reads.

Most answers go at once, whole, in one piece (`PLAIN`). A fault may ask for another way.
"""

from typing import Final, Literal, NamedTuple

from mockserver.core.instants import Duration

Termination = Literal["", "close", "reset", "silence"]
"""What comes after the last byte that is sent: nothing special, the connection's end, a TCP reset, or nothing more on
a connection that stays open."""


class Throttle(NamedTuple):
    """A body sent in small pieces."""

    size: int
    """Bytes a piece."""
    every: Duration
    """Between two pieces, in real time: a slow line is slow whatever the session's clock says."""


class FrameCutoff(NamedTuple):
    """What becomes of a websocket."""

    after: int
    """Frames that are sent before."""
    termination: Termination


class Transmission(NamedTuple):
    """How one answer is sent."""

    delay: Duration = 0
    """Before the first byte, on the session's clock."""
    cut_after: int | None = None
    """How many bytes of the body are sent; -1: not even the head. None: all."""
    termination: Termination = ""
    throttle: Throttle | None = None
    declared_length: int | None = None
    """The `Content-Length` that is said, where it is not the true one."""
    frame_cutoff: FrameCutoff | None = None
    """How the websocket ends that the connection becomes, where it is not left alone."""

    @property
    def incomplete(self) -> bool:
        """Whether the client gets no whole answer."""
        return self.cut_after is not None or bool(self.termination) or self.declared_length is not None


NORMAL: Final = Transmission()
