"""One video at a time: create, get, cancel, delete."""

from collections.abc import Callable
from typing import Any, Final

import orjson

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Accept, Answer, Call, CancelDecision, CreateJob, OperationHandler, Refuse
from mockserver.vendors.commands import (
    JobSnapshot,
    count_poll,
    decide_cancel,
    record_command,
    render_scripted,
    snapshot,
)
from mockserver.vendors.phaseo.errors import JSON_CONTENT_TYPE, NO_STORE, cancel_disabled_response, error_response
from mockserver.vendors.phaseo.models import CANCEL_FAILURE_REASONS, DEFAULT_MODEL_NAME, find_model, native_id
from mockserver.vendors.phaseo.requests import find_issues
from mockserver.vendors.phaseo.responses import created_body, unchanged_until, video_body
from mockserver.vendors.phaseo.states import CANCEL_TABLE, DELETABLE, NOT_TERMINAL
from mockserver.vendors.phaseo.traits import CancelSupport, traits_of

VIDEO_KIND: Final = "video"

VideoHandler = Callable[[Call, Job], Answer]


def find_video(call: Call) -> Job | Response:
    """The video that the path names, or the 404 for it; a deleted one is told apart from an unknown one."""
    video_id = call.path_params["video_id"]
    job = call.view.job(VIDEO_KIND, video_id)
    if job is None or call.now < job.created:
        return error_response(call, "not_found", "video_not_found_or_not_owned", video_id=video_id)
    if job.last_command("delete") is not None:
        return error_response(call, "not_found", "video_deleted", video_id=video_id)
    return job


def with_video(handler: VideoHandler) -> OperationHandler:
    """A handler of a video's own routes, called with the video."""

    def handle(call: Call) -> Answer:
        job = find_video(call)
        return Answer(job) if isinstance(job, Response) else handler(call, job)

    return handle


def uncached_json(value: Any, status: int = 200) -> Response:
    """A JSON answer that no cache may keep."""
    return Response(status, (JSON_CONTENT_TYPE, NO_STORE), orjson.dumps(value))


def create_video(call: Call) -> Answer:
    """POST /v1/videos: 202 with the public object until June (specification), then 200 with a reduced one (source)."""
    name = call.body.get("model", DEFAULT_MODEL_NAME)
    if isinstance(name, str) and not name.strip():
        return Answer(error_response(call, "model_required"))
    wrong = find_issues(call.body, traits_of(call))
    if wrong:
        return Answer(error_response(call, "validation_error", details=wrong))
    if find_model(name) is None:
        return Answer(error_response(call, "unsupported_model_or_endpoint", model=name))
    job = call.job_factory.create_job(VIDEO_KIND, call.body, call.view.next_number(VIDEO_KIND), call.now)
    now = snapshot(job, call.now)
    reduced = traits_of(call).asynchronous
    response = uncached_json(created_body(call, now)) if reduced else uncached_json(video_body(call, now), 202)
    return Answer(response, (CreateJob(job),))


def get_video(call: Call, job: Job) -> Answer:
    """GET /v1/videos/{video_id}: the only JSON answer without a Cache-Control (source of 2026-08-22)."""
    job, changes = count_poll(call, job)
    now = snapshot(job, call.now)
    return Answer(
        Response(200, (JSON_CONTENT_TYPE,), orjson.dumps(video_body(call, now))), changes, unchanged_until(call, now)
    )


def cancel_video(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/cancel: the era's 501 comes before the lookup, unless a scenario has a policy."""
    traits = traits_of(call)
    if call.script.cancel is None and (traits.cancel_support is not CancelSupport.WORKS or not traits.mounted):
        return Answer(cancel_disabled_response(call, traits, call.path_params["video_id"]))
    return with_video(_cancel_found_video)(call)


def _cancel_found_video(call: Call, job: Job) -> Answer:
    now = snapshot(job, call.now)
    verdict = decide_cancel(call, now)
    if not isinstance(verdict, CancelDecision):
        return Answer(render_scripted(call, verdict))
    if isinstance(verdict, Refuse):
        verdict = _usual_refusal(verdict, now)
    if isinstance(verdict, Refuse):
        return Answer(_cancel_error(call, now, verdict.error))
    if not isinstance(verdict, Accept):
        return Answer(uncached_json(video_body(call, now)))
    if call.script.cancel is None and job.spec["provider"] not in CANCEL_FAILURE_REASONS:
        return Answer(_cancel_unsupported(call, job))
    job, changes = record_command(call, job, name="cancel")
    return Answer(uncached_json(video_body(call, snapshot(job, call.now))), changes)


def _usual_refusal(verdict: Refuse, now: JobSnapshot) -> CancelDecision:
    """A refusal without a name (a scenario's, or of an era that cancels nothing): what a working cancel says.

    In a live state the provider is taken to have refused.
    """
    if verdict.error:
        return verdict
    usual = CANCEL_TABLE.get(now.state, Refuse(""))
    return Refuse("") if isinstance(usual, Accept) else usual


def _cancel_error(call: Call, now: JobSnapshot, name: str) -> Response:
    job = now.job
    if name == NOT_TERMINAL:
        return error_response(call, "validation_error", name, video_id=job.id, status=now.state)
    provider = job.spec["provider"]
    reason = CANCEL_FAILURE_REASONS.get(provider, "video_cancel_provider_upstream_error")
    task = native_id(job.id, provider or "", job.spec["model"])
    return error_response(call, "upstream_error", reason, video_id=job.id, provider=provider, provider_task_id=task)


def _cancel_unsupported(call: Call, job: Job) -> Response:
    provider = job.spec["provider"]
    native = native_id(job.id, provider or "", job.spec["model"])
    reason = "video_cancel_provider_not_supported"
    return error_response(
        call, "not_implemented_yet", reason, video_id=job.id, provider=provider, native_video_id=native
    )


def delete_video(call: Call, job: Job) -> Answer:
    """DELETE /v1/videos/{video_id}: of a completed or failed video."""
    state = snapshot(job, call.now).state
    if state not in DELETABLE:
        reason = "video_delete_requires_terminal_status"
        return Answer(error_response(call, "validation_error", reason, video_id=job.id, status=state))
    _, changes = record_command(call, job, name="delete")
    gone = {"id": job.id, "object": "video.deleted", "deleted": True}
    return Answer(Response(200, (JSON_CONTENT_TYPE,), orjson.dumps(gone)), changes)
