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
from mockserver.engine.explain.hints import missing_job_hint
from mockserver.engine.explain.job import ExplainedRequest, explain_job
from mockserver.engine.explain.past import PastView, TooManyJobs, replay_request
from mockserver.engine.explain.reasons import PARTS, Explanation, Reason, age_text
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.engine.handle import REFUSED_KEYS, BodyError, VendorContext, decode_body, rate_limit_of
from mockserver.engine.journal import JournalEntry
from mockserver.engine.reply import FINDINGS_HEADER
from mockserver.engine.router import NoMatch, RouteMatch
from mockserver.engine.session.session import Session
from mockserver.engine.store import Store
from mockserver.vendors.api import BodyPolicy, Operation, RequestError
from mockserver.vendors.commands import snapshot

_FAULT: Final = re.compile(r"fault-\d+: ")
SessionsWithJob = Callable[[str], Iterable[str]]
"""The names of the other sessions that have a job of that id."""


def explain_request(
    session: Session, entry: JournalEntry, sessions_with_job: SessionsWithJob = lambda job_id: ()
) -> Explanation:
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
    reasons = sorted(_all_reasons(session, entry, sessions_with_job), key=lambda why: PARTS.index(why.part))
    title = f"{entry.request_id}: {asked.method} {asked.path}{query} -> {status}"
    return Explanation(title, facts, tuple(reasons))


def _all_reasons(session: Session, entry: JournalEntry, sessions_with_job: SessionsWithJob) -> Iterator[Reason]:
    room = session.context(entry.vendor)
    yield _session_reason(session, entry)
    found = room.router.match(entry.request.method, entry.request.path)
    if isinstance(found, NoMatch):
        yield _no_match_reason(room, found)
    else:
        yield _operation_reason(room, found, entry)
        yield from _override_reasons(session, room, entry)
        door = tuple(_access_reasons(room, found.operation, entry))
        yield from door
        if not any(why.part == "because" for why in door):
            yield from _subject_reasons(session, room, found.operation, entry, sessions_with_job)
    yield from _note_reasons(session, room, entry)


def _session_reason(session: Session, entry: JournalEntry) -> Reason:
    headers, key = entry.request.headers, _api_key(session, entry)
    how = (
        "named by the header X-Mock-Session" if headers.get("x-mock-session")
        else "named by the API key" if key.startswith("scenario:")
        else "which everybody shares who names none" if session.name == "default"
        else "named by the path's prefix"
    )  # fmt: skip
    scenario = f", playing {session.setup.scenario_name}" if session.setup.scenario_name else ""
    when = f"{rfc3339(entry.at, digits=3)}, {format_duration(entry.at - session.start)} after its start"
    return Reason("asked", "SESSION", f"session {session.name}@{session.epoch} ({how}){scenario}, at {when}")


def _api_key(session: Session, entry: JournalEntry) -> str:
    key = session.setup.eras[entry.vendor].parse_api_key(entry.request)
    return "" if isinstance(key, RequestError) else key


def _no_match_reason(context: VendorContext, no_match: NoMatch) -> Reason:
    reason = "METHOD" if no_match.allowed else "PATH"
    lines = [f"no operation of {context.era.pin} has this {reason.lower()}; the nearest are"]
    for number, near in enumerate(no_match.near_misses, 1):
        lines += [f"{number}. {line}" if not place else f"   {line}" for place, line in enumerate(near.lines())]
    facts = {"nearest": [near.json() for near in no_match.near_misses], "allowed": list(no_match.allowed)}
    return Reason("because", reason, "\n".join(lines), facts)


def _operation_reason(context: VendorContext, match: RouteMatch, entry: JournalEntry) -> Reason:
    operation = match.operation
    text = f"{context.era.pin} {operation.name}: {operation.method} {operation.path}"
    given = ", ".join(f"{name} = {value!r}" for name, value in match.params.items())
    return Reason("asked", "OPERATION", text + (f" with {given}" if given else ""), {"template": operation.path})


def _access_reasons(context: VendorContext, operation: Operation, entry: JournalEntry) -> Iterator[Reason]:
    """Key, rate limit, body: what can turn a request away before it is about anything."""
    if operation.auth:
        key = context.era.parse_api_key(entry.request)
        if isinstance(key, RequestError):
            yield Reason("because", "KEY", f"the API key was refused: {key.value}", {"trouble": key.value})
            return
        if key in REFUSED_KEYS:
            yield Reason("because", "KEY", f"the API key {key!r} is there to be refused: {REFUSED_KEYS[key].value}")
            return
        if key.startswith("scenario:") and entry.response.status in (401, 403) and entry.note:
            yield Reason("because", "KEY", f"the API key names a scenario that is not there: {entry.note}")
            return
    yield from _rate_limit_reasons(context, operation, entry)
    flaw = decode_body(entry.request, operation.body)
    if isinstance(flaw, BodyError):
        yield Reason("because", "BODY", f"the body was refused: {flaw.error.value}, {flaw.detail}")


def _rate_limit_reasons(context: VendorContext, operation: Operation, entry: JournalEntry) -> Iterator[Reason]:
    limit, window = rate_limit_of(context.era, context.script, operation), entry.watermark.rate_window
    if limit is None or window is None:
        return
    text = f"{window.used} used of {limit.description}"
    opens = window.retry_at(limit)
    facts = {"limit": limit.requests, "used": window.used, "reopens": rfc3339(opens, digits=6)}
    if _was_rate_limited(context, operation, entry):
        wait = format_duration(opens - entry.at)
        yield Reason("because", "RATE_LIMITED", f"the rate limit of {operation.name} is spent: {text}", facts)
        yield Reason("instead", "LIMIT_REOPENS", f"{wait} later the same request passes", facts)
    else:
        yield Reason("asked", "LIMIT", f"the rate limit of {operation.name} let it pass: {text} with it", facts)


def _was_rate_limited(context: VendorContext, operation: Operation, entry: JournalEntry) -> bool:
    """Whether it was the limit that answered: the vendor by itself would not have said 429."""
    if entry.response.status != 429 or entry.response.header(FAULT):
        return False
    try:
        return replay_request(context, entry, operation.kind).response.status != 429
    except TooManyJobs:
        return True


def _override_reasons(session: Session, context: VendorContext, entry: JournalEntry) -> Iterator[Reason]:
    """What was answered otherwise than the vendor and the scenario would have it."""
    preferred = entry.response.header("Preference-Applied")
    if preferred:
        text = f"the request's header Prefer: {preferred} asked for this answer; nothing happened to any job"
        yield Reason("because", "PREFER", text)
    fault = entry.response.header(FAULT)
    if fault:
        text = f"a fault made or spoiled this answer, but no job: {_describe_faults(session, context, entry, fault)}"
        yield Reason("because", "FAULT", text, {"fault": fault})
    if entry.incomplete:
        yield Reason("because", "LOST", "the client got no whole answer; whatever the request did stays done")


def _describe_faults(session: Session, context: VendorContext, entry: JournalEntry, fallback: str) -> str:
    """The faults by their ids, as the note has them, and the lines of those that a scenario has placed."""
    told = [part for part in entry.note.split("; ")[0].split(", ") if _FAULT.match(part)]
    lines = {placed.id: placed.fault.line for placed in session.faults}
    found = [(part, lines.get(part.partition(":")[0], 0)) for part in told]
    named = [f"{part} (line {line} of scenario {context.script.name})" if line else part for part, line in found]
    return ", ".join(named) or fallback


def _subject_reasons(
    session: Session,
    context: VendorContext,
    operation: Operation,
    entry: JournalEntry,
    sessions_with_job: SessionsWithJob,
) -> Iterator[Reason]:
    """What the request was about: a job, a new job, many jobs, or none."""
    if entry.job_id:
        job, creates = _job_or_batch(context.store, operation.kind, entry.job_id), not operation.about_one_job
        if job is not None and creates:
            yield _created_reason(context, job)
        if job is not None and (creates or _existed(operation, entry, job)):
            yield from _known_job_reasons(session, context, operation, entry, job)
        else:
            yield _unknown_job_reason(session, context, operation, entry, sessions_with_job)
    elif operation.kind in context.era.kinds and entry.response.status < 400:
        repeated = operation.body is BodyPolicy.JSON
        yield from (
            [_repeated_create_reason(context.store, operation, entry)]
            if repeated
            else _list_reasons(context, operation, entry)
        )


def _existed(operation: Operation, entry: JournalEntry, job: Job) -> bool:
    """Whether a job had been made when a request asked for it."""
    return job.kind != operation.kind or job.number <= entry.watermark.jobs_created


def _job_or_batch(store: Store, kind: str, job_id: str) -> Job | None:
    item = store.item(job_id)
    return store.job(kind, job_id) or (item[0] if item is not None else None)


def _created_reason(context: VendorContext, job: Job) -> Reason:
    lines = sorted({step.line for step in job.plan.timeline if step.line})
    where = (
        f"lines {lines[0]} to {lines[-1]} of scenario {context.script.name}" if lines else f"{context.era.pin}'s own"
    )
    way = " -> ".join(step.state for step in job.plan.timeline)
    text = f"it made {job.kind} {job.id}, number {job.number}, with the timeline {way} ({where})"
    return Reason("because", "CREATED", text, {"number": job.number, "lines": lines})


def _repeated_create_reason(store: Store, operation: Operation, entry: JournalEntry) -> Reason:
    """A create that made nothing: it was answered with what an earlier one has made."""
    body = _json_or_none(entry.response.body)
    told = [value for value in body.values() if isinstance(value, str)] if isinstance(body, dict) else []
    job = next(filter(None, (store.job(operation.kind, value) for value in told)), None)
    whose = "" if job is None else f": {job.kind} {job.id} is {age_text(job, entry.at)} old"
    return Reason("because", "NOTHING_MADE", f"nothing was made, as it was asked for before{whose}")


def _known_job_reasons(
    session: Session, context: VendorContext, operation: Operation, entry: JournalEntry, job: Job
) -> Iterator[Reason]:
    made = f"{job.kind} {job.id}, {age_text(job, entry.at)} old"
    item = context.store.item(entry.job_id)
    of = f" (the request names its item {item[1] + 1}, {entry.job_id})" if item is not None else ""
    yield Reason("job", "JOB", made + of, {"id": job.id, "kind": job.kind, "number": job.number})
    gone = (
        None
        if operation.kind not in context.era.kinds
        else _deleted_or_expired_reason(session, context, operation, entry, job)
    )
    if gone is not None:
        yield gone
        return
    yield from explain_job(ExplainedRequest(context, entry, operation, job))


def _deleted_or_expired_reason(
    session: Session, context: VendorContext, operation: Operation, entry: JournalEntry, job: Job
) -> Reason | None:
    """Deleted before the request, or too old for it."""
    kept = job.inputs[: entry.watermark.inputs_before]
    deleted = next((happened for happened in kept if happened.name == "delete"), None)
    if deleted is not None:
        text = f"{job.id} had been deleted at t={age_text(job, deleted.at)}"
        return Reason("because", "DELETED", text, {"at": rfc3339(deleted.at, digits=6)})
    retention = context.era.kinds[job.kind].retention
    if entry.at >= job.created + retention:
        text = f"{job.id} was older than the {format_duration(retention)} that the vendor keeps a {job.kind}"
        return Reason("because", "EXPIRED", text)
    return None


def _unknown_job_reason(
    session: Session,
    context: VendorContext,
    operation: Operation,
    entry: JournalEntry,
    sessions_with_job: SessionsWithJob,
) -> Reason:
    others = [name for name in sessions_with_job(entry.job_id) if name != session.name]
    if others:
        text = f"{entry.job_id} belongs to session {others[0]!r}; this request asked session {session.name!r}"
        return Reason("because", "OTHER_SESSION", text, {"sessions": others})
    found = missing_job_hint(session.contexts(), context.era.pin, operation.kind, entry.job_id, entry.at)
    if found is None:
        text = f"the session had no {operation.kind} {entry.job_id} then; it was made later"
        return Reason("because", "UNKNOWN_JOB", text)
    return found


def _list_reasons(context: VendorContext, operation: Operation, entry: JournalEntry) -> Iterator[Reason]:
    """How many jobs there were to list, by state, and how many the answer has."""
    view = PastView(context.store, entry.watermark, operation.kind, "")
    try:
        states = Counter(snapshot(job, entry.at).state for job in view.jobs(operation.kind, entry.at))
    except TooManyJobs:
        yield Reason(
            "because",
            "LIST",
            f"{entry.watermark.jobs_created} of {operation.kind} had been made; too many to count by state",
        )
        return
    total = states.total()
    there = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    shown = _listed_count(entry)
    asked = f"filter: {entry.request.query}" if entry.request.query else "no filter"
    said = "" if shown is None else f"; the answer has {shown} of them"
    text = f"{asked}; there were {total} {operation.kind}(s)" + (f": {there}" if there else "") + said
    yield Reason("because", "LIST", text, {"total": total, "states": dict(states), "shown": shown})


def _listed_count(entry: JournalEntry) -> int | None:
    """How many jobs a list's answer has: the entries of the first list in it."""
    body = _json_or_none(entry.response.body)
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, dict) else []
    return len(lists[0]) if lists else None


def _json_or_none(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def _note_reasons(session: Session, context: VendorContext, entry: JournalEntry) -> Iterator[Reason]:
    """What else was noticed: the vendor's own reason, findings, late requests."""
    reason = context.era.error_reason(_json_or_none(entry.response.body)) if entry.response.status >= 400 else ""
    if reason:
        yield Reason("because", "VENDOR_REASON", f"in the vendor's words: {reason}", {"vendor_reason": reason})
    findings = entry.response.header(FINDINGS_HEADER)
    if findings:
        yield Reason("note", "FINDINGS", f"the answer breaks rules of the contract: {findings}")
    late = [stale for stale in session.journal.stale_requests if stale.at <= entry.at]
    if late:
        last = late[-1]
        text = f"late requests of epoch {last.epoch} had come: {len(late)}, the last {last.method} {last.path}"
        yield Reason("note", "STALE_REQUESTS", f"{text}; answered 410, they did nothing", {"stale": len(late)})
