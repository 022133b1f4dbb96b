"""What a user gets: a wheel and an sdist built from this checkout, and the wheel installed in a folder of its own."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.packaging.bounds import install_wheel, run_command
from tests.support.paths import ROOT


class Built(NamedTuple):
    """One run of the build."""

    sdist: Path
    wheel: Path
    """Built from the sdist, as an installer does it."""
    straight: Path
    """Built from the checkout."""
    site: Path
    """Where the wheel is installed."""


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build once, in the first of several test processes."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    place = shared / "built"
    with (shared / "building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            _build(place)
    site = place / "site"
    return Built(only(place, "*.tar.gz"), only(place, "*.whl"), only(place / "straight", "*.whl"), site)


def _build(place: Path) -> None:
    making = place.with_name("making")
    # The sdist, and the wheel from it: what `python -m build` does without further words.
    build = (sys.executable, "-m", "build", "--no-isolation")
    run_command(ROOT, *build, "--outdir", making, ROOT)
    run_command(ROOT, *build, "--wheel", "--outdir", making / "straight", ROOT)
    install_wheel(only(making, "*.whl"), making / "site")
    making.rename(place)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(built: Built) -> dict[str, str]:
    """One in which the installed package comes before this checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER")}
    return {**kept, "PYTHONPATH": str(built.site), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def installed(built: Built, environment: dict[str, str], tmp_path: Path) -> Run:
    """Run the installed command in an empty folder."""

    def run(*words: str, script: str = "mockserver") -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(built.site / "bin" / script), *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)

    return run
