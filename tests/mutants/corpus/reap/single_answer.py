"""Reap: bugs that one answer shows."""

from typing import Final

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import Asked
from tests.mutants.corpus.mutations import (
    DROP,
    answered,
    bend,
    bytes_of,
    entries,
    head,
    headed,
    instead,
    keyless,
    put,
    status,
    typed,
)
from tests.mutants.corpus.reap.builders import kind, project

_GET: Final = ("get", "details")


def _any_project(asked: Asked) -> Response | None:
    _, store = asked.world.session.room("reap")
    return None if asked.job_id else project(asked, next(store.everything()).id)


BODIES: Final = (
    kind("minutes-text", "billedDuration is sent as a text", "S3", bend(put("/billedDuration", "21"), "details")),
    kind("created-iso", "createdAt is a text", "S3", bend(put("/createdAt", "2026-10-01T12:00:00Z"), "details")),
    kind("no-status", "the status is missing", "S3", bend(put("/status", DROP), "get")),
    kind("no-project-id", "a status lacks its projectId", "S3", bend(put("/projectId", DROP), "get")),
    kind(
        "list-entry-without-id",
        "the projects of a list lack their id",
        "S3",
        bend(entries("projects", put("/id", DROP)), "list"),
    ),
    kind("clips-as-object", "the clips are an object", "S3", bend(put("/clips", {}), "clips")),
    kind("flag-as-number", "enableCaptions is 0", "S3", bend(put("/enableCaptions", 0), "details")),
    kind(
        "canceled-one-l",
        "cancelled is spelled canceled",
        "R11a",
        bend(put("/status", "canceled"), "get", when=status("cancelled")),
        client_drivers.project_cancelled,
    ),
    kind(
        "status-undeclared",
        "a project that is processed is rendering",
        "R11a",
        bend(put("/status", "rendering"), *_GET, when=status("processing")),
    ),
    kind(
        "list-status-undeclared",
        "the list says done",
        "R11a",
        bend(entries("projects", put("/status", "done")), "list"),
    ),
    kind(
        "orientation-undeclared",
        "exportOrientation is diagonal",
        "R11",
        bend(put("/exportOrientation", "diagonal"), "details"),
    ),
    kind("genre-undeclared", "genre is a word of another year", "R11", bend(put("/genre", "entertainment"), "details")),
    kind("type-undeclared", "projectType is a word of its own", "R11", bend(put("/projectType", "shorts"), "get")),
    kind(
        "script-undeclared",
        "transcriptionScript is latin",
        "R11",
        bend(put("/transcriptionScript", "latin"), "details"),
    ),
    kind("status-null", "the status is null", "R12", bend(put("/status", None), "get")),
    kind("title-null", "the title is null", "R12", bend(put("/title", None), "details")),
    kind("topics-null", "topics are null where there are none", "R12", bend(put("/topics", None), "details")),
    kind(
        "updated-before-created",
        "updatedAt is before createdAt",
        "R10b",
        bend(put("/updatedAt", lambda _, body: body["createdAt"] - 60), "details"),
    ),
)


ANSWERS: Final = (
    kind("html", "a status is sent as text/html", "S2", head(typed("text/html"), "get", statuses=(200,))),
    kind("error-as-html", "an error is a page of HTML", "S2", head(typed("text/html"), "get", statuses=(404,))),
    kind(
        "nan",
        "billedDuration is NaN",
        "S8",
        head(
            lambda r: r._replace(body=r.body.replace(b'"billedDuration":', b'"billedDuration":NaN,"was":')), "details"
        ),
    ),
    kind("duplicate-key", "the status is there twice", "S8", head(bytes_of(b"{", b'{"status":"queued",'), "get")),
    kind(
        "byte-order-mark", "the body begins with a byte order mark", "S8", head(bytes_of(b"{", b"\xef\xbb\xbf{"), "get")
    ),
    kind("cut-off", "the body ends in the middle", "S8", head(lambda r: r._replace(body=r.body[:-9]), "details")),
    kind("empty", "a 200 has no body", "S3", head(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    kind("create-is-202", "a create is answered 202", "S1", head(answered(202), "create", statuses=(200,))),
    kind(
        "cancel-is-409",
        "a cancel that comes too late is answered 409",
        "S1",
        head(answered(409), "cancel", statuses=(400,)),
    ),
    kind(
        "status-in-the-body",
        "an unknown project is answered 200, with the error in the body",
        "S3",
        head(answered(200), "get", statuses=(404,)),
    ),
    kind(
        "error-of-another-vendor",
        "an error has another vendor's shape",
        "S7",
        bend(lambda body, asked: {"error": "validation_error"}, "cancel", refusals=True),
    ),
    kind("detail-a-number", "an error's detail is a number", "S7", bend(put("/detail", 400), "cancel", refusals=True)),
    kind(
        "limits-untold",
        "an answer does not tell the rate limit",
        "S12",
        head(lambda r: headed(r, "X-RateLimit-Limit", ""), "get"),
    ),
    kind(
        "limits-in-words",
        "X-RateLimit-Remaining is a word",
        "S12",
        head(lambda r: headed(r, "X-RateLimit-Remaining", "many"), "get"),
    ),
    kind(
        "cancel-of-nothing",
        "a cancel without projectId is answered 200",
        "R13",
        instead("cancel", _any_project),
        client_drivers.reap_door,
    ),
    kind("no-key-needed", "a request without a key is answered", "R16", keyless("get"), client_drivers.reap_door),
)
