"""Bugs that no rule names, and why: mostly because from outside they cannot be told from what is right."""

from typing import Final, NamedTuple

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import Kind
from tests.mutants.corpus.mutated_vendor import Asked
from tests.mutants.corpus.mutations import DROP, answered, before, bend, head, instead, put
from tests.mutants.corpus.reap.builders import refusal


class Beyond(NamedTuple):
    """A bug that is not found."""

    kind: Kind
    why: str


def _cancelled_but_502(asked: Asked) -> Response:
    asked.serve()
    body = {"error": "upstream_error", "reason": "dashscope_task_cancel_failed", "video_id": asked.job_id}
    blame = {"status_code": 502, "error_type": "system", "error_origin": "upstream", "request_id": "req_1"}
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Response(502, headers, orjson.dumps({**body, **blame}))


def _limited(asked: Asked) -> Response | None:
    if asked.turn("poll") != 2:
        return None
    limits = (("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1790856060"))
    headers = (("Content-Type", "application/json"), *limits, ("Retry-After", "60"))
    return Response(429, headers, b'{"detail":"Rate limit exceeded."}')


BEYOND: Final = (
    Beyond(
        Kind(
            "phaseo/live-deleted",
            "a video that is processed can be deleted",
            (),
            client_drivers.video_deleted_early,
            before("delete", lambda asked: asked.force("completed")),
            "phaseo@2026-06-11",
        ),
        "It may have been completed unseen, a moment before.",
    ),
    Beyond(
        Kind(
            "phaseo/failed-upstream-and-cancelled",
            "a cancel is answered 502 and takes effect",
            (),
            client_drivers.video_cancelled,
            instead("cancel", _cancelled_but_502),
            "phaseo@2026-06-11",
        ),
        "A provider can end a video by itself, as cancelled too.",
    ),
    Beyond(
        Kind(
            "reap/limited-too-early",
            "the third poll of a minute is refused",
            (),
            client_drivers.project_life,
            instead("get", _limited),
            "reap@2026-07-07",
        ),
        "Others may use the same key.",
    ),
    Beyond(
        Kind(
            "twelvelabs/results-lack-one",
            "an item is missing in a batch's results",
            (),
            client_drivers.batch_life,
            head(lambda r: r._replace(body=r.body.split(b"\n", 1)[1]), "results", statuses=(200,)),
            "twelvelabs@2026-07-30",
        ),
        "No rule holds one answer's list against another answer's counters.",
    ),
    Beyond(
        Kind(
            "twelvelabs/list-lacks-one",
            "a batch is missing in the list",
            (),
            client_drivers.batch_life,
            bend(put("/data", []), "list"),
            "twelvelabs@2026-07-30",
        ),
        "A page of a list may lack a batch for many reasons, the account's other batches among them.",
    ),
    Beyond(
        Kind(
            "twelvelabs/refusal-is-400",
            "a cancel of a completed batch is answered 400 instead of 409",
            (),
            client_drivers.batch_life,
            head(answered(400), "cancel", statuses=(409,)),
            "twelvelabs@2026-07-30",
        ),
        "The specification has a 400 for any request that is not usable, and does not say which those are.",
    ),
    Beyond(
        Kind(
            "reap/completed-locked",
            "a completed project cannot be renamed",
            (),
            client_drivers.project_life,
            instead("update", lambda asked: refusal("This project is still processing.")),
            "reap@2026-07-07",
        ),
        "The 400 of a renaming may be about the title.",
    ),
    Beyond(
        Kind(
            "reap/no-title",
            "a project lacks its title",
            (),
            client_drivers.project_life,
            bend(put("/title", DROP), "details"),
            "reap@2026-07-07",
        ),
        "No page promises a project's title.",
    ),
)
