"""The admin calls about what goes wrong on purpose: faults and rate limits, in the words of the scenario language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from mockserver.core.ratelimit import Limit
from mockserver.core.wire import Response
from mockserver.engine.faulting import Placed
from mockserver.engine.handle import limit_of
from mockserver.engine.session import Session
from mockserver.errors import MockError, nearest, refuse
from mockserver.scenario.faults.reading import Around, fault_of
from mockserver.scenario.limits import limits_of, written
from mockserver.server.ask import Ask, ok, required, text, within, wrong
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.registry import resolve
from mockserver.vendors.script import NO_SCRIPT

WORDS: Final = ("on", "job", "when", "do")
"""The fields of a call that are the language's own."""
MOST: Final = 1_000
"""Faults of one session."""


def _era(ask: Ask, name: str) -> Era:
    """The era in which a session has a vendor."""
    vendor = resolve(name, ask.hub.settings.vendors).vendor
    return ask.session.setup.eras[vendor]


def _fault_json(placed: Placed) -> dict[str, Any]:
    fault = placed.fault
    return {
        "id": placed.id,
        "vendor": placed.vendor or None,
        **fault.told,
        "happened": placed.happened,
        "line": fault.line or None,
    }


async def list_faults(ask: Ask) -> Response:
    """The session's faults, in the order in which they are asked, and how often each has happened."""
    faults = [_fault_json(placed) for placed in ask.session.faults]
    return ok({"total": len(faults), "faults": faults})


async def add_fault(ask: Ask) -> Response:
    """One more, asked before the others: `{vendor, on, job, when, do}`; without a vendor, of each that has `on`."""
    session, vendor = ask.session, text(ask, "vendor")
    eras = (_era(ask, vendor),) if vendor else tuple(session.setup.eras.values())
    if len(session.faults) >= MOST:
        raise refuse("ADM003", f"a session has at most {MOST:,} faults", "DELETE /__mock/faults takes all away")
    told = {name: ask.body[name] for name in WORDS if name in ask.body}
    fault = fault_of(orjson.dumps(told).decode(), Around(eras, None))
    placed = session.add_fault(eras[0].vendor if vendor else "", fault)
    return ok(_fault_json(placed), 201)


async def delete_fault(ask: Ask) -> Response:
    """Take one away."""
    fault_id = ask.params[0]
    gone = ask.session.remove_faults(fault_id)
    if not gone:
        known = [placed.id for placed in ask.session.faults]
        raise refuse("ADM015", f"no fault {fault_id[:80]!r}{nearest(fault_id[:80], known)}", "GET /__mock/faults")
    return ok(_fault_json(gone[0]) | {"deleted": True})


async def delete_faults(ask: Ask) -> Response:
    """Take all of them away, the scenario's too."""
    return ok({"deleted": len(ask.session.remove_faults())})


async def list_limits(ask: Ask) -> Response:
    """The limits that hold now, by vendor and operation, each as one writes it and with whose word it is."""
    session = ask.session
    limits = [limit for era in session.setup.eras.values() for limit in _limits(session, era)]
    return ok({"total": len(limits), "limits": limits})


def _limits(session: Session, era: Era) -> Iterator[dict[str, Any]]:
    """One vendor's: requests by operation, then the unfinished jobs of a kind (`active`)."""
    script, own = session.room(era.vendor)[0].script, session.setup.scripts.get(era.vendor, NO_SCRIPT)
    for operation in era.operations:
        limit, named = limit_of(era, script, operation), _named(operation, script.limits)
        if named or limit is not None:
            said = "vendor" if not named else "scenario" if (named, limit) in own.limits.items() else "admin"
            yield {"vendor": era.vendor, "operation": operation.name, "limit": written(limit), "from": said}
    for kind in era.kinds.values():
        if kind.active_limit:
            most = kind.active_limit if script.active is None else script.active
            said = "vendor" if script.active is None else "scenario" if script.active == own.active else "admin"
            yield {"vendor": era.vendor, "kind": kind.name, "active": most or "off", "from": said}


def _named(operation: Operation, limits: Mapping[str, Limit | None]) -> str:
    """The name under which a scenario or a call limits an operation; empty where neither does."""
    return next((name for name in (operation.name, "*") if name in limits), "")


async def set_limits(ask: Ask) -> Response:
    """Other rate limits from now on: `{vendor, limits}`, `limits` as a scenario has them; what is spent stays spent."""
    era, told = _era(ask, required(ask, "vendor")), ask.body.get("limits")
    if not isinstance(told, dict):
        raise wrong("limits is a mapping", told, '{"vendor": "reap", "limits": {"get": "3/1m", "*": "off"}}')
    try:
        limits, active = limits_of(orjson.dumps(told).decode(), era)
    except MockError as error:
        raise within("/limits", error) from None
    ask.session.limit(era.vendor, limits, active)
    return ok({"vendor": era.vendor, "limits": told})
