"""Follow one cancel through the server, from the bytes of the request to the bytes of the answer.

Counts the source files of the package that are entered on the way, and how often the execution changes from one file
to another. Both are figures of how far a reader has to travel to understand one request.
"""

import json
import threading
from asyncio.selector_events import _SelectorSocketTransport
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

from mockserver.server.frontend import FastProtocol
from tests.style.figures import PACKAGE, Figure
from tests.support.fake_server import FakeServer, fake_server
from tests.support.raw_client import raw_connection

FILES_LIMIT = 22
CHANGES_LIMIT = 59
REQUEST_COMES = FastProtocol.data_received.__code__
ANSWER_LEAVES = _SelectorSocketTransport.write.__code__
PREFIX = "/api/v1/automation"
HEADERS = {"Authorization": "Bearer test-key"}


class CallRecorder:
    """A profile function that records the package's files in the order in which their functions are called.

    It records from the bytes of a request to those of its answer: what a server does before and behind them depends on
    when the clients connect, read and leave.
    """

    def __init__(self) -> None:
        self.is_awaiting_request = False
        self.files: list[str] = []
        self._is_recording = False
        self._prefix = f"{PACKAGE}/"

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Record one profile event of the interpreter."""
        if event != "call":
            return
        if self.is_awaiting_request and frame.f_code is REQUEST_COMES:
            self.is_awaiting_request = False
            self._is_recording = True
        if frame.f_code is ANSWER_LEAVES:
            self._is_recording = False
        file = frame.f_code.co_filename
        if self._is_recording and file.startswith(self._prefix):
            self.files.append(str(Path(file).relative_to(PACKAGE)))


def cancel_path_figures() -> tuple[Figure, Figure]:
    """Trace a Reap cancel of a project that has just started; return its files and its changes of file."""
    calls = _trace_cancel()
    files = list(dict.fromkeys(calls))
    changes = [pair for pair in pairwise(calls) if pair[0] != pair[1]]
    return (
        Figure("files that a cancel passes", len(files), FILES_LIMIT, files),
        Figure("changes of file of a cancel", len(changes), CHANGES_LIMIT, [" -> ".join(pair) for pair in changes]),
    )


def _trace_cancel() -> list[str]:
    recorder = CallRecorder()
    with _profiled_threads(recorder), fake_server(judged=False) as server:
        # The first cancel imports and builds what is made once, as the first request of any server does.
        first, second = (_create_project(server) for _ in range(2))
        _cancel(server, first)
        body = json.dumps({"projectId": second})
        head = [f"POST {PREFIX}/cancel-project HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        head += [f"{name}: {value}" for name, value in {**HEADERS, "Content-Length": len(body)}.items()]
        with raw_connection(server.url) as connection:
            recorder.is_awaiting_request = True
            # In one piece: a body that comes behind its head is waited for, which is another way.
            answer = connection.request("\r\n".join([*head, "", body]).encode())
            assert answer.status == 200, answer.body
    return recorder.files


@contextmanager
def _profiled_threads(recorder: CallRecorder) -> Iterator[None]:
    """Profile the threads that are started within the block."""
    threading.setprofile(recorder)
    try:
        yield
    finally:
        threading.setprofile(None)


def _create_project(server: FakeServer) -> str:
    body = {"sourceUrl": "https://example.com/talk.mp4", "genre": "talking"}
    answer = server.request("POST", f"{PREFIX}/create-clips", body, HEADERS)
    assert answer.status < 300, answer.body
    project_id: str = answer.json["id"]
    return project_id


def _cancel(server: FakeServer, project_id: str) -> None:
    answer = server.request("POST", f"{PREFIX}/cancel-project", {"projectId": project_id}, HEADERS)
    assert answer.status == 200, answer.body
