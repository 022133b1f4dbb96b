"""`mockserver list`: the scenarios that can be named, and the vendors with their eras."""

import json

import click

from mockserver.errors import MockError
from mockserver.scenario.library import Library
from mockserver.vendors.registry import installed


@click.command("list")
@click.option("--vendor", default="", help="Only this vendor's.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def command(vendor: str, as_json: bool) -> int:
    """List scenarios (your own `./scenarios`, then the bundled ones) and vendors."""
    vendors = installed()
    library = Library(vendors)
    rows = []
    for name, path in sorted(library.files().items()):
        try:
            scenario = library.load(str(path))
        except MockError as error:
            rows.append({"name": name, "vendor": "?", "title": f"unusable: {error.problems[0].message}"})
            continue
        pin = f"{scenario.vendor}@{scenario.date}" if scenario.date else scenario.vendor
        if vendor in ("", scenario.vendor):
            rows.append({"name": name, "vendor": pin, "title": scenario.title})
    if as_json:
        eras = {name: [era.date for era in one.eras] for name, one in vendors.items()}
        click.echo(json.dumps({"scenarios": rows, "vendors": eras}, indent=2))
        return 0
    width = max((len(row["name"]) for row in rows), default=0)
    pins = max((len(row["vendor"]) for row in rows), default=0)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['vendor']:<{pins}}  {row['title']}".rstrip())
    click.echo("")
    for name, one in vendors.items():
        click.echo(f"{name}: {', '.join(era.date for era in one.eras)}")
    return 0
