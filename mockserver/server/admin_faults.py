"""The admin calls about what goes wrong on purpose: faults and rate limits, in the words of the scenario language."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from mockserver.engine.faulting import Placed
from mockserver.errors import nearest, refuse
from mockserver.scenario.faults.reading import Around, fault_of
from mockserver.scenario.limits import limits_of
from mockserver.server.ask import Ask, ok, required, text, wrong
from mockserver.vendors.api import Era
from mockserver.vendors.registry import resolve

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


async def set_limits(ask: Ask) -> Response:
    """Other rate limits from now on: `{vendor, limits}`, `limits` as a scenario has them; what is spent stays spent."""
    era, told = _era(ask, required(ask, "vendor")), ask.body.get("limits")
    if not isinstance(told, dict):
        raise wrong("limits is a mapping", told, '{"vendor": "reap", "limits": {"get": "3/1m", "*": "off"}}')
    ask.session.limit(era.vendor, *limits_of(orjson.dumps(told).decode(), era))
    return ok({"vendor": era.vendor, "limits": told})
