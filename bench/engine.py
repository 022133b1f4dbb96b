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
CASES = ("poll", "poll without its handler", "cancel", "create")
"""Without its handler a poll costs what the engine adds to the vendor's part."""
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


def _open_session(*, constant_polls: bool = False) -> Any:
    """Open a session; returns it and its era. With `constant_polls` the handler of a poll only returns an answer.

    Works with the names of this checkout and, where they are unknown, with those before the renaming.
    """
    from mockserver.core.clock import Clock
    from mockserver.core.wire import Response
    from mockserver.stores import memory_store
    from mockserver.vendors import registry
    from mockserver.vendors.api import Answer

    try:
        from mockserver.engine.session import Session
        from mockserver.engine.setup import SessionSetup
        from mockserver.installed import installed_vendors

        era = registry.resolve_era(PIN, installed_vendors())
    except ImportError:
        from mockserver.engine.session import Session  # type: ignore[attr-defined,no-redef]
        from mockserver.engine.setup import Setup as SessionSetup  # type: ignore[import-untyped,no-redef]

        era = registry.resolve(PIN, registry.installed())  # type: ignore[attr-defined]
    if constant_polls:
        answer = Answer(Response(200, (("Content-Type", "application/json"),), b"{}"))
        polls = [one._replace(handler=lambda call: answer) if one.polls else one for one in era.operations]
        era = era._replace(operations=tuple(polls))
    start = 1_780_000_000 * 1_000 * MILLISECOND
    return Session(SessionSetup("bench", {era.vendor: era}, Clock(0, start, 1.0), "0", memory_store)), era


class EngineBench:
    """One session, and the requests that are timed in it."""

    def __init__(self, *, constant_polls: bool = False) -> None:
        from mockserver.core.wire import Request

        self.session, self.era = _open_session(constant_polls=constant_polls)
        self.wall_now = 0
        self._make_request = Request
        auth_headers = self.era.auth_headers if hasattr(self.era, "auth_headers") else self.era.wears
        self._headers = {name.lower(): value for name, value in auth_headers("bench").items()}

    def request(self, method: str, path: str, body: bytes = b"") -> Any:
        headers = {**self._headers, "content-type": "application/json"} if body else self._headers
        return self._make_request(method, path, "", headers, body)

    def create_request(self) -> Any:
        kind = next(iter(self.era.kinds.values()))
        return self.request("POST", "/v1/videos", json.dumps(dict(kind.example)).encode())

    def answer(self, request: Any) -> Any:
        self.wall_now += MILLISECOND
        return self.session.answer(self.era.vendor, request, "http://127.0.0.1:4810", self.wall_now).response

    def create(self) -> str:
        job_id: str = json.loads(self.answer(self.create_request()).body)["id"]
        return job_id

    def microseconds(self, requests: list[Any]) -> float:
        """Return the processor time of one request; all of them must be answered 200."""
        began = time.process_time()
        answers = [self.answer(request) for request in requests]
        seconds = time.process_time() - began
        assert all(one.status == 200 for one in answers), answers[0]
        return seconds / len(requests) * 1e6


def _poll(bench: EngineBench) -> float:
    job_id = bench.create()
    bench.wall_now += 10_000 * MILLISECOND  # in progress from here on: its percentage grows
    return bench.microseconds([bench.request("GET", f"/v1/videos/{job_id}")] * CALLS)


def _cancel(bench: EngineBench) -> float:
    job_ids = [bench.create() for _ in range(CALLS)]
    return bench.microseconds([bench.request("POST", f"/v1/videos/{job_id}/cancel") for job_id in job_ids])


def _create(bench: EngineBench) -> float:
    return bench.microseconds([bench.create_request()] * CALLS)


def measure() -> dict[str, float]:
    """Return the microseconds of a request, by case, in this process."""
    bench = EngineBench()
    constant = EngineBench(constant_polls=True)
    cases: dict[str, Callable[[], float]] = {
        "poll": lambda: _poll(bench),
        "poll without its handler": lambda: _poll(constant),
        "cancel": lambda: _cancel(bench),
        "create": lambda: _create(bench),
    }
    return {case: min(cases[case]() for _ in range(REPEATS)) for case in CASES}


if __name__ == "__main__":
    print(json.dumps(measure()))
