"""How an answer goes over the wire: a value, which the server obeys and a play in process reads.

Most answers go at once, whole, in one piece (`PLAIN`). A fault may ask for another way.
"""

from typing import Final, Literal, NamedTuple

from mockserver.core.instants import Duration

End = Literal["", "close", "reset", "silence"]
"""What comes after the last byte that is sent: nothing special, the connection's end, a TCP reset, or nothing more on
a connection that stays open."""


class Drip(NamedTuple):
    """A body sent in small pieces."""

    size: int
    """Bytes a piece."""
    every: Duration
    """Between two pieces, in real time: a slow line is slow whatever the session's clock says."""


class Frames(NamedTuple):
    """What becomes of a websocket."""

    after: int
    """Frames that are sent before."""
    end: End


class Sending(NamedTuple):
    """How one answer is sent."""

    delay: Duration = 0
    """Before the first byte, on the session's clock."""
    cut: int | None = None
    """How many bytes of the body are sent; -1: not even the head. None: all."""
    end: End = ""
    drip: Drip | None = None
    length: int | None = None
    """The `Content-Length` that is said, where it is not the true one."""
    frames: Frames | None = None
    """How the websocket ends that the connection becomes, where it is not left alone."""

    @property
    def lost(self) -> bool:
        """Whether the client gets no whole answer."""
        return self.cut is not None or bool(self.end) or self.length is not None


PLAIN: Final = Sending()
