"""`mockserver lint`: checks scenario files and reports all problems in one run."""

import json
from typing import Final

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import json_option, resolve_paths
from mockserver.cli.output import print_json, print_result
from mockserver.core.text import pluralize
from mockserver.errors import MockError, Problem
from mockserver.runner.judge.contract_lint import contract_violations
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.stores import memory_store
from mockserver.vendors.registry import installed_vendors

FORMAT_VERSION: Final = 1
"""Version of the JSON report."""


@click.command("lint")
@click.argument("files", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]")
@json_option
def lint_command(files: tuple[str, ...], as_json: bool) -> int:
    """Check scenario files against the language, the vendors' tables and the captured contracts.

    Without arguments, the command checks `./scenarios` and all bundled scenarios. Exit codes: 0 success, 2 problems,
    3 no file.
    """
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    paths = sorted(library.files().values())
    if files:
        paths = resolve_paths(files, library)
    problems: list[Problem] = []
    for path in paths:
        try:
            scenario = load_scenario(path, vendors)
            era = vendors[scenario.vendor].era(scenario.date)
            if era is not None:
                problems.extend(contract_violations(scenario, era, memory_store))
        except MockError as error:
            problems.extend(error.problems)
    if as_json:
        rows = [problem.json() for problem in problems]
        print_json(json.dumps({"version": FORMAT_VERSION, "files": len(paths), "problems": rows}, indent=2))
    else:
        for problem in problems:
            print_result(problem.text() + "\n")
        print_result(f"{pluralize(len(paths), 'file')}, {pluralize(len(problems), 'problem')}")
    if problems:
        return ExitCode.USAGE
    if not paths:
        return ExitCode.INCONCLUSIVE
    return ExitCode.OK
