"""The one era of Reap: its operations, kinds, key and rate limit.

The paths are under `/api/v1/automation`, in the headings of newer pages under `/automation`; both are served. The rate
limit of ten requests a minute is for each key and operation, as most pages have it (the page on authentication: for
each key over all); every answer to a known operation carries its headers.
"""

from typing import Any, Final

from mockserver.core.ids import hex24
from mockserver.core.instants import MINUTE, SECOND, Instant
from mockserver.core.ratelimit import Limit, Window
from mockserver.core.wire import Request
from mockserver.vendors.api import Body, Era, Handler, Kind, Operation, Trouble
from mockserver.vendors.reap import errors, handlers, lifecycle, notices, spec

PREFIX: Final = "/api/v1/automation"
_SHORT: Final = "/automation"
_LIMIT: Final = Limit(10, MINUTE)
_UPLOAD_ID: Final = "65f1a2b3c4d5e6f7a8b9c0d1"
_VIDEO: Final = {"sourceUrl": "https://videos.example.com/talks/keynote.mp4"}


def _project_id(seed: str, number: int, created: Instant) -> str:
    return hex24(seed, "reap", "project", number, at=created)


def _upload_id(seed: str, number: int, created: Instant) -> str:
    return hex24(seed, "reap", "upload", number, at=created)


PROJECT: Final = Kind(
    lifecycle.PROJECT,
    lifecycle.TIMELINE,
    _project_id,
    "[0-9a-fA-F]{24}",
    spec.specify,
    {**_VIDEO, "genre": "talking", "exportOrientation": "portrait", "exportResolution": 1080},
    cancel=lifecycle.CANCEL,
    ledger=spec.ledger,
    notices=notices.PROJECT,
    turning_points=lifecycle.turning_points,
)
UPLOAD: Final = Kind(
    lifecycle.UPLOAD,
    lifecycle.UPLOADED,
    _upload_id,
    "[0-9a-fA-F]{24}",
    spec.specify_upload,
    {"filename": "keynote.mp4"},
)


def _get(
    name: str, call: str, handler: Handler, *, polls: bool = False, listing: bool = False, **needs: str
) -> Operation:
    """A GET of the automation API; the project's id is in the query unless it lists them all."""
    return _automation("GET", name, call, handler, "" if listing else "query", polls=polls, needs=needs)


def _post(name: str, call: str, handler: Handler, id_in: str = "", **needs: Any) -> Operation:
    """A POST of the automation API; the project's id is in the body unless it is yet to be made."""
    return _automation("POST", name, call, handler, id_in, body=Body.JSON, needs=needs)


def _automation(method: str, name: str, call: str, handler: Handler, id_in: str, **more: Any) -> Operation:
    where = (id_in, "projectId") if id_in else ("", "")
    kind = "upload" if name == "upload_url" else "project"
    return Operation(name, kind, method, f"{PREFIX}/{call}", handler, (f"{_SHORT}/{call}",), id_in=where, **more)


OPERATIONS: Final = (
    _post("upload_url", "get-upload-url", handlers.upload_url, filename="keynote.mp4"),
    Operation(
        "upload",
        "upload",
        "PUT",
        "/uploads/{upload_id}",
        handlers.upload,
        body=Body.BYTES,
        auth=False,
        id_in=("path", "upload_id"),
    ),
    _post("create", "create-clips", handlers.creator("clipping"), **PROJECT.example),
    _post("create_captions", "create-captions", handlers.creator("captions"), **_VIDEO),
    _post("create_reframe", "create-reframe", handlers.creator("reframe"), uploadId=_UPLOAD_ID),
    _post(
        "create_dubbing",
        "create-dubbing",
        handlers.creator("dubbing"),
        uploadId=_UPLOAD_ID,
        sourceLanguage="en",
        targetLanguage="fr",
    ),
    _post("create_transcription", "create-transcription", handlers.creator("transcription"), **_VIDEO),
    _get("get", "get-project-status", handlers.status, polls=True),
    _get("details", "get-project-details", handlers.details, polls=True),
    _get("clips", "get-project-clips", handlers.clip_list),
    _get("clip", "get-clip-details", handlers.clip, clipId="65f1a2b3c4d5e6f7a8b9c0d3"),
    _get("list", "get-all-projects", handlers.project_list, listing=True),
    _post("update", "update-project", handlers.update, "body", title="Keynote, second cut"),
    _automation("DELETE", "delete", "delete-project", handlers.delete, "query"),
    _post("cancel", "cancel-project", handlers.cancel, "body"),
    Operation(
        "content", "project", "GET", "/media/{project_id}", handlers.content, auth=False, id_in=("path", "project_id")
    ),
)


def credentials(request: Request) -> str | Trouble:
    """The key of `Authorization: Bearer KEY`."""
    header = request.headers.get("authorization")
    if header is None:
        return Trouble.NO_KEY
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else Trouble.MALFORMED_KEY


def wears(key: str) -> dict[str, str]:
    """The headers that carry a key."""
    return {"Authorization": f"Bearer {key}"}


def limit_headers(limit: Limit, window: Window) -> tuple[tuple[str, str], ...]:
    """The three documented headers; the reset is in Unix seconds, rounded up."""
    return (
        ("X-RateLimit-Limit", str(limit.requests)),
        ("X-RateLimit-Remaining", str(max(0, limit.requests - window.used))),
        ("X-RateLimit-Reset", str(-(-window.resets(limit) // SECOND))),
    )


ERA: Final = Era(
    vendor="reap",
    date="2026-07-07",
    summary="The automation API as it answered on 2026-07-07: a cancel holds while a project is being prepared.",
    prefix=PREFIX,
    operations=OPERATIONS,
    kinds={"project": PROJECT, "upload": UPLOAD},
    credentials=credentials,
    trouble=errors.trouble,
    error=errors.error,
    reason=errors.reason,
    wears=wears,
    limits={operation.name: _LIMIT for operation in OPERATIONS if operation.auth},
    limit_headers=limit_headers,
)


def snippet(base_url: str, key: str) -> str:
    """A command line that makes a project."""
    return (
        f"curl {base_url}{PREFIX}/create-clips -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' "
        f"""-d '{{"sourceUrl": "{_VIDEO["sourceUrl"]}"}}'"""
    )
