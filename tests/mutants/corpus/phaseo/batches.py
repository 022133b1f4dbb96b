"""Phaseo: bugs of its batches."""

from typing import Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import Mutant
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest
from tests.mutants.corpus.mutations import (
    change_body,
    from_second_answer,
    replace_answer,
    replay_first_answer,
    set_field,
    set_fields,
    while_status,
)
from tests.mutants.corpus.phaseo.builders import DISABLED, mutant


def _batch_mutant(name: str, description: str, rules: str, bug: Bug) -> Mutant:
    return mutant(f"batch-{name}", description, rules, bug, client_drivers.gateway_batch_life, DISABLED)


def _cancelled_mutant(name: str, description: str, rules: str, bug: Bug) -> Mutant:
    return mutant(f"batch-{name}", description, rules, bug, client_drivers.gateway_batch_cancelled, DISABLED)


def _as_cancelling(asked: InterceptedRequest) -> Response:
    """What an accepted cancel would answer, without its effect."""
    response = asked.response_to_get(asked.request.path.removesuffix("/cancel"))
    body = {**orjson.loads(response.body), "status": "cancelling", "lifecycle_status": "pending"}
    return response._replace(body=orjson.dumps(body))


def _refused_and_done(asked: InterceptedRequest) -> Response:
    asked.serve()
    error = {"message": "no", "type": "invalid_request_error", "param": None, "code": None}
    return Response(409, (("Content-Type", "application/json"),), orjson.dumps({"error": error}))


BATCH_MUTANTS: Final = (
    _batch_mutant(
        "lifecycle-disagrees",
        "a batch that is processed has the lifecycle_status pending",
        "P30",
        change_body(set_fields(lifecycle_status="pending"), "get_batch", when=while_status("in_progress")),
    ),
    _batch_mutant(
        "cancellable-at-its-end",
        "a completed batch has a cancel_url",
        "P31",
        change_body(set_fields(cancel_url="https://x.example/"), "get_batch", when=while_status("completed")),
    ),
    _batch_mutant(
        "more-than-all",
        "more requests are completed than there are",
        "P32",
        change_body(set_field("/request_counts/completed", 9), "get_batch", when=while_status("completed")),
    ),
    _batch_mutant(
        "unfinished-again",
        "a finished request of a batch is unfinished again",
        "P33",
        change_body(set_field("/request_counts/completed", 0), "get_batch", when=while_status("completed")),
    ),
    _batch_mutant(
        "another-native-id",
        "the provider's id of a batch changes",
        "P34",
        change_body(set_field("/native_batch_id", "batch_other"), "get_batch", when=from_second_answer()),
    ),
    _batch_mutant(
        "stale", "a completed batch is shown in its first state", "P37", replay_first_answer("get_batch", turn=7)
    ),
    _batch_mutant(
        "validated-again",
        "a batch that is processed is validated again",
        "P38",
        change_body(
            set_fields(status="validating", lifecycle_status="pending"),
            "get_batch",
            when=lambda body, asked: body["status"] == "in_progress" and asked.calls_before("working") == 1,
        ),
    ),
    _cancelled_mutant(
        "refused-and-cancelled",
        "a batch's cancel is refused and takes effect",
        "P35",
        replace_answer("cancel_batch", _refused_and_done),
    ),
    _cancelled_mutant(
        "cancel-without-effect",
        "a batch's accepted cancel has no effect",
        "P36",
        replace_answer("cancel_batch", _as_cancelling),
    ),
)
