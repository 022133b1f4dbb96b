"""Run the tests as `make test` does: each pure package under its own tests, every branch of it, then all other tests.

A package's coverage counts only what its own tests reach: a line that only the server's tests happen to run is a line
without a test. Two packages are tested at a time.
"""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

PURE_PACKAGES = (
    "contract",
    "distill",
    "pack_draft",
    "vendor_check",
    "scenario",
    "packs",
    "vendors",
    "recordings",
    "redaction",
    "drawing",
    "core",
    "engine",
    "stores",
    "replay",
)
"""The slow ones first, so that the run does not wait for one of them at the end."""
WORKERS = 2
STUCK_AFTER = 300
"""Seconds after which a test is stuck: its stack is printed, its process ends, and the run goes on without it."""
PYTEST = ("pytest", "-q", "-o", f"faulthandler_timeout={STUCK_AFTER}", "-o", "faulthandler_exit_on_timeout=true")


class CommandResult(NamedTuple):
    """The exit code of a command, and its output behind the command line."""

    code: int
    output: str


def run_module(*arguments: str) -> CommandResult:
    """Run a module of this interpreter (`python -m ...`) and capture its output."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return CommandResult(done.returncode, f"$ {' '.join(arguments)}\n{done.stdout.decode(errors='replace')}")


def run_package_tests(package: str) -> CommandResult:
    """Run one package's own tests, and fail if they miss a branch of it."""
    data_file = f"--data-file=.coverage.{package}"
    tests_of_package = ("-m", *PYTEST, f"tests/unit/{package}")
    tests = run_module("coverage", "run", data_file, "--branch", f"--source=mockserver/{package}", *tests_of_package)
    if tests.code:
        return tests
    report = run_module("coverage", "report", data_file, "--fail-under=100", "--show-missing", "--skip-covered")
    return CommandResult(report.code, tests.output + report.output)


def failed_packages() -> list[str]:
    """Run the tests of every pure package and print their output; return the packages that failed."""
    failed = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for package, result in zip(PURE_PACKAGES, pool.map(run_package_tests, PURE_PACKAGES), strict=True):
            print(result.output, flush=True)
            if result.code:
                print(f"{package}: a test failed, or its own tests do not reach every branch", flush=True)
                failed.append(package)
    return failed


def main() -> int:
    """Run everything, the quick tests first; a pure package that fails ends the run. Returns the exit code."""
    started_at = time.monotonic()
    if failed_packages():
        return 1
    ignored = (f"--ignore=tests/unit/{package}" for package in PURE_PACKAGES)
    others = [sys.executable, "-m", *PYTEST, "-n", str(WORKERS), "tests", *ignored]
    code = subprocess.run(others, check=False).returncode
    print(f"tests took {time.monotonic() - started_at:.0f} s", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
