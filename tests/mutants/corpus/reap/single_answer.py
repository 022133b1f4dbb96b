"""Reap: bugs that one answer shows."""

from typing import Final

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutated_vendor import InterceptedRequest
from tests.mutants.corpus.mutations import (
    DROP,
    change_body,
    change_response,
    content_type,
    each_entry,
    replace_answer,
    replace_bytes,
    set_field,
    skip_authentication,
    while_status,
    with_header,
    with_status,
)
from tests.mutants.corpus.reap.builders import mutant, project

_GET: Final = ("get", "details")


def _any_project(call: InterceptedRequest) -> Response | None:
    store = call.world.session.context("reap").store
    return None if call.job_id else project(call, next(store.all_jobs()).id)


BODY_MUTANTS: Final = (
    mutant(
        "minutes-text",
        "billedDuration is sent as a text",
        "S3",
        change_body(set_field("/billedDuration", "21"), "details"),
    ),
    mutant(
        "created-iso",
        "createdAt is a text",
        "S3",
        change_body(set_field("/createdAt", "2026-10-01T12:00:00Z"), "details"),
    ),
    mutant("no-status", "the status is missing", "S13", change_body(set_field("/status", DROP), "get"), as_info=True),
    mutant(
        "no-project-id",
        "a status lacks its projectId",
        "S13",
        change_body(set_field("/projectId", DROP), "get"),
        as_info=True,
    ),
    mutant(
        "list-entry-without-id",
        "the projects of a list lack their id",
        "S13",
        change_body(each_entry("projects", set_field("/id", DROP)), "list"),
        as_info=True,
    ),
    mutant("clips-as-object", "the clips are an object", "S3", change_body(set_field("/clips", {}), "clips")),
    mutant(
        "flag-as-number",
        "enableCaptions is the number 0",
        "S3",
        change_body(set_field("/enableCaptions", 0), "details"),
    ),
    mutant(
        "canceled-one-l",
        "cancelled is spelled canceled",
        "R11a",
        change_body(set_field("/status", "canceled"), "get", when=while_status("cancelled")),
        client_drivers.project_cancelled,
    ),
    mutant(
        "status-undeclared",
        "a project that is processed has the undocumented status rendering",
        "R11a",
        change_body(set_field("/status", "rendering"), *_GET, when=while_status("processing")),
    ),
    mutant(
        "list-status-undeclared",
        "the list has the undocumented status done",
        "R11a",
        change_body(each_entry("projects", set_field("/status", "done")), "list"),
    ),
    mutant(
        "orientation-undeclared",
        "exportOrientation has the undocumented value diagonal",
        "R11",
        change_body(set_field("/exportOrientation", "diagonal"), "details"),
    ),
    mutant(
        "genre-undeclared",
        "genre has an undocumented value",
        "R11",
        change_body(set_field("/genre", "entertainment"), "details"),
    ),
    mutant(
        "type-undeclared",
        "projectType has an undocumented value",
        "R11",
        change_body(set_field("/projectType", "shorts"), "get"),
    ),
    mutant(
        "script-undeclared",
        "transcriptionScript has the undocumented value latin",
        "R11",
        change_body(set_field("/transcriptionScript", "latin"), "details"),
    ),
    mutant("status-null", "the status is null", "R12", change_body(set_field("/status", None), "get")),
    mutant("title-null", "the title is null", "R12", change_body(set_field("/title", None), "details")),
    mutant(
        "topics-null", "topics are null where there are none", "R12", change_body(set_field("/topics", None), "details")
    ),
    mutant(
        "updated-before-created",
        "updatedAt is before createdAt",
        "R10b",
        change_body(set_field("/updatedAt", lambda _, body: body["createdAt"] - 60), "details"),
    ),
)


ANSWER_MUTANTS: Final = (
    mutant(
        "html",
        "a status is sent as text/html",
        "S2",
        change_response(content_type("text/html"), "get", statuses=(200,)),
    ),
    mutant(
        "error-as-html",
        "an error is a page of HTML",
        "S2",
        change_response(content_type("text/html"), "get", statuses=(404,)),
    ),
    mutant(
        "nan",
        "billedDuration is NaN",
        "S8",
        change_response(
            lambda r: r._replace(body=r.body.replace(b'"billedDuration":', b'"billedDuration":NaN,"was":')), "details"
        ),
    ),
    mutant(
        "duplicate-key",
        "the status is in the body twice",
        "S8",
        change_response(replace_bytes(b"{", b'{"status":"queued",'), "get"),
    ),
    mutant(
        "byte-order-mark",
        "the body begins with a byte order mark",
        "S8",
        change_response(replace_bytes(b"{", b"\xef\xbb\xbf{"), "get"),
    ),
    mutant(
        "cut-off",
        "the body is cut off",
        "S8",
        change_response(lambda r: r._replace(body=r.body[:-9]), "details"),
    ),
    mutant("empty", "a 200 has no body", "S3", change_response(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    mutant(
        "create-is-202", "a create is answered 202", "S1", change_response(with_status(202), "create", statuses=(200,))
    ),
    mutant(
        "cancel-is-409",
        "a cancel that comes too late is answered 409",
        "S1",
        change_response(with_status(409), "cancel", statuses=(400,)),
    ),
    mutant(
        "status-in-the-body",
        "an unknown project is answered 200, with the error in the body",
        "S3",
        change_response(with_status(200), "get", statuses=(404,)),
    ),
    mutant(
        "error-of-another-vendor",
        "an error has another vendor's shape",
        "S7",
        change_body(lambda body, call: {"error": "validation_error"}, "cancel", refusals=True),
    ),
    mutant(
        "detail-a-number",
        "an error's detail is a number",
        "S7",
        change_body(set_field("/detail", 400), "cancel", refusals=True),
    ),
    mutant(
        "limits-missing",
        "an answer lacks the headers of the rate limit",
        "S12",
        change_response(lambda r: with_header(r, "X-RateLimit-Limit", ""), "get"),
        as_info=True,
    ),
    mutant(
        "limits-in-words",
        "X-RateLimit-Remaining is a word",
        "S12",
        change_response(lambda r: with_header(r, "X-RateLimit-Remaining", "many"), "get"),
    ),
    mutant(
        "cancel-of-nothing",
        "a cancel without projectId is answered 200",
        "R13",
        replace_answer("cancel", _any_project),
        client_drivers.reap_door,
    ),
    mutant(
        "no-key-needed",
        "a request without a key is answered",
        "R16",
        skip_authentication("get"),
        client_drivers.reap_door,
    ),
)
