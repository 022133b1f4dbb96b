"""The seven eras, each the same routes and kinds, bent by its traits."""

from typing import Final

from mockserver.core.ids import ulid
from mockserver.core.instants import Instant
from mockserver.vendors.api import Answer, Body, Call, Era, Handler, Kind, Operation
from mockserver.vendors.phaseo import content, errors, handlers, listing, socket
from mockserver.vendors.phaseo.lifecycle import CANCEL, LEGACY_TIMELINE, LEGACY_VIDEO, TIMELINE
from mockserver.vendors.phaseo.lifecycle import VIDEO as VIDEO_LIFECYCLE
from mockserver.vendors.phaseo.models import DEFAULT
from mockserver.vendors.phaseo.notices import notices
from mockserver.vendors.phaseo.spec import ledger, specify
from mockserver.vendors.phaseo.traits import TRAITS, Cancelling, Traits

NAME: Final = "phaseo"

EXAMPLE: Final = {"model": DEFAULT.id, "prompt": "A lighthouse at dusk, waves below", "duration": DEFAULT.seconds[0]}


def _new_id(seed: str, number: int, at: Instant) -> str:
    return "G-" + ulid(seed, "video", number, at=at)


def _kind(traits: Traits) -> Kind:
    """The one kind of job: a video."""
    return Kind(
        lifecycle=LEGACY_VIDEO if traits.legacy else VIDEO_LIFECYCLE,
        timeline=LEGACY_TIMELINE if traits.legacy else TIMELINE,
        new_id=_new_id,
        id_pattern="G-(?:[0-9A-Za-z]+-)?[0-9A-HJKMNP-TV-Z]{26}",
        specify=specify,
        example=EXAMPLE,
        cancel=CANCEL if traits.cancelling is Cancelling.WORKS else {},
        ledger=ledger,
        notices=notices(traits),
    )


def _switched_off(call: Call) -> Answer:
    """Any video route while they were all switched off."""
    return Answer(errors.routes_off())


_ID: Final = ("path", "video_id")


def _route(
    name: str, method: str, rest: str, handler: Handler, body: Body = Body.NONE, *, auth: bool = True
) -> Operation:
    """A video route, with its second path."""
    return Operation(
        name,
        handlers.VIDEO,
        method,
        f"/v1/videos{rest}",
        handler,
        aliases=(f"/v1/video/generations{rest}",),
        body=body,
        auth=auth,
        polls=name == "get",
        id_in=_ID if "{" in rest else ("", ""),
        needs=EXAMPLE if name == "create" else {},
    )


_LOOKUP: Final = Operation(
    "lookup", handlers.VIDEO, "GET", "/v1/data/models", listing.lookup, aliases=("/v1/models",), needs={}
)
_WATCH: Final = Operation(
    "watch",
    handlers.VIDEO,
    "GET",
    "/v1/async/video/{video_id}/ws",
    socket.watch,
    aliases=("/v1/async/{kind}/{video_id}/ws",),
    id_in=_ID,
    upgrades=socket.upgrade_required,
)
_LINKS: Final = _route("download_url", "POST", "/{video_id}/download_url", content.download_url, Body.OPTIONAL)
_ROUTES: Final = (
    _route("create", "POST", "", handlers.create, Body.JSON),
    _route("list", "GET", "", listing.list_videos),
    _route("models", "GET", "/models", listing.models),
    _route("get", "GET", "/{video_id}", handlers.on_video(handlers.get)),
    _route("cancel", "POST", "/{video_id}/cancel", handlers.cancel),
    _route("delete", "DELETE", "/{video_id}", handlers.on_video(handlers.delete)),
    _route("content", "GET", "/{video_id}/content", content.content, auth=False),
)


def _off(route: Operation) -> Operation:
    """A route while all are switched off: no key, no body, one answer; a scripted cancel works all the same."""
    handler = route.handler if route.name == "cancel" else _switched_off
    return _route(route.name, route.method, route.path.removeprefix("/v1/videos"), handler, auth=False)


def _operations(traits: Traits) -> tuple[Operation, ...]:
    routes = _ROUTES if traits.mounted else tuple(_off(route) for route in _ROUTES)
    return (*routes, *((_LINKS, _WATCH) if traits.asynchronous else ()), _LOOKUP)


def _era(date: str, traits: Traits) -> Era:
    kind = _kind(traits)
    return Era(
        vendor=NAME,
        date=date,
        summary=traits.summary,
        prefix="/v1",
        operations=_operations(traits),
        kinds={kind.name: kind},
        credentials=errors.credentials,
        trouble=errors.trouble,
        error=errors.error,
        reason=errors.reason_of,
        wears=errors.wears,
        cancels_work=traits.cancelling is Cancelling.WORKS,
    )


ERAS: Final = tuple(_era(date, traits) for date, traits in TRAITS.items())
