"""`mockserver list`: the scenarios that can be named, and the vendors with their eras."""

import json
from collections.abc import Iterator
from typing import Final

import click

from mockserver.cli import ExitCode
from mockserver.cli.options import json_option
from mockserver.cli.output import print_result
from mockserver.errors import MockError
from mockserver.scenario.library import ScenarioLibrary
from mockserver.vendors.registry import installed_vendors, resolve_era

FORMAT_VERSION: Final = 1
"""Of the JSON's shape."""


@click.command("list")
@click.option("--vendor", default="", metavar="NAME[@DATE]", help="Only this vendor's, or its era's.")
@json_option
def list_command(vendor: str, as_json: bool) -> int:
    """List scenarios (your own `./scenarios`, then the bundled ones) and vendors with their eras."""
    vendors = installed_vendors()
    era = resolve_era(vendor, vendors) if vendor else None
    only = era.vendor if era is not None else ""
    rows = [row for row in _scenario_rows(ScenarioLibrary(vendors)) if only in ("", row["vendor"].partition("@")[0])]
    if era is not None and "@" in vendor:
        rows = [row for row in rows if resolve_era(row["vendor"], vendors) is era]
    eras = {name: [each.date for each in one.eras] for name, one in vendors.items() if only in ("", name)}
    if as_json:
        print_result(json.dumps({"version": FORMAT_VERSION, "scenarios": rows, "vendors": eras}, indent=2))
        return ExitCode.OK
    width = max((len(row["name"]) for row in rows), default=0)
    pins = max((len(row["vendor"]) for row in rows), default=0)
    lines = [line for row in rows for line in _scenario_lines(row, width, pins)]
    print_result("\n".join([*lines, "", *(f"{name}: {', '.join(dates)}" for name, dates in eras.items())]))
    return ExitCode.OK


def _scenario_lines(row: dict[str, str], width: int, pins: int) -> Iterator[str]:
    """What happens, and below it which client it happens to."""
    yield f"{row['name']:<{width}}  {row['vendor']:<{pins}}  {row['title']}".rstrip()
    if row["catches"]:
        yield f"    catches {row['catches']}"


def _scenario_rows(library: ScenarioLibrary) -> list[dict[str, str]]:
    """Name, vendor, title and what it catches of every scenario; an unusable file is listed with its first problem."""
    rows = []
    for name, path in sorted(library.files().items()):
        try:
            scenario = library.load(str(path))
        except MockError as error:
            rows.append({"name": name, "vendor": "?", "title": f"unusable: {error.problems[0].message}", "catches": ""})
            continue
        pin = f"{scenario.vendor}@{scenario.date}" if scenario.date else scenario.vendor
        rows.append({"name": name, "vendor": pin, "title": scenario.title, "catches": scenario.catches})
    return rows
