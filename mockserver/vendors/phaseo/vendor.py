"""The eras of Phaseo: the operations and their handlers, the kind of job, and what `traits` changes in each."""

import re
from itertools import islice
from typing import Any, Final

import orjson

from mockserver.core.ids import ulid
from mockserver.core.instants import MINUTE
from mockserver.core.job import DELETE, Job
from mockserver.core.ratelimit import RateLimit
from mockserver.core.wire import Response
from mockserver.vendors.api import (
    INFERRED,
    AlreadyCancelled,
    Answer,
    BodyPolicy,
    Call,
    CreateJob,
    Era,
    JobKind,
    Operation,
    OperationHandler,
    Refuse,
    Role,
    SdkVariable,
    Source,
    VendorRule,
)
from mockserver.vendors.commands import cancel_job, count_poll, record_command, snapshot, with_job
from mockserver.vendors.http import bearer_headers
from mockserver.vendors.phaseo import content, deliveries, errors, events, preview, requests, states, websocket
from mockserver.vendors.phaseo.batches import operations as batches
from mockserver.vendors.phaseo.batches import results
from mockserver.vendors.phaseo.batches.operations import BATCH_ROUTES, RESULTS_ROUTE, batch_kind
from mockserver.vendors.phaseo.batches.states import BATCH_KIND
from mockserver.vendors.phaseo.errors import JSON_CONTENT_TYPE, cancel_error_response, error_response, uncached_json
from mockserver.vendors.phaseo.models import CATALOGUE, DEFAULT_MODEL, DEFAULT_MODEL_NAME, VideoModel, find_model
from mockserver.vendors.phaseo.requests import find_video
from mockserver.vendors.phaseo.responses import created_body, unchanged_until, video_body
from mockserver.vendors.phaseo.states import CANCEL_TABLE, VIDEO_KIND
from mockserver.vendors.phaseo.traits import TRAITS, CancelSupport, PhaseoTraits, traits_of

NAME: Final = "phaseo"

CREATE_EXAMPLE: Final = {
    "model": DEFAULT_MODEL.id,
    "prompt": "A lighthouse at dusk, waves below",
    "duration": DEFAULT_MODEL.seconds[0],
}

# One video


def create_video(call: Call) -> Answer:
    """POST /v1/videos: 202 with the public object until June (specification), then 200 with a reduced one (source)."""
    name = call.body.get("model", DEFAULT_MODEL_NAME)
    if isinstance(name, str) and not name.strip():
        return Answer(error_response(call, "model_required"))
    traits = traits_of(call)
    issues = requests.find_issues(call.body, traits)
    if issues:
        return Answer(error_response(call, "validation_error", details=issues))
    if find_model(name) is None:
        return Answer(error_response(call, "unsupported_model_or_endpoint", model=name))
    job = call.job_factory.create_job(VIDEO_KIND, call.body, call.view.next_number(VIDEO_KIND), call.now)
    now = snapshot(job, call.now)
    if traits.asynchronous:
        response = uncached_json(created_body(call, now))
    else:
        response = uncached_json(video_body(call, now), 202)
    return Answer(response, (CreateJob(job),))


def get_video(call: Call, job: Job) -> Answer:
    """GET /v1/videos/{video_id}: the only JSON answer without a Cache-Control (source of 2026-08-22); a poll."""
    polled, changes = count_poll(call, job)
    now = snapshot(polled, call.now)
    response = Response(200, (JSON_CONTENT_TYPE,), orjson.dumps(video_body(call, now)))
    return Answer(response, changes, unchanged_until(call, now))


def cancel_video(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/cancel: an era's 501 comes before the lookup, unless a scenario has a policy."""
    traits = traits_of(call)
    works = traits.cancel_support is CancelSupport.WORKS and traits.has_video_routes
    if not works and VIDEO_KIND not in call.script.cancels:
        return Answer(errors.cancel_disabled_response(call, traits, call.path_params["video_id"]))
    job = find_video(call)
    if isinstance(job, Response):
        return Answer(job)
    return cancel_job(
        call,
        job,
        render=lambda now: uncached_json(video_body(call, now)),
        refuse=lambda name: _refuse_cancel(call, job, name),
        unchanged_until=lambda now: unchanged_until(call, now),
    )


def _refuse_cancel(call: Call, job: Job, name: str | None) -> Response:
    before = snapshot(job, call.now)
    # Without a name it is a scenario's policy that refuses, or an era whose table is empty: answer as a working cancel
    # does in this state. In a live state the provider is taken to have refused.
    if name is None:
        match CANCEL_TABLE.get(before.state):
            case AlreadyCancelled():
                return uncached_json(video_body(call, before))
            case Refuse(error=usual):
                name = usual
    return cancel_error_response(call, job, before.state, name)


def delete_video(call: Call, job: Job) -> Answer:
    """DELETE /v1/videos/{video_id}: of a completed or failed video."""
    state = snapshot(job, call.now).state
    if state not in states.DELETABLE:
        reason = "video_delete_requires_terminal_status"
        return Answer(error_response(call, "validation_error", reason, video_id=job.id, status=state))
    _, changes = record_command(call, job, DELETE)
    body = {"id": job.id, "object": "video.deleted", "deleted": True}
    return Answer(Response(200, (JSON_CONTENT_TYPE,), orjson.dumps(body)), changes)


# Lists

_DEFAULT_PAGE_SIZE: Final = 50
_MAX_PAGE_SIZE: Final = 100
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,15})?", re.ASCII)


def _requested_states(call: Call) -> frozenset[str] | None:
    """Return the states that the `status` parameters select, in the era's spelling; None for all."""
    selected: set[str] = set()
    for value in call.query_all("status"):
        for word in value.split(","):
            selected.update(states.STATUS_FILTERS.get(word.strip().lower(), ()))
    if not selected:
        return None
    return frozenset(selected.intersection(call.era.main_kind.lifecycle.states))


def list_videos(call: Call) -> Answer:
    """GET /v1/videos: newest first; a page after an unknown cursor is empty (inferred)."""
    # Clamped to 0 to 100; 50 if the text is no number (source of 2026-08-22).
    limit, text = _DEFAULT_PAGE_SIZE, call.query("limit").strip()
    if _NUMBER.fullmatch(text):
        limit = max(0, min(_MAX_PAGE_SIZE, int(float(text))))
    in_states = _requested_states(call)
    if not traits_of(call).asynchronous:
        jobs = islice(call.view.jobs(VIDEO_KIND, call.now, states=in_states), limit)
        data = [video_body(call, snapshot(job, call.now)) for job in jobs]
        return Answer(uncached_json({"object": "list", "data": data}))
    oldest_first = call.query("order").lower() == "asc"
    found = call.view.jobs(VIDEO_KIND, call.now, states=in_states, after=call.query("after"), oldest_first=oldest_first)
    # One more than the page has, to know whether there are more.
    page = list(islice(found, limit + 1))
    shown = page[:limit]
    body: dict[str, Any] = {
        "object": "list",
        "data": [video_body(call, snapshot(job, call.now)) for job in shown],
        "first_id": None,
        "last_id": None,
        "has_more": len(page) > limit,
    }
    if shown:
        body["first_id"] = shown[0].id
        body["last_id"] = shown[-1].id
    return Answer(uncached_json(body))


def _param_details(model: VideoModel) -> dict[str, Any]:
    """Return the parameters of a model, with their values where they are few."""
    return {
        "duration": {"supported": True, "type": "enum", "values": list(model.seconds), "default": model.seconds[0]},
        "resolution": {"supported": True, "type": "enum", "values": list(model.resolutions), "aliases": ["size"]},
        "aspect_ratio": {"supported": True, "type": "string"},
        "sample_count": {"supported": True, "type": "integer"},
        "seed": {"supported": True, "type": "integer"},
        "generate_audio": {"supported": True, "type": "boolean"},
        "input_references": {"supported": True, "type": "array"},
    }


def list_models(call: Call) -> Answer:
    """GET /v1/videos/models: those that support every parameter that `params` names."""
    wanted = {name.strip() for value in call.query_all("params") for name in value.split(",")} - {""}
    data = []
    for model in CATALOGUE:
        details = _param_details(model)
        aliases = {alias for detail in details.values() for alias in detail.get("aliases", ())}
        if not wanted <= details.keys() | aliases:
            continue
        supports: dict[str, Any] = {"supported_params": list(details)}
        if traits_of(call).asynchronous:
            supports["supported_parameters"] = list(details)
            supports["supported_params_detail"] = details
            supports["supported_parameters_detail"] = details
        body = {
            "model": model.id,
            "name": model.name,
            "status": "active",
            "input_types": ["text", "image"],
            "output_types": ["video"],
            **supports,
            "providers": [{"id": model.provider, **supports}],
            "pricing": {"currency": "usd", "unit": "second", "price": f"{model.nanos_per_second / 1e9:.2f}"},
        }
        data.append(body)
    return Answer(uncached_json({"object": "list", "data": data}))


def lookup_models(call: Call) -> Answer:
    """GET /v1/data/models, /v1/models: the vendor's clients look up retired models here; there are none."""
    return Answer(uncached_json({"models": []}))


# Operations, kind and eras


_VIDEO_ID: Final = ("path", "video_id")


def _video_route(
    name: str, method: str, rest: str, handler: OperationHandler, *, role: Role = Role.OTHER, **options: Any
) -> Operation:
    """Build the operation of a video route, with its second path; a read is a poll."""
    if "{" in rest:
        options["id_in"] = _VIDEO_ID
    path, alias = f"/v1/videos{rest}", f"/v1/video/generations{rest}"
    options["polls"] = role is Role.READ
    return Operation(name, VIDEO_KIND, method, path, handler, role=role, aliases=(alias,), **options)


_LOOKUP: Final = Operation("lookup", VIDEO_KIND, "GET", "/v1/data/models", lookup_models, role=Role.OTHER,
                           aliases=("/v1/models",))  # fmt: skip
_WATCH: Final = Operation("watch", VIDEO_KIND, "GET", "/v1/async/video/{video_id}/ws", websocket.open_socket,
                          role=Role.OTHER, aliases=("/v1/async/{kind}/{video_id}/ws",), id_in=_VIDEO_ID,
                          plain_http_handler=websocket.upgrade_required_answer)  # fmt: skip
_WATCH_BATCH: Final = Operation("watch_batch", BATCH_KIND, "GET", "/v1/async/batch/{batch_id}/ws",
                                websocket.open_socket, role=Role.OTHER, id_in=("path", "batch_id"),
                                plain_http_handler=websocket.upgrade_required_answer)  # fmt: skip
_DOWNLOAD_URL: Final = _video_route("download_url", "POST", "/{video_id}/download_url", content.create_download_url,
                                    body=BodyPolicy.OPTIONAL)  # fmt: skip
_VIDEO_ROUTES: Final = (
    _video_route(
        "create", "POST", "", create_video, role=Role.CREATE, body=requests.CREATE_BODY, example_params=CREATE_EXAMPLE
    ),
    _video_route("list", "GET", "", list_videos, role=Role.LIST),
    _video_route("models", "GET", "/models", list_models),
    _video_route("get", "GET", "/{video_id}", with_job(find_video, get_video), role=Role.READ),
    _video_route("cancel", "POST", "/{video_id}/cancel", cancel_video, role=Role.CANCEL),
    _video_route("delete", "DELETE", "/{video_id}", with_job(find_video, delete_video), role=Role.DELETE),
    _video_route("content", "GET", "/{video_id}/content", content.get_content, role=Role.RESULTS, auth=False),
)


def _disable(route: Operation) -> Operation:
    """Switch a route off: no key, no body, one answer; a scripted cancel still works."""
    if route.role is not Role.CANCEL:
        route = route._replace(handler=lambda call: Answer(errors.routes_disabled_response()))
    return route._replace(body=BodyPolicy.NONE, auth=False)


def _video_kind(traits: PhaseoTraits) -> JobKind:
    lifecycle, timeline = states.VIDEO_LIFECYCLE, states.TIMELINE
    if traits.legacy:
        lifecycle, timeline = states.LEGACY_LIFECYCLE, states.LEGACY_TIMELINE
    return JobKind(
        lifecycle=lifecycle,
        timeline=timeline,
        new_id=lambda seed, number, at: "G-" + ulid(seed, "video", number, at=at),
        id_pattern="G-(?:[0-9A-Za-z]+-)?[0-9A-HJKMNP-TV-Z]{26}",
        build_spec=requests.build_spec,
        example=CREATE_EXAMPLE,
        cancel_table=CANCEL_TABLE if traits.cancel_support is CancelSupport.WORKS else {},
        ledger=states.ledger,
        webhooks=events.webhook_spec(traits),
    )


QUOTA: Final = RateLimit(25, MINUTE, rolling=True, shared=True)
"""Requests of a workspace in any minute, by all keys (code of about 2026-10-02, with the page on limits).

The service counts per workspace and owner of the key; here all keys of a session are one owner's. Its second code lets
some requests beyond the 25th through, because it counts after it answers; here exactly 25 pass.
"""
QUOTA_NOTICE: Final = (
    f"{QUOTA.requests} requests in any minute for all keys of a session, polls included; then 429 with Retry-After"
)
_QUOTA_LIMITS: Final[dict[str, RateLimit | None]] = {"*": QUOTA, "lookup": None}
"""The lists of models outside of the jobs' routes are not counted."""
_QUOTA_RULE: Final = VendorRule(
    "limits", "every operation on jobs", f"{QUOTA.description} for all keys, then 429 {errors.QUOTA_REASON}",
    Source(states.CODE, "2026-10-02",
           "Counted after the key, before all else. The day is inferred: the tests' clocks stand on it.", INFERRED),
)  # fmt: skip


def _build_era(date: str, traits: PhaseoTraits) -> Era:
    operations: tuple[Operation, ...] = _VIDEO_ROUTES
    if not traits.has_video_routes:
        operations = tuple(map(_disable, _VIDEO_ROUTES))
    if traits.asynchronous:
        operations = (*operations, _DOWNLOAD_URL, _WATCH)
    kinds = {VIDEO_KIND: _video_kind(traits)}
    rules: tuple[VendorRule, ...] = ()
    if traits.batches:
        operations = (*operations, *BATCH_ROUTES, _WATCH_BATCH)
        kinds[BATCH_KIND] = batch_kind(traits)
        rules += batches.RULES
    if traits.preview:
        operations = tuple(map(preview.guard_route, (*operations, RESULTS_ROUTE)))
        rules += (*results.RULES, *preview.RULES)
    if traits.quota:
        rules += (_QUOTA_RULE,)
    return Era(
        vendor=NAME,
        date=date,
        summary=traits.summary,
        prefix="/v1",
        operations=(*operations, _LOOKUP),
        kinds=kinds,
        parse_api_key=errors.parse_api_key,
        render_request_error=errors.render_request_error,
        render_status_error=errors.render_status_error,
        error_reason=errors.parse_error_reason,
        auth_headers=bearer_headers,
        limits=_QUOTA_LIMITS if traits.quota else {},
        supports_cancel=traits.cancel_support is CancelSupport.WORKS,
        notices=(QUOTA_NOTICE,) if traits.quota else (),
        rules=(
            *states.state_rules(traits),
            *requests.request_rules(traits),
            *errors.error_rules(traits),
            *events.RULES,
            *deliveries.delivery_rules(traits),
            *rules,
        ),
    )


ERAS: Final = tuple(_build_era(date, traits) for date, traits in TRAITS.items())


SDK_VARIABLES: Final = (
    SdkVariable("PHASEO_API_KEY", "key", "phaseo (Python) 3.0.0"),
    SdkVariable("PHASEO_BASE_URL", "url", "no client: promised by the README of phaseo 3.0.0, whose code ignores it"),
)


def snippet(base_url: str, key: str) -> str:
    """Return a line of Python that works against the fake, with the vendor's own client."""
    request = {"model": CREATE_EXAMPLE["model"], "prompt": CREATE_EXAMPLE["prompt"]}
    client = f'Phaseo(api_key="{key}", base_url="{base_url}/v1")'
    return f"from phaseo import Phaseo; print({client}.videos.create({request}))"
