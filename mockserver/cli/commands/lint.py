"""`mockserver lint`: checks scenario files and reports all problems in one run."""

import json
import sys
from pathlib import Path
from typing import Final

import click

from mockserver.cli.completers import complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import STDIN, json_option, resolve_paths
from mockserver.cli.output import print_json, print_problem, print_result
from mockserver.composition import contract_violations_of
from mockserver.contract.documents.places import contracts_at_rest
from mockserver.core.text import pluralize
from mockserver.errors import MockError, Problem
from mockserver.installed import installed_vendors
from mockserver.recordings.source import STDIN_NAME
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.reader import MAX_BYTES

FORMAT_VERSION: Final = 1
"""Version of the JSON report."""


@click.command("lint")
@click.argument("files", nargs=-1, metavar="[SCENARIO|FILE|FOLDER...]", shell_complete=complete_scenarios)
@json_option
def lint_command(files: tuple[str, ...], as_json: bool) -> int:
    """Check scenario files against the language, the vendors' tables and the captured contracts.

    Without arguments, the command checks `./scenarios` and all bundled scenarios; `-` is standard input. Exit codes: 0
    success, 2 problems, 3 no file.
    """
    library = ScenarioLibrary(installed_vendors())
    paths = sorted(library.files().values())
    bundled_count = len({*paths} & {*library.bundled()})
    package_count = len({*paths} & {*library.from_packages()})
    if files:
        bundled_count = package_count = 0
        paths = resolve_paths([file for file in files if file != STDIN], library)
    # One byte too many shows that the text is too large, without reading all of it.
    sources: list[Path | bytes] = [*paths, *(sys.stdin.buffer.read(MAX_BYTES + 1) for file in files if file == STDIN)]
    problems: list[Problem] = []
    with contracts_at_rest():
        for source in sources:
            problems += scenario_problems(source, library)
    if as_json:
        rows = [problem.json() for problem in problems]
        counts = {"files": len(sources), "bundled": bundled_count, "packages": package_count}
        print_json(json.dumps({"version": FORMAT_VERSION, **counts, "problems": rows}, indent=2))
    else:
        for problem in problems:
            print_problem(problem, as_result=True)
            print_result()
        checked = count_files(len(sources), bundled_count, package_count)
        print_result(f"{checked}, {pluralize(len(problems), 'problem')}")
    if problems:
        return ExitCode.USAGE
    if not sources:
        return ExitCode.INCONCLUSIVE
    return ExitCode.OK


def count_files(count: int, bundled_count: int, package_count: int) -> str:
    """Return how many files were checked, the project's own apart from the installed ones, which come unasked."""
    if not bundled_count:
        return pluralize(count, "file")
    own = pluralize(count - bundled_count - package_count, "file")
    bundled = pluralize(bundled_count, "bundled file")
    if package_count:
        return f"{own} of this project, {bundled} and {pluralize(package_count, 'file')} of packages"
    return f"{own} of this project and {bundled}"


def scenario_problems(source: Path | bytes, library: ScenarioLibrary) -> list[Problem]:
    """Return all problems of a scenario file, or of a scenario from standard input."""
    try:
        scenario = load_scenario(source, library.vendors, file="" if isinstance(source, Path) else STDIN_NAME)
    except MockError as error:
        return list(error.problems)
    problems = list(library.naming_problems(scenario))
    era = library.vendors[scenario.vendor].era(scenario.date)
    if era is not None:
        problems += contract_violations_of(scenario, era)
    return problems
