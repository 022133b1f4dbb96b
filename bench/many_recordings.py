"""A folder of 1,000 small recordings: what `mockserver check` takes for it, and beside another checkout (`--against`).

python -m bench.many_recordings [CHECKOUT]
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.check_memory import command_cost, write_har

ROOT = Path(__file__).parent.parent
RECORDINGS = 1_000
BYTES = 30_000
"""Bytes of each recording: a few jobs, polled and cancelled."""
ROUNDS = 3
RULES_SCRIPT = """
import gc
from bench.rules_over_time import judging_seconds, poll_exchanges
exchanges = poll_exchanges(500, 40)
gc.freeze()
print(len(exchanges) / min(judging_seconds(exchanges) for _ in range(3)))
"""


class FolderFigures(NamedTuple):
    """The measured figures."""

    seconds: float
    """Of real time, with the default number of jobs."""
    processor_ms: float
    """Of processor time a recording, with one job; the start of the program is not part of it."""


def measure(recordings: int = RECORDINGS) -> FolderFigures:
    """Check a folder of recordings, and one of a tenth of them."""
    check = [str(Path(sys.executable).parent / "mockserver"), "check"]
    with tempfile.TemporaryDirectory() as place:
        many, few = Path(place) / "many", Path(place) / "few"
        for folder, count in ((many, recordings), (few, recordings // 10)):
            folder.mkdir()
            for number in range(count):
                write_har(folder / f"{number}.har", BYTES, seed=f"{number}-")
        began = time.perf_counter()
        subprocess.run([*check, str(many)], stdout=subprocess.DEVNULL, check=False)
        seconds = time.perf_counter() - began
        costs = [command_cost([*check, str(folder), "--jobs", "1"]).seconds for folder in (many, few)]
    return FolderFigures(seconds, (costs[0] - costs[1]) / (recordings - recordings // 10) * 1000)


def rules_beside(against: Path, rounds: int = ROUNDS) -> float:
    """Return how many times the exchanges a second of another checkout the rules over time judge, both in turns."""
    return statistics.median(_rules_rate(ROOT) / _rules_rate(against) for _ in range(rounds))


def _rules_rate(root: Path) -> float:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", RULES_SCRIPT]
    return float(subprocess.run(command, env=environment, cwd=root, check=True, capture_output=True).stdout)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(f"rules over time: {rules_beside(Path(sys.argv[1])):.2f} times those of {sys.argv[1]}")
    figures = measure()
    print(f"{RECORDINGS:,} recordings: {figures.seconds:.1f} s, {figures.processor_ms:.1f} ms of processor time each")
