"""Measures the rules over time: exchanges per second on one core, one long job, and the memory of an open job.

python -m bench.rules_over_time
"""

import gc
import json
import sys
import time
import tracemalloc
from typing import NamedTuple

from mockserver.contract.judge.history import HistoryJudge
from mockserver.core.instants import SECOND, parse_instant, rfc3339
from mockserver.core.wire import Exchange, Request, Response

START = parse_instant("2026-10-01T12:00:00Z") or 0
JSON = (("Content-Type", "application/json"),)


class RuleFigures(NamedTuple):
    """The measured figures."""

    rate: float
    """Exchanges per second, with rules over time alone, of many batches at once."""
    long_job: float
    """Seconds for 1,000 exchanges of one job."""
    bytes_per_job: float
    """Bytes of an open job."""


def batch_response(number: int, poll: int, polls: int) -> Response:
    """Return the answer to one of `polls` polls of a batch of a hundred items."""
    done = poll * 100 // polls
    body = {
        "batch_id": f"{number:024x}", "analysis_mode": "general", "model_name": "pegasus1.5",
        "status": "processing" if poll < polls else "completed", "total_items": 100, "created_at": rfc3339(START),
        "expires_at": "2026-10-02T12:00:00Z", "queued_items": 0, "processing_items": 100 - done, "ready_items": done,
        "failed_items": 0, "canceled_items": 0, **({} if poll < polls else {"completed_at": rfc3339(START)}),
    }  # fmt: skip
    return Response(200, JSON, json.dumps(body).encode())


def poll_exchanges(jobs: int, polls: int) -> list[Exchange]:
    """Return the polls of all jobs in turn until each is completed."""
    headers = {"x-api-key": "k", "host": "api.twelvelabs.io"}
    requests = [Request("GET", f"/v1.3/analyze/batches/{number:024x}", headers=headers) for number in range(jobs)]
    answers = [(number, batch_response(number, poll, polls)) for poll in range(1, polls + 1) for number in range(jobs)]
    return [
        Exchange(requests[number], answer, START + place * SECOND, START + place * SECOND, place, place)
        for place, (number, answer) in enumerate(answers, 1)
    ]


def judging_seconds(exchanges: list[Exchange]) -> float:
    """Return the seconds of processor time that the rules over time take."""
    history = HistoryJudge("twelvelabs", "2026-07-30", schemas=False)
    began = time.process_time()
    for exchange in exchanges:
        history.add(exchange)
    judgement = history.finish()
    seconds = time.process_time() - began
    assert not judgement.findings, judgement.findings[0].text()
    return seconds


def measure(jobs: int = 500, polls: int = 100) -> RuleFigures:
    """Measure all figures; this takes about two seconds."""
    many, one = poll_exchanges(jobs, polls), poll_exchanges(1, 1000)
    gc.freeze()  # a recording is a stream; here it lies in memory, and the collector must not scan it
    rate = len(many) / min(judging_seconds(many) for _ in range(2))
    long_job = min(judging_seconds(one) for _ in range(3))
    tracemalloc.start()
    history = HistoryJudge("twelvelabs", "2026-07-30", schemas=False)
    before = tracemalloc.get_traced_memory()[0]
    for exchange in many[: jobs * 2]:
        history.add(exchange)
    bytes_per_job = (tracemalloc.get_traced_memory()[0] - before) / jobs
    tracemalloc.stop()
    gc.unfreeze()
    return RuleFigures(rate, long_job, bytes_per_job)


if __name__ == "__main__":
    figures = measure()
    print(f"rules over time: {figures.rate:,.0f} exchanges/s (promised 20,000)")
    print(f"1,000 exchanges of one job: {figures.long_job * 1000:.0f} ms (promised 100)")
    print(f"an open job: {figures.bytes_per_job:,.0f} bytes")
    sys.exit(0)
