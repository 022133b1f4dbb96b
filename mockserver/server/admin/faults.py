"""The admin calls about what goes wrong on purpose: faults and rate limits, in the words of the scenario language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.core.ratelimit import RateLimit
from mockserver.core.wire import Response
from mockserver.engine.faults import ActiveFault
from mockserver.engine.handle import rate_limit_of
from mockserver.engine.session.session import Session
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.scenario.limits import format_limit, parse_limits
from mockserver.server.admin.call import AdminCall, invalid_value, json_ok, prefix_pointer, required_text, text_field
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.registry import resolve_era
from mockserver.vendors.script import NO_SCRIPT

FAULT_FIELDS: Final = ("on", "job", "when", "do")
"""The fields of a call that are the language's own."""
MAX_FAULTS: Final = 1_000
"""Faults of one session."""


def _session_era(call: AdminCall, name: str) -> Era:
    """The era in which a session has a vendor."""
    vendor = resolve_era(name, call.registry.settings.vendors).vendor
    return call.session.setup.eras[vendor]


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
    """The session's faults, in the order in which they are asked, and how often each has happened."""
    faults = [_fault_json(placed) for placed in call.session.faults]
    return json_ok({"total": len(faults), "faults": faults})


async def add_fault(call: AdminCall) -> Response:
    """One more, asked before the others: `{vendor, on, job, when, do}`; without a vendor, of each that has `on`."""
    session, vendor = call.session, text_field(call, "vendor")
    eras = (_session_era(call, vendor),) if vendor else tuple(session.setup.eras.values())
    if len(session.faults) >= MAX_FAULTS:
        raise refuse("ADM003", f"a session has at most {MAX_FAULTS:,} faults", "DELETE /__mock/faults takes all away")
    told = {name: call.fields[name] for name in FAULT_FIELDS if name in call.fields}
    fault = parse_fault(told, FaultContext(eras, None))
    placed = session.add_fault(eras[0].vendor if vendor else "", fault)
    return json_ok(_fault_json(placed), 201)


async def delete_fault(call: AdminCall) -> Response:
    """Take one away."""
    fault_id = call.path_params[0]
    gone = call.session.remove_faults(fault_id)
    if not gone:
        known = [placed.id for placed in call.session.faults]
        raise refuse("ADM015", f"no fault {fault_id[:80]!r}{did_you_mean(fault_id[:80], known)}", "GET /__mock/faults")
    return json_ok(_fault_json(gone[0]) | {"deleted": True})


async def delete_faults(call: AdminCall) -> Response:
    """Take all of them away, the scenario's too."""
    return json_ok({"deleted": len(call.session.remove_faults())})


async def list_limits(call: AdminCall) -> Response:
    """The limits that hold now, by vendor and operation, each as one writes it and with whose word it is."""
    session = call.session
    limits = [limit for era in session.setup.eras.values() for limit in _limit_rows(session, era)]
    return json_ok({"total": len(limits), "limits": limits})


def _limit_rows(session: Session, era: Era) -> Iterator[dict[str, Any]]:
    """One vendor's: requests by operation, then the unfinished jobs of a kind (`active`)."""
    script, own = session.context(era.vendor)[0].script, session.setup.scripts.get(era.vendor, NO_SCRIPT)
    for operation in era.operations:
        limit, named = rate_limit_of(era, script, operation), _limit_key(operation, script.limits)
        if named or limit is not None:
            said = "vendor" if not named else "scenario" if (named, limit) in own.limits.items() else "admin"
            yield {"vendor": era.vendor, "operation": operation.name, "limit": format_limit(limit), "from": said}
    for kind in era.kinds.values():
        if kind.active_limit:
            most = kind.active_limit if script.active_limit is None else script.active_limit
            said = (
                "vendor"
                if script.active_limit is None
                else "scenario"
                if script.active_limit == own.active_limit
                else "admin"
            )
            yield {"vendor": era.vendor, "kind": kind.name, "active": most or "off", "from": said}


def _limit_key(operation: Operation, limits: Mapping[str, RateLimit | None]) -> str:
    """The name under which a scenario or a call limits an operation; empty where neither does."""
    return next((name for name in (operation.name, "*") if name in limits), "")


async def set_limits(call: AdminCall) -> Response:
    """Other rate limits from now on: `{vendor, limits}`, `limits` as a scenario has them; what is spent stays spent."""
    era, told = _session_era(call, required_text(call, "vendor")), call.fields.get("limits")
    if not isinstance(told, dict):
        raise invalid_value("limits is a mapping", told, '{"vendor": "reap", "limits": {"get": "3/1m", "*": "off"}}')
    try:
        limits, active = parse_limits(told, era)
    except MockError as error:
        raise prefix_pointer("/limits", error) from None
    call.session.set_limits(era.vendor, limits, active)
    return json_ok({"vendor": era.vendor, "limits": told})
