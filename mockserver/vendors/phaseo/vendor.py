"""The seven eras, each the same routes and kinds, bent by its traits."""

from typing import Final

from mockserver.core.ids import ulid
from mockserver.core.instants import Instant
from mockserver.vendors.api import Answer, BodyPolicy, Call, Era, JobKind, Operation, OperationHandler
from mockserver.vendors.phaseo import content, errors, lists, operations, websocket
from mockserver.vendors.phaseo.events import webhook_spec
from mockserver.vendors.phaseo.models import DEFAULT_MODEL
from mockserver.vendors.phaseo.spec import build_spec, ledger
from mockserver.vendors.phaseo.states import CANCEL_TABLE, LEGACY_LIFECYCLE, LEGACY_TIMELINE, TIMELINE, VIDEO_LIFECYCLE
from mockserver.vendors.phaseo.traits import TRAITS, CancelSupport, PhaseoTraits

NAME: Final = "phaseo"

CREATE_EXAMPLE: Final = {
    "model": DEFAULT_MODEL.id,
    "prompt": "A lighthouse at dusk, waves below",
    "duration": DEFAULT_MODEL.seconds[0],
}


def _new_video_id(seed: str, number: int, at: Instant) -> str:
    return "G-" + ulid(seed, "video", number, at=at)


def _video_kind(traits: PhaseoTraits) -> JobKind:
    """The one kind of job: a video."""
    return JobKind(
        lifecycle=LEGACY_LIFECYCLE if traits.legacy else VIDEO_LIFECYCLE,
        timeline=LEGACY_TIMELINE if traits.legacy else TIMELINE,
        new_id=_new_video_id,
        id_pattern="G-(?:[0-9A-Za-z]+-)?[0-9A-HJKMNP-TV-Z]{26}",
        build_spec=build_spec,
        example=CREATE_EXAMPLE,
        cancel_table=CANCEL_TABLE if traits.cancel_support is CancelSupport.WORKS else {},
        ledger=ledger,
        webhooks=webhook_spec(traits),
    )


def _routes_disabled(call: Call) -> Answer:
    """Any video route while they were all switched off."""
    return Answer(errors.routes_disabled_response())


_VIDEO_ID: Final = ("path", "video_id")


def _video_route(
    name: str,
    method: str,
    rest: str,
    handler: OperationHandler,
    body: BodyPolicy = BodyPolicy.NONE,
    *,
    auth: bool = True,
) -> Operation:
    """A video route, with its second path."""
    return Operation(
        name,
        operations.VIDEO_KIND,
        method,
        f"/v1/videos{rest}",
        handler,
        aliases=(f"/v1/video/generations{rest}",),
        body=body,
        auth=auth,
        polls=name == "get",
        id_in=_VIDEO_ID if "{" in rest else ("", ""),
        example_params=CREATE_EXAMPLE if name == "create" else {},
    )


_LOOKUP_OPERATION: Final = Operation(
    "lookup",
    operations.VIDEO_KIND,
    "GET",
    "/v1/data/models",
    lists.lookup_models,
    aliases=("/v1/models",),
    example_params={},
)
_WATCH_OPERATION: Final = Operation(
    "watch",
    operations.VIDEO_KIND,
    "GET",
    "/v1/async/video/{video_id}/ws",
    websocket.open_socket,
    aliases=("/v1/async/{kind}/{video_id}/ws",),
    id_in=_VIDEO_ID,
    plain_http_handler=websocket.upgrade_required_answer,
)
_DOWNLOAD_URL_OPERATION: Final = _video_route(
    "download_url", "POST", "/{video_id}/download_url", content.create_download_url, BodyPolicy.OPTIONAL
)
_VIDEO_OPERATIONS: Final = (
    _video_route("create", "POST", "", operations.create_video, BodyPolicy.JSON),
    _video_route("list", "GET", "", lists.list_videos),
    _video_route("models", "GET", "/models", lists.list_models),
    _video_route("get", "GET", "/{video_id}", operations.with_video(operations.get_video)),
    _video_route("cancel", "POST", "/{video_id}/cancel", operations.cancel_video),
    _video_route("delete", "DELETE", "/{video_id}", operations.with_video(operations.delete_video)),
    _video_route("content", "GET", "/{video_id}/content", content.get_content, auth=False),
)


def _disabled_route(route: Operation) -> Operation:
    """A route while all are switched off: no key, no body, one answer; a scripted cancel works all the same."""
    handler = route.handler if route.name == "cancel" else _routes_disabled
    return _video_route(route.name, route.method, route.path.removeprefix("/v1/videos"), handler, auth=False)


def _operations_of(traits: PhaseoTraits) -> tuple[Operation, ...]:
    routes = _VIDEO_OPERATIONS if traits.mounted else tuple(_disabled_route(route) for route in _VIDEO_OPERATIONS)
    return (*routes, *((_DOWNLOAD_URL_OPERATION, _WATCH_OPERATION) if traits.asynchronous else ()), _LOOKUP_OPERATION)


def _build_era(date: str, traits: PhaseoTraits) -> Era:
    kind = _video_kind(traits)
    return Era(
        vendor=NAME,
        date=date,
        summary=traits.summary,
        prefix="/v1",
        operations=_operations_of(traits),
        kinds={kind.name: kind},
        parse_api_key=errors.parse_api_key,
        render_request_error=errors.render_request_error,
        render_status_error=errors.render_status_error,
        error_reason=errors.parse_error_reason,
        auth_headers=errors.auth_headers,
        supports_cancel=traits.cancel_support is CancelSupport.WORKS,
    )


ERAS: Final = tuple(_build_era(date, traits) for date, traits in TRAITS.items())
