"""`mockserver lint`: checks scenario files, all problems in one run."""

import json
from pathlib import Path

import click

from mockserver.errors import MockError, Problem
from mockserver.scenario.compile import load
from mockserver.scenario.library import SUFFIXES, Library
from mockserver.vendors.registry import installed


@click.command("lint")
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER...]")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def command(files: tuple[str, ...], as_json: bool) -> int:
    """Check scenario files against the language and the vendors' tables.

    Without FILE, the project's own `./scenarios` and all bundled ones. Exit codes: 0 fine, 2 problems.
    """
    vendors = installed()
    library = Library(vendors)
    paths = _paths(files, library) if files else sorted(library.files().values())
    problems: list[Problem] = []
    for path in paths:
        try:
            load(path, vendors)
        except MockError as error:
            problems.extend(error.problems)
    if as_json:
        click.echo(json.dumps({"files": len(paths), "problems": [found.json() for found in problems]}, indent=2))
    else:
        for problem in problems:
            click.echo(problem.text() + "\n", err=True)
        click.echo(f"{len(paths)} files, {len(problems)} problems")
    return 2 if problems else 0


def _paths(files: tuple[str, ...], library: Library) -> list[Path]:
    """The files that were named: a folder stands for the scenarios in it."""
    found: list[Path] = []
    for name in files:
        place = Path(name)
        inside = sorted(path for path in place.rglob("*") if path.suffix in SUFFIXES) if place.is_dir() else None
        found.extend(inside if inside is not None else [library.path(name)])
    return found
