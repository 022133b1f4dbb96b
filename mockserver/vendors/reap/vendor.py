"""The one era of Reap: its operations and their handlers, its kinds of job, API key and rate limit.

The paths are under `/api/v1/automation`, in the headings of newer pages under `/automation`; both are served. The rate
limit of ten requests a minute is per key and operation, as most pages have it (the page on authentication: per key over
all operations); every answer to a known operation carries its headers.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from mockserver.core.ids import hex24
from mockserver.core.instants import MINUTE
from mockserver.core.job import DELETE, Job
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request, Response
from mockserver.vendors import http
from mockserver.vendors.api import (
    INFERRED,
    Answer,
    BodyPolicy,
    Call,
    CreateJob,
    Era,
    JobKind,
    Operation,
    OperationHandler,
    RequestError,
    Role,
    SdkVariable,
    Source,
    VendorRule,
)
from mockserver.vendors.checks import FieldTable, find_mistakes
from mockserver.vendors.commands import JobSnapshot, cancel_job, count_poll, find_job, record_command, snapshot
from mockserver.vendors.http import json_response
from mockserver.vendors.reap import errors, events, requests, responses, states
from mockserver.vendors.reap.requests import PAGE_FIELDS

PREFIX: Final = "/api/v1/automation"
_SHORT_PREFIX: Final = "/automation"
_RATE_LIMIT: Final = RateLimit(10, MINUTE)
_EXAMPLE_UPLOAD: Final = {"uploadId": "65f1a2b3c4d5e6f7a8b9c0d1"}
_EXAMPLE_DUBBING: Final = {**_EXAMPLE_UPLOAD, "sourceLanguage": "en", "targetLanguage": "fr"}
_EXAMPLE_SOURCE: Final = {"sourceUrl": "https://videos.example.com/talks/keynote.mp4"}

RequestValues = Mapping[str, Any]
"""The fields of a valid request: its body, or its query."""


def with_valid_fields(
    location: str, fields: FieldTable, handler: Callable[[Call, RequestValues], Answer]
) -> OperationHandler:
    """Wrap a handler: answer 422 unless the body or the query (`location`) fits the fields."""

    def handle(call: Call) -> Answer:
        values = call.body if location == "body" else dict(call.request.query_parameters())
        mistakes = find_mistakes(location, values, fields)
        if mistakes:
            return Answer(errors.validation_error_response([requests.word_mistake(each) for each in mistakes]))
        return handler(call, values)

    return handle


def with_project(
    location: str, fields: FieldTable, handler: Callable[[Call, Job, RequestValues], Answer]
) -> OperationHandler:
    """Wrap a handler about the project that `projectId` names: answer 404 if there is none (inferred)."""

    def handle(call: Call, values: RequestValues) -> Answer:
        """Answer a call about a project; one that does not exist is an error."""
        job = find_job(call, "project", values["projectId"])
        if job is None:
            return Answer(errors.named_error("no project"))
        return handler(call, job, values)

    return with_valid_fields(location, fields, handle)


def create_handler(project_type: str) -> OperationHandler:
    """Build the handler of a create operation, by the type of project that it creates."""
    fields = requests.CREATE_FIELDS[project_type]

    def handle(call: Call, values: RequestValues) -> Answer:
        """Create a project of this type, unless its source is refused."""
        known = {name: values.get(name) for name in fields}
        refusal = requests.source_error(known)
        if refusal is not None:
            return Answer(errors.named_error(refusal, host=requests.host_of(known.get("sourceUrl") or "")))
        upload = find_job(call, "upload", known["uploadId"] or "")
        body = {**values, "projectType": project_type, "title": ""}
        if upload is not None:
            body["title"] = upload.spec["fileName"]
        job = call.job_factory.create_job("project", body, call.view.next_number("project"), call.now)
        return Answer(_project_response(call, snapshot(job, call.now)), (CreateJob(job),))

    return with_valid_fields("body", fields, handle)


def create_upload(call: Call, values: RequestValues) -> Answer:
    """POST get-upload-url: a place to PUT a file."""
    job = call.job_factory.create_job("upload", values, call.view.next_number("upload"), call.now)
    return Answer(json_response(200, responses.upload_body(job, call.base_url)), (CreateJob(job),))


def receive_upload(call: Call) -> Answer:
    """PUT /uploads/{upload_id}: accept a file and drop it; no key is required (the page of get-upload-url)."""
    if find_job(call, "upload", call.path_params["upload_id"]) is None:
        return Answer(errors.named_error("no file"))
    return Answer(Response(200))


def get_file(call: Call) -> Answer:
    """GET /media/{project_id}: a project's file; the service's own URLs lead to a storage and need no key either."""
    job = find_job(call, "project", call.path_params["project_id"])
    if job is None:
        return Answer(errors.named_error("no file"))
    file = responses.file_content(snapshot(job, call.now), call.query("file", responses.THUMBNAIL))
    if file is None:
        return Answer(errors.named_error("no file"))
    content_type, content = file
    return Answer(Response(200, (("Content-Type", content_type),), content))


def _project_response(call: Call, now: JobSnapshot) -> Response:
    return json_response(200, responses.project_body(now, call.base_url))


def _poll(call: Call, job: Job, render: Callable[[JobSnapshot], Any]) -> Answer:
    polled, changes = count_poll(call, job)
    now = snapshot(polled, call.now)
    return Answer(json_response(200, render(now)), changes, now.unchanged_until)


def get_status(call: Call, job: Job, values: RequestValues) -> Answer:
    """GET get-project-status; counts as a poll."""
    return _poll(call, job, responses.status_body)


def get_details(call: Call, job: Job, values: RequestValues) -> Answer:
    """GET get-project-details; counts as a poll."""
    return _poll(call, job, lambda now: responses.project_body(now, call.base_url))


def list_clips(call: Call, job: Job, values: RequestValues) -> Answer:
    """GET get-project-clips: a page of them."""
    now = snapshot(job, call.now)
    clips = responses.project_clips(now, call.base_url)
    page = _parse_page(values)
    body = {"clips": clips[page.start : page.start + page.size], **_page_info(page, len(clips), "totalClips")}
    return Answer(json_response(200, body), valid_until=now.unchanged_until)


def get_clip(call: Call, job: Job, values: RequestValues) -> Answer:
    """GET get-clip-details."""
    now = snapshot(job, call.now)
    response = errors.named_error("no clip")
    for clip in responses.project_clips(now, call.base_url):
        if clip["id"] == values["clipId"]:
            response = json_response(200, clip)
    return Answer(response, valid_until=now.unchanged_until)


def list_projects(call: Call, values: RequestValues) -> Answer:
    """GET get-all-projects: a page of them, newest first."""
    page = _parse_page(values)
    total = call.view.count("project", call.now)
    jobs: Iterator[Job] = iter(())
    # A page number can be a billion: a list that is shorter is not read at all.
    if page.start < total:
        jobs = islice(call.view.jobs("project", call.now), page.start, page.start + page.size)
    projects = [responses.project_body(snapshot(job, call.now), call.base_url) for job in jobs]
    return Answer(json_response(200, {"projects": projects, **_page_info(page, total, "totalProjects")}))


def _parse_page(values: RequestValues) -> http.Page:
    return http.Page(
        number=int(values.get("page", PAGE_FIELDS["page"].default)),
        size=int(values.get("pageSize", PAGE_FIELDS["pageSize"].default)),
    )


def _page_info(page: http.Page, total: int, total_name: str) -> dict[str, int]:
    # That an empty list has 0 pages is inferred.
    return {"currentPage": page.number, "totalPages": page.count(total), total_name: total}


def update_project(call: Call, job: Job, values: RequestValues) -> Answer:
    """POST update-project: rename a project that has ended and is not cancelled."""
    before = snapshot(job, call.now)
    if not before.terminal:
        return Answer(errors.named_error("busy"))
    if before.state == "cancelled":
        return Answer(errors.named_error("locked"))
    renamed, changes = record_command(call, job, name="update", title=values["title"])
    return Answer(_project_response(call, snapshot(renamed, call.now)), changes)


def delete_project(call: Call, job: Job, values: RequestValues) -> Answer:
    """DELETE delete-project: delete a project that has ended."""
    if not snapshot(job, call.now).terminal:
        return Answer(errors.named_error("busy"))
    deleted, changes = record_command(call, job, DELETE)
    return Answer(json_response(200, {"projectId": deleted.id, "deleted": True}), changes)


def cancel_project(call: Call, job: Job, values: RequestValues) -> Answer:
    """POST cancel-project: as `states.CANCEL_TABLE` or the scenario decides."""
    return cancel_job(
        call, job, lambda now: _project_response(call, now), lambda name: errors.named_error(name or "refused")
    )


PROJECT_KIND: Final = JobKind(
    lifecycle=states.PROJECT_LIFECYCLE,
    timeline=states.PROJECT_TIMELINE,
    new_id=lambda seed, number, created: hex24(seed, "reap", "project", number, at=created),
    id_pattern="[0-9a-fA-F]{24}",
    build_spec=requests.build_spec,
    example={**_EXAMPLE_SOURCE, "genre": "talking", "exportOrientation": "portrait", "exportResolution": 1080},
    cancel_table=states.CANCEL_TABLE,
    ledger=states.ledger,
    webhooks=events.PROJECT_WEBHOOKS,
)
UPLOAD_KIND: Final = JobKind(
    lifecycle=states.UPLOAD_LIFECYCLE,
    timeline=states.UPLOAD_TIMELINE,
    new_id=lambda seed, number, created: hex24(seed, "reap", "upload", number, at=created),
    id_pattern="[0-9a-fA-F]{24}",
    build_spec=requests.build_upload_spec,
    example={"filename": "keynote.mp4"},
)


def _operation(
    name: str, method: str, endpoint: str, handler: OperationHandler, *, role: Role = Role.OTHER, **options: Any
) -> Operation:
    """Build an operation of the automation API, under both prefixes; a POST has a JSON body."""
    if method == "POST":
        options["body"] = BodyPolicy.JSON
    kind = options.pop("kind", "project")
    path, alias = f"{PREFIX}/{endpoint}", f"{_SHORT_PREFIX}/{endpoint}"
    return Operation(name, kind, method, path, handler, role=role, aliases=(alias,), **options)


_STORAGE: Final = "It stands in for the service's storage, which is on another host."
_IN_QUERY: Final = ("query", "projectId")
_IN_BODY: Final = ("body", "projectId")

OPERATIONS: Final = (
    _operation("upload_url", "POST", "get-upload-url",
               with_valid_fields("body", requests.UPLOAD_URL_FIELDS, create_upload), kind="upload", role=Role.CREATE,
               example_params={"filename": "keynote.mp4"}),
    Operation("upload", "upload", "PUT", "/uploads/{upload_id}", receive_upload, role=Role.OTHER,
              body=BodyPolicy.BYTES, auth=False, id_in=("path", "upload_id"), uncaptured=_STORAGE),
    *(
        _operation(name, "POST", f"create-{noun}", create_handler(project_type), role=Role.CREATE,
                   example_params=example)
        for name, noun, project_type, example in (
            ("create", "clips", "clipping", PROJECT_KIND.example),
            ("create_captions", "captions", "captions", _EXAMPLE_SOURCE),
            ("create_reframe", "reframe", "reframe", _EXAMPLE_UPLOAD),
            ("create_dubbing", "dubbing", "dubbing", _EXAMPLE_DUBBING),
            ("create_transcription", "transcription", "transcription", _EXAMPLE_SOURCE),
        )
    ),
    _operation("get", "GET", "get-project-status", with_project("query", requests.PROJECT_ID_FIELDS, get_status),
               role=Role.READ, polls=True, id_in=_IN_QUERY),
    _operation("details", "GET", "get-project-details",
               with_project("query", requests.PROJECT_ID_FIELDS, get_details), role=Role.READ,
               polls=True, id_in=_IN_QUERY),
    _operation("clips", "GET", "get-project-clips", with_project("query", requests.CLIP_LIST_FIELDS, list_clips),
               role=Role.RESULTS, id_in=_IN_QUERY),
    _operation("clip", "GET", "get-clip-details", with_project("query", requests.CLIP_FIELDS, get_clip),
               id_in=_IN_QUERY, example_params={"clipId": "65f1a2b3c4d5e6f7a8b9c0d3"}),
    _operation("list", "GET", "get-all-projects", with_valid_fields("query", PAGE_FIELDS, list_projects),
               role=Role.LIST),
    _operation("update", "POST", "update-project", with_project("body", requests.UPDATE_FIELDS, update_project),
               id_in=_IN_BODY, example_params={"title": "Keynote, second cut"}),
    _operation("delete", "DELETE", "delete-project",
               with_project("query", requests.PROJECT_ID_FIELDS, delete_project), role=Role.DELETE,
               id_in=_IN_QUERY),
    _operation("cancel", "POST", "cancel-project", with_project("body", requests.PROJECT_ID_FIELDS, cancel_project),
               role=Role.CANCEL, id_in=_IN_BODY),
    Operation("content", "project", "GET", "/media/{project_id}", get_file, role=Role.OTHER, auth=False,
              id_in=("path", "project_id"), uncaptured=_STORAGE),
)  # fmt: skip


def parse_api_key(request: Request) -> str | RequestError:
    """Return the key of `Authorization: Bearer KEY`, or what is wrong with it."""
    if "authorization" not in request.headers:
        return RequestError.NO_KEY
    return http.bearer_token(request) or RequestError.MALFORMED_KEY


def limit_headers(limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
    """Return the three documented headers; the reset is in Unix seconds, rounded up."""
    maximum, remaining, _used, reset = http.limit_headers("X-RateLimit", limit, window)
    return maximum, remaining, reset


_RULES: Final = (
    VendorRule("limits", "every operation with a key", f"{_RATE_LIMIT.description}, per key and operation, then 429",
               Source("pages of the operations", states.CAPTURED, "Ten requests a minute for each key.")),
    VendorRule("limits", "headers", "X-RateLimit-Limit, -Remaining and -Reset on every answer to a known operation",
               Source("page on authentication", states.CAPTURED,
                      "It names the headers, not the answers with them.", INFERRED)),
)  # fmt: skip

ERA: Final = Era(
    vendor="reap",
    date="2026-07-07",
    summary="The automation API as it answered on 2026-07-07: a cancel holds while a project is being prepared.",
    prefix=PREFIX,
    operations=OPERATIONS,
    kinds={"project": PROJECT_KIND, "upload": UPLOAD_KIND},
    parse_api_key=parse_api_key,
    render_request_error=errors.render_request_error,
    render_status_error=errors.render_status_error,
    error_reason=errors.parse_error_reason,
    auth_headers=http.bearer_headers,
    limits={operation.name: _RATE_LIMIT for operation in OPERATIONS if operation.auth},
    limit_headers=limit_headers,
    rules=(*states.RULES, *requests.RULES, *errors.RULES, *events.RULES, *_RULES),
)


SDK_VARIABLES: Final = (
    SdkVariable("REAP_API_KEY", "key", "no client: there is no SDK, the name is this project's"),
    SdkVariable("REAP_BASE_URL", "url", "no client: there is no SDK, the name is this project's"),
)


def snippet(base_url: str, key: str) -> str:
    """Return a command line that creates a project."""
    return (
        f"curl {base_url}{PREFIX}/create-clips -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' "
        f"""-d '{{"sourceUrl": "{_EXAMPLE_SOURCE["sourceUrl"]}"}}'"""
    )
