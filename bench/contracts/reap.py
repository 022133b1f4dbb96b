"""Reap: the bugs that an API of projects, credits and a rate limit could have."""

from typing import Any, Final

import orjson

from bench.contracts import drives
from bench.contracts.bends import (
    DROP,
    after,
    answered,
    before,
    bend,
    both,
    bytes_of,
    entries,
    head,
    headed,
    instead,
    jump,
    later,
    put,
    puts,
    stale,
    status,
    typed,
)
from bench.contracts.kinds import Kind, Story
from bench.contracts.world import Asked, Bug
from mockserver.core.wire import Request, Response

JULY: Final = "reap@2026-07-07"
_LIMITS: Final = (("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "9"), ("X-RateLimit-Reset", "1790856060"))
_JSON: Final = (("Content-Type", "application/json"), *_LIMITS)


def _kind(name: str, says: str, rules: str, bug: Bug, story: Story = drives.project_life) -> Kind:
    return Kind(f"reap/{name}", says, tuple(rules.split()), story, bug, JULY)


def _refusal(detail: str = "No.", code: int = 400) -> Response:
    return Response(code, _JSON, orjson.dumps({"detail": detail}))


_GET: Final = ("get", "details")

BODIES: Final = (
    _kind("minutes-text", "billedDuration is sent as a text", "S3", bend(put("/billedDuration", "21"), "details")),
    _kind("created-iso", "createdAt is a text", "S3", bend(put("/createdAt", "2026-10-01T12:00:00Z"), "details")),
    _kind("no-status", "the status is missing", "S3", bend(put("/status", DROP), "get")),
    _kind("no-project-id", "a status lacks its projectId", "S3", bend(put("/projectId", DROP), "get")),
    _kind("list-entry-without-id", "the projects of a list lack their id", "S3",
          bend(entries("projects", put("/id", DROP)), "list")),
    _kind("clips-as-object", "the clips are an object", "S3", bend(put("/clips", {}), "clips")),
    _kind("flag-as-number", "enableCaptions is 0", "S3", bend(put("/enableCaptions", 0), "details")),
    _kind("canceled-one-l", "cancelled is spelled canceled", "R11a",
          bend(put("/status", "canceled"), "get", when=status("cancelled")), drives.project_cancelled),
    _kind("status-undeclared", "a project that is processed is rendering", "R11a",
          bend(put("/status", "rendering"), *_GET, when=status("processing"))),
    _kind("list-status-undeclared", "the list says done", "R11a", bend(entries("projects", put("/status", "done")), "list")),
    _kind("orientation-undeclared", "exportOrientation is diagonal", "R11", bend(put("/exportOrientation", "diagonal"), "details")),
    _kind("genre-undeclared", "genre is a word of another year", "R11", bend(put("/genre", "entertainment"), "details")),
    _kind("type-undeclared", "projectType is a word of its own", "R11", bend(put("/projectType", "shorts"), "get")),
    _kind("script-undeclared", "transcriptionScript is latin", "R11", bend(put("/transcriptionScript", "latin"), "details")),
    _kind("status-null", "the status is null", "R12", bend(put("/status", None), "get")),
    _kind("title-null", "the title is null", "R12", bend(put("/title", None), "details")),
    _kind("topics-null", "topics are null where there are none", "R12", bend(put("/topics", None), "details")),
    _kind("updated-before-created", "updatedAt is before createdAt", "R10b",
          bend(put("/updatedAt", lambda _, body: body["createdAt"] - 60), "details")),
)  # fmt: skip

ANSWERS: Final = (
    _kind("html", "a status is sent as text/html", "S2", head(typed("text/html"), "get", statuses=(200,))),
    _kind("error-as-html", "an error is a page of HTML", "S2", head(typed("text/html"), "get", statuses=(404,))),
    _kind("nan", "billedDuration is NaN", "S8",
          head(lambda r: r._replace(body=r.body.replace(b'"billedDuration":', b'"billedDuration":NaN,"was":')), "details")),
    _kind("duplicate-key", "the status is there twice", "S8", head(bytes_of(b"{", b'{"status":"queued",'), "get")),
    _kind("byte-order-mark", "the body begins with a byte order mark", "S8", head(bytes_of(b"{", b"\xef\xbb\xbf{"), "get")),
    _kind("cut-off", "the body ends in the middle", "S8", head(lambda r: r._replace(body=r.body[:-9]), "details")),
    _kind("empty", "a 200 has no body", "S3", head(lambda r: r._replace(body=b""), "get", statuses=(200,))),
    _kind("create-is-202", "a create is answered 202", "S1", head(answered(202), "create", statuses=(200,))),
    _kind("cancel-is-409", "a cancel that comes too late is answered 409", "S1", head(answered(409), "cancel", statuses=(400,))),
    _kind("status-in-the-body", "an unknown project is answered 200, with the error in the body", "S3",
          head(answered(200), "get", statuses=(404,))),
    _kind("error-of-another-vendor", "an error has another vendor's shape", "S7",
          bend(lambda body, asked: {"error": "validation_error"}, "cancel", refusals=True)),
    _kind("detail-a-number", "an error's detail is a number", "S7", bend(put("/detail", 400), "cancel", refusals=True)),
    _kind("limits-untold", "an answer does not tell the rate limit", "S12",
          head(lambda r: headed(r, "X-RateLimit-Limit", ""), "get")),
    _kind("limits-in-words", "X-RateLimit-Remaining is a word", "S12",
          head(lambda r: headed(r, "X-RateLimit-Remaining", "many"), "get")),
    _kind("cancel-of-nothing", "a cancel without projectId is answered 200", "R13",
          instead("cancel", lambda asked: None if asked.job_id else _any_project(asked)), drives.reap_door),
    _kind("no-key-needed", "a request without a key is answered", "R16",
          instead("get", lambda asked: _with_key(asked).serve()), drives.reap_door),
)  # fmt: skip


def _with_key(asked: Asked) -> Asked:
    request = asked.request
    headers = {**request.headers, "authorization": "Bearer test-key"}
    return asked.world.asked(Request(request.method, request.path, request.query, headers, request.body))


def _details(asked: Asked, job_id: str = "") -> Response:
    """What get-project-details of the job would answer."""
    path, query = "/api/v1/automation/get-project-details", f"projectId={job_id or asked.job_id}"
    return asked.world.asked(Request("GET", path, query, asked.request.headers)).serve()


def _any_project(asked: Asked) -> Response:
    _, store = asked.world.session.room("reap")
    return _details(asked, next(store.everything()).id)


def _shown(asked: Asked, **fields: Any) -> Response:
    response = _details(asked)
    return response._replace(body=orjson.dumps({**orjson.loads(response.body), **fields}))


def _refused_and_done(asked: Asked) -> Response:
    asked.serve()
    return _refusal()


def _limited_and_done(asked: Asked) -> Response:
    asked.serve()
    return _refusal("Rate limit exceeded.", 429)._replace(headers=(*_JSON, ("Retry-After", "60")))


def _kept(asked: Asked) -> Response | None:
    kept = asked.world.memory.setdefault("kept", {})
    response = asked.serve()
    if response.status == 200:
        kept[asked.job_id] = response
    return kept.get(asked.job_id, response)


def _refund_again(asked: Asked, response: Response) -> None:
    asked.world.book(asked.job_id, "refund")


def _unlimited(asked: Asked) -> Response:
    """Every key is a new one to the limiter."""
    request, turn = asked.request, asked.world.memory.setdefault("calls", [0])
    turn[0] += 1
    headers = {**request.headers, "authorization": f"Bearer key-{turn[0]}"}
    return asked.world.asked(Request(request.method, request.path, request.query, headers, request.body)).serve()


def _generous(asked: Asked) -> Response:
    """The limiter counts every other call."""
    turn = asked.world.memory.setdefault("calls", [0])
    turn[0] += 1
    return _unlimited(asked) if turn[0] % 2 else asked.serve()


OVER_TIME: Final = (
    _kind("id-changes", "the id is another one in each answer", "R10", bend(put("/id", "6512a1b2c3d4e5f6a7b8c9d0"), "details")),
    _kind("created-changes", "createdAt is the time of the answer", "R10",
          bend(puts(createdAt=lambda old, body: body["updatedAt"] + 1, updatedAt=lambda old, body: old + 2), "details",
               when=status("completed"))),
    _kind("type-changes", "projectType changes", "R10", bend(put("/projectType", "captions"), "get", when=later(2))),
    _kind("updated-falls", "updatedAt falls", "R10a",
          bend(put("/updatedAt", lambda old, body: body["createdAt"]), "details", when=later(2))),
    _kind("reopened", "a completed project is processed again", "R14", jump("completed", "processing")),
    _kind("completed-then-failed", "a completed project fails later", "R14", jump("completed", "failed", "details"),
          drives.project_looked_at),
    _kind("failed-then-completed", "a failed project is completed later", "R14", jump("failed", "completed"),
          drives.project_failed),
    _kind("failed-then-invalid", "a failed project is invalid later", "R14", jump("failed", "invalid"), drives.project_failed),
    _kind("cancelled-then-completed", "a cancelled project is completed later", "R14", jump("cancelled", "completed"),
          drives.project_cancelled),
    _kind("back-in-the-queue", "a project that is processed is queued again", "L1", jump("processing", "queued")),
    _kind("stale", "a completed project is shown as it was at first", "R14", stale("details", turn=2)),
    _kind("list-stale", "the list shows a completed project as queued", "R14",
          bend(entries("projects", put("/status", "queued")), "list")),
    _kind("list-cancelled", "the list shows a completed project as cancelled", "R14 R3a",
          bend(entries("projects", put("/status", "cancelled")), "list")),
    _kind("cancelled-by-nobody", "a project is cancelled, and nobody asked for it", "R14a", jump("processing", "cancelled")),
    _kind("cancel-without-effect", "an accepted cancel has no effect", "R1a",
          instead("cancel", lambda asked: _shown(asked, status="cancelled")), drives.project_cancelled_and_over),
    _kind("cancel-forgotten", "a cancelled project is completed all the same", "R1a R14",
          after("cancel", lambda asked, response: asked.force("processing"), statuses=(200,)),
          drives.project_cancelled_and_over),
    _kind("cancel-answers-queued", "an accepted cancel answers queued", "R1", bend(put("/status", "queued"), "cancel"),
          drives.project_cancelled),
    _kind("refused-and-cancelled", "a cancel is refused and takes effect", "R3a", instead("cancel", _refused_and_done),
          drives.project_cancelled),
    _kind("too-late-and-cancelled", "a cancel of a project that is processed is refused and takes effect", "R3a",
          after("cancel", lambda asked, response: asked.force("cancelled"), statuses=(400,)), drives.project_too_late),
    _kind("limited-and-cancelled", "a cancel beyond the rate limit takes effect", "R3a",
          instead("cancel", _limited_and_done), drives.project_cancelled_and_over),
    _kind("completed-cancelled", "a completed project can be cancelled", "R3", before("cancel", lambda asked: asked.force("queued"))),
    _kind("failed-cancelled", "a failed project can be cancelled", "R3", before("cancel", lambda asked: asked.force("queued")),
          drives.project_failed),
    _kind("cancelled-twice", "a second cancel is accepted", "R3",
          instead("cancel", lambda asked: _details(asked) if asked.state() == "cancelled" else None), drives.project_cancelled),
    _kind("cancelled-at-work", "a project whose outputs are made can be cancelled", "R4",
          before("cancel", lambda asked: asked.force("queued")), drives.project_too_late),
    _kind("queued-cancel-refused", "a cancel is refused while the source is prepared", "R15",
          instead("cancel", lambda asked: _refusal() if asked.state() == "prepped" else None), drives.project_cancelled_early),
    _kind("unreadable-after-cancel", "a cancelled project cannot be read any more", "R6",
          instead("get", lambda asked: _refusal("Project not found", 404) if asked.state() == "cancelled" else None),
          drives.project_cancelled),
    _kind("details-after-cancel", "the details of a cancelled project are gone", "R6",
          instead("details", lambda asked: _refusal("Project not found", 404) if asked.state() == "cancelled" else None),
          drives.project_cancelled),
    _kind("cancelled-renamed", "a cancelled project can be renamed", "R7",
          instead("update", lambda asked: _shown(asked, title="Another title")), drives.project_cancelled),
    _kind("deleted-and-readable", "a deleted project can still be read", "L8 L11a", instead("get", _kept)),
    _kind("delete-refused", "a completed project cannot be deleted", "R17",
          instead("delete", lambda asked: _refusal("This project is still processing."))),
    _kind("no-limit", "no call is ever refused for the rate limit", "R9", _unlimited, drives.project_polled_too_often),
    _kind("limit-is-twenty", "twice as many calls are let through", "R9", _generous, drives.project_polled_too_often),
    _kind("refunded-twice", "a second cancel is refused, and refunds once more", "R8",
          after("cancel", _refund_again, statuses=(400,)), drives.project_cancelled),
    _kind("refunded-for-nothing", "a refused cancel of a completed project refunds twice", "R8",
          after("cancel", lambda asked, response: (_refund_again(asked, response), _refund_again(asked, response))[0],
                statuses=(400,))),
)  # fmt: skip

KINDS: Final = (*BODIES, *ANSWERS, *OVER_TIME)
