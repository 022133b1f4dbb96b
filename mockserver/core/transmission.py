"""How a response goes over the wire: a value that the server carries out and an in-process play reads.

Most responses are sent at once, whole, in one piece (`NORMAL`). A fault may change that.
"""

from typing import Final, Literal, NamedTuple

from mockserver.core.instants import Duration

Termination = Literal["", "close", "reset", "silence"]
"""What follows the last byte that is sent: nothing special, the connection's end, a TCP reset, or nothing more on a
connection that stays open."""


class Throttle(NamedTuple):
    """A body sent in small pieces."""

    size: int
    """Bytes of a piece."""
    every: Duration
    """Real time between two pieces: a slow line does not follow the session's clock."""


CODINGS: Final = ("gzip", "deflate", "br", "identity")
"""Content codings (RFC 9110, section 8.4.1); `identity` is none."""
BrokenCoding = Literal["cut", "checksum"]


class ContentCoding(NamedTuple):
    """The coding of a body, which may be another than the header names."""

    says: str
    """One of `CODINGS`; `identity`: the header is not sent."""
    sends: str
    """One of `CODINGS`."""
    broken: BrokenCoding | None = None
    """`cut`: only the first half of the coded body; `checksum`: its last byte is wrong."""

    @property
    def is_decodable(self) -> bool:
        """True if a client that knows the coding gets the body."""
        return self.says == self.sends and self.broken is None


class FrameCutoff(NamedTuple):
    """How a WebSocket breaks off."""

    after: int
    """Frames that are sent before."""
    termination: Termination


class Transmission(NamedTuple):
    """How one response is sent."""

    delay: Duration = 0
    """Time before the first byte, on the session's clock."""
    cut_after: int | None = None
    """How many bytes of the body are sent; -1: not even the head; None: all."""
    termination: Termination = ""
    throttle: Throttle | None = None
    declared_length: int | None = None
    """The `Content-Length`, where it is not the true one."""
    chunk_size: int | None = None
    """Bytes of a chunk, for a body without a `Content-Length`; None: the body is not chunked."""
    coding: ContentCoding | None = None
    """The content coding; None: as the client and the body's size suggest."""
    frame_cutoff: FrameCutoff | None = None
    """How the WebSocket that the connection becomes breaks off; None: it does not."""

    @property
    def incomplete(self) -> bool:
        """True if the client gets no complete response."""
        return self.cut_after is not None or bool(self.termination) or self.declared_length is not None


NORMAL: Final = Transmission()
