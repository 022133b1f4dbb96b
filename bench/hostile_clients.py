"""100,000 hostile connections, with the server and its enemies in one event loop: nothing may be left of them."""

import asyncio
import time
from typing import NamedTuple

from mockserver.server.run import serve
from tests.support.hostile_clients import attack, make_desk, open_descriptors, poll_status_line, tasks_after_settling

CONNECTIONS = 100_000


class AttackFigures(NamedTuple):
    """What came of it."""

    seconds: float
    failed_count: int
    """Answers with a 500."""
    hung_count: int
    leaked_tasks: int
    """Tasks and descriptors more than before."""
    leaked_descriptors: int
    still_answers: bool
    """Whether a plain poll is answered afterwards."""


def measure(count: int = CONNECTIONS) -> AttackFigures:
    """Attack a server so many times."""
    return asyncio.run(_measure(count))


async def _measure(count: int) -> AttackFigures:
    async with serve(make_desk(), "127.0.0.1", 0) as running:
        await poll_status_line(running.host, running.port)
        files, tasks = open_descriptors(), len(asyncio.all_tasks())
        began = time.perf_counter()
        found = await attack(running.host, running.port, "bench", count)
        seconds = time.perf_counter() - began
        well = (await poll_status_line(running.host, running.port)).startswith(b"HTTP/1.1 200")
        left = await tasks_after_settling(tasks) - tasks
        return AttackFigures(seconds, len(found.broken), len(found.hung), left, open_descriptors() - files, well)
