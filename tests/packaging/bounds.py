"""Try the wheel with the oldest and with the newest releases that its metadata allows.

    python -m tests.packaging.bounds oldest newest

Each choice gets an environment of its own, built from the package index.
"""

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
        ("mockserver", "lint"),
        ("mockserver", "test"),
        ("mockserver", "test", "--http", "cancel-after-completed"),
    ),
    "speed": (("mockserver", "test", "--http", "cancel-after-completed"),),
    "fuzz": (("mockserver", "fuzz", "--vendor", "reap", "--max-examples", "3"),),
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


def try_wheel(wheel: Path, choice: str, folder: Path) -> None:
    """Install a wheel with the chosen releases in a new environment below `folder`, and run the trials.

    Each extra has its own environment: the oldest release of an extra need not allow the oldest of the others.

    Raises `AssertionError`, with the command's output, if an installation or a trial fails.
    """
    (folder / "test_plugin.py").write_text(PLUGIN_TEST)
    for extra, trials in STAGES.items():
        environment = folder / f"{choice}{extra}"
        venv.create(environment, with_pip=True)
        python = environment / "bin" / "python"
        releases = [RELEASES[choice](requirement) for requirement in declared_requirements(extra)]
        target = f"{wheel}[{extra}]" if extra else wheel
        _run(folder, python, "-m", "pip", "install", "--quiet", "--no-compile", target, *releases)
        for words in trials:
            _run(folder, python, "-m", *words)


def _run(folder: Path, *words: object) -> None:
    command = [str(word) for word in words]
    # Without input: `mockserver mcp` ends when its client closes the stream.
    done = subprocess.run(
        command,
        cwd=folder,
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
        _run(folder, sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", folder, ROOT)
        (wheel,) = folder.glob("*.whl")
        for choice in choices:
            try_wheel(wheel, choice, folder)
            print(f"the wheel works with the {choice} releases")


if __name__ == "__main__":
    main(sys.argv[1:] or list(RELEASES))
