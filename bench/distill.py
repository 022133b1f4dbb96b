"""Measures the distiller: its speed, the length of what it writes, and the share of recordings that it explains."""

import statistics
import time
from typing import NamedTuple

from mockserver.core.instants import SECOND
from tests.support.bundled_scenarios import FILES
from tests.support.call_recorder import CallRecorder, bundled_recording, distill

LONG_RECORDING = 10_000
"""Calls of the recording whose speed is measured."""


class DistillFigures(NamedTuple):
    """What was measured."""

    exchanges_per_second: float
    """Of a recording of 10,000 calls: 250 jobs, each polled 38 times and cancelled."""
    ordinary_lines: int
    """Lines for 40 polls and one cancel."""
    lines_per_recording: float
    """Of the bundled scenarios' recordings, the median."""
    explained: int
    """Recordings of bundled scenarios that are explained whole."""
    recordings: int
    bound_seconds: float
    """How far apart the bounds of a change of state are, the median."""


def record_jobs(jobs: int, polls: int) -> CallRecorder:
    """Record jobs of one course, one after the other, each polled every three seconds and cancelled near its end."""
    recorder = CallRecorder("phaseo@2026-06-11", "timeline: [queued: 12s, processing: 70s, completed]")
    for _ in range(jobs):
        job = recorder.call("create")
        recorder.poll(job, polls - 5, 3 * SECOND)
        recorder.call("cancel", job)
        recorder.poll(job, 5, 3 * SECOND)
    return recorder


def measure_distilling() -> DistillFigures:
    """Distill a long recording, an ordinary one, and those of all bundled scenarios."""
    polls = 38
    calls = record_jobs(LONG_RECORDING // (polls + 2), polls).exchanges
    started_at = time.process_time()
    long_one = distill(calls)
    seconds = time.process_time() - started_at
    assert long_one.is_whole, "the long recording is not explained"
    ordinary = distill(record_jobs(1, 40).exchanges)
    bundled = [distill(exchanges) for name in FILES if (exchanges := bundled_recording(name))]
    return DistillFigures(
        exchanges_per_second=len(calls) / seconds,
        ordinary_lines=ordinary.draft.line_count,
        lines_per_recording=statistics.median(found.draft.line_count for found in bundled),
        explained=sum(found.is_whole for found in bundled),
        recordings=len(bundled),
        bound_seconds=statistics.median(width for found in bundled for width in found.bounds) / SECOND,
    )
