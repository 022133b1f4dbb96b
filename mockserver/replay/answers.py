"""Keeps the answers of a recording out of memory: their heads and bodies lie in a temporary file.

The file has no name and is gone with the store; a small recording stays in memory altogether.
"""

from tempfile import SpooledTemporaryFile
from typing import IO, Final, NamedTuple, cast

import orjson

from mockserver.core.instants import Instant
from mockserver.core.wire import Response

MEMORY_BYTES: Final = 8_388_608
"""Bytes of answers that are kept without a file."""
_DROPPED_HEADERS: Final = frozenset(
    (
        "connection", "content-encoding", "content-length", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    )
)  # fmt: skip
"""Headers about one connection, or about a body that was packed for it: bodies are recorded unpacked."""


class Moment(NamedTuple):
    """A place in a recording."""

    at: Instant
    """On the recording's clock, never earlier than at the moments before."""
    seq: int
    """The order of the requests: in virtual time many share one instant."""


class StoredAnswer(NamedTuple):
    """A place in the store."""

    offset: int
    head_size: int
    body_size: int


class RecordedAnswer(NamedTuple):
    """One recorded answer of a call."""

    moment: Moment
    """The moment of its request."""
    status: int
    """0 if the recording has no answer, or has lost its body."""
    stored: StoredAnswer
    word: str | None = None
    """The job's status as the answer spells it; None if it shows none."""
    is_effective: bool = False
    """The answer to a command that changed its job, or may have: its answer is not known."""
    has_ended: bool = False
    """It shows a job in a terminal state."""
    position: str = ""
    """Its entry in the recording: `/log/entries/12`, or `line 12`."""


class AnswerStore:
    """Answers by their place; a context manager."""

    def __init__(self) -> None:
        self._file = cast("IO[bytes]", SpooledTemporaryFile(MEMORY_BYTES))  # noqa: SIM115 -- `__exit__` closes it
        self._size = 0

    def __enter__(self) -> "AnswerStore":
        return self

    def __exit__(self, *reason: object) -> None:
        self._file.close()

    def add(self, response: Response) -> StoredAnswer:
        """Keep an answer; return where."""
        headers = [(name, value) for name, value in response.headers if name.lower() not in _DROPPED_HEADERS]
        head = orjson.dumps([(_storable(name), _storable(value)) for name, value in headers])
        stored = StoredAnswer(self._size, len(head), len(response.body))
        self._file.seek(self._size)
        self._file.write(head)
        self._file.write(response.body)
        self._size += len(head) + len(response.body)
        return stored

    def load(self, answer: RecordedAnswer) -> Response:
        """Return an answer that was kept."""
        self._file.seek(answer.stored.offset)
        headers = orjson.loads(self._file.read(answer.stored.head_size))
        pairs = tuple((str(name), str(value)) for name, value in headers)
        return Response(answer.status, pairs, self._file.read(answer.stored.body_size))


def _storable(text: str) -> str:
    """Return a header's text without lone surrogates, which stand for bytes that are no UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
