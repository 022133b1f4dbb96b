"""`mockserver show`: a scenario's file, a vendor's lifecycles and eras, or what an error code means."""

import click

from mockserver.core.lifecycle import mermaid
from mockserver.errors import nearest, refuse
from mockserver.scenario.codes import CODES
from mockserver.scenario.library import Library
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import installed, resolve


@click.command("show")
@click.argument("name")
def command(name: str) -> int:
    """Print the scenario, vendor (phaseo, phaseo@2026-06-11) or error code (SCN012) called NAME."""
    vendors = installed()
    library = Library(vendors)
    if name in CODES:
        click.echo(f"{name}: {CODES[name]}")
    elif name.partition("@")[0] in vendors:
        _vendor(vendors[name.partition("@")[0]], resolve(name, vendors))
    elif name in library.files():
        click.echo(library.files()[name].read_text(encoding="utf-8"), nl=False)
    else:
        known = [*library.files(), *vendors, *CODES]
        raise refuse("CLI003", f"nothing is called {name!r}{nearest(name, known)}", "`mockserver list` names them")
    return 0


def _vendor(vendor: Vendor, era: Era) -> None:
    click.echo(f"{vendor.title}: eras {', '.join(one.date for one in vendor.eras)}\n")
    click.echo(f"{era.pin}: {era.summary}\n")
    for operation in era.operations:
        click.echo(f"  {operation.name:<22} {operation.method:<6} {operation.path}")
    for kind in era.kinds.values():
        click.echo(f"\n{kind.name}\n{mermaid(kind.lifecycle)}", nl=False)
