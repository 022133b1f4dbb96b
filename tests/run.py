"""Run the tests as `make test` does: folder by folder, some at once, all branches of a pure package by its own tests.

A package's coverage counts only what its own tests reach: a line that only the server's tests happen to run is a line
without a test. Each folder has a process of its own, which reads its files and plays the bundled scenarios once.
"""

import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent
PURE_PACKAGES = frozenset({
    "contract", "core", "distill", "drawing", "engine", "installed", "pack_draft", "packs", "recordings", "redaction",
    "replay", "scenario", "stores", "vendor_check", "vendors",
})  # fmt: skip
"""Packages whose own tests, those of `tests/unit/PACKAGE`, reach every branch."""
SLOW_FIRST = (
    "tests/integration/cli", "tests/packaging", "tests/properties", "tests/integration/trial",
    "tests/integration/server", "tests/scenarios", "tests/docs", "tests/contract", "tests/redis",
    "tests/integration/sdk", "tests/unit/contract", "tests/browser", "tests/unit/scenario", "tests/unit/distill",
    "tests/unit/core", "tests/unit/packs", "tests/sdk_trial", "tests/integration/testing",
)  # fmt: skip
"""Folders that take longer than two thirds of a minute, the longest first: the short ones fill what is left."""
WORKERS = (os.cpu_count() or 1) + 1
"""Folders at a time, one more than there are processors: the tests of servers wait for a fifth of their time."""
STUCK_AFTER = 300
"""Seconds after which a test is stuck: its stack is printed, and its process ends."""
PYTEST = ("pytest", "-q", "-o", f"faulthandler_timeout={STUCK_AFTER}", "-o", "faulthandler_exit_on_timeout=true")


SPLIT = ("unit", "integration")
"""Folders whose folders are run one by one."""


ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Without the variable with which each of some thousand processes would compile every module again."""


class CommandResult(NamedTuple):
    """The exit code of a command, and its output behind the command line."""

    code: int
    output: str


def test_folders() -> dict[str, tuple[str, ...]]:
    """Return what is run together, by name, the slowest first: a folder, or the files of a split one themselves."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        file = path.relative_to(TESTS.parent)
        folder = "/".join(file.parts[: 3 if file.parts[1] in SPLIT else 2][: len(file.parts) - 1])
        is_split = folder.removeprefix("tests/") in SPLIT
        found.setdefault(folder, set()).add(str(file) if is_split else folder)
    order = sorted(found, key=lambda name: (SLOW_FIRST.index(name) if name in SLOW_FIRST else len(SLOW_FIRST), name))
    return {name: tuple(sorted(found[name])) for name in order}


def run_module(*arguments: str) -> CommandResult:
    """Run a module of this interpreter (`python -m ...`) and capture its output."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        check=False,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    return CommandResult(done.returncode, f"$ {' '.join(arguments)}\n{done.stdout.decode(errors='replace')}")


def run_folder(name: str, paths: tuple[str, ...]) -> CommandResult:
    """Run the tests of a folder, and fail if those of a pure package miss a branch of it."""
    package = name.removeprefix("tests/unit/")
    if package not in PURE_PACKAGES:
        return run_module(*PYTEST, *paths)
    data_file = f"--data-file=.coverage.{package}"
    tests = run_module(
        "coverage", "run", data_file, "--branch", f"--source=mockserver/{package}", "-m", *PYTEST, *paths
    )
    if tests.code:
        return tests
    report = run_module("coverage", "report", data_file, "--fail-under=100", "--show-missing", "--skip-covered")
    return CommandResult(report.code, tests.output + report.output)


def report(name: str, result: CommandResult) -> None:
    """Print pytest's summary of a folder that passed, and all output of one that failed."""
    if result.code:
        print(f"{result.output}\n{name}: FAILED, exit code {result.code}", flush=True)
        return
    print(f"{name}: {re.findall(r'^.*passed.*$', result.output, re.MULTILINE)[-1]}", flush=True)


def main() -> int:
    """Run all folders, also behind one that fails. Returns the exit code."""
    started_at = time.monotonic()
    folders = test_folders()
    failed = []
    with ThreadPoolExecutor(WORKERS) as pool:
        runs = {pool.submit(run_folder, name, paths): name for name, paths in folders.items()}
        for run in as_completed(runs):
            report(runs[run], run.result())
            if run.result().code:
                failed.append(runs[run])
    print(f"{len(folders)} folders of tests took {time.monotonic() - started_at:.0f} s", flush=True)
    if failed:
        print(f"failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
