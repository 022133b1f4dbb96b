"""`mockserver show`: a scenario's file, a vendor's lifecycles and eras, or what an error code or a rule means."""

from pathlib import Path

import click

from mockserver.cli import Exit
from mockserver.cli.catalogue import meaning, names
from mockserver.cli.say import say
from mockserver.core.lifecycle import mermaid
from mockserver.errors import nearest, refuse
from mockserver.scenario.library import Library
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import installed, resolve


@click.command("show")
@click.argument("name")
def command(name: str) -> int:
    """Print what is called NAME.

    A scenario's file (cancel-after-completed), a vendor's operations and lifecycles (phaseo, phaseo@2026-06-11), an
    error code (SCN012) or a rule that answers are judged by (S5).
    """
    vendors = installed()
    library = Library(vendors)
    means = meaning(name)
    if means is not None:
        say(means)
    elif name.partition("@")[0] in vendors:
        say(_vendor(vendors[name.partition("@")[0]], resolve(name, vendors)))
    elif name in library.files():
        say(_text(library.files()[name]), newline=False)
    else:
        near = nearest(name, [*library.files(), *vendors, *names()])
        raise refuse("CLI003", f"nothing is called {name!r}{near}", "`mockserver list` names scenarios and vendors")
    return Exit.FINE


def _text(path: Path) -> str:
    """A scenario's file as it is, whatever is wrong with it; bytes that are no UTF-8 as escapes."""
    try:
        return path.read_bytes().decode("utf-8", "backslashreplace")
    except OSError as error:
        raise refuse("CLI011", f"{path} cannot be read: {error.strerror}", "`mockserver lint` checks files") from None


def _vendor(vendor: Vendor, era: Era) -> str:
    lines = [
        f"{vendor.title}: eras {', '.join(one.date for one in vendor.eras)}",
        "",
        f"{era.pin}: {era.summary}",
        "",
        *(f"  {operation.name:<22} {operation.method:<6} {operation.path}" for operation in era.operations),
    ]
    for kind in era.kinds.values():
        lines += ["", kind.name, mermaid(kind.lifecycle).rstrip("\n")]
    return "\n".join(lines)
