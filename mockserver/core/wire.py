"""HTTP as values: a request, a response, and the exchange of both."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl

import orjson

from mockserver.core.instants import Instant

MAX_BODY_EXCERPT: Final = 4_096
"""Bytes of a body that the admin API shows of a session's journal."""
ADMIN_PREFIX: Final = "/__mock/"
"""The start of the paths of the admin API, behind the prefix of a session or a vendor."""


class Request(NamedTuple):
    """One request. Header names are lower case; `path` is still percent-encoded, `query` has no question mark."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def query_parameters(self) -> list[tuple[str, str]]:
        """Return the decoded query in order, with repeats."""
        if not self.query:
            return []
        return parse_qsl(self.query, keep_blank_values=True)


class Response(NamedTuple):
    """One response. Header names keep the vendor's spelling."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first value of a header, in any case, or None."""
        lower_name, length = name.lower(), len(name)
        for key, value in self.headers:
            # Most names differ in length already.
            if len(key) == length and key.lower() == lower_name:
                return value
        return None


class SourcePosition(NamedTuple):
    """A position in the file that something was read from; of a compressed file, in its content."""

    line: int = 0
    """From 1; 0 where there is no file."""
    column: int = 0
    """From 1, in characters."""
    pointer: str = ""
    """A JSON pointer: `/log/entries/12`; empty where each line is a document."""


NO_POSITION: Final = SourcePosition()


class Exchange(NamedTuple):
    """A request and its response, from any source; the response is None where none was seen."""

    request: Request
    response: Response | None
    sent_at: Instant
    answered_at: Instant | None
    sent_seq: int = 0
    """Order of the request among all events of the recording: in virtual time many share one instant."""
    answered_seq: int = 0
    position: SourcePosition = NO_POSITION
    """Its entry in a recording."""

    @property
    def body_bytes(self) -> int:
        """The bytes of both bodies."""
        if self.response is None:
            return len(self.request.body)
        return len(self.request.body) + len(self.response.body)


def json_or_none(data: bytes) -> Any:
    """Return a body as a JSON value; None for a body that is empty or no JSON."""
    if not data:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
