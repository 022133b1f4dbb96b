"""`mockserver show`: a scenario's file, a vendor's lifecycles, eras and sources, an error code or a rule."""

from collections.abc import Iterator
from itertools import groupby

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
    vendor_name = name.partition("@")[0]
    description = describe_code(name)
    if sources:
        if vendor_name not in vendors:
            near = did_you_mean(vendor_name, vendors)
            raise refuse("CLI003", f"no vendor is called {name!r}{near}", "--sources is for vendors")
        print_result("\n".join(source_lines(resolve_era(name, vendors))))
    elif description is not None:
        print_result(description)
    elif vendor_name in vendors:
        print_result(_vendor_text(vendors[vendor_name], resolve_era(name, vendors)))
    elif name in library.files():
        path = library.files()[name]
        try:
            # The file as it is, also an invalid one; bytes that are not UTF-8 become escapes.
            print_result(path.read_bytes().decode("utf-8", "backslashreplace"), newline=False)
        except OSError as error:
            hint = "`mockserver lint` checks files"
            raise refuse("CLI011", f"{path} cannot be read: {error.strerror}", hint) from None
    else:
        near = did_you_mean(name, [*library.files(), *vendors, *all_names()])
        raise refuse("CLI003", f"nothing is called {name!r}{near}", "`mockserver list` names scenarios and vendors")
    return ExitCode.OK


def _vendor_text(vendor: Vendor, era: Era) -> str:
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
