"""The admin calls about rate limits and limits of unfinished jobs, in the words of the scenario language."""

from collections.abc import Iterator
from typing import Any

from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.scenario.limits import format_limit, parse_limits
from mockserver.server.admin.call import AdminCall, invalid_value, json_ok, prefix_pointer, required_text
from mockserver.server.admin.faults import session_era
from mockserver.vendors.api import Era
from mockserver.vendors.commands import rate_limit_of
from mockserver.vendors.script import NO_SCRIPT


async def list_limits(call: AdminCall) -> Response:
    """List the limits in force by vendor and operation, each with its source: `vendor`, `scenario` or `admin`."""
    session = call.session
    limits = [limit for era in session.setup.eras.values() for limit in _limit_rows(session, era)]
    return json_ok({"total": len(limits), "limits": limits})


def _limit_rows(session: Session, era: Era) -> Iterator[dict[str, Any]]:
    """Yield one vendor's limits: requests by operation, then unfinished jobs by kind (`active`)."""
    script = session.context(era.vendor).script
    from_scenario = session.setup.scripts.get(era.vendor, NO_SCRIPT)
    for operation in era.operations:
        limit = rate_limit_of(era, script, operation.name)
        # A script limits an operation by its name, or else by `*`.
        key = next((name for name in (operation.name, "*") if name in script.limits), None)
        if key is None:
            if limit is None:
                continue
            source = "vendor"
        elif (key, limit) in from_scenario.limits.items():
            source = "scenario"
        else:
            source = "admin"
        yield {"vendor": era.vendor, "operation": operation.name, "limit": format_limit(limit), "from": source}
    for kind in era.kinds.values():
        key = next((name for name in (kind.name, "*") if name in script.active_limits), None)
        if kind.active_limit is None or (key is None and kind.active_limit == 0):
            continue
        most = kind.active_limit
        source = "vendor"
        if key is not None:
            most = script.active_limits[key]
            source = "scenario" if (key, most) in from_scenario.active_limits.items() else "admin"
        yield {"vendor": era.vendor, "kind": kind.name, "active": most or "off", "from": source}


async def set_limits(call: AdminCall) -> Response:
    """Change rate limits from now on: `{vendor, limits}`, with `limits` as in a scenario.

    Requests that were already counted stay counted. Raises `MockError` ADM003 unless `limits` is an object, and the
    codes of the scenario language, each with its pointer below `/limits`.
    """
    era = session_era(call, required_text(call, "vendor"))
    given = call.fields.get("limits")
    if not isinstance(given, dict) or not given:
        hint = '{"vendor": "reap", "limits": {"get": "3/1m", "*": "off"}}'
        raise invalid_value("limits must be an object that names operations", given, hint)
    try:
        limits, active = parse_limits(given, era)
    except MockError as error:
        raise prefix_pointer("/limits", error) from None
    call.session.set_limits(era.vendor, limits, active)
    return json_ok({"vendor": era.vendor, "limits": given})
