"""Runs the tests as `make test` does: each pure room under its own tests, every branch of it, then the rest.

A room's coverage counts only what the room's own tests reach: a line that nothing but the server's tests happens to
run is a line that nobody meant to test. Two rooms are tried at a time.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

ROOMS = ("contract", "scenario", "vendors", "recordings", "core", "engine", "stores")
"""The slow ones first, so that none is waited for alone."""
AT_ONCE = 2


class Said(NamedTuple):
    """What came of a command."""

    code: int
    text: str


def run(*command: str) -> Said:
    """Run a command of this interpreter's, and keep what it says."""
    done = subprocess.run(
        [sys.executable, "-m", *command], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return Said(done.returncode, f"$ {' '.join(command)}\n{done.stdout.decode(errors='replace')}")


def room(name: str) -> Said:
    """One room's own tests, and whether they reach every branch of it."""
    data = f"--data-file=.coverage.{name}"
    tests = ("-m", "pytest", "-q", f"tests/unit/{name}")
    tried = run("coverage", "run", data, "--branch", f"--source=mockserver/{name}", *tests)
    if tried.code:
        return tried
    reached = run("coverage", "report", data, "--fail-under=100", "--show-missing", "--skip-covered")
    return Said(reached.code, tried.text + reached.text)


def rooms() -> Iterator[str]:
    """Try every room; those that failed."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, said in zip(ROOMS, pool.map(room, ROOMS), strict=True):
            print(said.text, flush=True)
            if said.code:
                print(f"the room {name} failed, or its own tests do not reach every branch", flush=True)
                yield name


def main() -> int:
    """Everything, the quick things first; a room that fails ends it."""
    began = time.monotonic()
    if any(list(rooms())):
        return 1
    done = (f"--ignore=tests/unit/{name}" for name in ROOMS)
    rest = [sys.executable, "-m", "pytest", "-q", "-n", str(AT_ONCE), "tests", *done]
    failed = subprocess.run(rest, check=False).returncode
    print(f"tests took {time.monotonic() - began:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
