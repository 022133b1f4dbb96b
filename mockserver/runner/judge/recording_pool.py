"""Worker processes that judge recordings.

Theory of operation. A recording is judged by itself, so each can be judged in a process of its own. The largest go
first, so that none is left over at the end. A worker that the system ends, for it took too much memory, takes no result
with it: what is left is judged by the caller, one recording after the other.

A worker ignores Ctrl-C, which its parent answers for all, and ends with its parent, however that ends. Nothing here
depends on what the parent has in memory: where processes are not forked (Windows, macOS), a worker begins with nothing.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from typing import Final

from mockserver.contract.documents.derived import Derivation, active_derivation, deriving_with
from mockserver.contract.documents.places import contracts_at_rest
from mockserver.runner.judge.recording_check import CheckRequest, ProgressCallback
from mockserver.runner.reports.checks.recording_result import CheckedRecording

_LIFE: Final = ExitStack()
"""What holds for the life of a worker."""


def check_at_once(
    sizes: Mapping[str, int],
    request: CheckRequest,
    progress: ProgressCallback,
    *,
    workers: int,
    on_worker_lost: Callable[[str], None],
    start_method: str | None = None,
) -> dict[str, CheckedRecording]:
    """Judge files, whose sizes are given, and return the results by file; some are missing if a worker was lost.

    `start_method` is that of `multiprocessing`; None: the system's own. `on_worker_lost` gets a sentence if the system
    has ended a worker. Raises what a worker raises.
    """
    results: dict[str, CheckedRecording] = {}
    context = multiprocessing.get_context(start_method)
    executor = ProcessPoolExecutor(workers, context, prepare_worker, (active_derivation(),))
    try:
        futures: dict[Future[CheckedRecording], str] = {
            executor.submit(_check_quietly, request, file): file
            for file in sorted(sizes, key=sizes.__getitem__, reverse=True)
        }
        for future in as_completed(futures):
            results[futures[future]] = future.result()
            progress(f"{len(results):,} of {len(futures):,} recordings")
    except BrokenProcessPool:
        left = len(sizes) - len(results)
        on_worker_lost(f"the system has ended a worker: {left} recordings are judged one by one")
    except BaseException:
        # What is being judged is worth nothing any more.
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
    return results


def _check_quietly(request: CheckRequest, file: str) -> CheckedRecording:
    """Judge a recording in a worker, whose parent shows how far it is."""
    return request.check(file, lambda text: None)


def prepare_worker(derivation: Derivation | None) -> None:
    """Prepare a worker for its recordings, of which some may be of vendors without a contract."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.join,), name="parent", daemon=True).start()
    # Nothing in the folders of contracts changes for as long as this process lives.
    _LIFE.enter_context(contracts_at_rest())
    if derivation is not None:
        _LIFE.enter_context(deriving_with(derivation))


def _end_with(parent_has_ended: Callable[[], None]) -> None:
    parent_has_ended()
    os._exit(1)
