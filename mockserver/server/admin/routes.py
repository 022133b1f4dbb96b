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
from mockserver.engine.decode import BodyError, decode_body
from mockserver.errors import did_you_mean, refuse
from mockserver.server.admin import explain as why
from mockserver.server.admin import faults, jobs, scenarios, sessions
from mockserver.server.admin import holds as holding
from mockserver.server.admin import wait as waiting
from mockserver.server.admin import webhooks as hooks
from mockserver.server.admin.call import AdminCall
from mockserver.server.problem import problem_response
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.scheduling.scheduler import Scheduler
from mockserver.server.sessions import SessionRegistry
from mockserver.vendors.api import BodyPolicy

YAML_TYPES: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
"""Content types of a scenario's text: none of those that a page of another origin can send unasked, as `text/plain`."""


class AdminRoute(NamedTuple):
    """One admin call: how it is asked, who answers, which fields and parameters it knows."""

    method: str
    path: str
    handler: Callable[[AdminCall], Awaitable[Response]]
    fields: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    accepts_yaml: bool = False
    """Whether the body may be a scenario's YAML file instead, or the same as JSON: it is the field `text`."""


ROUTES: Final = (
    AdminRoute("GET", "health", sessions.health),
    AdminRoute("GET", "version", sessions.version),
    AdminRoute("GET", "sessions", sessions.list_sessions),
    AdminRoute("POST", "sessions", sessions.create_session, ("name", "scenario", "clock", "seed")),
    AdminRoute("DELETE", "sessions/*", sessions.delete_session),
    AdminRoute("POST", "reset", sessions.reset_sessions, ("all",)),
    AdminRoute("GET", "clock", sessions.get_clock),
    AdminRoute("POST", "clock", sessions.set_clock, tuple(sessions.CLOCK_VERBS)),
    AdminRoute("GET", "jobs", jobs.list_jobs, query=("state",)),
    AdminRoute("GET", "jobs/*", jobs.get_job),
    AdminRoute("POST", "jobs", jobs.create_jobs, ("vendor", "kind", "body", "count")),
    AdminRoute("POST", "jobs/*/move", jobs.move_job, ("to", "force", "item")),
    AdminRoute("GET", "journal", jobs.get_journal, query=("job", "operation", "since", "status")),
    AdminRoute("GET", "ledger", jobs.get_ledger, query=("job",)),
    AdminRoute("GET", "faults", faults.list_faults),
    AdminRoute("POST", "faults", faults.add_fault, ("vendor", *faults.FAULT_FIELDS)),
    AdminRoute("DELETE", "faults", faults.delete_faults),
    AdminRoute("DELETE", "faults/*", faults.delete_fault),
    AdminRoute("GET", "limits", faults.list_limits),
    AdminRoute("POST", "limits", faults.set_limits, ("vendor", "limits")),
    AdminRoute("POST", "holds", holding.add_hold, ("operation", "at", "times")),
    AdminRoute("GET", "holds", holding.list_holds),
    AdminRoute("POST", "holds/*/release", holding.release_hold),
    AdminRoute("DELETE", "holds", holding.delete_holds),
    AdminRoute("GET", "explain/*", why.get_explanation),
    AdminRoute("POST", "verify", why.verify_requests, why.VERIFY_FIELDS),
    AdminRoute("POST", "wait", waiting.wait, waiting.WAIT_FIELDS),
    AdminRoute("GET", "webhooks", hooks.list_webhooks),
    AdminRoute("POST", "webhooks", hooks.set_webhook, ("vendor", *hooks.ENDPOINT_FIELDS)),
    AdminRoute("DELETE", "webhooks", hooks.delete_webhooks),
    AdminRoute("GET", "deliveries", hooks.list_deliveries, query=("job", "state")),
    AdminRoute("POST", "deliveries/*/redeliver", hooks.redeliver),
    AdminRoute("GET", "scenarios", scenarios.list_scenarios),
    AdminRoute(
        "POST",
        "scenarios",
        scenarios.upload_scenario,
        scenarios.UPLOAD_FIELDS,
        scenarios.UPLOAD_PARAMETERS,
        accepts_yaml=True,
    ),
    AdminRoute("GET", "scenarios/*", scenarios.get_scenario),
    AdminRoute("DELETE", "scenarios/*", scenarios.delete_scenario),
)
"""The whole admin API."""


async def dispatch(
    registry: SessionRegistry,
    scheduler: Scheduler,
    holds: HoldRegistry,
    request: Request,
    session_name: str,
    path: str,
    wall_clock: Callable[[], Instant],
    body_error: BodyError | None = None,
) -> Response:
    """Answer one admin call; `path` is what follows `/__mock/`, `flaw` what is wrong with the body's bytes."""
    method = "GET" if request.method == "HEAD" else request.method
    found = [(route, params) for route in ROUTES if (params := _match_path(route.path, path)) is not None]
    if not found:
        routes = list(dict.fromkeys(route.path for route in ROUTES))
        detail = f"no admin call {path[:80]!r}{did_you_mean(path[:80], routes)}"
        return problem_response(404, "ADM001", detail, "calls: " + ", ".join(routes))
    for route, params in found:
        if route.method == method:
            ask = AdminCall(
                registry,
                scheduler,
                session_name,
                _call_fields(request, route, body_error),
                _call_query(request, route),
                params,
                wall_clock,
                holds,
            )
            return await route.handler(ask)
    allowed = ", ".join(sorted(route.method for route, _ in found))
    refused = problem_response(405, "ADM001", f"{path[:80]} has no {method}", f"methods: {allowed}")
    return refused._replace(headers=(*refused.headers, ("Allow", allowed)))


def _match_path(template: str, path: str) -> tuple[str, ...] | None:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    if any(part not in ("*", asked) or not asked for part, asked in zip(wanted, given, strict=True)):
        return None
    return tuple(unquote(asked) for part, asked in zip(wanted, given, strict=True) if part == "*")


def _call_fields(request: Request, route: AdminRoute, body_error: BodyError | None) -> Mapping[str, Any]:
    """The call's fields: nothing, or a JSON object that says it is one (a page of another origin cannot send it)."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if route.accepts_yaml and kind in YAML_TYPES and body_error is None:
        return {"text": request.body.decode("utf-8", "surrogateescape")}
    if request.body and kind != "application/json":
        besides = " or application/yaml" if route.accepts_yaml else ""
        hint = f"Content-Type: application/json{besides}"
        raise refuse("ADM002", f"an admin call's body is JSON{besides}, not {kind[:80]!r}", hint)
    value = body_error or decode_body(request, BodyPolicy.OPTIONAL)
    if isinstance(value, BodyError):
        raise refuse("ADM002", f"{value.error.value}: {value.detail}", 'a JSON object: {"advance": "8h"}')
    fields: Mapping[str, Any] = value or {}
    if route.accepts_yaml and "scenario" in fields and "text" not in fields:
        return {"text": orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode()}
    _refuse_unknown_names(fields, route.fields, "field")
    return fields


def _call_query(request: Request, route: AdminRoute) -> Mapping[str, str]:
    asked = dict(request.query_parameters())
    _refuse_unknown_names(asked, route.query, "parameter")
    return asked


def _refuse_unknown_names(names: Iterable[str], known: tuple[str, ...], noun: str) -> None:
    for name in names:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise refuse(
                "ADM002", f"unknown {noun} {name[:80]!r}{did_you_mean(name[:80], known)}", f"{noun}s: {allowed}"
            )
