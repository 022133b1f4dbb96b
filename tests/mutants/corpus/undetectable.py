"""Bugs that no rule reports, and why: mostly because a client cannot distinguish them from correct behaviour."""

from typing import Final, NamedTuple

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import Mutant
from tests.mutants.corpus.mutated_vendor import InterceptedRequest
from tests.mutants.corpus.mutations import (
    DROP,
    before,
    change_body,
    change_response,
    on_call,
    replace_answer,
    serve_but_answer,
    set_field,
    with_status,
)
from tests.mutants.corpus.reap.builders import refusal


class Undetectable(NamedTuple):
    """A bug that no rule reports, and the reason."""

    mutant: Mutant
    why: str


def _upstream_error(call: InterceptedRequest) -> Response:
    body = {"error": "upstream_error", "reason": "dashscope_task_cancel_failed", "video_id": call.job_id}
    blame = {"status_code": 502, "error_type": "system", "error_origin": "upstream", "request_id": "req_1"}
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    return Response(502, headers, orjson.dumps({**body, **blame}))


def _limited(call: InterceptedRequest) -> Response:
    limits = (("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1790856060"))
    headers = (("Content-Type", "application/json"), *limits, ("Retry-After", "60"))
    return Response(429, headers, b'{"detail":"Rate limit exceeded."}')


UNDETECTABLE: Final = (
    Undetectable(
        Mutant(
            "phaseo/live-deleted",
            "a video that is processed can be deleted",
            (),
            client_drivers.video_deleted_early,
            before("delete", lambda call: call.force("completed")),
            "phaseo@2026-06-11",
        ),
        "It may have been completed unseen, a moment before.",
    ),
    Undetectable(
        Mutant(
            "phaseo/failed-upstream-and-cancelled",
            "a cancel is answered 502 and takes effect",
            (),
            client_drivers.video_cancelled,
            replace_answer("cancel", serve_but_answer(_upstream_error)),
            "phaseo@2026-06-11",
        ),
        "A provider can end a video by itself, as cancelled too.",
    ),
    Undetectable(
        Mutant(
            "reap/limited-too-early",
            "the third poll of a minute is refused",
            (),
            client_drivers.project_life,
            replace_answer("get", on_call(2, _limited)),
            "reap@2026-07-07",
        ),
        "Others may use the same key.",
    ),
    Undetectable(
        Mutant(
            "twelvelabs/results-lack-one",
            "an item is missing in a batch's results",
            (),
            client_drivers.batch_life,
            change_response(lambda r: r._replace(body=r.body.split(b"\n", 1)[1]), "results", statuses=(200,)),
            "twelvelabs@2026-07-30",
        ),
        "No rule holds one answer's list against another answer's counters.",
    ),
    Undetectable(
        Mutant(
            "twelvelabs/list-lacks-one",
            "a batch is missing in the list",
            (),
            client_drivers.batch_life,
            change_body(set_field("/data", []), "list"),
            "twelvelabs@2026-07-30",
        ),
        "A page of a list may lack a batch for many reasons, the account's other batches among them.",
    ),
    Undetectable(
        Mutant(
            "twelvelabs/refusal-is-400",
            "a cancel of a completed batch is answered 400 instead of 409",
            (),
            client_drivers.batch_life,
            change_response(with_status(400), "cancel", statuses=(409,)),
            "twelvelabs@2026-07-30",
        ),
        "The specification has a 400 for any request that is not usable, and does not say which those are.",
    ),
    Undetectable(
        Mutant(
            "reap/completed-locked",
            "a completed project cannot be renamed",
            (),
            client_drivers.project_life,
            replace_answer("update", lambda call: refusal("This project is still processing.")),
            "reap@2026-07-07",
        ),
        "The 400 of a renaming may be about the title.",
    ),
    Undetectable(
        Mutant(
            "reap/no-title",
            "a project lacks its title",
            (),
            client_drivers.project_life,
            change_body(set_field("/title", DROP), "details"),
            "reap@2026-07-07",
        ),
        "No page promises a project's title.",
    ),
)
