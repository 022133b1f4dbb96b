"""What a poll of a pack costs beside a poll of a vendor in Python: `Session.answer` in this process, in turns.

Both jobs are in a state whose percentage grows, and the clock moves with each request.
"""

import json
import time
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.core.clock import Clock
from mockserver.core.wire import Request
from mockserver.engine.session import Session
from mockserver.engine.setup import SessionSetup
from mockserver.installed import installed_vendors
from mockserver.packs.pack import compile_pack
from mockserver.stores import memory_store
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era

_START: Final = 1_780_000_000_000_000
_CALLS: Final = 3_000
_ROUNDS: Final = 7
_STEP: Final = 100
"""Microseconds that the clock moves with each request."""
_BASE_URL: Final = "http://127.0.0.1:4810"
_PACK: Final = Path(__file__).parents[1] / "vendors" / "runway.yaml"
MOST_TIMES: Final = 1.2
"""A pack's poll may cost this much of a Python vendor's."""


class PolledJob:
    """A session with one job, and the request that polls it."""

    def __init__(self, era: Era, create_path: str, poll_path: str) -> None:
        self._era = era._replace(limits={})
        setup = SessionSetup("bench", {era.vendor: self._era}, Clock(0, _START, 1.0), "0", memory_store)
        self._session = Session(setup)
        self._wall_now = 0
        headers = {**era.usual_headers, **{name.lower(): value for name, value in era.auth_headers("bench").items()}}
        body = json.dumps(dict(era.main_kind.example)).encode()
        create = Request("POST", create_path, "", {**headers, "content-type": "application/json"}, body)
        job_id = json.loads(self._answer(create))["id"]
        self._wall_now += 10_000_000
        self._poll = Request("GET", poll_path + job_id, "", headers)

    def _answer(self, request: Request) -> bytes:
        self._wall_now += _STEP
        return self._session.answer(self._era.vendor, request, _BASE_URL, self._wall_now).response.body

    def microseconds(self) -> float:
        """Return the processor time of one poll."""
        began = time.process_time()
        for _ in range(_CALLS):
            self._answer(self._poll)
        return (time.process_time() - began) / _CALLS * 1e6


class PollCosts(NamedTuple):
    """The microseconds of a poll."""

    pack: float
    python: float


def poll_costs() -> PollCosts:
    """Measure the polls of a pack and of a vendor in Python, the fastest of several rounds each."""
    pack = PolledJob(compile_pack(_PACK).eras[-1], "/v1/image_to_video", "/v1/tasks/")
    python = PolledJob(resolve_era("phaseo@2026-06-11", installed_vendors()), "/v1/videos", "/v1/videos/")
    rounds = [(pack.microseconds(), python.microseconds()) for _ in range(_ROUNDS)]
    return PollCosts(min(one for one, _ in rounds), min(other for _, other in rounds))
