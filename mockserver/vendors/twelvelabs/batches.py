"""The batch operations: create, list, get, results, cancel, delete.

Sources: the page on cancelling a batch, the OpenAPI description of 2026-07-30 (statuses: 201, 200, 202), the Python SDK
1.2.9 to 1.3.6. Both eras are alike but for what `traits` names.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, Create
from mockserver.vendors.commands import Now, answer, apply, find, json_response, look, observe
from mockserver.vendors.twelvelabs import canceling
from mockserver.vendors.twelvelabs.checks import Flaw
from mockserver.vendors.twelvelabs.errors import VERSION, problem, refusal
from mockserver.vendors.twelvelabs.lifecycle import ACTIVE, BATCH, BATCH_RETENTION
from mockserver.vendors.twelvelabs.listing import asked_of
from mockserver.vendors.twelvelabs.render import batch_body, created_batch, result_line, tasks_of
from mockserver.vendors.twelvelabs.traits import traits_of
from mockserver.vendors.twelvelabs.validate import batch_flaw

MAGIC_ASSETS: Final = {
    "000000000000000000000000": "unknown_asset",
    "000000000000000000000001": "asset_not_ready",
}
"""Assets that a create is refused for: there is no asset endpoint here, every other id is an asset that is ready."""


def create(call: Call) -> Answer:
    """POST /analyze/batches: 201, or an error and nothing is created."""
    flaw = batch_flaw(call.body, traits_of(call.era))
    if flaw is not None:
        return answer(problem(call, 400, *flaw))
    name = _obstacle(call)
    if name:
        return answer(refusal(call, name))
    job = call.plans.job("batch", call.body, call.view.next_number("batch"), call.now)
    return answer(json_response(201, created_batch(look(job, call.now)), VERSION), Create(job))


def _obstacle(call: Call) -> str:
    """What a valid batch is refused for: an asset, or the account's limit of active batches."""
    assets = (request["video"]["asset_id"] for request in call.body["requests"])
    name = next((MAGIC_ASSETS[asset] for asset in assets if asset in MAGIC_ASSETS), "")
    if name:
        return name
    most = call.era.kinds["batch"].active_limit if call.script.active is None else call.script.active
    full = most and call.view.count("batch", call.now, states=ACTIVE) >= most
    return "too_many_batches" if full else ""


def list_(call: Call) -> Answer:
    """GET /analyze/batches: a page of the batches, newest first; `status` and `analysis_mode` may be repeated."""
    asked = asked_of(call, BATCH.states)
    if isinstance(asked, Flaw):
        return answer(problem(call, 400, *asked))
    batches = kept_batches(call, asked.states)
    found = [job for job in batches if asked.modes is None or job.spec["analysis_mode"] in asked.modes]
    return answer(json_response(200, asked.body(found, lambda job: batch_body(look(job, call.now), call.now)), VERSION))


def kept_batches(call: Call, states: frozenset[str] | None = None) -> Iterator[Job]:
    """The account's batches that are neither deleted nor past their 30 days, newest first."""
    return call.view.jobs("batch", call.now, states=states, since=max(0, call.now - BATCH_RETENTION + 1))


def get(call: Call) -> Answer:
    """GET /analyze/batches/{batch_id}: the batch; a poll."""
    job = _asked(call)
    if job is None:
        return answer(refusal(call, "unknown_batch"))
    job, changes = observe(call, job)
    now = look(job, call.now)
    return answer(_shown(200, now, call.now), *changes, valid_until=_steady(now))


def results(call: Call) -> Answer:
    """GET /analyze/batches/{batch_id}/results: one JSON line an item, at any time; no poll."""
    job = _asked(call)
    if job is None:
        return answer(refusal(call, "unknown_batch"))
    now = look(job, call.now)
    lines = b"".join(result_line(task) for task in tasks_of(now))
    headers = (("Content-Type", "application/jsonl"), VERSION)
    return answer(Response(200, headers, lines), valid_until=_steady(now))


def cancel(call: Call) -> Answer:
    """POST /analyze/batches/{batch_id}/cancel: 202 and the batch, `canceling` or, with nothing at work, `canceled`."""
    job = _asked(call)
    if job is None:
        return answer(refusal(call, "unknown_batch"))
    return canceling.cancel(call, job, lambda now: _shown(202, now, call.now))


def delete(call: Call) -> Answer:
    """DELETE /analyze/batches/{batch_id}: 200 and no body, once the batch has ended; its tasks go with it."""
    job = _asked(call)
    if job is None:
        return answer(refusal(call, "unknown_batch"))
    if not look(job, call.now).terminal:
        return answer(refusal(call, "batch_not_terminal"))
    _, changes = apply(call, job, name="delete")
    return answer(Response(200, (VERSION,)), *changes)


def _asked(call: Call) -> Job | None:
    return find(call, "batch", call.params["batch_id"])


def _shown(status: int, now: Now, at: Instant) -> Response:
    body: dict[str, Any] = batch_body(now, at)
    return json_response(status, body, VERSION)


def _steady(now: Now) -> Instant:
    """Until when the batch looks the same: its next change, or its deletion after 30 days."""
    return min(now.steady_until, now.job.created + BATCH_RETENTION)
