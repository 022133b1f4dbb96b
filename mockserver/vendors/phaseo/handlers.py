"""One video at a time: create, get, cancel, delete."""

from collections.abc import Callable
from typing import Any, Final

import orjson

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Accept, Answer, Call, Create, Handler, Refuse, Verdict
from mockserver.vendors.commands import Now, apply, cancel_verdict, look, observe, scripted
from mockserver.vendors.phaseo.errors import JSON, NO_STORE, cancel_off, err
from mockserver.vendors.phaseo.lifecycle import CANCEL, DELETABLE, NOT_TERMINAL
from mockserver.vendors.phaseo.models import CANCEL_FAILED, UNNAMED, find_model, native_id
from mockserver.vendors.phaseo.render import created, steady_until, video
from mockserver.vendors.phaseo.traits import Cancelling, traits_of
from mockserver.vendors.phaseo.validate import problems

VIDEO: Final = "video"

VideoHandler = Callable[[Call, Job], Answer]


def found(call: Call) -> Job | Response:
    """The video that the path names, or the 404 for it; a deleted one is told apart from an unknown one."""
    video_id = call.params["video_id"]
    job = call.view.job(VIDEO, video_id)
    if job is None or call.now < job.created:
        return err(call, "not_found", "video_not_found_or_not_owned", video_id=video_id)
    if job.last("delete") is not None:
        return err(call, "not_found", "video_deleted", video_id=video_id)
    return job


def on_video(handler: VideoHandler) -> Handler:
    """A handler of a video's own routes, called with the video."""

    def handle(call: Call) -> Answer:
        job = found(call)
        return Answer(job) if isinstance(job, Response) else handler(call, job)

    return handle


def answered(value: Any, status: int = 200) -> Response:
    """A JSON answer that no cache may keep."""
    return Response(status, (JSON, NO_STORE), orjson.dumps(value))


def create(call: Call) -> Answer:
    """POST /v1/videos: 202 with the public object until June (specification), then 200 with a reduced one (source)."""
    name = call.body.get("model", UNNAMED)
    if isinstance(name, str) and not name.strip():
        return Answer(err(call, "model_required"))
    wrong = problems(call.body, traits_of(call))
    if wrong:
        return Answer(err(call, "validation_error", details=wrong))
    if find_model(name) is None:
        return Answer(err(call, "unsupported_model_or_endpoint", model=name))
    job = call.plans.job(VIDEO, call.body, call.view.next_number(VIDEO), call.now)
    now = look(job, call.now)
    reduced = traits_of(call).asynchronous
    response = answered(created(call, now)) if reduced else answered(video(call, now), 202)
    return Answer(response, (Create(job),))


def get(call: Call, job: Job) -> Answer:
    """GET /v1/videos/{video_id}: the only JSON answer without a Cache-Control (source of 2026-08-22)."""
    job, changes = observe(call, job)
    now = look(job, call.now)
    return Answer(Response(200, (JSON,), orjson.dumps(video(call, now))), changes, steady_until(call, now))


def cancel(call: Call) -> Answer:
    """POST /v1/videos/{video_id}/cancel: the era's 501 comes before the lookup, unless a scenario has a policy."""
    traits = traits_of(call)
    if call.script.cancel is None and (traits.cancelling is not Cancelling.WORKS or not traits.mounted):
        return Answer(cancel_off(call, traits, call.params["video_id"]))
    return on_video(_cancel)(call)


def _cancel(call: Call, job: Job) -> Answer:
    now = look(job, call.now)
    verdict = cancel_verdict(call, now)
    if not isinstance(verdict, Verdict):
        return Answer(scripted(call, verdict))
    if isinstance(verdict, Refuse):
        verdict = _worded(verdict, now)
    if isinstance(verdict, Refuse):
        return Answer(_refused(call, now, verdict.error))
    if not isinstance(verdict, Accept):
        return Answer(answered(video(call, now)))
    if call.script.cancel is None and job.spec["provider"] not in CANCEL_FAILED:
        return Answer(_unsupported(call, job))
    job, changes = apply(call, job, name="cancel")
    return Answer(answered(video(call, look(job, call.now))), changes)


def _worded(verdict: Refuse, now: Now) -> Verdict:
    """A refusal without a name (a scenario's, or of an era that cancels nothing): what a working cancel says.

    In a live state the provider is taken to have refused.
    """
    if verdict.error:
        return verdict
    usual = CANCEL.get(now.state, Refuse(""))
    return Refuse("") if isinstance(usual, Accept) else usual


def _refused(call: Call, now: Now, name: str) -> Response:
    job = now.job
    if name == NOT_TERMINAL:
        return err(call, "validation_error", name, video_id=job.id, status=now.state)
    provider = job.spec["provider"]
    reason = CANCEL_FAILED.get(provider, "video_cancel_provider_upstream_error")
    task = native_id(job.id, provider or "", job.spec["model"])
    return err(call, "upstream_error", reason, video_id=job.id, provider=provider, provider_task_id=task)


def _unsupported(call: Call, job: Job) -> Response:
    provider = job.spec["provider"]
    native = native_id(job.id, provider or "", job.spec["model"])
    reason = "video_cancel_provider_not_supported"
    return err(call, "not_implemented_yet", reason, video_id=job.id, provider=provider, native_video_id=native)


def delete(call: Call, job: Job) -> Answer:
    """DELETE /v1/videos/{video_id}: of a completed or failed video."""
    state = look(job, call.now).state
    if state not in DELETABLE:
        reason = "video_delete_requires_terminal_status"
        return Answer(err(call, "validation_error", reason, video_id=job.id, status=state))
    _, changes = apply(call, job, name="delete")
    gone = {"id": job.id, "object": "video.deleted", "deleted": True}
    return Answer(Response(200, (JSON,), orjson.dumps(gone)), changes)
