"""The preview of videos and batches: invited workspaces only (guide of 2026-09-17, with the code of 2026-08-22).

Every accepted key belongs to an invited workspace, except one: `not-invited`. It is refused on every batch route, and
on those video routes that the code of 2026-08-22 guards (create, list, models; no later code of them was seen). The
gate comes after the key and before every lookup. In the service it also comes before the body is read; here a body that
is not JSON is refused first.
"""

from typing import Final

from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, Operation, Source, VendorRule
from mockserver.vendors.phaseo.batches.states import BATCH_KIND
from mockserver.vendors.phaseo.errors import batch_gate_response, video_gate_response

UNINVITED_KEY: Final = "not-invited"
"""The key of a workspace outside of the preview."""
GUARDED_VIDEO_ROUTES: Final = frozenset({"create", "list", "models"})


def guard_route(route: Operation) -> Operation:
    """Put a route behind the gate, if it has one."""
    if route.kind == BATCH_KIND and route.name != "watch_batch":
        refuse = batch_gate_response
    elif route.name in GUARDED_VIDEO_ROUTES:
        refuse = video_gate_response
    else:
        return route
    handler = route.handler

    def handle(call: Call) -> Answer:
        if call.api_key != UNINVITED_KEY:
            return handler(call)
        response: Response = refuse(call)
        return Answer(response)

    return route._replace(handler=handle)


_GUIDE: Final = Source("guide Async video and batch", "2026-09-17", "Both are in a preview, by invitation.")
RULES: Final = (
    VendorRule("errors", "batch routes, workspace not invited",
               "403 forbidden, batch_api_feature_flag_disabled", _GUIDE),
    VendorRule("errors", "create, list and models of videos, workspace not invited",
               "501 not_implemented_yet, video_api_feature_disabled", _GUIDE),
)  # fmt: skip
