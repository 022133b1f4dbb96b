"""`mockserver show`: a scenario's file, a vendor's lifecycles, eras and sources, an error code or a rule."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

import click

from mockserver.cli.catalogue import all_names, describe_code
from mockserver.cli.completers import complete_names
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import print_result
from mockserver.core.lifecycle import mermaid_diagram
from mockserver.documentation import page_address
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.installed import installed_vendors
from mockserver.scenario.library import ScenarioLibrary
from mockserver.vendors.api import Era, Vendor
from mockserver.vendors.registry import resolve_era

_CODE: Final = re.compile(r"[A-Z]{1,3}\d+[a-z]?", re.IGNORECASE)
"""The form of an error code, a change or a rule."""


@click.command("show")
@click.argument("name", shell_complete=complete_names)
@click.option("--sources", is_flag=True, help="Of a vendor: each rule of the era with its source.")
def show_command(name: str, sources: bool) -> int:
    """Print what is called NAME.

    A scenario's file (cancel-after-completed), a vendor's operations and lifecycles (phaseo, phaseo@2026-06-11), an
    error code (SCN012) or a rule that answers are judged by (S5).

    \f
    Raises `MockError` CLI003 for an unknown name, CLI011 for an unreadable file.
    """
    vendors = installed_vendors()
    library = ScenarioLibrary(vendors)
    is_vendor = name.partition("@")[0] in vendors
    if sources and not is_vendor:
        raise _no_sources(name, library, vendors)
    description = describe_code(name)
    if sources:
        print_result("\n".join(source_lines(resolve_era(name, vendors))))
    elif description is not None:
        print_result(description)
    elif is_vendor:
        era = resolve_era(name, vendors)
        print_result(vendor_text(vendors[era.vendor], era))
    elif name in library.files():
        print_result(scenario_text(library.files()[name]), newline=False)
    else:
        kind = "error code or rule" if _CODE.fullmatch(name) else "scenario, vendor, error code or rule"
        near = did_you_mean(name, [*library.files(), *vendors, *all_names()])
        hint = f"`mockserver list` prints the scenarios and vendors; {page_address('errors')} has the codes and rules."
        raise refuse("CLI003", f"there is no {kind} {name!r}{near}", hint)
    return ExitCode.OK


def scenario_text(path: Path) -> str:
    """Return a scenario's file as it is, also an invalid one. Raises `MockError` CLI011 if it cannot be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        hint = f"`mockserver lint {path}` checks it."
        raise refuse("CLI011", f"{path} cannot be read: {error.strerror}", hint) from None
    # Bytes that are not UTF-8 become escapes; line ends of Windows are line ends.
    return data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


def _no_sources(name: str, library: ScenarioLibrary, vendors: Mapping[str, Vendor]) -> MockError:
    """Build the error of `--sources` with the name of something else."""
    if name in library.files():
        scenario = library.load(name)
        problem = f"{name!r} is a scenario, and only a vendor has a list of sources"
        return refuse("CLI003", problem, f"Write mockserver show {scenario.vendor} --sources.")
    near = did_you_mean(name.partition("@")[0], vendors)
    return refuse("CLI003", f"there is no vendor {name!r}{near}, and only a vendor has a list of sources")


def vendor_text(vendor: Vendor, era: Era) -> str:
    """Return the eras, the operations and the lifecycles of a vendor."""
    lines = [
        f"{vendor.title}: eras {', '.join(each.date for each in vendor.eras)}",
        "",
        f"{era.pin}: {era.summary}",
        "",
        *(f"  {operation.name:<22} {operation.method:<6} {operation.path}" for operation in era.operations),
    ]
    for kind in era.kinds.values():
        lines += ["", kind.name, mermaid_diagram(kind.lifecycle).rstrip("\n")]
    return "\n".join(lines)


def source_lines(era: Era) -> Iterator[str]:
    """Yield the rules of an era by topic, each with its source."""
    yield f"{era.pin}: {era.summary}"
    # The sort is stable: within a topic the rules keep the order of the vendor's tables.
    rules = sorted(era.all_rules(), key=lambda rule: rule.topic)
    for topic, group in groupby(rules, key=lambda rule: rule.topic):
        yield ""
        yield topic
        for rule in group:
            yield f"  {rule.subject}: {rule.text}"
            if rule.source is None:
                yield "      no source"
            else:
                source = rule.source
                yield f"      {source.page}, {source.date}, {source.confidence}: {source.sentence}"
