"""The admin calls that tell why: one answer explained, and whether what was asked is what it should be."""

import re
from collections.abc import Iterator
from typing import Final

from mockserver.core.text import pluralize
from mockserver.core.wire import Response
from mockserver.engine.explain.request import explain_request
from mockserver.engine.journal import JournalEntry
from mockserver.engine.session.session import Session
from mockserver.engine.verification import RequestExpectation, verify
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.server.admin.call import AdminCall, bool_field, int_field, json_ok
from mockserver.server.admin.patterns import PATTERN_FIELDS, parse_pattern, parse_patterns
from mockserver.server.sessions import DEFAULT_SESSION, strip_epoch

_REQUEST_ID: Final = re.compile(r"req_([0-9a-f]{1,8})([0-9a-f]{8})")
LAST: Final = "last"
"""Instead of an id: the newest request; `last:cancel` is the newest cancel."""
MAX_SEARCHED_SESSIONS: Final = 1_000
"""Other sessions that are looked through for a job or a request."""
MAX_COUNT: Final = 1_000_000_000
COUNT_FIELDS: Final = ("count", "at_least", "at_most", "never")

VERIFY_FIELDS: Final = (*PATTERN_FIELDS, *COUNT_FIELDS, "in_order", "since")


async def get_explanation(call: AdminCall) -> Response:
    """Why a request got the answer it got."""
    session = existing_session(call)
    entry = _find_entry(call, session, call.path_params[0])
    told = explain_request(session, entry, lambda job_id: _sessions_with_job(call, session, job_id)).json()
    return json_ok({**told, **{part: entry.json()[part] for part in ("request", "response", "note")}})


def existing_session(call: AdminCall) -> Session:
    """The session that a call names, and nothing is made: what never was, was deleted or reset is told apart."""
    name = strip_epoch(call.session_name)
    session = call.registry.get(name)
    if session is None and call.registry.last_epoch(name):
        raise refuse("SES003", f"session {name[:80]!r} was deleted, and its journal with it", "GET /__mock/sessions")
    if session is None and name != DEFAULT_SESSION:
        raise refuse(
            "ADM010",
            f"no session {name[:80]!r}{did_you_mean(name[:80], call.registry.names())}",
            "GET /__mock/sessions",
        )
    return call.session


def _find_entry(call: AdminCall, session: Session, request_id: str) -> JournalEntry:
    """The journal's entry of a request, or the newest (`last`, `last:OPERATION`); a `MockError` says where it went."""
    last, colon, operation = request_id.partition(":")
    if last == LAST and (operation or not colon):
        return _newest_entry(session, operation)
    found = next((entry for entry in session.journal if entry.request_id == request_id), None)
    if found is None:
        raise _unknown_request_error(call, session, request_id)
    return found


def _newest_entry(session: Session, operation: str) -> JournalEntry:
    """The newest request that the session remembers, of an operation or of any."""
    known = sorted({one.name for era in session.setup.eras.values() for one in era.operations})
    if operation and operation not in known:
        hint = f"operations: {', '.join(known)}"
        raise refuse("ADM003", f"no operation {operation[:80]!r}{did_you_mean(operation[:80], known)}", hint)
    entries = reversed(tuple(session.journal))
    found: JournalEntry | None = next((entry for entry in entries if operation in ("", entry.operation)), None)
    if found is None:
        what = f"request for {operation!r}" if operation else "request"
        hint = "X-Mock-Session says whose requests; GET /__mock/sessions lists the sessions"
        raise refuse("ADM030", f"session {session.name!r} remembers no {what} yet", hint)
    return found


def _unknown_request_error(call: AdminCall, session: Session, request_id: str) -> MockError:
    parts = _REQUEST_ID.fullmatch(request_id)
    where = f"session {session.name!r}"
    if parts is None:
        known = [entry.request_id for entry in session.journal]
        near = did_you_mean(request_id[:80], known[-200:])
        hint = "the answer's header X-Mock-Request-Id has it: req_100000001; last, last:cancel name the newest"
        return refuse("ADM030", f"{request_id[:80]!r} is no request's id{near}", hint)
    epoch, seq = int(parts[1], 16), int(parts[2], 16)
    if epoch < session.epoch:
        says = f"{request_id} belongs to epoch {epoch} of {where}, which is in epoch {session.epoch} since a reset"
        return refuse("ADM032", says, "a reset forgets what was before: explain first, then reset")
    others = list(_sessions_with_request(call, session, request_id))
    if others:
        return refuse("ADM030", f"{where} has no request {request_id}; session {others[0]!r} has", "name that session")
    if epoch == session.epoch and 0 < seq <= session.journal.seq:
        answered = pluralize(session.journal.seq, "request")
        kept = f"{where} has answered {answered} and remembers the last {len(session.journal)}"
        return refuse("ADM031", f"{request_id} is forgotten: {kept}", "explain sooner, or ask less in one session")
    last = (
        f"; its last is req_{session.epoch:x}{session.journal.seq:08x}" if session.journal.seq else ": it has none yet"
    )
    return refuse("ADM030", f"{where} has no request {request_id}{last}", "X-Mock-Session says whose it is")


def _other_sessions(call: AdminCall, session: Session) -> Iterator[Session]:
    for name in call.registry.names()[:MAX_SEARCHED_SESSIONS]:
        other = call.registry.get(name)
        if other is not None and other is not session:
            yield other


def _sessions_with_request(call: AdminCall, session: Session, request_id: str) -> Iterator[str]:
    for other in _other_sessions(call, session):
        if any(entry.request_id == request_id for entry in other.journal):
            yield other.name


def _sessions_with_job(call: AdminCall, session: Session, job_id: str) -> Iterator[str]:
    for other in _other_sessions(call, session):
        stores = ((store, kind) for room, store in other.contexts() for kind in room.era.kinds)
        if any(store.row(kind, job_id) is not None for store, kind in stores):
            yield other.name


async def verify_requests(call: AdminCall) -> Response:
    """Whether something was asked so often, or in that order."""
    return json_ok(verify(call.session.journal, _parse_expectation(call)))


def _parse_expectation(call: AdminCall) -> RequestExpectation:
    since = int_field(call, "since", 0, MAX_COUNT, 0)
    given = [name for name in COUNT_FIELDS if name in call.fields]
    if "in_order" in call.fields:
        besides = [name for name in (*PATTERN_FIELDS, *COUNT_FIELDS) if name in call.fields]
        if besides:
            raise refuse("ADM002", f"in_order stands alone, and {besides[0]!r} is given too", "only since goes with it")
        return RequestExpectation(order=parse_patterns(call, "in_order"), since=since)
    if given not in ([], ["count"], ["at_least"], ["at_most"], ["at_least", "at_most"], ["never"]):
        raise refuse("ADM002", f"{' and '.join(given)} exclude each other", "one of them; at_least goes with at_most")
    low, high = _count_bounds(call)
    return RequestExpectation(parse_pattern(call), low, high, since=since)


def _count_bounds(call: AdminCall) -> tuple[int, int | None]:
    if "never" in call.fields:
        if not bool_field(call, "never"):
            raise refuse("ADM003", "never is true, or left out", '{"never": true}')
        return 0, 0
    if "count" in call.fields:
        count = int_field(call, "count", 0, MAX_COUNT, 0)
        return count, count
    low = int_field(call, "at_least", 0, MAX_COUNT, 0 if "at_most" in call.fields else 1)
    return low, int_field(call, "at_most", low, MAX_COUNT, low) if "at_most" in call.fields else None
