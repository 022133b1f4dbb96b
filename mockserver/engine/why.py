"""Why a request got the answer it got: the journal's entry, worked out again with what was so at that instant.

Nothing is remembered for this but a few numbers an entry (`journal.Mark`): who was asked, by which rule, in what
state the job was and how it came there follow from the same pure functions that made the answer.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import orjson

from mockserver.core.instants import format_duration, rfc3339
from mockserver.core.job import Job
from mockserver.engine.decode import Flaw, decode
from mockserver.engine.faulting import HEADER as FAULT
from mockserver.engine.handle import KEY_TROUBLES, Room, limit_of
from mockserver.engine.hints import whereabouts
from mockserver.engine.journal import Entry
from mockserver.engine.reply import FINDINGS
from mockserver.engine.routing import Match, Miss
from mockserver.engine.session import Session
from mockserver.engine.store import Store
from mockserver.engine.then import Crowded, Then, ask_again
from mockserver.engine.told import PARTS, Explanation, Why, age
from mockserver.engine.why_job import Case, about_job
from mockserver.vendors.api import Body, Operation, Trouble
from mockserver.vendors.commands import look

_FAULT: Final = re.compile(r"fault-\d+: ")
Elsewhere = Callable[[str], Iterable[str]]
"""The names of the other sessions that have a job of that id."""


def explain(session: Session, entry: Entry, elsewhere: Elsewhere = lambda job_id: ()) -> Explanation:
    """Explain one answer of a session."""
    asked, at = entry.request, entry.at
    query = f"?{asked.query}" if asked.query else ""
    status = entry.response.status
    facts: dict[str, Any] = {
        "request_id": entry.request_id,
        "session": f"{session.name}@{session.epoch}",
        "at": rfc3339(at, digits=6),
        "elapsed": format_duration(at - session.start),
        "method": asked.method,
        "path": asked.path,
        "status": status,
        "vendor": entry.vendor,
        "era": session.setup.eras[entry.vendor].pin,
        "operation": entry.operation or None,
        "job": entry.job_id or None,
    }
    reasons = sorted(_reasons(session, entry, elsewhere), key=lambda why: PARTS.index(why.part))
    title = f"{entry.request_id}: {asked.method} {asked.path}{query} -> {status}"
    return Explanation(title, facts, tuple(reasons))


def _reasons(session: Session, entry: Entry, elsewhere: Elsewhere) -> Iterator[Why]:
    room, store = session.room(entry.vendor)
    yield _session(session, entry)
    found = room.router.match(entry.request.method, entry.request.path)
    if isinstance(found, Miss):
        yield _missed(room, found)
    else:
        yield _operation(room, found, entry)
        yield from _overruled(session, room, entry)
        door = tuple(_door(room, store, found.operation, entry))
        yield from door
        if not any(why.part == "because" for why in door):
            yield from _matter(session, room, store, found.operation, entry, elsewhere)
    yield from _noted(session, room, entry)


def _session(session: Session, entry: Entry) -> Why:
    headers, key = entry.request.headers, _key(session, entry)
    how = (
        "named by the header X-Mock-Session" if headers.get("x-mock-session")
        else "named by the API key" if key.startswith("scenario:")
        else "which everybody shares who names none" if session.name == "default"
        else "named by the path's prefix"
    )  # fmt: skip
    scenario = f", playing {session.setup.scenario}" if session.setup.scenario else ""
    when = f"{rfc3339(entry.at, digits=3)}, {format_duration(entry.at - session.start)} after its start"
    return Why("asked", "SESSION", f"session {session.name}@{session.epoch} ({how}){scenario}, at {when}")


def _key(session: Session, entry: Entry) -> str:
    key = session.setup.eras[entry.vendor].credentials(entry.request)
    return "" if isinstance(key, Trouble) else key


def _missed(room: Room, miss: Miss) -> Why:
    reason = "METHOD" if miss.allowed else "PATH"
    lines = [f"no operation of {room.era.pin} has this {reason.lower()}; the nearest are"]
    for number, near in enumerate(miss.near, 1):
        lines += [f"{number}. {line}" if not place else f"   {line}" for place, line in enumerate(near.lines())]
    facts = {"nearest": [near.json() for near in miss.near], "allowed": list(miss.allowed)}
    return Why("because", reason, "\n".join(lines), facts)


def _operation(room: Room, found: Match, entry: Entry) -> Why:
    operation = found.operation
    text = f"{room.era.pin} {operation.name}: {operation.method} {operation.path}"
    given = ", ".join(f"{name} = {value!r}" for name, value in found.params.items())
    return Why("asked", "OPERATION", text + (f" with {given}" if given else ""), {"template": operation.path})


def _door(room: Room, store: Store, operation: Operation, entry: Entry) -> Iterator[Why]:
    """Key, rate limit, body: what can turn a request away before it is about anything."""
    if operation.auth:
        key = room.era.credentials(entry.request)
        if isinstance(key, Trouble):
            yield Why("because", "KEY", f"the API key was refused: {key.value}", {"trouble": key.value})
            return
        if key in KEY_TROUBLES:
            yield Why("because", "KEY", f"the API key {key!r} is there to be refused: {KEY_TROUBLES[key].value}")
            return
        if key.startswith("scenario:") and entry.response.status in (401, 403) and entry.note:
            yield Why("because", "KEY", f"the API key names a scenario that is not there: {entry.note}")
            return
    yield from _limit(room, store, operation, entry)
    flaw = decode(entry.request, operation.body)
    if isinstance(flaw, Flaw):
        yield Why("because", "BODY", f"the body was refused: {flaw.trouble.value}, {flaw.detail}")


def _limit(room: Room, store: Store, operation: Operation, entry: Entry) -> Iterator[Why]:
    limit, window = limit_of(room.era, room.script, operation), entry.mark.window
    if limit is None or window is None:
        return
    text = f"{window.used} used of {limit.says}"
    opens = window.reopens(limit)
    facts = {"limit": limit.requests, "used": window.used, "reopens": rfc3339(opens, digits=6)}
    if _limited(room, store, operation, entry):
        wait = format_duration(opens - entry.at)
        yield Why("because", "RATE_LIMITED", f"the rate limit of {operation.name} is spent: {text}", facts)
        yield Why("instead", "LIMIT_REOPENS", f"{wait} later the same request passes", facts)
    else:
        yield Why("asked", "LIMIT", f"the rate limit of {operation.name} let it pass: {text} with it", facts)


def _limited(room: Room, store: Store, operation: Operation, entry: Entry) -> bool:
    """Whether it was the limit that answered: the vendor by itself would not have said 429."""
    if entry.response.status != 429 or entry.response.header(FAULT):
        return False
    try:
        return ask_again(room, store, entry, operation.kind)[0].response.status != 429
    except Crowded:
        return True


def _overruled(session: Session, room: Room, entry: Entry) -> Iterator[Why]:
    """What was answered otherwise than the vendor and the scenario would have it."""
    preferred = entry.response.header("Preference-Applied")
    if preferred:
        text = f"the request's header Prefer: {preferred} asked for this answer; nothing happened to any job"
        yield Why("because", "PREFER", text)
    fault = entry.response.header(FAULT)
    if fault:
        text = f"a fault made or spoiled this answer, but no job: {_faults(session, room, entry, fault)}"
        yield Why("because", "FAULT", text, {"fault": fault})
    if entry.lost:
        yield Why("because", "LOST", "the client got no whole answer; whatever the request did stays done")


def _faults(session: Session, room: Room, entry: Entry, words: str) -> str:
    """The faults by their ids, as the note has them, and the lines of those that a scenario has placed."""
    told = [part for part in entry.note.split("; ")[0].split(", ") if _FAULT.match(part)]
    lines = {placed.id: placed.fault.line for placed in session.faults}
    found = [(part, lines.get(part.partition(":")[0], 0)) for part in told]
    named = [f"{part} (line {line} of scenario {room.script.name})" if line else part for part, line in found]
    return ", ".join(named) or words


def _matter(
    session: Session, room: Room, store: Store, operation: Operation, entry: Entry, elsewhere: Elsewhere
) -> Iterator[Why]:
    """What the request was about: a job, a new job, many jobs, or none."""
    if entry.job_id:
        job, creates = _job(store, operation.kind, entry.job_id), not operation.picks
        if job is not None and creates:
            yield _made(room, job)
        if job is not None and (creates or _was_there(operation, entry, job)):
            yield from _known(session, room, store, operation, entry, job)
        else:
            yield _unknown(session, room, operation, entry, elsewhere)
    elif operation.kind in room.era.kinds and entry.response.status < 400:
        repeated = operation.body is Body.JSON
        yield from [_repeated(store, operation, entry)] if repeated else _listed(room, store, operation, entry)


def _was_there(operation: Operation, entry: Entry, job: Job) -> bool:
    """Whether a job had been made when a request asked for it."""
    return job.kind != operation.kind or job.number <= entry.mark.jobs


def _job(store: Store, kind: str, job_id: str) -> Job | None:
    item = store.item(job_id)
    return store.job(kind, job_id) or (item[0] if item is not None else None)


def _made(room: Room, job: Job) -> Why:
    lines = sorted({step.line for step in job.plan.timeline if step.line})
    where = f"lines {lines[0]} to {lines[-1]} of scenario {room.script.name}" if lines else f"{room.era.pin}'s own"
    way = " -> ".join(step.state for step in job.plan.timeline)
    text = f"it made {job.kind} {job.id}, number {job.number}, with the timeline {way} ({where})"
    return Why("because", "CREATED", text, {"number": job.number, "lines": lines})


def _repeated(store: Store, operation: Operation, entry: Entry) -> Why:
    """A create that made nothing: it was answered with what an earlier one has made."""
    body = _decoded(entry.response.body)
    told = [value for value in body.values() if isinstance(value, str)] if isinstance(body, dict) else []
    job = next(filter(None, (store.job(operation.kind, value) for value in told)), None)
    whose = "" if job is None else f": {job.kind} {job.id} is {age(job, entry.at)} old"
    return Why("because", "NOTHING_MADE", f"nothing was made, as it was asked for before{whose}")


def _known(session: Session, room: Room, store: Store, operation: Operation, entry: Entry, job: Job) -> Iterator[Why]:
    made = f"{job.kind} {job.id}, {age(job, entry.at)} old"
    item = store.item(entry.job_id)
    of = f" (the request names its item {item[1] + 1}, {entry.job_id})" if item is not None else ""
    yield Why("job", "JOB", made + of, {"id": job.id, "kind": job.kind, "number": job.number})
    gone = None if operation.kind not in room.era.kinds else _gone(session, room, operation, entry, job)
    if gone is not None:
        yield gone
        return
    yield from about_job(Case(room, store, entry, operation, job))


def _gone(session: Session, room: Room, operation: Operation, entry: Entry, job: Job) -> Why | None:
    """Deleted before the request, or too old for it."""
    kept = job.inputs[: entry.mark.before]
    deleted = next((happened for happened in kept if happened.name == "delete"), None)
    if deleted is not None:
        text = f"{job.id} had been deleted at t={age(job, deleted.at)}"
        return Why("because", "DELETED", text, {"at": rfc3339(deleted.at, digits=6)})
    retention = room.era.kinds[job.kind].retention
    if entry.at >= job.created + retention:
        text = f"{job.id} was older than the {format_duration(retention)} that the vendor keeps a {job.kind}"
        return Why("because", "EXPIRED", text)
    return None


def _unknown(session: Session, room: Room, operation: Operation, entry: Entry, elsewhere: Elsewhere) -> Why:
    others = [name for name in elsewhere(entry.job_id) if name != session.name]
    if others:
        text = f"{entry.job_id} belongs to session {others[0]!r}; this request asked session {session.name!r}"
        return Why("because", "OTHER_SESSION", text, {"sessions": others})
    found = whereabouts(session.stores(), room.era.pin, operation.kind, entry.job_id, entry.at)
    if found is None:
        text = f"the session had no {operation.kind} {entry.job_id} then; it was made later"
        return Why("because", "UNKNOWN_JOB", text)
    return Why("because", found.reason, found.text)


def _listed(room: Room, store: Store, operation: Operation, entry: Entry) -> Iterator[Why]:
    """How many jobs there were to list, by state, and how many the answer has."""
    view = Then(store, entry.mark, operation.kind, "")
    try:
        states = Counter(look(job, entry.at).state for job in view.jobs(operation.kind, entry.at))
    except Crowded:
        yield Why("because", "LIST", f"{entry.mark.jobs} of {operation.kind} had been made; too many to count by state")
        return
    total = states.total()
    there = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    shown = _shown(entry)
    asked = f"filter: {entry.request.query}" if entry.request.query else "no filter"
    said = "" if shown is None else f"; the answer has {shown} of them"
    text = f"{asked}; there were {total} {operation.kind}(s)" + (f": {there}" if there else "") + said
    yield Why("because", "LIST", text, {"total": total, "states": dict(states), "shown": shown})


def _shown(entry: Entry) -> int | None:
    """How many jobs a list's answer has: the entries of the first list in it."""
    body = _decoded(entry.response.body)
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return len(lists[0]) if lists else None


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _noted(session: Session, room: Room, entry: Entry) -> Iterator[Why]:
    """What else was noticed: the vendor's own reason, findings, late requests."""
    reason = room.era.reason(_decoded(entry.response.body)) if entry.response.status >= 400 else ""
    if reason:
        yield Why("because", "VENDOR_REASON", f"in the vendor's words: {reason}", {"vendor_reason": reason})
    findings = entry.response.header(FINDINGS)
    if findings:
        yield Why("note", "FINDINGS", f"the answer breaks rules of the contract: {findings}")
    late = [stale for stale in session.journal.stale if stale.at <= entry.at]
    if late:
        last = late[-1]
        text = f"late requests of epoch {last.epoch} had come: {len(late)}, the last {last.method} {last.path}"
        yield Why("note", "STALE_REQUESTS", f"{text}; answered 410, they did nothing", {"stale": len(late)})
