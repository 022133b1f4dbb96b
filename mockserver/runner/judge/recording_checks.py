"""Checks several recordings, on several processor cores at once where that is worth it.

The results are those of one recording after the other. What can be read only in this process (standard input, a pipe)
is judged here; `recording_pool` has the other processes, and is imported when there are any.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from mockserver.contract.documents.places import contracts_at_rest
from mockserver.runner.judge.recording_check import CheckRequest, ProgressCallback
from mockserver.runner.reports.checks.recording_result import CheckedRecording

BYTES_PER_JOB: Final = 4_000_000
"""Bytes of recordings that are worth a process: they take some two seconds, a process half of one to get ready."""
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

    `jobs` is the number of recordings that are judged at once; None: as many as are worth it. `on_worker_lost` gets a
    sentence if the system has ended a worker.
    """
    sizes = {file: size for file in files if (size := _size_of(file)) is not None}
    workers = min(jobs or worthwhile_jobs(sizes.values(), available_cores()), len(sizes))
    results: dict[str, CheckedRecording] = {}
    if workers > 1:
        from mockserver.runner.judge.recording_pool import RecordingPool

        results = RecordingPool(workers, on_worker_lost).check(sizes, request, progress)
    with contracts_at_rest():
        return [results.get(file) or request.check(file, progress) for file in files]


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
