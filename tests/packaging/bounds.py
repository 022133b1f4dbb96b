"""Try the wheel with the oldest and with the newest releases that its metadata allows.

    python -m tests.packaging.bounds oldest newest

Each choice gets environments of its own, built from the package index.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from tests.support.paths import ROOT

STAGES: Final[Mapping[str, Sequence[Sequence[str]]]] = {
    "": (
        ("mockserver", "lint", "cancel-then-poll"),
        ("mockserver", "test"),
        ("mockserver", "test", "--http", "cancel-after-completed"),
    ),
    "fuzz": (("mockserver", "fuzz", "--vendor", "phaseo@2026-06-11", "--max-examples", "3"),),
    "pytest": (("pytest", "-W", "error", "-p", "no:cacheprovider", "test_plugin.py"),),
    "mcp": (("mockserver", "mcp"),),
}
"""Extra (none: the package alone) to the modules, with arguments, that use its requirements."""

PLUGIN_TEST: Final = """
def test_session(videojob):
    videojob.admin("POST", "jobs", {"vendor": "reap"})
    videojob.advance("1h")
    assert videojob.jobs[0].state == "completed"
"""


def declared_requirements(extra: str = "") -> Iterator[Requirement]:
    """Read the requirements of the package, or of one of its extras, from pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["optional-dependencies"][extra] if extra else project["dependencies"]
    yield from map(Requirement, lines)


def oldest_release(requirement: Requirement) -> str:
    """Return the requirement pinned to its lower bound, as `name==version`."""
    (lower,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
    return f"{requirement.name}=={lower}"


RELEASES: Final[Mapping[str, Callable[[Requirement], str]]] = {"oldest": oldest_release, "newest": str}
KEPT: Final = ROOT / "build" / "oldest-releases"
"""Environments with the oldest releases: those stay the oldest, until the metadata or Python changes."""


def install_wheel(wheel: Path, site: Path) -> None:
    """Install a wheel alone in a folder, compiled. Raises `AssertionError` with pip's output."""
    run_command(
        site.parent,
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        site,
        wheel,
    )


def try_wheel(site: Path, extra: str, choice: str, folder: Path) -> None:
    """Run the trials of an extra with the wheel that is installed in `site`, and chosen releases of what it requires.

    Each extra has its own environment: the oldest release of an extra need not allow the oldest of the others. Those of
    the oldest releases are kept for later runs, the others are made below `folder`.

    Raises `AssertionError`, with the command's output, if an installation or a trial fails.
    """
    (folder / "test_plugin.py").write_text(PLUGIN_TEST)
    # Modules are compiled once for all trials of an environment.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    variables["PYTHONPATH"] = str(site)
    python = _environment(extra, choice, folder) / "bin" / "python"
    for words in STAGES[extra]:
        run_command(folder, python, "-m", *words, variables=variables)


def _environment(extra: str, choice: str, folder: Path) -> Path:
    """Return an environment with what the package and one of its extras require, without the package."""
    base, own = (sorted(map(str, declared_requirements(name))) for name in ("", extra))
    releases = [RELEASES[choice](requirement) for requirement in declared_requirements(extra)]
    place = folder / f"{choice}-{extra}"
    if choice == "oldest":
        key = repr((sys.version, base, own)).encode()
        place = KEPT / f"{extra or 'alone'}-{hashlib.sha256(key).hexdigest()[:16]}"
    if not place.is_dir():
        fresh = place.with_name(f"{place.name}.{os.getpid()}")
        venv.create(fresh, with_pip=False)
        pip = (sys.executable, "-m", "pip", "--quiet", "--python", fresh / "bin" / "python")
        run_command(folder, *pip, "install", "--no-compile", *base, *releases)
        fresh.rename(place)
    return place


def run_command(folder: Path, *words: object, variables: Mapping[str, str] | None = None) -> None:
    """Run a command in a folder. Raises `AssertionError` with its output if it fails."""
    command = [str(word) for word in words]
    # Without input: `mockserver mcp` ends when its client closes the stream.
    done = subprocess.run(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}"


def main(choices: list[str]) -> None:
    """Build the wheel and try it with each choice of releases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_command(folder, sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT)
        (wheel,) = folder.glob("*.whl")
        install_wheel(wheel, folder / "site")
        for choice in choices:
            for extra in STAGES:
                try_wheel(folder / "site", extra, choice, folder)
            print(f"the wheel works with the {choice} releases")


if __name__ == "__main__":
    main(sys.argv[1:] or list(RELEASES))
