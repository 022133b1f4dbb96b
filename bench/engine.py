"""What the engine alone costs: `Session.answer` in this process, without a socket.

Each case is timed in a process of its own, so that another checkout can be measured beside this one, in turns:
`python -m bench engine --against PATH`. A poll's clock moves with each request, so nothing of its answer can be kept.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ROUNDS = 5
"""Processes of each checkout; the median of their figures counts."""
REPEATS = 5
"""Runs of each case in one process; the fastest counts."""
CASES = ("poll", "cancel", "create")
PIN = "phaseo@2026-06-11"
"""An era in which a cancel works."""
CALLS = 2_000
MILLISECOND = 1_000


def compare(against: Path | None) -> Iterator[tuple[str, float, float | None]]:
    """Yield (case, microseconds here, microseconds of the other checkout) for each case."""
    here: list[dict[str, float]] = []
    other: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        here.append(_measure_checkout(ROOT))
        if against is not None:
            other.append(_measure_checkout(against))
    for case in CASES:
        theirs = statistics.median(one[case] for one in other) if other else None
        yield case, statistics.median(one[case] for one in here), theirs


def _measure_checkout(root: Path) -> dict[str, float]:
    """Measure the package of one checkout in a process of its own; microseconds by case."""
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONHASHSEED": "0"}
    command = [sys.executable, str(Path(__file__).resolve())]
    figures: dict[str, float] = json.loads(
        subprocess.run(command, env=environment, cwd=root, check=True, capture_output=True).stdout
    )
    return figures


def _open_session() -> Any:
    """Open a session, with the names of this checkout or, where they are unknown, with those before the renaming."""
    from mockserver.core.clock import Clock
    from mockserver.stores import memory_store
    from mockserver.vendors import registry

    try:
        from mockserver.engine.session.session import Session
        from mockserver.engine.session.setup import SessionSetup

        era = registry.resolve_era(PIN, registry.installed_vendors())
    except ImportError:
        from mockserver.engine.setup import Setup as SessionSetup  # type: ignore[import-not-found,no-redef]

        from mockserver.engine.session import Session  # type: ignore[attr-defined,no-redef]

        era = registry.resolve(PIN, registry.installed())  # type: ignore[attr-defined]
    start = 1_780_000_000 * 1_000 * MILLISECOND
    return Session(SessionSetup("bench", {era.vendor: era}, Clock(0, start, 1.0), "0", memory_store)), era


def measure() -> dict[str, float]:
    """Return the microseconds of a call, by case, in this process."""
    from mockserver.core.wire import Request

    session, era = _open_session()
    wear = era.auth_headers if hasattr(era, "auth_headers") else era.wears
    headers = {name.lower(): value for name, value in wear("bench").items()}
    body = json.dumps(dict(next(iter(era.kinds.values())).example)).encode()
    create = Request("POST", "/v1/videos", "", {**headers, "content-type": "application/json"}, body)
    wall_now = 0

    def answer(request: Request) -> Any:
        nonlocal wall_now
        wall_now += MILLISECOND
        return session.answer(era.vendor, request, "http://127.0.0.1:4810", wall_now).response

    def timed(requests: list[Request], status: int) -> float:
        began = time.perf_counter()
        answers = [answer(request) for request in requests]
        seconds = time.perf_counter() - began
        assert all(one.status == status for one in answers), answers[0]
        return seconds / len(requests) * 1e6

    def polls() -> float:
        nonlocal wall_now
        job_id = json.loads(answer(create).body)["id"]
        wall_now += 10_000 * MILLISECOND  # in progress from here on: its percentage grows
        return timed([Request("GET", f"/v1/videos/{job_id}", "", headers)] * CALLS, 200)

    def cancels() -> float:
        job_ids = [json.loads(answer(create).body)["id"] for _ in range(CALLS)]
        return timed([Request("POST", f"/v1/videos/{job_id}/cancel", "", headers) for job_id in job_ids], 200)

    cases: dict[str, Callable[[], float]] = {
        "poll": polls,
        "cancel": cancels,
        "create": lambda: timed([create] * CALLS, 200),
    }
    return {case: min(cases[case]() for _ in range(REPEATS)) for case in CASES}


if __name__ == "__main__":
    print(json.dumps(measure()))
