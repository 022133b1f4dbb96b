"""`mockserver show`: a scenario's file, a vendor's lifecycles and eras, or what an error code or a rule means."""

from pathlib import Path

import click

from mockserver.cli.catalogue import all_names, describe_code
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import print_result
from mockserver.core.lifecycle import mermaid_diagram
from mockserver.errors import did_you_mean, refuse
from mockserver.scenario.library import ScenarioLibrary
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import installed_vendors, resolve_era


@click.command("show")
@click.argument("name")
def show_command(name: str) -> int:
    """Print what is called NAME.

    A scenario's file (cancel-after-completed), a vendor's operations and lifecycles (phaseo, phaseo@2026-06-11), an
    error code (SCN012) or a rule that answers are judged by (S5).
    """
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    means = describe_code(name)
    if means is not None:
        print_result(means)
    elif name.partition("@")[0] in vendors:
        print_result(_vendor_text(vendors[name.partition("@")[0]], resolve_era(name, vendors)))
    elif name in library.files():
        print_result(_scenario_text(library.files()[name]), newline=False)
    else:
        near = did_you_mean(name, [*library.files(), *vendors, *all_names()])
        raise refuse("CLI003", f"nothing is called {name!r}{near}", "`mockserver list` names scenarios and vendors")
    return ExitCode.OK


def _scenario_text(path: Path) -> str:
    """A scenario's file as it is, whatever is wrong with it; bytes that are no UTF-8 as escapes."""
    try:
        return path.read_bytes().decode("utf-8", "backslashreplace")
    except OSError as error:
        raise refuse("CLI011", f"{path} cannot be read: {error.strerror}", "`mockserver lint` checks files") from None


def _vendor_text(vendor: Vendor, era: Era) -> str:
    lines = [
        f"{vendor.title}: eras {', '.join(one.date for one in vendor.eras)}",
        "",
        f"{era.pin}: {era.summary}",
        "",
        *(f"  {operation.name:<22} {operation.method:<6} {operation.path}" for operation in era.operations),
    ]
    for kind in era.kinds.values():
        lines += ["", kind.name, mermaid_diagram(kind.lifecycle).rstrip("\n")]
    return "\n".join(lines)
