"""Checks recordings, on several processor cores at once where that is worth it.

Recordings are judged at once, one process each; one that is larger than all others together is judged by this process,
with helpers. The results are those of one process. What can be read only in this process (standard input, a pipe) is
judged here. `recording_pool` and `answer_helpers` have the other processes, and are imported when there are any.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from mockserver.contract.documents.places import contracts_at_rest
from mockserver.runner.judge.recording_check import CheckRequest, ProgressCallback
from mockserver.runner.reports.checks.recording_result import CheckedRecording

BYTES_PER_JOB: Final = 4_000_000
"""Bytes of recordings that are worth a process: they take some two seconds, a process half of one to get ready."""
MAX_HELPERS: Final = 3
"""Helpers of one recording: with more of them, this process is not faster."""
_BYTES_OF_A_FILE: Final = 50_000
"""What a file costs by itself, as bytes."""
_GZIP_FACTOR: Final = 10
"""How much larger a recording is than its gzip file."""


def check_recordings(
    files: Sequence[str],
    request: CheckRequest,
    progress: ProgressCallback,
    jobs: int | None = None,
    on_worker_lost: Callable[[str], None] = lambda text: None,
) -> list[CheckedRecording]:
    """Judge recordings, each file once, and return the results in the order of the files, whatever the jobs.

    `jobs` is the number of processes that judge at once; None: as many as are worth it. `on_worker_lost` gets a
    sentence if the system has ended a worker or a helper.
    """
    sizes = {file: size for file in files if (size := _size_of(file)) is not None}
    helpers = worthwhile_helpers(sizes, jobs or available_cores())
    for file in helpers:
        del sizes[file]
    workers = min(jobs or worthwhile_jobs(sizes.values(), available_cores()), len(sizes))
    results: dict[str, CheckedRecording] = {}
    if workers > 1:
        from mockserver.runner.judge.recording_pool import check_at_once

        results = check_at_once(sizes, request, progress, workers=workers, on_worker_lost=on_worker_lost)
    with contracts_at_rest():
        for file, count in helpers.items():
            from mockserver.runner.judge.answer_helpers import AnswerHelpers

            with AnswerHelpers(count, file, request, on_lost=on_worker_lost) as ahead:
                results[file] = request.check(file, progress, ahead)
        return [results.get(file) or request.check(file, progress) for file in files]


def worthwhile_helpers(sizes: Mapping[str, int], cores: int) -> dict[str, int]:
    """Return the number of helpers for the recording that is larger than all others together, if it is worth any."""
    counts = {file: min(MAX_HELPERS, worthwhile_jobs([size], cores) - 1) for file, size in sizes.items()}
    return {file: count for file, count in counts.items() if count and 2 * sizes[file] > sum(sizes.values())}


def worthwhile_jobs(sizes: Iterable[int], cores: int) -> int:
    """Return how many jobs recordings of these sizes, in bytes, are worth."""
    work = sum(size + _BYTES_OF_A_FILE for size in sizes)
    return max(1, min(cores, work // BYTES_PER_JOB))


def available_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _size_of(file: str) -> int | None:
    """Return the bytes of a recording; None for what is no file, and can be read only in this process."""
    path = Path(file)
    if not path.is_file():
        return None
    return path.stat().st_size * (_GZIP_FACTOR if path.suffix == ".gz" else 1)
