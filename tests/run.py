"""Runs the tests as `make test` does: each pure room under its own tests, every branch of it, then the rest.

A room's coverage counts only what the room's own tests reach: a line that nothing but the server's tests happens to
run is a line that nobody meant to test.
"""

import subprocess
import sys
import time

ROOMS = ("core", "vendors", "scenario", "engine", "stores", "recordings", "contract")


def run(*command: str) -> int:
    """Run a command of this interpreter's; its exit code."""
    print("$", " ".join(command), flush=True)
    return subprocess.run([sys.executable, "-m", *command], check=False).returncode


def room(name: str) -> int:
    """One room's own tests, and whether they reach every branch of it."""
    data = f"--data-file=.coverage.{name}"
    tests = ("-m", "pytest", "-q", f"tests/unit/{name}")
    failed = run("coverage", "run", data, "--branch", f"--source=mockserver/{name}", *tests)
    return failed or run("coverage", "report", data, "--fail-under=100", "--show-missing", "--skip-covered")


def main() -> int:
    """Everything, the quick things first; the first failure ends it."""
    began = time.monotonic()
    for name in ROOMS:
        failed = room(name)
        if failed:
            print(f"the room {name} failed, or its own tests do not reach every branch", flush=True)
            return failed
    done = (f"--ignore=tests/unit/{name}" for name in ROOMS)
    failed = run("pytest", "-q", "-n", "2", "tests", *done)
    print(f"tests took {time.monotonic() - began:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
