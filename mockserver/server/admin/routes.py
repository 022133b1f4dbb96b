"""The table of admin calls below `/__mock/`, and the way from a request to the handler.

Answers are JSON or problem+json. A call acts on the session that its header or path prefix names, else on `default`.
Unknown fields and parameters are refused: a misspelt one would otherwise be a test that proves nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final
from urllib.parse import unquote

import orjson

from mockserver.core.media_type import parse_media_type
from mockserver.core.wire import Request, Response
from mockserver.engine.handle import BodyError, decode_body
from mockserver.errors import did_you_mean, refuse, refuse_unknown
from mockserver.server.admin import (
    clock,
    explain,
    faults,
    feed,
    findings,
    holds,
    jobs,
    journal,
    limits,
    scenarios,
    session_files,
    sessions,
    timeline,
    verify,
    wait,
    webhooks,
)
from mockserver.server.admin.call import AdminCall
from mockserver.server.feed_position import FeedOpening
from mockserver.server.problem import problem_response
from mockserver.vendors.api import BodyPolicy

YAML_TYPES: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
"""Content types of a scenario's YAML. None of them can be sent by a page of another origin without a preflight request,
as `text/plain` can."""


@dataclass(frozen=True, slots=True)
class AdminRoute:
    """One admin call: its method and path, its handler, and the fields and parameters that it accepts."""

    method: str
    path: str
    """Below `/__mock/`; `*` matches any one segment."""
    handler: Callable[[AdminCall], Awaitable[Response | FeedOpening]]
    _: KW_ONLY
    fields: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    accepts_yaml: bool = False
    """The body may also be a scenario as YAML, or the same as JSON; it then becomes the field `text`."""


ROUTES: Final = (
    AdminRoute("GET", "health", sessions.health),
    AdminRoute("GET", "version", sessions.version),
    AdminRoute("GET", "sessions", sessions.list_sessions, query=("name",)),
    AdminRoute("POST", "sessions", sessions.create_session, fields=sessions.SESSION_FIELDS),
    AdminRoute("GET", "sessions/*/export", session_files.export_session),
    AdminRoute("POST", "sessions/import", session_files.import_session, fields=session_files.IMPORT_FIELDS),
    AdminRoute("DELETE", "sessions/*", sessions.delete_session),
    AdminRoute("POST", "reset", sessions.reset_sessions, fields=("all",)),
    AdminRoute("GET", "clock", clock.get_clock),
    AdminRoute("POST", "clock", clock.set_clock, fields=clock.CLOCK_VERBS),
    AdminRoute("GET", "jobs", jobs.list_jobs, query=("state",)),
    AdminRoute("GET", "jobs/*", jobs.get_job, query=("as_of",)),
    AdminRoute("POST", "jobs", jobs.create_jobs, fields=("vendor", "kind", "body", "count")),
    AdminRoute("POST", "jobs/*/move", jobs.move_job, fields=("to", "force", "item")),
    AdminRoute("GET", "journal", journal.get_journal, query=("job", "operation", "since", "status")),
    AdminRoute("GET", "journal/*", journal.get_entry),
    AdminRoute("GET", "timeline", timeline.get_timeline, query=timeline.TIMELINE_PARAMETERS),
    AdminRoute("GET", "feed", feed.open_feed),
    AdminRoute("GET", "scenario", timeline.get_playing_scenario, query=("as_of",)),
    AdminRoute("GET", "ledger", journal.get_ledger, query=("job",)),
    AdminRoute("GET", "findings", findings.list_findings, query=("as_of",)),
    AdminRoute("GET", "faults", faults.list_faults),
    AdminRoute("POST", "faults", faults.add_fault, fields=("vendor", *faults.FAULT_FIELDS)),
    AdminRoute("DELETE", "faults", faults.delete_faults),
    AdminRoute("DELETE", "faults/*", faults.delete_fault),
    AdminRoute("GET", "limits", limits.list_limits),
    AdminRoute("POST", "limits", limits.set_limits, fields=("vendor", "limits")),
    AdminRoute("POST", "holds", holds.add_hold, fields=("operation", "at", "times")),
    AdminRoute("GET", "holds", holds.list_holds),
    AdminRoute("POST", "holds/*/release", holds.release_hold),
    AdminRoute("DELETE", "holds", holds.delete_holds),
    AdminRoute("GET", "explain/*", explain.get_explanation, query=("instant",)),
    AdminRoute("GET", "explain/*/times", explain.get_answer_times),
    AdminRoute("POST", "verify", verify.verify_requests, fields=verify.VERIFY_FIELDS),
    AdminRoute("POST", "wait", wait.wait, fields=wait.WAIT_FIELDS),
    AdminRoute("GET", "webhooks", webhooks.list_webhooks),
    AdminRoute("POST", "webhooks", webhooks.set_webhook, fields=("vendor", *webhooks.ENDPOINT_FIELDS)),
    AdminRoute("DELETE", "webhooks", webhooks.delete_webhooks),
    AdminRoute("GET", "deliveries", webhooks.list_deliveries, query=("job", "state", "as_of")),
    AdminRoute("POST", "deliveries/*/redeliver", webhooks.redeliver, fields=webhooks.REDELIVERY_FIELDS),
    AdminRoute("GET", "scenarios", scenarios.list_scenarios),
    AdminRoute(
        "POST",
        "scenarios",
        scenarios.upload_scenario,
        fields=scenarios.UPLOAD_FIELDS,
        query=scenarios.UPLOAD_PARAMETERS,
        accepts_yaml=True,
    ),
    AdminRoute("GET", "scenarios/*", scenarios.get_scenario),
    AdminRoute("DELETE", "scenarios/*", scenarios.delete_scenario),
)
"""Every admin call."""


async def dispatch(
    request: Request, path: str, body_error: BodyError | None, make_call: Callable[..., AdminCall]
) -> Response | FeedOpening:
    """Answer one admin call; one that opens a feed is answered by its connection.

    `path` is the part after `/__mock/`; `body_error` is what the transport found wrong in the body; `make_call` makes
    the call of what the request says. Raises `MockError` ADM002 for a body, field or parameter that the call does not
    accept, and whatever the handler raises.
    """
    method = "GET" if request.method == "HEAD" else request.method
    matched = [(route, params) for route in ROUTES if (params := _match_path(route.path, path)) is not None]
    if not matched:
        known_paths = list(dict.fromkeys(route.path for route in ROUTES))
        detail = "the path has no admin call after /__mock/"
        if path:
            detail = f"no admin call {path[:80]!r}{did_you_mean(path[:80], known_paths)}"
        return problem_response(404, "ADM001", detail, f"Use one of: {', '.join(known_paths)}.")
    for route, params in matched:
        if route.method == method:
            query = dict(request.query_parameters())
            fields = _call_fields(request, route, body_error)
            _refuse_unknown_names(query, route.query, "parameter")
            event_id = request.headers.get("last-event-id", "")
            return await route.handler(
                make_call(fields=fields, query=query, last_event_id=event_id, path_params=params)
            )
    allowed = ", ".join(sorted(route.method for route, _ in matched))
    detail = f"{path[:80]} accepts {allowed.replace(', ', ' and ')}, not {method[:20]}"
    response = problem_response(405, "ADM001", detail, f"{matched[0][0].method} /__mock/{path[:80]}")
    return response._replace(headers=(*response.headers, ("Allow", allowed)))


def _match_path(template: str, path: str) -> tuple[str, ...] | None:
    """Match a path segment by segment; returns the decoded segments that stand for a `*`, or None."""
    # Split before decoding: a session's name may contain an encoded slash.
    expected, given = template.split("/"), path.split("/")
    if len(expected) != len(given):
        return None
    params = []
    for part, segment in zip(expected, given, strict=True):
        if not segment or part not in ("*", segment):
            return None
        if part == "*":
            params.append(unquote(segment))
    return tuple(params)


def _call_fields(request: Request, route: AdminRoute, body_error: BodyError | None) -> Mapping[str, Any]:
    """Decode the body's fields; an absent body has none. Raises `MockError` ADM002 or ADM041.

    A body must be declared as JSON, and even an absent one as nothing else: a page of another origin cannot send JSON
    without a preflight request, but it can send a form or plain text that is empty.
    """
    media_type = parse_media_type(request.headers.get("content-type", "application/json"))
    if route.accepts_yaml and media_type in YAML_TYPES and body_error is None:
        return {"text": request.body.decode("utf-8", "surrogateescape")}
    if media_type != "application/json" and (request.body or "content-type" in request.headers):
        expected = "application/json"
        if route.accepts_yaml:
            expected += " or application/yaml"
        message = f"the body of this admin call must be {expected}, not {media_type[:80]!r}"
        raise refuse("ADM041", message, f"Content-Type: {expected}; without a body, no Content-Type")
    decoded = body_error or decode_body(request, BodyPolicy.OPTIONAL)
    if isinstance(decoded, BodyError):
        raise refuse("ADM002", f"{decoded.error.value}: {decoded.detail}", 'a JSON object: {"advance": "8h"}')
    fields: Mapping[str, Any] = decoded or {}
    if route.accepts_yaml and "scenario" in fields and "text" not in fields:
        # The scenario itself as JSON, which YAML contains: from here on it is treated as its YAML text.
        return {"text": orjson.dumps(fields, option=orjson.OPT_INDENT_2).decode()}
    _refuse_unknown_names(fields, route.fields, "field")
    return fields


def _refuse_unknown_names(names: Iterable[str], known: tuple[str, ...], noun: str) -> None:
    for name in names:
        if name not in known:
            raise refuse_unknown("ADM002", noun, name, known, f"{noun}s: {', '.join(known) or 'none'}")
