"""A vendor in a package of its own, as a stranger would write it: a pottery whose calls have the paths of Phaseo's."""

from mockserver.core.instants import SECOND
from mockserver.core.job import CANCEL
from mockserver.core.lifecycle import Lifecycle, Transition, Trigger
from mockserver.core.timeline import NO_END, Timed, TimelineStep
from mockserver.vendors.api import (
    Accept,
    Answer,
    BodyPolicy,
    CreateJob,
    Era,
    JobKind,
    Operation,
    RequestError,
    Role,
    Vendor,
    build_timeline,
)
from mockserver.vendors.commands import count_poll, decide_cancel, find_job, record_command, snapshot
from mockserver.vendors.http import json_response

POT = Lifecycle(
    "pot",
    ("wet", "firing", "done", "smashed"),
    (
        Transition("wet", "firing"),
        Transition("firing", "done"),
        Transition("wet", "smashed", Trigger.CANCEL),
        Transition("firing", "smashed", Trigger.CANCEL),
    ),
    frozenset({"done", "smashed"}),
)


def shown(call, job):
    """Return the body that shows a job."""
    return {"id": job.id, "state": snapshot(job, call.now).state}


def create(call):
    """Answer `create`."""
    job = call.job_factory.create_job("pot", call.body, call.view.next_number("pot"), call.now)
    return Answer(json_response(201, shown(call, job)), (CreateJob(job),))


def get(call):
    """Answer `get`."""
    job = find_job(call, "pot", call.path_params["video_id"])
    if job is None:
        return Answer(json_response(404, {"error": "no such pot"}))
    seen, changes = count_poll(call, job)
    return Answer(json_response(200, shown(call, seen)), changes, snapshot(seen, call.now).unchanged_until)


def cancel(call):
    """Answer `cancel`."""
    job = find_job(call, "pot", call.path_params["video_id"])
    if job is None:
        return Answer(json_response(404, {"error": "no such pot"}))
    if not isinstance(decide_cancel(call, snapshot(job, call.now)), Accept):
        return Answer(json_response(409, {"error": "too late"}))
    smashed, changes = record_command(call, job, CANCEL)
    return Answer(json_response(200, shown(call, smashed)), changes)


def api_key(request):
    """Return the key of a request."""
    return request.headers.get("authorization", "").removeprefix("Bearer ") or RequestError.NO_KEY


OPERATIONS = (
    Operation("create", "pot", "POST", "/v1/videos", create, role=Role.CREATE, body=BodyPolicy.JSON),
    Operation(
        "get", "pot", "GET", "/v1/videos/{video_id}", get, role=Role.READ, polls=True, id_in=("path", "video_id")
    ),
    Operation(
        "cancel", "pot", "POST", "/v1/videos/{video_id}/cancel", cancel, role=Role.CANCEL, id_in=("path", "video_id")
    ),
)
SMASH = Accept((TimelineStep("smashed"),))
ERA = Era(
    vendor="pottery",
    date="2026-01-01",
    summary="A pottery.",
    prefix="/v1",
    operations=OPERATIONS,
    kinds={
        "pot": JobKind(
            lifecycle=POT,
            timeline=build_timeline(("wet", Timed(2 * SECOND)), ("firing", Timed(8 * SECOND)), ("done", NO_END)),
            new_id=lambda seed, number, at: f"pot-{number}",
            id_pattern=r"pot-\d+",
            build_spec=dict,
            example={"shape": "jug"},
            cancel_table={"wet": SMASH, "firing": SMASH},
        )
    },
    parse_api_key=api_key,
    render_request_error=lambda call, error, detail: json_response(400, {"error": detail}),
    render_status_error=lambda call, status, message: json_response(status, {"error": message}),
    error_reason=lambda body: body.get("error", ""),
    auth_headers=lambda key: {"Authorization": f"Bearer {key}"},
)
VENDOR = Vendor("pottery", "Pottery", (ERA,), lambda url, key: f"Pottery({url!r}, {key!r})", api="1")
