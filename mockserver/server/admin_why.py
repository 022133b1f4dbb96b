"""The admin calls that tell why: one answer explained, and whether what was asked is what it should be."""

import re
from collections.abc import Iterator
from typing import Final

from mockserver.core.counting import count
from mockserver.core.wire import Response
from mockserver.engine.asked_for import Claim, verify
from mockserver.engine.journal import Entry
from mockserver.engine.session import Session
from mockserver.engine.why import explain
from mockserver.errors import MockError, nearest, refuse
from mockserver.server.ask import Ask, flag, ok, whole
from mockserver.server.hub import DEFAULT, plain_name
from mockserver.server.patterns import WORDS, pattern, patterns

_REQUEST: Final = re.compile(r"req_([0-9a-f]{1,8})([0-9a-f]{8})")
LAST: Final = "last"
"""Instead of an id: the newest request; `last:cancel` is the newest cancel."""
MOST_SESSIONS: Final = 1_000
"""Other sessions that are looked through for a job or a request."""
MOST: Final = 1_000_000_000
COUNTS: Final = ("count", "at_least", "at_most", "never")

FIELDS: Final = (*WORDS, *COUNTS, "in_order", "since")


async def explained(ask: Ask) -> Response:
    """Why a request got the answer it got."""
    session = existing(ask)
    entry = _entry(ask, session, ask.params[0])
    told = explain(session, entry, lambda job_id: _with_job(ask, session, job_id)).json()
    return ok({**told, **{part: entry.json()[part] for part in ("request", "response", "note")}})


def existing(ask: Ask) -> Session:
    """The session that a call names, and nothing is made: what never was, was deleted or reset is told apart."""
    name = plain_name(ask.session_name)
    session = ask.hub.get(name)
    if session is None and ask.hub.ended(name):
        raise refuse("SES003", f"session {name[:80]!r} was deleted, and its journal with it", "GET /__mock/sessions")
    if session is None and name != DEFAULT:
        raise refuse("ADM010", f"no session {name[:80]!r}{nearest(name[:80], ask.hub.names())}", "GET /__mock/sessions")
    return ask.session


def _entry(ask: Ask, session: Session, request_id: str) -> Entry:
    """The journal's entry of a request, or the newest (`last`, `last:OPERATION`); a `MockError` says where it went."""
    last, colon, operation = request_id.partition(":")
    if last == LAST and (operation or not colon):
        return _newest(session, operation)
    found = next((entry for entry in session.journal if entry.request_id == request_id), None)
    if found is None:
        raise _lost(ask, session, request_id)
    return found


def _newest(session: Session, operation: str) -> Entry:
    """The newest request that the session remembers, of an operation or of any."""
    known = sorted({one.name for era in session.setup.eras.values() for one in era.operations})
    if operation and operation not in known:
        hint = f"operations: {', '.join(known)}"
        raise refuse("ADM003", f"no operation {operation[:80]!r}{nearest(operation[:80], known)}", hint)
    entries = reversed(tuple(session.journal))
    found: Entry | None = next((entry for entry in entries if operation in ("", entry.operation)), None)
    if found is None:
        what = f"request for {operation!r}" if operation else "request"
        hint = "X-Mock-Session says whose requests; GET /__mock/sessions lists the sessions"
        raise refuse("ADM030", f"session {session.name!r} remembers no {what} yet", hint)
    return found


def _lost(ask: Ask, session: Session, request_id: str) -> MockError:
    parts = _REQUEST.fullmatch(request_id)
    where = f"session {session.name!r}"
    if parts is None:
        known = [entry.request_id for entry in session.journal]
        near = nearest(request_id[:80], known[-200:])
        hint = "the answer's header X-Mock-Request-Id has it: req_100000001; last, last:cancel name the newest"
        return refuse("ADM030", f"{request_id[:80]!r} is no request's id{near}", hint)
    epoch, seq = int(parts[1], 16), int(parts[2], 16)
    if epoch < session.epoch:
        says = f"{request_id} belongs to epoch {epoch} of {where}, which is in epoch {session.epoch} since a reset"
        return refuse("ADM032", says, "a reset forgets what was before: explain first, then reset")
    others = list(_with_request(ask, session, request_id))
    if others:
        return refuse("ADM030", f"{where} has no request {request_id}; session {others[0]!r} has", "name that session")
    if epoch == session.epoch and 0 < seq <= session.journal.seq:
        answered = count(session.journal.seq, "request")
        kept = f"{where} has answered {answered} and remembers the last {len(session.journal)}"
        return refuse("ADM031", f"{request_id} is forgotten: {kept}", "explain sooner, or ask less in one session")
    last = (
        f"; its last is req_{session.epoch:x}{session.journal.seq:08x}" if session.journal.seq else ": it has none yet"
    )
    return refuse("ADM030", f"{where} has no request {request_id}{last}", "X-Mock-Session says whose it is")


def _others(ask: Ask, session: Session) -> Iterator[Session]:
    for name in ask.hub.names()[:MOST_SESSIONS]:
        other = ask.hub.get(name)
        if other is not None and other is not session:
            yield other


def _with_request(ask: Ask, session: Session, request_id: str) -> Iterator[str]:
    for other in _others(ask, session):
        if any(entry.request_id == request_id for entry in other.journal):
            yield other.name


def _with_job(ask: Ask, session: Session, job_id: str) -> Iterator[str]:
    for other in _others(ask, session):
        stores = ((store, kind) for room, store in other.stores() for kind in room.era.kinds)
        if any(store.row(kind, job_id) is not None for store, kind in stores):
            yield other.name


async def verified(ask: Ask) -> Response:
    """Whether something was asked so often, or in that order."""
    return ok(verify(ask.session.journal, _claim(ask)))


def _claim(ask: Ask) -> Claim:
    since = whole(ask, "since", 0, MOST, 0)
    given = [name for name in COUNTS if name in ask.body]
    if "in_order" in ask.body:
        besides = [name for name in (*WORDS, *COUNTS) if name in ask.body]
        if besides:
            raise refuse("ADM002", f"in_order stands alone, and {besides[0]!r} is given too", "only since goes with it")
        return Claim(order=patterns(ask, "in_order"), since=since)
    if given not in ([], ["count"], ["at_least"], ["at_most"], ["at_least", "at_most"], ["never"]):
        raise refuse("ADM002", f"{' and '.join(given)} exclude each other", "one of them; at_least goes with at_most")
    low, high = _bounds(ask)
    return Claim(pattern(ask), low, high, since=since)


def _bounds(ask: Ask) -> tuple[int, int | None]:
    if "never" in ask.body:
        if not flag(ask, "never"):
            raise refuse("ADM003", "never is true, or left out", '{"never": true}')
        return 0, 0
    if "count" in ask.body:
        count = whole(ask, "count", 0, MOST, 0)
        return count, count
    low = whole(ask, "at_least", 0, MOST, 0 if "at_most" in ask.body else 1)
    return low, whole(ask, "at_most", low, MOST, low) if "at_most" in ask.body else None
