"""Measures `mockserver replay`: polls of a recorded job, for which a recording of 40 polls is served."""

import statistics
import sys
import tempfile
from pathlib import Path

from bench.distill import record_jobs
from bench.load import measure_load
from bench.servers import AUTH_HEADER, free_port, server_process
from mockserver.recordings.recording import write_journal

POLLS = 40
ROUNDS = 3


def measure_replay() -> float:
    """Return the polls of one job that are answered in a second, the median of the rounds."""
    exchanges = record_jobs(1, POLLS).exchanges
    path = next(each.request.path for each in exchanges if each.request.method == "GET")
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "calls.jsonl"
        write_journal(exchanges, journal)
        port = free_port()
        command = [str(Path(sys.executable).parent / "mockserver"), "replay", str(journal), "--port", str(port)]
        with server_process(command, port, path):
            url = f"http://127.0.0.1:{port}{path}"
            return statistics.median(measure_load(url, AUTH_HEADER).rate for _ in range(ROUNDS))
