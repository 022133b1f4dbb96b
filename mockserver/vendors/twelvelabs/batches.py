"""The batch operations: create, list, get, results, cancel, delete.

Sources: the page on cancelling a batch, the OpenAPI description of 2026-07-30 (statuses: 201, 200, 202), the Python SDK
1.2.9 to 1.3.6. Both eras are alike but for what `traits` names.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, CreateJob
from mockserver.vendors.commands import (
    JobSnapshot,
    count_poll,
    find_job,
    json_response,
    make_answer,
    record_command,
    snapshot,
)
from mockserver.vendors.twelvelabs import cancellation
from mockserver.vendors.twelvelabs.checks import ParameterError
from mockserver.vendors.twelvelabs.errors import VERSION_HEADER, error_response, refusal_response
from mockserver.vendors.twelvelabs.lists import parse_list_query
from mockserver.vendors.twelvelabs.requests import batch_error
from mockserver.vendors.twelvelabs.responses import batch_body, batch_tasks, created_batch_body, result_line
from mockserver.vendors.twelvelabs.states import ACTIVE_STATES, BATCH_LIFECYCLE, BATCH_RETENTION
from mockserver.vendors.twelvelabs.traits import traits_of

REFUSED_ASSETS: Final = {
    "000000000000000000000000": "unknown_asset",
    "000000000000000000000001": "asset_not_ready",
}
"""Assets that a create is refused for: there is no asset endpoint here, every other id is an asset that is ready."""


def create_batch(call: Call) -> Answer:
    """POST /analyze/batches: 201, or an error and nothing is created."""
    flaw = batch_error(call.body, traits_of(call.era))
    if flaw is not None:
        return make_answer(error_response(call, 400, *flaw))
    name = _create_refusal(call)
    if name:
        return make_answer(refusal_response(call, name))
    job = call.job_factory.create_job("batch", call.body, call.view.next_number("batch"), call.now)
    return make_answer(json_response(201, created_batch_body(snapshot(job, call.now)), VERSION_HEADER), CreateJob(job))


def _create_refusal(call: Call) -> str:
    """What a valid batch is refused for: an asset, or the account's limit of active batches."""
    assets = (request["video"]["asset_id"] for request in call.body["requests"])
    name = next((REFUSED_ASSETS[asset] for asset in assets if asset in REFUSED_ASSETS), "")
    if name:
        return name
    most = call.era.kinds["batch"].active_limit if call.script.active_limit is None else call.script.active_limit
    full = most and call.view.count("batch", call.now, states=ACTIVE_STATES) >= most
    return "too_many_batches" if full else ""


def list_batches(call: Call) -> Answer:
    """GET /analyze/batches: a page of the batches, newest first; `status` and `analysis_mode` may be repeated."""
    asked = parse_list_query(call, BATCH_LIFECYCLE.states)
    if isinstance(asked, ParameterError):
        return make_answer(error_response(call, 400, *asked))
    batches = retained_batches(call, asked.states)
    found = [job for job in batches if asked.modes is None or job.spec["analysis_mode"] in asked.modes]
    return make_answer(
        json_response(200, asked.body(found, lambda job: batch_body(snapshot(job, call.now), call.now)), VERSION_HEADER)
    )


def retained_batches(call: Call, states: frozenset[str] | None = None) -> Iterator[Job]:
    """The account's batches that are neither deleted nor past their 30 days, newest first."""
    return call.view.jobs("batch", call.now, states=states, since=max(0, call.now - BATCH_RETENTION + 1))


def get_batch(call: Call) -> Answer:
    """GET /analyze/batches/{batch_id}: the batch; a poll."""
    job = _find_batch(call)
    if job is None:
        return make_answer(refusal_response(call, "unknown_batch"))
    job, changes = count_poll(call, job)
    now = snapshot(job, call.now)
    return make_answer(_batch_response(200, now, call.now), *changes, valid_until=_unchanged_until(now))


def get_batch_results(call: Call) -> Answer:
    """GET /analyze/batches/{batch_id}/results: one JSON line an item, at any time; no poll."""
    job = _find_batch(call)
    if job is None:
        return make_answer(refusal_response(call, "unknown_batch"))
    now = snapshot(job, call.now)
    lines = b"".join(result_line(task) for task in batch_tasks(now))
    headers = (("Content-Type", "application/jsonl"), VERSION_HEADER)
    return make_answer(Response(200, headers, lines), valid_until=_unchanged_until(now))


def cancel_batch(call: Call) -> Answer:
    """POST /analyze/batches/{batch_id}/cancel: 202 and the batch, `canceling` or, with nothing at work, `canceled`."""
    job = _find_batch(call)
    if job is None:
        return make_answer(refusal_response(call, "unknown_batch"))
    return cancellation.cancel_job(call, job, lambda now: _batch_response(202, now, call.now))


def delete_batch(call: Call) -> Answer:
    """DELETE /analyze/batches/{batch_id}: 200 and no body, once the batch has ended; its tasks go with it."""
    job = _find_batch(call)
    if job is None:
        return make_answer(refusal_response(call, "unknown_batch"))
    if not snapshot(job, call.now).terminal:
        return make_answer(refusal_response(call, "batch_not_terminal"))
    _, changes = record_command(call, job, name="delete")
    return make_answer(Response(200, (VERSION_HEADER,)), *changes)


def _find_batch(call: Call) -> Job | None:
    return find_job(call, "batch", call.path_params["batch_id"])


def _batch_response(status: int, now: JobSnapshot, at: Instant) -> Response:
    body: dict[str, Any] = batch_body(now, at)
    return json_response(status, body, VERSION_HEADER)


def _unchanged_until(now: JobSnapshot) -> Instant:
    """Until when the batch looks the same: its next change, or its deletion after 30 days."""
    return min(now.unchanged_until, now.job.created + BATCH_RETENTION)
