"""Checks the duties of a vendor, era by era."""

from collections.abc import Callable, Iterable, Iterator

from mockserver.contract.documents.capture import captured_eras, load_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.engine.store import Store
from mockserver.vendor_check.crash import CrashCatcher
from mockserver.vendor_check.creates import refused_key
from mockserver.vendor_check.duties import DUTIES
from mockserver.vendor_check.duty import CheckedDuties, Duty, DutyCase, DutyResult
from mockserver.vendor_check.world import CheckedEra
from mockserver.vendors.api import Era, Vendor


def check_vendor(
    vendor: Vendor, make_store: Callable[[Era], Store], eras: Iterable[Era] = (), duties: Iterable[Duty] = DUTIES
) -> Iterator[CheckedDuties]:
    """Yield what is found in each era of a vendor, or in each of `eras`.

    Raises `MockError` as `load_capture` and `load_rule_set` do, for data of the vendor that cannot be read.
    """
    wanted = tuple(duties)
    for era in tuple(eras) or vendor.eras:
        checked = checked_era(vendor, era, make_store)
        results = tuple(check_duty(duty, checked) for duty in wanted)
        refused = ""
        # What the vendor's code raises here is a broken case already.
        with CrashCatcher():
            refused = refused_key(checked)
        yield CheckedDuties(era.pin, results, refused)


def checked_era(vendor: Vendor, era: Era, make_store: Callable[[Era], Store]) -> CheckedEra:
    """Return an era with its capture and hosts, where the vendor has a contract. Raises as `check_vendor` does."""
    if vendor.name not in captured_vendors() or era.date not in captured_eras(vendor.name):
        return CheckedEra(vendor, era, make_store)
    capture = load_capture(vendor.name, era.date)
    return CheckedEra(vendor, era, make_store, capture, load_rule_set(vendor.name, era.date).hosts)


def check_duty(duty: Duty, checked: CheckedEra) -> DutyResult:
    """Try a duty in every case of an era; what the vendor's code raises outside of a handler is a broken case too."""
    cases: list[DutyCase] = []
    with CrashCatcher() as catcher:
        # The cases before a crash stay in the list.
        cases.extend(duty.check(checked))
    if catcher.crash:
        cases.append(DutyCase("the vendor's code", f"it raised {catcher.crash}"))
    return DutyResult(duty, len(cases), tuple(case for case in cases if case.found))
