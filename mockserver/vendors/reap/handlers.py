"""What each operation does: a check of the request, a look at the project, an answer."""

import re
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Final

from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Accept, Answer, Call, Create, Handler, Refuse, Repeat, Verdict
from mockserver.vendors.commands import (
    Now,
    answer,
    apply,
    cancel_verdict,
    find,
    json_response,
    look,
    observe,
    scripted,
)
from mockserver.vendors.reap import errors, media, render
from mockserver.vendors.reap.clips import clips
from mockserver.vendors.reap.lifecycle import WORKING, looks_stuck
from mockserver.vendors.reap.spec import SHORTEST_WINDOW, fetchable, host_of
from mockserver.vendors.reap.validate import CLIP, CLIPS, CREATE, PAGES, PROJECT_ID, UPDATE, UPLOAD_URL, Fields, flaws
from mockserver.vendors.script import Scripted

_ID: Final = re.compile(r"[0-9a-fA-F]{24}")

Values = Mapping[str, Any]
"""The fields of a request that were found fit: its body, or its query."""


def checked(place: str, fields: Fields, then: Callable[[Call, Values], Answer]) -> Handler:
    """A handler that answers 422 unless the body or the query (`place`) fits the fields."""

    def handle(call: Call) -> Answer:
        values = call.body if place == "body" else dict(call.request.parameters())
        wrong = flaws(place, values, fields)
        return answer(errors.invalid(wrong)) if wrong else then(call, values)

    return handle


def on_project(place: str, fields: Fields, then: Callable[[Call, Job, Values], Answer]) -> Handler:
    """A handler about the project that `projectId` names; 404 where there is none (inferred)."""

    def handle(call: Call, values: Values) -> Answer:
        job = find(call, "project", values["projectId"])
        return answer(errors.refuse(404, errors.NO_PROJECT)) if job is None else then(call, job, values)

    return checked(place, fields, handle)


def creator(kind: str) -> Handler:
    """The handler of a create operation, by the type of project it makes."""

    def handle(call: Call, values: Values) -> Answer:
        known = {name: values.get(name) for name in CREATE[kind]}
        wrong = source_flaw(known)
        if wrong:
            return answer(errors.refuse(400, wrong))
        upload = find(call, "upload", known["uploadId"] or "")
        body = {**values, "projectType": kind, "title": "" if upload is None else upload.spec["fileName"]}
        job = call.plans.job("project", body, call.view.next_number("project"), call.now)
        return answer(_project(call, job), Create(job))

    return checked("body", CREATE[kind], handle)


def source_flaw(values: Values) -> str:
    """Why a create is refused with 400, or nothing; `values` are the fields of its table, found fit.

    A refused request makes no project and costs nothing.
    """
    url, upload = values.get("sourceUrl"), values.get("uploadId")
    if not url and not upload:
        return errors.MISSING_SOURCE
    if url and upload:
        return errors.TWO_SOURCES
    if upload and not _ID.fullmatch(upload):
        return errors.BAD_UPLOAD
    end = values.get("selectedEnd")
    if end is not None and end - (values.get("selectedStart") or 0) < SHORTEST_WINDOW:
        return errors.WINDOW_TOO_SHORT
    if url and not fetchable(url):
        return errors.UNFETCHABLE.format(host=host_of(url))
    return ""


def _upload_url(call: Call, values: Values) -> Answer:
    job = call.plans.job("upload", values, call.view.next_number("upload"), call.now)
    return answer(json_response(200, render.upload(job, call.base_url)), Create(job))


def upload(call: Call) -> Answer:
    """Take a file that is put to an upload URL, and forget it; the key is not asked for (the page of
    get-upload-url)."""
    known = find(call, "upload", call.params["upload_id"])
    return answer(errors.refuse(404, errors.NO_FILE) if known is None else Response(200))


def content(call: Call) -> Answer:
    """Serve a project's file; the service's own URLs lead to a storage and need no key either."""
    job = find(call, "project", call.params["project_id"])
    file = None if job is None else media.content(look(job, call.now), call.query("file", media.THUMBNAIL))
    if file is None:
        return answer(errors.refuse(404, errors.NO_FILE))
    return answer(Response(200, (("Content-Type", file[0]),), file[1]))


def _project(call: Call, job: Job) -> Response:
    return json_response(200, render.project(look(job, call.now), call.base_url))


def polled(show: Callable[[Now, str], Any]) -> Callable[[Call, Job, Values], Answer]:
    """A read that counts as a poll."""

    def handle(call: Call, job: Job, values: Values) -> Answer:
        seen, changes = observe(call, job)
        now = look(seen, call.now)
        return answer(json_response(200, show(now, call.base_url)), *changes, valid_until=now.steady_until)

    return handle


def _clips(call: Call, job: Job, values: Values) -> Answer:
    now = look(job, call.now)
    made = clips(now, call.base_url)
    start, size = _page(values)
    body = {"clips": made[start : start + size], **_paged(values, len(made), "totalClips")}
    return answer(json_response(200, body), valid_until=now.steady_until)


def _clip(call: Call, job: Job, values: Values) -> Answer:
    now = look(job, call.now)
    clip = next((clip for clip in clips(now, call.base_url) if clip["id"] == values["clipId"]), None)
    response = errors.refuse(404, errors.NO_CLIP) if clip is None else json_response(200, clip)
    return answer(response, valid_until=now.steady_until)


def _list(call: Call, values: Values) -> Answer:
    start, size = _page(values)
    total = call.view.count("project", call.now)
    jobs = islice(call.view.jobs("project", call.now), start, start + size) if start < total else ()
    projects = [render.project(look(job, call.now), call.base_url) for job in jobs]
    return answer(json_response(200, {"projects": projects, **_paged(values, total, "totalProjects")}))


def _page(values: Values) -> tuple[int, int]:
    """Where a page starts, and how much it holds."""
    page, size = (int(values.get(name, PAGES[name].default)) for name in ("page", "pageSize"))
    return (page - 1) * size, size


def _paged(values: Values, total: int, name: str) -> dict[str, int]:
    """What a page says about itself; nothing at all makes no pages (inferred)."""
    start, size = _page(values)
    return {"currentPage": start // size + 1, "totalPages": -(-total // size), name: total}


def _update(call: Call, job: Job, values: Values) -> Answer:
    now = look(job, call.now)
    if now.state == "cancelled" or not now.terminal:
        return _refused("busy" if not now.terminal else "locked")
    renamed, changes = apply(call, job, name="update", title=values["title"])
    return answer(_project(call, renamed), *changes)


def _delete(call: Call, job: Job, values: Values) -> Answer:
    if not look(job, call.now).terminal:
        return _refused("busy")
    gone, changes = apply(call, job, name="delete")
    return answer(json_response(200, {"projectId": gone.id, "deleted": True}), *changes)


def _cancel(call: Call, job: Job, values: Values) -> Answer:
    verdict = within_window(call, look(job, call.now))
    if isinstance(verdict, Scripted):
        return answer(scripted(call, verdict))
    if isinstance(verdict, Refuse):
        return _refused(verdict.error)
    cancelled, changes = apply(call, job, name="cancel")
    return answer(_project(call, cancelled), *changes)


def within_window(call: Call, now: Now) -> Accept | Refuse | Scripted:
    """What a cancel meets: the table's word or the scenario's, and in a working state the stuck window's.

    A scenario that names the states itself (`from:`) is taken at its word; one that says only what follows leaves
    the when to the vendor, and so to the window.
    """
    verdict: Verdict | Scripted = cancel_verdict(call, now)
    assert not isinstance(verdict, Repeat)  # noqa: S101 -- the table has none
    script = call.script.cancel
    named = script is not None and script.sources is not None
    if not isinstance(verdict, Accept) or now.state not in WORKING or named or looks_stuck(now, call.now):
        return verdict
    return Refuse("too late") if script is None or script.refusal is None else script.refusal


def _refused(why: str) -> Answer:
    return answer(errors.refuse(400, errors.STATE_REFUSALS[why]))


upload_url: Final = checked("body", UPLOAD_URL, _upload_url)
status: Final = on_project("query", PROJECT_ID, polled(lambda now, base_url: render.status(now)))
details: Final = on_project("query", PROJECT_ID, polled(render.project))
clip_list: Final = on_project("query", CLIPS, _clips)
clip: Final = on_project("query", CLIP, _clip)
project_list: Final = checked("query", PAGES, _list)
update: Final = on_project("body", UPDATE, _update)
delete: Final = on_project("query", PROJECT_ID, _delete)
cancel: Final = on_project("body", PROJECT_ID, _cancel)
