"""The admin API, `/__mock/`: sessions, time, jobs, journal, money; JSON in, JSON or problem+json out.

A call acts on the session that the header or the prefix names, else on `default`. Unknown fields and parameters are
refused: a misspelt one would otherwise be a test that proves nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import orjson

from mockserver.core.instants import Instant
from mockserver.core.wire import Request, Response
from mockserver.engine.decode import Flaw, decode
from mockserver.errors import nearest, refuse
from mockserver.server import admin_faults as faults
from mockserver.server import admin_holds as holding
from mockserver.server import admin_hooks as hooks
from mockserver.server import admin_jobs as jobs
from mockserver.server import admin_scenarios as scenarios
from mockserver.server import admin_sessions as sessions
from mockserver.server import admin_wait as waiting
from mockserver.server import admin_why as why
from mockserver.server.ask import Ask
from mockserver.server.holds import Holds
from mockserver.server.hub import Hub
from mockserver.server.problem import problem
from mockserver.server.tempo import Tempo
from mockserver.vendors.api import Body

YAML: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
"""Content types of a scenario's text: none of those that a page of another origin can send unasked, as `text/plain`."""


class Route(NamedTuple):
    """One admin call: how it is asked, who answers, which fields and parameters it knows."""

    method: str
    path: str
    handler: Callable[[Ask], Awaitable[Response]]
    fields: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    takes_yaml: bool = False
    """Whether the body may be a scenario's YAML file instead, or the same as JSON: it is the field `text`."""


ROUTES: Final = (
    Route("GET", "health", sessions.health),
    Route("GET", "version", sessions.version),
    Route("GET", "sessions", sessions.list_sessions),
    Route("POST", "sessions", sessions.make_session, ("name", "scenario", "clock", "seed")),
    Route("DELETE", "sessions/*", sessions.delete_session),
    Route("POST", "reset", sessions.reset, ("all",)),
    Route("GET", "clock", sessions.get_clock),
    Route("POST", "clock", sessions.set_clock, tuple(sessions.VERBS)),
    Route("GET", "jobs", jobs.list_jobs, query=("state",)),
    Route("GET", "jobs/*", jobs.get_job),
    Route("POST", "jobs", jobs.make_jobs, ("vendor", "kind", "body", "count")),
    Route("POST", "jobs/*/move", jobs.move_job, ("to", "force", "item")),
    Route("GET", "journal", jobs.journal, query=("job", "operation", "since", "status")),
    Route("GET", "ledger", jobs.ledger, query=("job",)),
    Route("GET", "faults", faults.list_faults),
    Route("POST", "faults", faults.add_fault, ("vendor", *faults.WORDS)),
    Route("DELETE", "faults", faults.delete_faults),
    Route("DELETE", "faults/*", faults.delete_fault),
    Route("GET", "limits", faults.list_limits),
    Route("POST", "limits", faults.set_limits, ("vendor", "limits")),
    Route("POST", "holds", holding.make_hold, ("operation", "at", "times")),
    Route("GET", "holds", holding.list_holds),
    Route("POST", "holds/*/release", holding.release),
    Route("DELETE", "holds", holding.clear),
    Route("GET", "explain/*", why.explained),
    Route("POST", "verify", why.verified, why.FIELDS),
    Route("POST", "wait", waiting.wait, waiting.FIELDS),
    Route("GET", "webhooks", hooks.list_hooks),
    Route("POST", "webhooks", hooks.set_hook, ("vendor", *hooks.WORDS)),
    Route("DELETE", "webhooks", hooks.delete_hooks),
    Route("GET", "deliveries", hooks.list_deliveries, query=("job", "state")),
    Route("POST", "deliveries/*/redeliver", hooks.redeliver),
    Route("GET", "scenarios", scenarios.list_scenarios),
    Route("POST", "scenarios", scenarios.send_scenario, scenarios.FIELDS, scenarios.QUERY, takes_yaml=True),
    Route("GET", "scenarios/*", scenarios.get_scenario),
    Route("DELETE", "scenarios/*", scenarios.forget_scenario),
)
"""The whole admin API."""


async def answer(
    hub: Hub,
    tempo: Tempo,
    holds: Holds,
    request: Request,
    session: str,
    path: str,
    real: Callable[[], Instant],
    flaw: Flaw | None = None,
) -> Response:
    """Answer one admin call; `path` is what follows `/__mock/`, `flaw` what is wrong with the body's bytes."""
    method = "GET" if request.method == "HEAD" else request.method
    found = [(route, params) for route in ROUTES if (params := _matches(route.path, path)) is not None]
    if not found:
        routes = list(dict.fromkeys(route.path for route in ROUTES))
        detail = f"no admin call {path[:80]!r}{nearest(path[:80], routes)}"
        return problem(404, "ADM001", detail, "calls: " + ", ".join(routes))
    for route, params in found:
        if route.method == method:
            ask = Ask(hub, tempo, session, _body(request, route, flaw), _query(request, route), params, real, holds)
            return await route.handler(ask)
    allowed = ", ".join(sorted(route.method for route, _ in found))
    refused = problem(405, "ADM001", f"{path[:80]} has no {method}", f"methods: {allowed}")
    return refused._replace(headers=(*refused.headers, ("Allow", allowed)))


def _matches(template: str, path: str) -> tuple[str, ...] | None:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    if any(part not in ("*", asked) or not asked for part, asked in zip(wanted, given, strict=True)):
        return None
    return tuple(unquote(asked) for part, asked in zip(wanted, given, strict=True) if part == "*")


def _body(request: Request, route: Route, flaw: Flaw | None) -> Mapping[str, Any]:
    """The call's fields: nothing, or a JSON object that says it is one (a page of another origin cannot send it)."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if route.takes_yaml and kind in YAML and flaw is None:
        return {"text": request.body.decode("utf-8", "surrogateescape")}
    if request.body and kind != "application/json":
        besides = " or application/yaml" if route.takes_yaml else ""
        hint = f"Content-Type: application/json{besides}"
        raise refuse("ADM002", f"an admin call's body is JSON{besides}, not {kind[:80]!r}", hint)
    value = flaw or decode(request, Body.OPTIONAL)
    if isinstance(value, Flaw):
        raise refuse("ADM002", f"{value.trouble.value}: {value.detail}", 'a JSON object: {"advance": "8h"}')
    fields: Mapping[str, Any] = value or {}
    if route.takes_yaml and "scenario" in fields and "text" not in fields:
        return {"text": orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode()}
    _known(fields, route.fields, "field")
    return fields


def _query(request: Request, route: Route) -> Mapping[str, str]:
    asked = dict(request.parameters())
    _known(asked, route.query, "parameter")
    return asked


def _known(asked: Iterable[str], known: tuple[str, ...], what: str) -> None:
    for name in asked:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise refuse("ADM002", f"unknown {what} {name[:80]!r}{nearest(name[:80], known)}", f"{what}s: {allowed}")
