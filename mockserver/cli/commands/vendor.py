"""`mockserver vendor`: whether a vendor keeps what the engine asks of it."""

import json

import click

from mockserver.cli.completers import complete_eras
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import json_option
from mockserver.cli.output import Progress, print_json, print_report
from mockserver.cli.verb_group import KnownVerbs
from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.stores import memory_store
from mockserver.vendor_check.checker import check_vendor
from mockserver.vendor_check.duty import BROKEN, CheckedDuties
from mockserver.vendor_check.report import report_object, report_text
from mockserver.vendors.registry import resolve_era


@click.group("vendor", cls=KnownVerbs)
def vendor_command() -> None:
    """Check a vendor: one of this project, of another package or of a pack."""


@vendor_command.command("check")
@click.argument("name", metavar="NAME[@DATE]", shell_complete=complete_eras)
@json_option
def vendor_check(name: str, as_json: bool) -> int:
    """Check whether a vendor keeps what the engine, the stores and the server ask of it, era by era.

    Its operations are called in process, in every state of its jobs. Exit codes: 0 every duty holds, 1 a duty is
    broken, 2 an unknown vendor or data that cannot be read.

    \f
    Raises `MockError` VEN001 to VEN003 for an unknown vendor or date, and as `check_vendor` does.
    """
    vendors = installed_vendors()
    try:
        era = resolve_era(name, vendors)
    except MockError as error:
        first, *others = error.problems
        # Elsewhere the first stands alone, and names this command.
        if others:
            first = first._replace(hint="The problems of its file follow.")
        raise MockError(first, *others) from None
    vendor = vendors[era.vendor]
    eras = vendor.eras
    if "@" in name:
        eras = (era,)
    progress = Progress()
    checked: list[CheckedDuties] = []
    for each in eras:
        progress.show(f"{each.pin}: checking")
        checked += check_vendor(vendor, memory_store, [each])
    progress.clear()
    pack = vendors.pack_of(vendor.name)
    if as_json:
        print_json(json.dumps(report_object(vendor.name, checked, pack), indent=2))
    else:
        print_report(report_text(name, checked, pack))
    if any(each.count(BROKEN) for each in checked):
        return ExitCode.FINDINGS
    return ExitCode.OK
