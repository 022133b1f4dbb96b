"""`mockserver lint`: checks scenario files, all problems in one run."""

import json
from typing import Final

import click

from mockserver.cli import Exit
from mockserver.cli.options import chosen_paths, json_option
from mockserver.cli.say import complain, say
from mockserver.core.counting import count
from mockserver.errors import MockError, Problem
from mockserver.runner.promises import broken_promises
from mockserver.scenario.compile import load
from mockserver.scenario.library import Library
from mockserver.stores import memory_store
from mockserver.vendors.registry import installed

VERSION: Final = 1
"""Of the JSON's shape."""


@click.command("lint")
@click.argument("files", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]")
@json_option
def command(files: tuple[str, ...], as_json: bool) -> int:
    """Check scenario files against the language, the vendors' tables and the captured contracts.

    Without FILE, the project's own `./scenarios` and all bundled ones. Exit codes: 0 fine, 2 problems, 3 no file.
    """
    vendors = installed()
    library = Library(vendors)
    paths = chosen_paths(files, library) if files else sorted(library.files().values())
    problems: list[Problem] = []
    for path in paths:
        try:
            scenario = load(path, vendors)
            era = vendors[scenario.vendor].era(scenario.date)
            if era is not None:
                problems.extend(broken_promises(scenario, era, memory_store))
        except MockError as error:
            problems.extend(error.problems)
    if as_json:
        found = [problem.json() for problem in problems]
        say(json.dumps({"version": VERSION, "files": len(paths), "problems": found}, indent=2))
    else:
        for problem in problems:
            complain(problem.text() + "\n")
        say(f"{count(len(paths), 'file')}, {count(len(problems), 'problem')}")
    if problems:
        return Exit.UNUSABLE
    return Exit.FINE if paths else Exit.INCONCLUSIVE
