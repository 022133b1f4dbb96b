"""`mockserver list`: the scenarios and the vendors with their eras."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import json_option, vendor_option
from mockserver.cli.output import print_json, print_message, print_problem, print_result
from mockserver.errors import Problem
from mockserver.installed import installed_vendors
from mockserver.scenario.library import ScenarioLibrary
from mockserver.scenario.search import nearest_word, scenario_rows, search_scenarios
from mockserver.vendors.api import Vendor
from mockserver.vendors.registry import resolve_era

FORMAT_VERSION: Final = 1
"""Version of the JSON report."""


@click.command("list")
@vendor_option(help="Only this vendor or era.")
@click.option("--search", "words", metavar="WORDS", help="Only scenarios that match all these words, the best first.")
@json_option
def list_command(vendor: str | None, words: str | None, as_json: bool) -> int:
    """List scenarios (your own `./scenarios`, then the bundled ones) and vendors with their eras.

    --search looks in the names, the titles and what the scenarios catch. Exit codes: 0 success, 3 nothing found.
    """
    vendors = installed_vendors()
    rows = scenario_rows(ScenarioLibrary(vendors))
    listed: Mapping[str, Vendor] = {}
    problems: list[Problem] = []
    if vendor:
        era = resolve_era(vendor, vendors)
        rows = [row for row in rows if row["vendor"].partition("@")[0] == era.vendor]
        listed = {era.vendor: vendors[era.vendor]}
        if "@" in vendor:
            rows = [row for row in rows if resolve_era(row["vendor"], vendors) is era]
    else:
        listed = vendors.usable()
        problems = vendors.problems(vendors)
    eras = {name: [era.date for era in each.eras] for name, each in listed.items()}
    near = ""
    if words is not None:
        near = nearest_word(rows, words)
        rows = search_scenarios(rows, words)
    if as_json:
        print_json(json.dumps({"version": FORMAT_VERSION, "scenarios": rows, "vendors": eras}, indent=2))
    elif rows or words is None:
        print_result("\n".join(list_lines(rows, {} if words else eras)))
    for problem in problems:
        print_problem(problem)
    if words is not None and not rows:
        print_message(f"no scenario matches {words!r}{near}; `mockserver list` lists all")
        return ExitCode.INCONCLUSIVE
    return ExitCode.OK


def list_lines(rows: Sequence[Mapping[str, str]], eras: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Render the scenarios, each with what it catches, then the vendors with the dates of their eras."""
    name_width = max((len(row["name"]) for row in rows), default=0)
    vendor_width = max((len(row["vendor"]) for row in rows), default=0)
    for row in rows:
        yield f"{row['name']:<{name_width}}  {row['vendor']:<{vendor_width}}  {row['title']}".rstrip()
        if row["catches"]:
            yield f"    catches {row['catches']}"
    if eras:
        yield ""
    yield from (f"{name}: {', '.join(dates)}" for name, dates in eras.items())
