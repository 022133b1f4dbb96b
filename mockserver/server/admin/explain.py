"""The admin call that explains the answer to one request, and the search for that request."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from mockserver.core.instants import MAX_DURATION, parse_instant, rfc3339
from mockserver.core.text import pluralize
from mockserver.core.wire import Response
from mockserver.engine.explain.past import MAX_JOBS, TooManyJobs
from mockserver.engine.explain.request import explain_request
from mockserver.engine.explain.times import answer_at, answer_times
from mockserver.engine.journal import JournalEntry
from mockserver.engine.session import Session
from mockserver.errors import MockError, did_you_mean, refuse, refuse_unknown
from mockserver.server.admin.call import AdminCall, invalid_value, json_ok
from mockserver.server.admin.scope import own_scope
from mockserver.server.sessions import DEFAULT_SESSION, strip_epoch
from mockserver.server.ui.rows import since_start

_REQUEST_ID: Final = re.compile(r"req_([0-9a-f]{1,8})([0-9a-f]{8})")
"""`req_EPOCHNUMBER`, both hexadecimal."""
LAST: Final = "last"
"""Stands for the id of the newest request; `last:cancel` for that of the newest cancel."""
MAX_SEARCHED_SESSIONS: Final = 1_000
"""Other sessions that are searched for a job or a request."""
MAX_SUGGESTED_IDS: Final = 200
"""The newest request ids, which a mistyped one is compared with."""


async def get_explanation(call: AdminCall) -> Response:
    """Explain the answer to a request; the answer has `{request, response, note}` of the journal too.

    With `?instant=` it has `would` too: what the same request would have been answered at that instant.

    Raises `MockError` ADM030-ADM032 for a request that the journal does not have, ADM010 or SES003 for a session that
    does not exist, ADM003 for an instant, ADM044 where the answer would take too long.
    """
    session = existing_session(call)
    entry = find_entry(call, session, call.path_params[0])

    def sessions_with_job(job_id: str) -> Iterator[str]:
        def has_job(other: Session) -> bool:
            stores = [(context.store, kind) for context in other.contexts() for kind in context.era.kinds]
            return any(store.row(kind, job_id) is not None for store, kind in stores)

        return _names_of_others(call, session, has_job)

    explanation = explain_request(session, entry, sessions_with_job).json()
    journaled = entry.json()
    parts = {part: journaled[part] for part in ("request", "response", "note")}
    answer = {**explanation, **parts, **own_scope(call.registry)}
    if "instant" in call.query:
        answer["would"] = _answer_at(session, entry, call.query["instant"])
    return json_ok(answer)


def _answer_at(session: Session, entry: JournalEntry, text: str) -> dict[str, Any]:
    """Return the answer to a request at another instant. Raises `MockError` ADM003 or ADM044."""
    at = parse_instant(text)
    if at is None or not session.start <= at <= session.start + MAX_DURATION:
        since = rfc3339(session.start, digits=6)
        raise invalid_value(f"instant must be one since {since}", text, f"?instant={since}")
    try:
        response = answer_at(session, entry, at)
    except TooManyJobs as error:
        raise _too_long_error(session) from error
    return {"at": rfc3339(at, digits=6), **entry._replace(response=response).json()["response"]}


async def get_answer_times(call: AdminCall) -> Response:
    """Return what a request about one job would have been answered when, over the course that the job has by time.

    Raises `MockError` ADM030-ADM032 and ADM044, ADM010 or SES003.
    """
    session = existing_session(call)
    entry = find_entry(call, session, call.path_params[0])
    try:
        times = answer_times(session, entry)
    except TooManyJobs as error:
        raise _too_long_error(session) from error
    answers = [
        [each.since - session.start, since_start(each.until, session.start), each.state, each.status] for each in times
    ]
    return json_ok({"request_id": entry.request_id, "asked": entry.at - session.start, "answers": answers})


def _too_long_error(session: Session) -> MockError:
    message = f"session {session.name!r} has too many jobs to answer a list again"
    return refuse("ADM044", message, f"ask in a session with at most {MAX_JOBS:,} jobs")


def existing_session(call: AdminCall) -> Session:
    """Return the session that a call names; unlike `call.session`, create none but the default one.

    Raises `MockError` SES003 for a session that was deleted, SES005 for one that was evicted, ADM010 for one that never
    existed.
    """
    name = strip_epoch(call.session_name)
    if call.registry.get(name) is None:
        evicted = call.registry.eviction_error(name)
        if evicted is not None:
            raise evicted
        if call.registry.last_epoch(name):
            message = f"session {name[:80]!r} was deleted together with its journal"
            raise refuse("SES003", message, "GET /__mock/sessions lists them.")
        if name != DEFAULT_SESSION:
            raise refuse_unknown("ADM010", "session", name, call.registry.names(), "GET /__mock/sessions lists them.")
    return call.session


def find_entry(call: AdminCall, session: Session, request_id: str) -> JournalEntry:
    """Return the entry of a request id, of `last` or of `last:OPERATION`.

    Raises `MockError` ADM003, ADM030-ADM032 or ADM046.
    """
    elsewhere = "; another server of its store may have it" if own_scope(call.registry) else ""
    last, colon, operation = request_id.partition(":")
    if last != LAST or (colon and not operation):
        entry = _entry_of(session, request_id)
        if entry is None:
            raise _unknown_request_error(call, session, request_id, elsewhere)
        return entry
    known = sorted({one.name for era in session.setup.eras.values() for one in era.operations})
    if operation and operation not in known:
        raise refuse_unknown("ADM003", "operation", operation, known, f"operations: {', '.join(known)}")
    entries = reversed(tuple(session.journal))
    newest: JournalEntry | None = next((entry for entry in entries if operation in ("", entry.operation)), None)
    if newest is None:
        wanted = f"request for {operation!r}" if operation else "request"
        hint = "the header X-Mock-Session selects the session; GET /__mock/sessions lists the sessions"
        raise refuse("ADM030", f"session {session.name!r} has no {wanted} in its journal{elsewhere}", hint)
    return newest


def _entry_of(session: Session, request_id: str) -> JournalEntry | None:
    return next((entry for entry in session.journal if entry.request_id == request_id), None)


def _unknown_request_error(call: AdminCall, session: Session, request_id: str, elsewhere: str) -> MockError:
    """Build the error for a request id: malformed, of an earlier epoch, of another session, evicted, or never given."""
    where = f"session {session.name!r}"
    parts = _REQUEST_ID.fullmatch(request_id)
    if parts is None:
        recent = [entry.request_id for entry in session.journal][-MAX_SUGGESTED_IDS:]
        hint = "the answer's header X-Mock-Request-Id has it: req_100000001; last and last:cancel name the newest"
        return refuse("ADM030", f"{request_id[:80]!r} is not a request id{did_you_mean(request_id[:80], recent)}", hint)
    epoch = int(parts[1], 16)
    seq = int(parts[2], 16)
    if epoch < session.epoch:
        detail = f"{request_id} belongs to epoch {epoch} of {where}, which is in epoch {session.epoch} since a reset"
        return refuse("ADM032", detail, "a reset empties the journal: explain first, then reset")
    # Every session counts from 1, so that the same id can be in several journals: another session comes first.
    other = next(_names_of_others(call, session, lambda each: _entry_of(each, request_id) is not None), None)
    if other is not None:
        message = f"{where} has no request {request_id}; session {other!r} has"
        return refuse("ADM030", message, "name that session")
    if epoch == session.epoch and 0 < seq <= session.journal.seq and not elsewhere:
        answered = pluralize(session.journal.seq, "request")
        detail = f"{request_id} was evicted: {where} has answered {answered} and keeps the last {len(session.journal)}"
        return refuse("ADM031", detail, "explain sooner, or send fewer requests in one session")
    detail = f"{where} has no request {request_id}{elsewhere}"
    if session.journal.seq:
        detail += f"; its last is {session.request_id(session.journal.seq)}"
    return refuse("ADM030", detail, "the header X-Mock-Session selects the session")


def _names_of_others(call: AdminCall, session: Session, is_wanted: Callable[[Session], bool]) -> Iterator[str]:
    for name in call.registry.names()[:MAX_SEARCHED_SESSIONS]:
        other = call.registry.get(name)
        if other is not None and other is not session and is_wanted(other):
            yield other.name
