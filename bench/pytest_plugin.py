"""What the pytest plugin costs: a run that does not use it, a server, a session.

Processor time, not time: another process on the machine must not make the plugin look slow.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

ROUNDS: Final = 7
SESSIONS: Final = 200
_OTHERS: Final = ("anyio", "asyncio", "hypothesispytest", "schemathesis", "xdist", "xdist.looponfail")
"""The plugins of this environment, which a user need not have."""


def _run_cost(folder: Path, *arguments: str) -> float:
    """Run an empty test; return the milliseconds that it took of a processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    options = [word for name in (*_OTHERS, "cacheprovider") for word in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", *options, *arguments]
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1_000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def unused_plugin_ms() -> tuple[float, float]:
    """Return the milliseconds of a run that does not use the plugin, with it and without it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
        costs = [(_run_cost(folder), _run_cost(folder, "-p", "no:videojob")) for _ in range(ROUNDS)]
    return min(with_plugin for with_plugin, _ in costs), min(without for _, without in costs)


@contextmanager
def _measured(costs: dict[str, float], name: str) -> Iterator[None]:
    began = time.process_time()
    yield
    costs[name] = 1_000 * (time.process_time() - began)


def server_ms() -> dict[str, float]:
    """Return the milliseconds of the imports, of starting the server, and of a session that is made and deleted."""
    costs: dict[str, float] = {}
    with _measured(costs, "imports"):
        from mockserver.testing.plan import default_plan
        from mockserver.testing.server import start_server
    plan = default_plan(clock="manual", conduct="report")
    with start_server(Path()) as first:
        first.open_session("warm up", plan).close()
    started = start_server(Path())
    with _measured(costs, "server"):
        server = started.__enter__()
    try:
        rounds = []
        for _ in range(ROUNDS):
            with _measured(costs, "session"):
                for _ in range(SESSIONS // ROUNDS):
                    server.open_session("test", plan).close()
            rounds.append(costs["session"] / (SESSIONS // ROUNDS))
        costs["session"] = median(rounds)
    finally:
        started.__exit__(None, None, None)
    return costs
