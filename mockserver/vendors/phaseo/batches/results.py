"""The results of a batch: GET /v1/batches/{batch_id}/results, and the limit on its downloads (code of 2026-09-17).

The answer is the provider's own JSON lines, the output file and then the error file: OpenAI's lines, so a row is found
by its `custom_id`; the lines of one file stand in the order of the requests (inferred: no provider promises an order).
A batch that has ended without any output has no results.

The refusals have three shapes: 404 and 502 the gateway's, 409, 429, 501 and 503 a flat one without `status_code` and
`reason`. Their order: key, preview, batch, provider, readiness, limit. Only what passes readiness counts as an attempt.
"""

from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.ids import seeded_bytes
from mockserver.core.instants import MINUTE, Instant
from mockserver.core.job import Job, StateSpan
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, ConsumeLimit, Source, VendorRule
from mockserver.vendors.commands import JobSnapshot, snapshot
from mockserver.vendors.phaseo.batches.responses import INPUT_TOKENS, OUTPUT_TOKENS, request_error, response_status
from mockserver.vendors.phaseo.errors import error_response, results_refusal

DOWNLOAD_LIMIT: Final = RateLimit(10, 30 * MINUTE, rolling=True)
"""Attempts for one batch, by all keys of the workspace together."""

_HEADERS: Final = (
    ("Content-Type", "application/x-ndjson"),
    ("Cache-Control", "private, no-store"),
    ("X-Content-Type-Options", "nosniff"),
)


def get_batch_results(call: Call, job: Job) -> Answer:
    """GET /v1/batches/{batch_id}/results: the provider's lines; no poll."""
    now = snapshot(job, call.now)
    if not now.terminal:
        return Answer(results_refusal(call, 409))
    bucket = ("*", f"results of {job.id}")
    window = call.view.window(bucket) or LimitWindow(call.now)
    passes, window = window.take(DOWNLOAD_LIMIT, call.now)
    if not passes:
        return Answer(results_refusal(call, 429, str(window.retry_after(DOWNLOAD_LIMIT, call.now))))
    attempt = (ConsumeLimit(bucket, window),)
    prepared = call.prepared
    if prepared is None or prepared.version != job.version:
        prepared = prepare_results(job, call.now)
    if not prepared.body:
        return Answer(error_response(call, "not_found", "batch_results_unavailable", batch_id=job.id), attempt)
    file_name = ("Content-Disposition", f'attachment; filename="{job.id}.jsonl"')
    return Answer(Response(200, (*_HEADERS, file_name), prepared.body), attempt)


class PreparedResults(NamedTuple):
    """The results of a batch with that many inputs, if it has ended; what has ended does not change with time."""

    version: int
    body: bytes


def prepare_results(job: Job, now: Instant) -> PreparedResults:
    """Render the results of a batch, of which there may be 50,000 lines; without a body while it goes on."""
    seen = snapshot(job, now)
    return PreparedResults(job.version if seen.terminal else -1, b"".join(result_lines(seen)) if seen.terminal else b"")


def result_lines(now: JobSnapshot) -> list[bytes]:
    """Render the lines of an ended batch: first those of the completed requests, then those of the failed ones."""
    rows = list(zip(now.job.spec["items"], [spans[-1] for spans in now.items], strict=True))
    return [
        _line(now.job, index, item, span)
        for state in ("completed", "failed")
        for index, (item, span) in enumerate(rows)
        if span.state == state
    ]


def _line(job: Job, index: int, item: dict[str, Any], span: StateSpan) -> bytes:
    identity = seeded_bytes(job.id, "result", index).hex()
    if span.state == "completed":
        body = {**_completion(job, identity, item["model"]), **span.step.fields.get("data", {})}
    else:
        body = {"error": request_error(span)}
    line = {
        "id": f"batch_req_{identity}",
        "custom_id": item["custom_id"],
        "response": {"status_code": response_status(span), "request_id": f"req_{identity[:16]}", "body": body},
        "error": None,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


_TEXT: Final = "A mock answer."


def _completion(job: Job, identity: str, model: str) -> dict[str, Any]:
    """Return the body of a completed request in the form of its endpoint (invented, as far as clients read it)."""
    if job.spec["endpoint"] == "/v1/chat/completions":
        message = {"role": "assistant", "content": _TEXT}
        return {
            "id": f"chatcmpl-{identity[:24]}",
            "object": "chat.completion",
            "model": model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS},
        }
    content = [{"type": "output_text", "text": _TEXT}]
    return {
        "id": f"resp_{identity}",
        "object": "response",
        "status": "completed",
        "model": model,
        "output": [{"type": "message", "role": "assistant", "content": content}],
        "usage": {"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS},
    }


_CODE: Final = "phaseoteam/Phaseo"
_DATE: Final = "2026-09-17"
RULES: Final = (
    VendorRule("responses", "batch_results", "the provider's lines, once the batch has ended and has output",
               Source(_CODE, _DATE, "The files of the provider are streamed, the output before the errors.")),
    VendorRule("limits", "batch_results", f"{DOWNLOAD_LIMIT.description} for each batch, then 429 with Retry-After",
               Source(_CODE, _DATE, "Attempts are counted per workspace and batch, failed ones too.")),
    VendorRule("errors", "batch_results", "409, 429, 501 and 503 are flat: error, message, request_id",
               Source(_CODE, _DATE, "They are not built by the error helper.")),
)  # fmt: skip
