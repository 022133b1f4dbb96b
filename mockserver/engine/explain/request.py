"""Explains why a request got its answer: the journal's entry, computed again with what was true at that instant.

Nothing is stored for this but a few numbers with each entry (`journal.Watermark`): the operation, the deciding rule,
the job's state and how it came there follow from the same pure functions that made the answer.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from mockserver.core.instants import format_duration, rfc3339
from mockserver.core.job import DELETE, Job
from mockserver.core.text import truncate
from mockserver.core.wire import json_or_none
from mockserver.engine.explain.job import ExplainedRequest, cancels_nothing, explain_job
from mockserver.engine.explain.past import PastView, TooManyJobs, repeat_request
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.engine.handle import REFUSED_KEYS, BodyError, VendorContext, decode_body
from mockserver.engine.hints import missing_job_hint
from mockserver.engine.journal import JournalEntry
from mockserver.engine.reasons import PARTS, Explanation, Reason, age_text
from mockserver.engine.reply import FINDINGS_HEADER
from mockserver.engine.router import NoMatch
from mockserver.engine.session import Session
from mockserver.vendors.api import Operation, RequestError, Role
from mockserver.vendors.commands import rate_limit_of, snapshot

_FAULT: Final = re.compile(r"fault-\d+: ")
MAX_REFUSAL: Final = 200
"""Characters of a refusal's body that an explanation repeats."""
SessionsWithJob = Callable[[str], Iterable[str]]
"""Returns the names of the sessions that have a job of that id."""


class _RequestCase(NamedTuple):
    """A request that is explained, and the operation that it matched."""

    session: Session
    context: VendorContext
    operation: Operation
    entry: JournalEntry

    def subject(self) -> Job | None:
        """Return the job of the entry's id, or the batch of that item."""
        store = self.context.store
        job = store.job(self.operation.kind, self.entry.job_id)
        if job is not None:
            return job
        batch, _ = store.item(self.entry.job_id) or (None, 0)
        return batch


def explain_request(
    session: Session, entry: JournalEntry, sessions_with_job: SessionsWithJob = lambda job_id: ()
) -> Explanation:
    """Explain one answer of a session."""
    request = entry.request
    status = entry.response.status
    facts: dict[str, Any] = {
        "request_id": entry.request_id,
        "session": session.label,
        "at": rfc3339(entry.at, digits=6),
        "elapsed": format_duration(entry.at - session.start),
        "method": request.method,
        "path": request.path,
        "status": status,
        "vendor": entry.vendor,
        "era": session.setup.eras[entry.vendor].pin,
        "operation": entry.operation or None,
        "job": entry.job_id or None,
    }
    reasons = sorted(_all_reasons(session, entry, sessions_with_job), key=lambda reason: PARTS.index(reason.part))
    target = request.path
    if request.query:
        target = f"{target}?{request.query}"
    title = f"{entry.request_id}: {request.method} {target} -> {status}"
    return Explanation(title, facts, tuple(reasons))


def _all_reasons(session: Session, entry: JournalEntry, sessions_with_job: SessionsWithJob) -> Iterator[Reason]:
    context = session.context(entry.vendor)
    yield _session_reason(session, entry)
    match = context.router.match(entry.request.method, entry.request.path)
    if isinstance(match, NoMatch):
        yield _no_match_reason(context, match)
    else:
        operation = match.operation
        case = _RequestCase(session, context, operation, entry)
        text = f"{context.era.pin} {operation.name}: {operation.method} {operation.path}"
        params = ", ".join(f"{name} = {value!r}" for name, value in match.params.items())
        if params:
            text = f"{text} with {params}"
        yield Reason("asked", "OPERATION", text, {"template": operation.path})
        yield from _override_reasons(session, context, entry)
        access = tuple(_access_reasons(case))
        yield from access
        # A request that was turned away before its handler is about nothing more.
        if not _has_cause(access):
            subject = tuple(_subject_reasons(case, sessions_with_job))
            yield from subject
            if entry.response.status >= 400 and not entry.job_id and not _has_cause(subject):
                # It passed key, limit and body: the operation itself refused it.
                said = truncate(entry.response.body.decode(errors="replace"), MAX_REFUSAL)
                text = f"the vendor's rules for this operation refused it: {said}"
                yield Reason("because", "REFUSED_BY_OPERATION", text)
    yield from _note_reasons(session, context, entry)


def _has_cause(reasons: Iterable[Reason]) -> bool:
    return any(reason.part == "because" for reason in reasons)


def _session_reason(session: Session, entry: JournalEntry) -> Reason:
    key = session.setup.eras[entry.vendor].parse_api_key(entry.request)
    if entry.request.headers.get("x-mock-session"):
        how = "named by the header X-Mock-Session"
    elif not isinstance(key, RequestError) and key.startswith("scenario:"):
        how = "named by the API key"
    elif session.name == "default":
        how = "shared by all requests that name none"
    else:
        how = "named by the path's prefix"
    text = f"session {session.label} ({how})"
    if session.setup.scenario_name:
        text = f"{text}, playing {session.setup.scenario_name}"
    elapsed = format_duration(entry.at - session.start)
    return Reason("asked", "SESSION", f"{text}, at {rfc3339(entry.at, digits=3)}, {elapsed} after its start")


def _no_match_reason(context: VendorContext, no_match: NoMatch) -> Reason:
    code = "METHOD" if no_match.allowed else "PATH"
    lines = [f"no operation of {context.era.pin} has this {code.lower()}; the nearest are"]
    for number, miss in enumerate(no_match.near_misses, 1):
        first, *rest = miss.lines()
        lines.append(f"{number}. {first}")
        lines += [f"   {line}" for line in rest]
    facts = {"nearest": [miss.json() for miss in no_match.near_misses], "allowed": list(no_match.allowed)}
    return Reason("because", code, "\n".join(lines), facts)


def _access_reasons(case: _RequestCase) -> Iterator[Reason]:
    """Yield what can turn a request away before its handler: key, rate limit, body."""
    entry = case.entry
    if case.operation.auth:
        key = case.context.era.parse_api_key(entry.request)
        if isinstance(key, RequestError):
            text = f"the API key was refused: {key.value}"
            if key is RequestError.NO_KEY:
                text = "the request has no API key"
            yield Reason("because", "KEY", text, {"trouble": key.value})
            return
        if key in REFUSED_KEYS:
            yield Reason("because", "KEY", f"the API key {key!r} is always refused: {REFUSED_KEYS[key].value}")
            return
        if key.startswith("scenario:") and entry.response.status in (401, 403) and entry.note:
            yield Reason("because", "KEY", f"the API key names a scenario that does not exist: {entry.note}")
            return
    yield from _rate_limit_reasons(case)
    body = decode_body(entry.request, case.operation.body)
    if isinstance(body, BodyError):
        yield Reason("because", "BODY", f"the body was refused: {body.error.value}, {body.detail}")


def _rate_limit_reasons(case: _RequestCase) -> Iterator[Reason]:
    limit = rate_limit_of(case.context.era, case.context.script, case.operation.name)
    window = case.entry.watermark.rate_window
    if limit is None or window is None:
        # A handler may have a limit of its own, such as one for each job.
        if _was_rate_limited(case):
            wait = case.entry.response.header("Retry-After")
            yield Reason("because", "RATE_LIMITED", f"a limit of the vendor on {case.operation.name} is spent")
            yield Reason("instead", "LIMIT_REOPENS", f"{wait} s later the same request passes")
        return
    reopens = window.retry_at(limit)
    facts = {"limit": limit.requests, "used": window.used, "reopens": rfc3339(reopens, digits=6)}
    name = case.operation.name
    if _was_rate_limited(case):
        yield Reason("because", "RATE_LIMITED", f"the rate limit of {name} was used up: {limit.description}", facts)
        wait = format_duration(reopens - case.entry.at)
        yield Reason("instead", "LIMIT_REOPENS", f"after {wait} the limit lets the same request through", facts)
    else:
        yield Reason(
            "asked",
            "LIMIT",
            f"the rate limit of {name}, {limit.description}, let it through as number {window.used}",
            facts,
        )


def _was_rate_limited(case: _RequestCase) -> bool:
    """Return True if the limit answered: without it the vendor would not have answered 429."""
    if case.entry.response.status != 429 or case.entry.response.header(FAULT):
        return False
    try:
        return repeat_request(case.context, case.entry, case.operation.kind).response.status != 429
    except TooManyJobs:
        return True


def _override_reasons(session: Session, context: VendorContext, entry: JournalEntry) -> Iterator[Reason]:
    """Yield what made the answer another one than vendor and scenario would give."""
    preferred = entry.response.header("Preference-Applied")
    if preferred:
        text = f"the request's header Prefer: {preferred} requested this answer; nothing happened to any job"
        yield Reason("because", "PREFER", text)
    fault = entry.response.header(FAULT)
    if fault:
        # By id, as the note has them, with the lines of those that the scenario has.
        lines = {active.id: active.fault.line for active in session.faults}
        described: list[str] = []
        for part in entry.note.split("; ")[0].split(", "):
            if not _FAULT.match(part):
                continue
            line = lines.get(part.partition(":")[0])
            if line:
                part = f"{part} (line {line} of scenario {context.script.name})"
            described.append(part)
        text = f"a fault altered this answer, but no job: {', '.join(described) or fault}"
        yield Reason("because", "FAULT", text, {"fault": fault})
    if entry.incomplete:
        yield Reason("because", "LOST", "the client got no whole answer; whatever the request did stays done")


def _subject_reasons(case: _RequestCase, sessions_with_job: SessionsWithJob) -> Iterator[Reason]:
    """Yield the reasons that lie in what the request was about: a job, a new job, many jobs, or none."""
    operation, entry = case.operation, case.entry
    if entry.job_id:
        job = case.subject()
        creates = not operation.about_one_job
        if job is not None and creates:
            yield _created_reason(case.context, job)
        made_before = job is not None and (job.kind != operation.kind or job.number <= entry.watermark.jobs_created)
        if job is not None and (creates or made_before):
            yield from _known_job_reasons(case, job)
        else:
            yield _cancel_off_reason(case) or _unknown_job_reason(case, sessions_with_job)
    elif operation.kind in case.context.era.kinds and entry.response.status < 400:
        if operation.body.requires_object:
            yield _repeated_create_reason(case)
        else:
            yield from _list_reasons(case)


def _created_reason(context: VendorContext, job: Job) -> Reason:
    lines = sorted({step.line for step in job.plan.timeline if step.line})
    source = f"{context.era.pin}'s own"
    if lines:
        source = f"lines {lines[0]} to {lines[-1]} of scenario {context.script.name}"
    timeline = " -> ".join(step.state for step in job.plan.timeline)
    text = f"it made {job.kind} {job.id}, number {job.number}, with the timeline {timeline} ({source})"
    return Reason("because", "CREATED", text, {"number": job.number, "lines": lines})


def _repeated_create_reason(case: _RequestCase) -> Reason:
    """Return the reason for a create that made nothing: its answer has what an earlier one made."""
    text = "nothing was made, as it was requested before"
    body = json_or_none(case.entry.response.body)
    ids = [value for value in body.values() if isinstance(value, str)] if isinstance(body, dict) else []
    for job_id in ids:
        job = case.context.store.job(case.operation.kind, job_id)
        if job is not None:
            text = f"{text}: {job.kind} {job.id} is {age_text(job, case.entry.at)} old"
            break
    return Reason("because", "NOTHING_MADE", text)


def _known_job_reasons(case: _RequestCase, job: Job) -> Iterator[Reason]:
    entry = case.entry
    text = f"{job.kind} {job.id}, {age_text(job, entry.at)} old"
    item = case.context.store.item(entry.job_id)
    if item is not None:
        text = f"{text} (the request names its item {item[1] + 1}, {entry.job_id})"
    yield Reason("job", "JOB", text, {"id": job.id, "kind": job.kind, "number": job.number})
    gone = None
    if case.operation.kind in case.context.era.kinds:
        gone = _deleted_or_expired_reason(case, job)
    if gone is not None:
        yield _cancel_off_reason(case) or gone
        return
    yield from explain_job(ExplainedRequest(case.context, entry, case.operation, job))


def _cancel_off_reason(case: _RequestCase) -> Reason | None:
    """Return the reason of an era that refuses every cancel without a look at the job; None if there is another."""
    era, operation = case.context.era, case.operation
    # Where the answer is 404, the job was looked up.
    is_looked_up = case.entry.response.status == 404
    if operation.role is Role.CANCEL and not is_looked_up and cancels_nothing(case.context, operation.kind):
        return Reason("because", "CANCEL_OFF", f"every cancel is refused in {era.pin}, whatever the job")
    return None


def _deleted_or_expired_reason(case: _RequestCase, job: Job) -> Reason | None:
    """Return the reason for a job that had been deleted, or that was too old; None if it was neither."""
    for event in job.inputs[: case.entry.watermark.inputs_before]:
        if event.kind == DELETE:
            text = f"{job.id} had been deleted at t={age_text(job, event.at)}"
            return Reason("because", "DELETED", text, {"at": rfc3339(event.at, digits=6)})
    retention = case.context.era.kinds[job.kind].retention
    if case.entry.at >= job.created + retention:
        text = f"{job.id} was older than the {format_duration(retention)} that the vendor keeps a {job.kind}"
        return Reason("because", "EXPIRED", text)
    return None


def _unknown_job_reason(case: _RequestCase, sessions_with_job: SessionsWithJob) -> Reason:
    session, entry, kind = case.session, case.entry, case.operation.kind
    others = [name for name in sessions_with_job(entry.job_id) if name != session.name]
    if others:
        text = f"{entry.job_id} belongs to session {others[0]!r}; this request went to session {session.name!r}"
        return Reason("because", "OTHER_SESSION", text, {"sessions": others})
    reason = missing_job_hint(session.contexts(), case.context.era.pin, kind, entry.job_id, entry.at)
    if reason is not None:
        return reason
    return Reason("because", "UNKNOWN_JOB", f"the session had no {kind} {entry.job_id} then; it was made later")


def _list_reasons(case: _RequestCase) -> Iterator[Reason]:
    """Yield how many jobs there were to list, by state, and how many the answer has."""
    entry, kind = case.entry, case.operation.kind
    view = PastView(case.context.store, entry.watermark, kind, "")
    try:
        states = Counter(snapshot(job, entry.at).state for job in view.jobs(kind, entry.at))
    except TooManyJobs:
        text = f"{entry.watermark.jobs_created} of {kind} had been made; too many to count by state"
        yield Reason("because", "LIST", text)
        return
    total = states.total()
    query = "no filter"
    if entry.request.query:
        query = f"filter: {entry.request.query}"
    text = f"{query}; there were {total} {kind}(s)"
    if states:
        text = f"{text}: {', '.join(f'{count} {state}' for state, count in sorted(states.items()))}"
    shown = _listed_count(entry)
    if shown is not None:
        text = f"{text}; the answer has {shown} of them"
    yield Reason("because", "LIST", text, {"total": total, "states": dict(states), "shown": shown})


def _listed_count(entry: JournalEntry) -> int | None:
    """Return the number of jobs in a list's answer: the entries of its first list; None if it has none."""
    body = json_or_none(entry.response.body)
    if isinstance(body, dict):
        for value in body.values():
            if isinstance(value, list):
                return len(value)
    return None


def _note_reasons(session: Session, context: VendorContext, entry: JournalEntry) -> Iterator[Reason]:
    """Yield the vendor's own reason, the findings, and the late requests of former epochs."""
    if entry.response.status >= 400:
        reason = context.era.error_reason(json_or_none(entry.response.body))
        if reason:
            yield Reason(
                "because", "VENDOR_REASON", f"the vendor's own reason in the body: {reason}", {"vendor_reason": reason}
            )
    findings = entry.response.header(FINDINGS_HEADER)
    if findings:
        yield Reason("note", "FINDINGS", f"the answer breaks rules of the contract: {findings}")
    late = [stale for stale in session.journal.stale_requests if stale.at <= entry.at]
    if late:
        last = late[-1]
        text = f"late requests of epoch {last.epoch} had come: {len(late)}, the last {last.method} {last.path}"
        yield Reason("note", "STALE_REQUESTS", f"{text}; answered 410, they did nothing", {"stale": len(late)})
