"""The admin calls about a session's faults, in the words of the scenario language."""

from typing import Any, Final

from mockserver.core.wire import Response
from mockserver.engine.faults import ActiveFault
from mockserver.errors import refuse, refuse_unknown
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.server.admin.call import AdminCall, json_ok, text_field
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve_era

FAULT_FIELDS: Final = ("on", "job", "request", "when", "do")
"""Fields of a call that the scenario language defines."""
MAX_FAULTS: Final = 1_000
"""Faults of one session."""


def session_era(call: AdminCall, vendor: str) -> Era:
    """Return the era in which the session serves a vendor. Raises `MockError` VEN001-VEN003 for an unknown one."""
    known = resolve_era(vendor, call.registry.settings.vendors)
    return call.session.setup.eras[known.vendor]


def _fault_json(active_fault: ActiveFault) -> dict[str, Any]:
    fault = active_fault.fault
    return {
        "id": active_fault.id,
        "vendor": active_fault.vendor or None,
        **fault.source,
        "happened": active_fault.occurrences,
        "line": fault.line or None,
    }


async def list_faults(call: AdminCall) -> Response:
    """List the session's faults in the order in which they are tried, each with the number of its occurrences."""
    faults = [_fault_json(active) for active in call.session.faults]
    return json_ok({"total": len(faults), "faults": faults})


async def add_fault(call: AdminCall) -> Response:
    """Add a fault that is tried before all others: `{vendor, on, job, request, when, do}`.

    Without a vendor it acts on every vendor that has the operation `on`. Raises `MockError` ADM003 if the session has
    too many faults, and the codes of the scenario language for a wrong fault.
    """
    session = call.session
    eras = tuple(session.setup.eras.values())
    vendor = text_field(call, "vendor") or ""
    if vendor:
        eras = (session_era(call, vendor),)
        vendor = eras[0].vendor  # without the date of a pin
    if len(session.faults) >= MAX_FAULTS:
        raise refuse("ADM003", f"a session has at most {MAX_FAULTS:,} faults", "DELETE /__mock/faults removes all")
    fields = {name: call.fields[name] for name in FAULT_FIELDS if name in call.fields}
    fault = parse_fault(fields, FaultContext(eras, None))
    active = session.add_fault(vendor, fault)
    return json_ok(_fault_json(active), 201)


async def delete_fault(call: AdminCall) -> Response:
    """Remove one fault. Raises `MockError` ADM015."""
    fault_id = call.path_params[0]
    removed = call.session.remove_faults(fault_id)
    if not removed:
        known = [active.id for active in call.session.faults]
        raise refuse_unknown("ADM015", "fault", fault_id, known, "GET /__mock/faults lists them.")
    return json_ok(_fault_json(removed[0]) | {"deleted": True})


async def delete_faults(call: AdminCall) -> Response:
    """Remove all faults, those of the scenario too."""
    return json_ok({"deleted": len(call.session.remove_faults())})
