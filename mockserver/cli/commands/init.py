"""`mockserver init`: a first scenario, a first test and a CI workflow, written into a project."""

import json
import os
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shlex import quote
from typing import Final, NamedTuple

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import write_each, write_file
from mockserver.cli.options import json_option
from mockserver.cli.output import print_json, print_result
from mockserver.errors import MockError

_WORKFLOW: Final = ".github/workflows/videojob.yml"
_TEMPLATES: Final = Path(__file__).parents[1] / "templates"


class ProjectFile(NamedTuple):
    """A file for a project."""

    template: str
    """The name of its text among the templates."""
    summary: str


FILES: Final[Mapping[str, ProjectFile]] = {
    "scenarios/first.yaml": ProjectFile("first.yaml", "a scenario: the API is unavailable at the second poll"),
    "tests/test_videojob.py": ProjectFile("first_tests.py.txt", "three tests of a small client, for pytest"),
    _WORKFLOW: ProjectFile("workflow.yml", "runs both on GitHub"),
}
"""The files by their path in the project."""

_WORKFLOW_NOTE: Final = f"before you push: name a wheel at the top of {_WORKFLOW}; the package is not on PyPI yet"


@click.command("init")
@click.argument("folder", required=False, default=".", metavar="[FOLDER]", type=click.Path(path_type=Path))
@json_option
def init_command(folder: Path, as_json: bool) -> int:
    """Write a first scenario, a first test and a CI workflow into FOLDER, by default the current one.

    Nothing is asked and nothing is overwritten: a file that exists stays as it is.

    \f
    Raises `MockError` CLI005 for files that cannot be written; the others are written.
    """
    missing = [path for path in FILES if not os.path.lexists(folder / path)]
    problems = write_each(partial(write_project_file, folder, path) for path in missing)
    written = [path for path in missing if os.path.lexists(folder / path)]
    commands = next_commands(folder)
    notes = [_WORKFLOW_NOTE] if _WORKFLOW in written else []
    if as_json:
        existing = [path for path in FILES if path not in missing]
        print_json(json.dumps({"written": written, "existing": existing, "next": commands, "notes": notes}, indent=2))
    else:
        lines = [*file_lines(written, missing), "next", *(f"    {line}" for line in commands), *notes]
        print_result("\n".join(lines))
    if problems:
        raise MockError(*problems)
    return ExitCode.OK


def write_project_file(folder: Path, path: str) -> None:
    """Write one of `FILES` into a project. Raises `MockError` CLI005."""
    write_file(folder / path, (_TEMPLATES / FILES[path].template).read_bytes())


def file_lines(written: list[str], missing: list[str]) -> list[str]:
    """Return a line for each file: what it is, or that it existed before."""
    width = max(map(len, FILES))
    lines = []
    for path, file in FILES.items():
        if path in written:
            lines.append(f"wrote   {path:<{width}}  {file.summary}")
        elif path not in missing:
            lines.append(f"exists  {path:<{width}}  unchanged")
    return lines


def next_commands(folder: Path) -> list[str]:
    """Return the commands to go on with, in the order of their use."""
    commands = ["mockserver test scenarios", "pytest tests/test_videojob.py"]
    if find_spec("pytest") is None:
        commands.insert(0, 'pip install "pytest>=8"')
    if folder.resolve() != Path.cwd():
        commands.insert(0, f"cd {quote(str(folder))}")
    return [*commands, "mockserver list --search cancel"]
