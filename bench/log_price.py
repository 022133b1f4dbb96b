"""What the log of `serve` costs a repeated poll: in this process, on the fast path, without a socket."""

import time
from dataclasses import dataclass
from typing import Final

from mockserver.cli.serve.log_writer import LogWriter
from mockserver.core.wire import Request
from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.fastpath.responder import FastPath
from tests.support.memory_transport import make_hub

POLLS: Final = 3_000
ROUNDS: Final = 9
MICROSECOND: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class LogPrice:
    """Microseconds of one poll, each the best of some rounds."""

    without: float
    """Without a log."""
    asked: float
    """What it takes of that to see that there is none."""
    watched: float
    """With an observer that keeps nothing: what is made for it."""
    written: float
    """With the queue of a log, which another thread empties meanwhile."""


def measure() -> LogPrice:
    """Poll one job with each kind of log, in turns."""
    plain, watched, written = (_polled_app() for _ in range(3))
    watched[0].watch(lambda activity: None)
    writer = LogWriter(lambda events: None, lambda number: None)
    written[0].watch(writer.observe)
    best = [float("inf")] * 3
    for _ in range(ROUNDS):
        for index, (app, request) in enumerate((plain, watched, written)):
            best[index] = min(best[index], _poll_seconds(FastPath(app), request))
    writer.close()
    asked = min(_asking_seconds(plain[0]) for _ in range(ROUNDS))
    return LogPrice(best[0], asked, best[1], best[2])


def _polled_app() -> tuple[App, bytes]:
    app = App(make_hub())
    session = app.registry.create("default", wall_clock())
    body = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'
    headers = {"authorization": "Bearer bench", "content-type": "application/json"}
    made = session.answer("phaseo", Request("POST", "/v1/videos", "", headers, body), "http://x", wall_clock())
    poll = f"GET /v1/videos/{made.job_id} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer bench\r\n\r\n"
    return app, poll.encode()


def _poll_seconds(fast_path: FastPath, request: bytes) -> float:
    """Return the microseconds of one repeated poll."""
    assert fast_path.respond(request) is not None
    began = time.perf_counter()
    for _ in range(POLLS):
        fast_path.respond(request)
    return (time.perf_counter() - began) * MICROSECOND / POLLS


def _asking_seconds(app: App) -> float:
    """Return the microseconds in which a poll sees that there is no log."""
    holder = FastPath(app)
    began = time.perf_counter()
    for _ in range(POLLS):
        if holder._app.activity is not None:
            raise AssertionError
    return (time.perf_counter() - began) * MICROSECOND / POLLS
