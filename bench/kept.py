"""What it costs to keep sessions: creates and polls on the fast path with a file and without, and a restart."""

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mockserver.server.app import App
from mockserver.server.clock import wall_clock
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.kept.kept_sessions import KeptSessions
from mockserver.stores.sqlite import SqliteLog
from tests.support.memory_transport import make_hub

CALLS: Final = 2_000
ROUNDS: Final = 5
MICROSECOND: Final = 1_000_000
BODY: Final = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'
HEAD: Final = b"Host: bench\r\nAuthorization: Bearer bench\r\n"
CREATE: Final = b"POST /v1/videos HTTP/1.1\r\n%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    HEAD,
    len(BODY),
    BODY,
)


@dataclass(frozen=True, slots=True)
class KeptPrice:
    """Processor time, each the best of some rounds."""

    create_in_memory: float
    """Microseconds."""
    create_in_file: float
    poll_in_memory: float
    """Microseconds of a repeated poll."""
    poll_in_file: float
    bytes_per_create: float
    restart: float
    """Microseconds for each job that a server makes again at its start."""


def measure() -> KeptPrice:
    """Send the same requests to a server in memory and to one with a file, in turns."""
    creates = [float("inf")] * 2
    polls = [float("inf")] * 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sessions.db"
        apps = App(make_hub()), App(make_hub(log=SqliteLog(path, wall_clock())))
        for _ in range(ROUNDS):
            for index, app in enumerate(apps):
                creates[index] = min(creates[index], _microseconds(app, CREATE))
                polls[index] = min(polls[index], _microseconds(app, _poll_of_latest(app)))
        apps[1].registry.keeper.close()
        jobs = CALLS * ROUNDS
        size = path.stat().st_size / jobs
        log = SqliteLog(path, wall_clock())
        again = App(make_hub(log=log))
        assert again.kept is not None
        began = time.process_time()
        asyncio.run(_restore(again.kept))
        restart = (time.process_time() - began) * MICROSECOND / jobs
        log.close()
    return KeptPrice(*creates, *polls, size, restart)


async def _restore(kept: KeptSessions) -> None:
    kept.restore(wall_clock())


def _poll_of_latest(app: App) -> bytes:
    session = app.registry.get("default")
    assert session is not None
    job = next(iter(session.context("phaseo").store.jobs_ever("video")))
    return b"GET /v1/videos/%s HTTP/1.1\r\n%s\r\n" % (job.id.encode(), HEAD)


def _microseconds(app: App, request: bytes) -> float:
    """Return the processor time of one request, which the fast path answers."""
    fast_path = FastPath(app)
    began = time.process_time()
    for _ in range(CALLS):
        assert fast_path.respond(request) is not None
    return (time.process_time() - began) / CALLS * MICROSECOND
