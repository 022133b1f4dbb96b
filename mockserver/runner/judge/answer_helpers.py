"""Processes that help to judge one large recording: they examine single answers ahead of the judge.

Theory of operation. Each helper reads the recording itself. In each pass it examines every n-th block of exchanges and
sends what it found; the judge, in the parent, receives a block when it comes to it. The parent has a share of the
blocks itself in the pass for evidence; where it follows jobs, the helpers examine all answers. A full pipe stops a
helper that is too far ahead. What a helper does not find, because it was ended, the judge finds itself.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, Final

from mockserver.contract.documents.derived import Derivation, active_derivation
from mockserver.contract.eras.answers_ahead import AnswerExaminer, AnswersAhead, Eras
from mockserver.core.wire import Exchange, SourcePosition
from mockserver.errors import MockError
from mockserver.recordings.readable import ReadableExchanges
from mockserver.recordings.recording import read_recording
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.judge.recording_pool import prepare_worker

BLOCK: Final = 100
"""Exchanges that one process examines."""
_KEPT_BLOCKS: Final = 4
"""Blocks that the judge may still ask for: it puts exchanges in order, and so comes late to some."""

FoundAnswers = dict[SourcePosition, Any]
"""What was found in the answers of a block, by their places in the recording."""


class AnswerHelpers(AnswersAhead):
    """Helpers for one file, which end with the `with` block; `context` of `multiprocessing` starts them."""

    def __init__(
        self,
        count: int,
        file: str,
        request: CheckRequest,
        context: Any = multiprocessing,
        on_lost: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._on_lost = on_lost
        """Gets a sentence, once, if the system has ended a helper."""
        self._is_lost_reported = False
        self._connections: list[Connection] = []
        self._busy: set[Connection] = set()
        """Helpers of which blocks of this pass are to come."""
        self._shares = 0
        """Processes that share the blocks of this pass; 0 before the first."""
        self._read_count = 0
        """Exchanges of this pass that were read."""
        self._recent: deque[FoundAnswers] = deque(maxlen=_KEPT_BLOCKS)
        self._processes = []
        for _ in range(count):
            connection, far_end = context.Pipe()
            process = context.Process(target=_help, args=(far_end, file, request, active_derivation()), daemon=True)
            process.start()
            far_end.close()
            self._connections.append(connection)
            self._processes.append(process)

    def __enter__(self) -> "AnswerHelpers":
        return self

    def __exit__(self, *reason: object) -> None:
        for process, connection in zip(self._processes, self._connections, strict=True):
            process.terminate()
            process.join()
            connection.close()

    def begin(self, eras: Eras | None) -> None:
        """Let the helpers begin a pass; what they still send of the one before is dropped."""
        self._recent.clear()
        self._read_count = 0
        self._shares = len(self._connections) + (eras is None)
        for share, connection in enumerate(self._connections):
            while self._receive(connection):
                pass  # of the pass before
            self._busy.add(connection)
            with suppress(OSError):  # it was ended, which its first block shows
                connection.send((eras, share, self._shares))

    def follow(self, exchange: Exchange) -> None:
        """Count an exchange that is read; receive its block with the first of it."""
        if self._shares and self._read_count % BLOCK == 0:
            share = self._read_count // BLOCK % self._shares
            if share < len(self._connections):
                self._recent.append(self._receive(self._connections[share]))
        self._read_count += 1

    def take(self, exchange: Exchange) -> Any:
        """Return once what a helper has found in an answer; None if none has examined it."""
        for block in self._recent:
            if exchange.position in block:
                return block.pop(exchange.position)
        return None

    def _receive(self, connection: Connection) -> FoundAnswers:
        """Return the next block of a helper; an empty one at the end of its pass, or if it has ended."""
        found: FoundAnswers = {}
        if connection in self._busy:
            try:
                found = connection.recv()
            except (EOFError, OSError):
                self._note_ended(connection)
            if not found:
                self._busy.remove(connection)
        return found

    def _note_ended(self, connection: Connection) -> None:
        """Report a helper that the system has ended; one that gives up by itself leaves its reason to the judge."""
        process = self._processes[self._connections.index(connection)]
        process.join()
        if process.exitcode and not self._is_lost_reported:
            self._is_lost_reported = True
            cause = "the system has ended a helper" if process.exitcode < 0 else "a helper has failed"
            self._on_lost(f"{cause}: the rest of the recording is judged without it")


def _help(connection: Connection, file: str, request: CheckRequest, derivation: Derivation | None) -> None:
    """Examine answers as long as the parent asks for them."""
    prepare_worker(derivation)
    # What is wrong with the recording or a contract, the parent finds as well, and reports.
    with suppress(MockError, EOFError, OSError):
        examiner = AnswerExaminer(request.vendor, request.era, strict=request.strict)
        recording = read_recording(file, path_prefix=request.path_prefix)
        exchanges = ReadableExchanges(recording, lambda number: None)
        while True:
            eras, share, shares = connection.recv()
            for found in _examined_blocks(exchanges, examiner.examination(eras), share, shares):
                connection.send(found)
            connection.send({})


def _examined_blocks(
    exchanges: ReadableExchanges, examine: Callable[[Exchange], Any], share: int, shares: int
) -> Iterator[FoundAnswers]:
    """Yield what was found in every block of a share."""
    found: FoundAnswers = {}
    for number, exchange in enumerate(exchanges):
        if found and number % BLOCK == 0:
            yield found
            found = {}
        if number // BLOCK % shares == share:
            found[exchange.position] = examine(exchange)
    if found:
        yield found
