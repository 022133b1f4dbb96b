"""HTTP as values: what came in, what goes out, and the two together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from mockserver.core.instants import Instant


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower case; `path` is still percent-encoded, `query` has no question mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def query_parameters(self) -> list[tuple[str, str]]:
        """The query, decoded, in order, repeats kept."""
        return parse_qsl(self.query, keep_blank_values=True) if self.query else []


class Response(NamedTuple):
    """One answer. Header names are spelled as the vendor spells them."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class SourcePosition(NamedTuple):
    """Where something stands in the file it was read from; what is packed has the lines of what is in it."""

    line: int = 0
    """From 1; 0 where it comes from no file."""
    column: int = 0
    """From 1, in characters."""
    pointer: str = ""
    """A JSON pointer: `/log/entries/12`; empty where each line stands for itself."""


NO_POSITION: Final = SourcePosition()


class Exchange(NamedTuple):
    """A request and its answer, wherever they come from; None where no answer was seen."""

    request: Request
    response: Response | None
    sent_at: Instant
    answered_at: Instant | None
    sent_seq: int = 0
    """Order of the sending among all events of the recording: in virtual time many share one instant."""
    answered_seq: int = 0
    position: SourcePosition = NO_POSITION
    """Its entry in a recording."""
