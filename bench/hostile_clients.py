"""100,000 hostile connections, with the server and its clients in one event loop: they must leave nothing behind."""

import asyncio
import time
from typing import NamedTuple

from mockserver.server.run import serve
from tests.support.hostile_clients import attack, make_app, open_descriptors, poll_status_line, tasks_after_settling

CONNECTIONS = 100_000


class AttackFigures(NamedTuple):
    """What the connections led to."""

    seconds: float
    failed_count: int
    """Connections answered with 500."""
    hung_count: int
    """Connections without an answer in time."""
    leaked_tasks: int
    """Tasks more than before; `leaked_descriptors` likewise."""
    leaked_descriptors: int
    still_answers: bool
    """True if a plain poll is answered afterwards."""


def measure(count: int = CONNECTIONS) -> AttackFigures:
    """Open `count` hostile connections to a new server."""
    return asyncio.run(_measure(count))


async def _measure(count: int) -> AttackFigures:
    async with serve(make_app(), "127.0.0.1", 0) as running:
        await poll_status_line(running.host, running.port)
        files_before = open_descriptors()
        tasks_before = len(asyncio.all_tasks())
        began = time.perf_counter()
        attacked = await attack(running.host, running.port, "bench", count)
        seconds = time.perf_counter() - began
        status_line = await poll_status_line(running.host, running.port)
        leaked_tasks = await tasks_after_settling(tasks_before) - tasks_before
        return AttackFigures(
            seconds=seconds,
            failed_count=len(attacked.broken),
            hung_count=len(attacked.hung),
            leaked_tasks=leaked_tasks,
            leaked_descriptors=open_descriptors() - files_before,
            still_answers=status_line.startswith(b"HTTP/1.1 200"),
        )
