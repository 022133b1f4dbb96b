"""What each operation does: a check of the request, a look at the project, an answer."""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import (
    Accept,
    AlreadyCancelled,
    Answer,
    Call,
    CancelDecision,
    CreateJob,
    OperationHandler,
    Refuse,
)
from mockserver.vendors.commands import (
    JobSnapshot,
    count_poll,
    decide_cancel,
    find_job,
    json_response,
    make_answer,
    record_command,
    render_scripted,
    snapshot,
)
from mockserver.vendors.reap import errors, media, responses
from mockserver.vendors.reap.outputs import project_clips
from mockserver.vendors.reap.requests import (
    CLIP_FIELDS,
    CLIP_LIST_FIELDS,
    CREATE_FIELDS,
    PAGE_FIELDS,
    PROJECT_ID_FIELDS,
    UPDATE_FIELDS,
    UPLOAD_URL_FIELDS,
    FieldTable,
    find_errors,
)
from mockserver.vendors.reap.spec import MIN_WINDOW_SECONDS, host_of, is_fetchable
from mockserver.vendors.reap.states import WORKING_STATES, looks_stuck
from mockserver.vendors.script import ScriptedResponse

_HEX_ID: Final = re.compile(r"[0-9a-fA-F]{24}")

RequestValues = Mapping[str, Any]
"""The fields of a request that were found fit: its body, or its query."""


def with_valid_fields(
    place: str, fields: FieldTable, handler: Callable[[Call, RequestValues], Answer]
) -> OperationHandler:
    """A handler that answers 422 unless the body or the query (`place`) fits the fields."""

    def handle(call: Call) -> Answer:
        values = call.body if place == "body" else dict(call.request.query_parameters())
        wrong = find_errors(place, values, fields)
        return make_answer(errors.validation_error_response(wrong)) if wrong else handler(call, values)

    return handle


def with_project(
    place: str, fields: FieldTable, handler: Callable[[Call, Job, RequestValues], Answer]
) -> OperationHandler:
    """A handler about the project that `projectId` names; 404 where there is none (inferred)."""

    def handle(call: Call, values: RequestValues) -> Answer:
        job = find_job(call, "project", values["projectId"])
        return make_answer(errors.error_response(404, errors.NO_PROJECT)) if job is None else handler(call, job, values)

    return with_valid_fields(place, fields, handle)


def create_handler(kind: str) -> OperationHandler:
    """The handler of a create operation, by the type of project it makes."""

    def handle(call: Call, values: RequestValues) -> Answer:
        known = {name: values.get(name) for name in CREATE_FIELDS[kind]}
        wrong = source_error(known)
        if wrong:
            return make_answer(errors.error_response(400, wrong))
        upload = find_job(call, "upload", known["uploadId"] or "")
        body = {**values, "projectType": kind, "title": "" if upload is None else upload.spec["fileName"]}
        job = call.job_factory.create_job("project", body, call.view.next_number("project"), call.now)
        return make_answer(_project_response(call, job), CreateJob(job))

    return with_valid_fields("body", CREATE_FIELDS[kind], handle)


def source_error(values: RequestValues) -> str:
    """Why a create is refused with 400, or nothing; `values` are the fields of its table, found fit.

    A refused request makes no project and costs nothing.
    """
    url, upload = values.get("sourceUrl"), values.get("uploadId")
    if not url and not upload:
        return errors.MISSING_SOURCE
    if url and upload:
        return errors.TWO_SOURCES
    if upload and not _HEX_ID.fullmatch(upload):
        return errors.BAD_UPLOAD
    end = values.get("selectedEnd")
    if end is not None and end - (values.get("selectedStart") or 0) < MIN_WINDOW_SECONDS:
        return errors.WINDOW_TOO_SHORT
    if url and not is_fetchable(url):
        return errors.UNFETCHABLE.format(host=host_of(url))
    return ""


def _create_upload(call: Call, values: RequestValues) -> Answer:
    job = call.job_factory.create_job("upload", values, call.view.next_number("upload"), call.now)
    return make_answer(json_response(200, responses.upload_body(job, call.base_url)), CreateJob(job))


def receive_upload(call: Call) -> Answer:
    """Take a file that is put to an upload URL, and forget it; the key is not asked for (the page of
    get-upload-url)."""
    known = find_job(call, "upload", call.path_params["upload_id"])
    return make_answer(errors.error_response(404, errors.NO_FILE) if known is None else Response(200))


def get_file(call: Call) -> Answer:
    """Serve a project's file; the service's own URLs lead to a storage and need no key either."""
    job = find_job(call, "project", call.path_params["project_id"])
    file = None if job is None else media.file_content(snapshot(job, call.now), call.query("file", media.THUMBNAIL))
    if file is None:
        return make_answer(errors.error_response(404, errors.NO_FILE))
    return make_answer(Response(200, (("Content-Type", file[0]),), file[1]))


def _project_response(call: Call, job: Job) -> Response:
    return json_response(200, responses.project_body(snapshot(job, call.now), call.base_url))


def poll_handler(render: Callable[[JobSnapshot, str], Any]) -> Callable[[Call, Job, RequestValues], Answer]:
    """A read that counts as a poll."""

    def handle(call: Call, job: Job, values: RequestValues) -> Answer:
        seen, changes = count_poll(call, job)
        now = snapshot(seen, call.now)
        return make_answer(json_response(200, render(now, call.base_url)), *changes, valid_until=now.unchanged_until)

    return handle


def _list_clips(call: Call, job: Job, values: RequestValues) -> Answer:
    now = snapshot(job, call.now)
    made = project_clips(now, call.base_url)
    start, size = _page_bounds(values)
    body = {"clips": made[start : start + size], **_page_info(values, len(made), "totalClips")}
    return make_answer(json_response(200, body), valid_until=now.unchanged_until)


def _get_clip(call: Call, job: Job, values: RequestValues) -> Answer:
    now = snapshot(job, call.now)
    clip = next((clip for clip in project_clips(now, call.base_url) if clip["id"] == values["clipId"]), None)
    response = errors.error_response(404, errors.NO_CLIP) if clip is None else json_response(200, clip)
    return make_answer(response, valid_until=now.unchanged_until)


def _list_projects(call: Call, values: RequestValues) -> Answer:
    start, size = _page_bounds(values)
    total = call.view.count("project", call.now)
    jobs = islice(call.view.jobs("project", call.now), start, start + size) if start < total else ()
    projects = [responses.project_body(snapshot(job, call.now), call.base_url) for job in jobs]
    return make_answer(json_response(200, {"projects": projects, **_page_info(values, total, "totalProjects")}))


def _page_bounds(values: RequestValues) -> tuple[int, int]:
    """Where a page starts, and how much it holds."""
    page, size = (int(values.get(name, PAGE_FIELDS[name].default)) for name in ("page", "pageSize"))
    return (page - 1) * size, size


def _page_info(values: RequestValues, total: int, name: str) -> dict[str, int]:
    """What a page says about itself; nothing at all makes no pages (inferred)."""
    start, size = _page_bounds(values)
    return {"currentPage": start // size + 1, "totalPages": -(-total // size), name: total}


def _update_project(call: Call, job: Job, values: RequestValues) -> Answer:
    now = snapshot(job, call.now)
    if now.state == "cancelled" or not now.terminal:
        return _state_error("busy" if not now.terminal else "locked")
    renamed, changes = record_command(call, job, name="update", title=values["title"])
    return make_answer(_project_response(call, renamed), *changes)


def _delete_project(call: Call, job: Job, values: RequestValues) -> Answer:
    if not snapshot(job, call.now).terminal:
        return _state_error("busy")
    gone, changes = record_command(call, job, name="delete")
    return make_answer(json_response(200, {"projectId": gone.id, "deleted": True}), *changes)


def _cancel_project(call: Call, job: Job, values: RequestValues) -> Answer:
    verdict = decide_project_cancel(call, snapshot(job, call.now))
    if isinstance(verdict, ScriptedResponse):
        return make_answer(render_scripted(call, verdict))
    if isinstance(verdict, Refuse):
        return _state_error(verdict.error)
    cancelled, changes = record_command(call, job, name="cancel")
    return make_answer(_project_response(call, cancelled), *changes)


def decide_project_cancel(call: Call, now: JobSnapshot) -> Accept | Refuse | ScriptedResponse:
    """What a cancel meets: the table's word or the scenario's, and in a working state the stuck window's.

    A scenario that names the states itself (`from:`) is taken at its word; one that says only what follows leaves
    the when to the vendor, and so to the window.
    """
    verdict: CancelDecision | ScriptedResponse = decide_cancel(call, now)
    assert not isinstance(verdict, AlreadyCancelled)  # noqa: S101 -- the table has none
    script = call.script.cancel
    named = script is not None and script.sources is not None
    if not isinstance(verdict, Accept) or now.state not in WORKING_STATES or named or looks_stuck(now, call.now):
        return verdict
    return Refuse("too late") if script is None or script.refusal is None else script.refusal


def _state_error(name: str) -> Answer:
    return make_answer(errors.error_response(400, errors.STATE_REFUSALS[name]))


create_upload: Final = with_valid_fields("body", UPLOAD_URL_FIELDS, _create_upload)
get_status: Final = with_project(
    "query", PROJECT_ID_FIELDS, poll_handler(lambda now, base_url: responses.status_body(now))
)
get_details: Final = with_project("query", PROJECT_ID_FIELDS, poll_handler(responses.project_body))
list_clips: Final = with_project("query", CLIP_LIST_FIELDS, _list_clips)
get_clip: Final = with_project("query", CLIP_FIELDS, _get_clip)
list_projects: Final = with_valid_fields("query", PAGE_FIELDS, _list_projects)
update_project: Final = with_project("body", UPDATE_FIELDS, _update_project)
delete_project: Final = with_project("query", PROJECT_ID_FIELDS, _delete_project)
cancel_project: Final = with_project("body", PROJECT_ID_FIELDS, _cancel_project)
