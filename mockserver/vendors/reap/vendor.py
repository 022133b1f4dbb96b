"""The one era of Reap: its operations, kinds, key and rate limit.

The paths are under `/api/v1/automation`, in the headings of newer pages under `/automation`; both are served. The rate
limit of ten requests a minute is for each key and operation, as most pages have it (the page on authentication: for
each key over all); every answer to a known operation carries its headers.
"""

from typing import Any, Final

from mockserver.core.ids import hex24
from mockserver.core.instants import MINUTE, SECOND, Instant
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request
from mockserver.vendors.api import BodyPolicy, Era, JobKind, Operation, OperationHandler, RequestError
from mockserver.vendors.reap import errors, events, operations, spec, states

PREFIX: Final = "/api/v1/automation"
_SHORT_PREFIX: Final = "/automation"
_RATE_LIMIT: Final = RateLimit(10, MINUTE)
_EXAMPLE_UPLOAD_ID: Final = "65f1a2b3c4d5e6f7a8b9c0d1"
_EXAMPLE_SOURCE: Final = {"sourceUrl": "https://videos.example.com/talks/keynote.mp4"}


def _new_project_id(seed: str, number: int, created: Instant) -> str:
    return hex24(seed, "reap", "project", number, at=created)


def _new_upload_id(seed: str, number: int, created: Instant) -> str:
    return hex24(seed, "reap", "upload", number, at=created)


PROJECT_KIND: Final = JobKind(
    states.PROJECT_LIFECYCLE,
    states.PROJECT_TIMELINE,
    _new_project_id,
    "[0-9a-fA-F]{24}",
    spec.build_spec,
    {**_EXAMPLE_SOURCE, "genre": "talking", "exportOrientation": "portrait", "exportResolution": 1080},
    cancel_table=states.CANCEL_TABLE,
    ledger=spec.ledger,
    webhooks=events.PROJECT_WEBHOOKS,
    turning_points=states.turning_points,
)
UPLOAD_KIND: Final = JobKind(
    states.UPLOAD_LIFECYCLE,
    states.UPLOAD_TIMELINE,
    _new_upload_id,
    "[0-9a-fA-F]{24}",
    spec.build_upload_spec,
    {"filename": "keynote.mp4"},
)


def _get_operation(
    name: str, endpoint: str, handler: OperationHandler, *, polls: bool = False, listing: bool = False, **needs: str
) -> Operation:
    """A GET of the automation API; the project's id is in the query unless it lists them all."""
    return _automation_operation(
        "GET", name, endpoint, handler, "" if listing else "query", polls=polls, example_params=needs
    )


def _post_operation(name: str, endpoint: str, handler: OperationHandler, id_in: str = "", **needs: Any) -> Operation:
    """A POST of the automation API; the project's id is in the body unless it is yet to be made."""
    return _automation_operation("POST", name, endpoint, handler, id_in, body=BodyPolicy.JSON, example_params=needs)


def _automation_operation(
    method: str, name: str, endpoint: str, handler: OperationHandler, id_in: str, **more: Any
) -> Operation:
    where = (id_in, "projectId") if id_in else ("", "")
    kind = "upload" if name == "upload_url" else "project"
    return Operation(
        name, kind, method, f"{PREFIX}/{endpoint}", handler, (f"{_SHORT_PREFIX}/{endpoint}",), id_in=where, **more
    )


OPERATIONS: Final = (
    _post_operation("upload_url", "get-upload-url", operations.create_upload, filename="keynote.mp4"),
    Operation(
        "upload",
        "upload",
        "PUT",
        "/uploads/{upload_id}",
        operations.receive_upload,
        body=BodyPolicy.BYTES,
        auth=False,
        id_in=("path", "upload_id"),
    ),
    _post_operation("create", "create-clips", operations.create_handler("clipping"), **PROJECT_KIND.example),
    _post_operation("create_captions", "create-captions", operations.create_handler("captions"), **_EXAMPLE_SOURCE),
    _post_operation(
        "create_reframe", "create-reframe", operations.create_handler("reframe"), uploadId=_EXAMPLE_UPLOAD_ID
    ),
    _post_operation(
        "create_dubbing",
        "create-dubbing",
        operations.create_handler("dubbing"),
        uploadId=_EXAMPLE_UPLOAD_ID,
        sourceLanguage="en",
        targetLanguage="fr",
    ),
    _post_operation(
        "create_transcription", "create-transcription", operations.create_handler("transcription"), **_EXAMPLE_SOURCE
    ),
    _get_operation("get", "get-project-status", operations.get_status, polls=True),
    _get_operation("details", "get-project-details", operations.get_details, polls=True),
    _get_operation("clips", "get-project-clips", operations.list_clips),
    _get_operation("clip", "get-clip-details", operations.get_clip, clipId="65f1a2b3c4d5e6f7a8b9c0d3"),
    _get_operation("list", "get-all-projects", operations.list_projects, listing=True),
    _post_operation("update", "update-project", operations.update_project, "body", title="Keynote, second cut"),
    _automation_operation("DELETE", "delete", "delete-project", operations.delete_project, "query"),
    _post_operation("cancel", "cancel-project", operations.cancel_project, "body"),
    Operation(
        "content",
        "project",
        "GET",
        "/media/{project_id}",
        operations.get_file,
        auth=False,
        id_in=("path", "project_id"),
    ),
)


def parse_api_key(request: Request) -> str | RequestError:
    """The key of `Authorization: Bearer KEY`."""
    header = request.headers.get("authorization")
    if header is None:
        return RequestError.NO_KEY
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else RequestError.MALFORMED_KEY


def auth_headers(key: str) -> dict[str, str]:
    """The headers that carry a key."""
    return {"Authorization": f"Bearer {key}"}


def limit_headers(limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
    """The three documented headers; the reset is in Unix seconds, rounded up."""
    return (
        ("X-RateLimit-Limit", str(limit.requests)),
        ("X-RateLimit-Remaining", str(max(0, limit.requests - window.used))),
        ("X-RateLimit-Reset", str(-(-window.reset_at(limit) // SECOND))),
    )


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
    auth_headers=auth_headers,
    limits={operation.name: _RATE_LIMIT for operation in OPERATIONS if operation.auth},
    limit_headers=limit_headers,
)


def snippet(base_url: str, key: str) -> str:
    """A command line that makes a project."""
    return (
        f"curl {base_url}{PREFIX}/create-clips -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' "
        f"""-d '{{"sourceUrl": "{_EXAMPLE_SOURCE["sourceUrl"]}"}}'"""
    )
