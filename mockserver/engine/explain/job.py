"""Explains an answer about one job: the job's state, the result of a command, the times of another answer.

Everything is computed from the inputs that the job had at that answer; what came later is reported as later.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import CANCEL, MOVE, POLL, Input, Job, StateHistory, StateSpan
from mockserver.core.text import pluralize
from mockserver.core.timeline import Polls, Timed
from mockserver.engine.explain.past import TooManyJobs, repeat_request
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.engine.handle import VendorContext
from mockserver.engine.journal import JournalEntry
from mockserver.engine.reasons import Reason, age_text, span_facts, span_text
from mockserver.vendors.api import FOREVER, Accept, AlreadyCancelled, CancelDecision, Operation, Role
from mockserver.vendors.commands import deadlines_ahead, decide_cancel, future_states, history, snapshot
from mockserver.vendors.script import CancelScript, ScriptedResponse

MAX_STATES: Final = 50
"""States of a job that are listed, and at which a request is repeated."""
MAX_INPUTS: Final = 20


class ExplainedRequest(NamedTuple):
    """One request about one job, with everything that its explanation depends on."""

    context: VendorContext
    entry: JournalEntry
    operation: Operation
    job: Job
    """The job as it is now; the entry's watermark separates what it had then."""

    @property
    def job_before(self) -> Job:
        """The job as the request found it."""
        return replace(self.job, inputs=self.job.inputs[: self.entry.watermark.inputs_before])

    @property
    def job_after(self) -> Job:
        """The job as the request left it."""
        return replace(self.job, inputs=self.job.inputs[: self.entry.watermark.inputs_after])


def explain_job(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield all reasons that concern the job of a request."""
    job, at = case.job_after, case.entry.at
    span = history(job, at)[-1]
    code, text = _reason_for_span(case, job, span)
    facts = {"job": job.id, "t": age_text(job, at), **span_facts(span, job)}
    yield Reason("because", code, f"{span.state!r} {text}", facts)
    yield from _command_reasons(case)
    yield from _history_reasons(case)
    yield from _future_reasons(case)
    yield from _alternative_reasons(case)
    yield from _later_reasons(case)


def _reason_for_span(case: ExplainedRequest, job: Job, state_span: StateSpan) -> tuple[str, str]:
    """Return (code, text) of why a job is in a span; its items come first, then a command, then the timeline."""
    at = case.entry.at
    source = f"{case.context.era.pin}'s own timeline"
    if state_span.step.line:
        source = f"line {state_span.step.line} of scenario {case.context.script.name}"
    since = f"since t={age_text(job, state_span.entered)}"
    if job.plan.batch is not None:
        batch = snapshot(job, at).batch
        counts = batch.counts() if batch else {}
        items = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
        return "ITEMS", f"{since} because of its items: at t={age_text(job, at)} they are {items}"
    if state_span.cause in _CAUSE_REASONS:
        code, text = _CAUSE_REASONS[state_span.cause]
        if state_span.step.line:
            text = f"{text} ({source})"
        return code, f"{since}: {text}"
    if isinstance(state_span.step.stay, Polls):
        polls = f"{state_span.polls} of its {state_span.step.stay.reads} polls have been counted"
        return "POLLS", f"{since}: {polls} ({source}); then a poll moves it on"
    if isinstance(state_span.step.stay, Timed) or state_span.until is not None:
        return "TIMELINE", f"because t={age_text(job, at)} lies in {span_text(job, state_span)} of {source}"
    if state_span.state in job.plan.lifecycle.terminal:
        return "TIMELINE", f"{since}: nothing leaves it ({source})"
    return "TIMELINE", f"{since}: until it is moved ({source})"


_CAUSE_REASONS: Final = {
    "cancel": ("CANCELLED", "an accepted cancel led there"),
    "move": ("MOVED", "it was moved there by hand"),
    "deadline": ("DEADLINE", "the vendor's deadline found it unfinished"),
}


def _command_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield what the request did to the job, and by which rule a cancel was decided."""
    watermark = case.entry.watermark
    added = case.job.inputs[watermark.inputs_before : watermark.inputs_after]
    for event in added:
        if event.kind == POLL:
            yield Reason("because", "POLL_COUNTED", "this read was counted as a poll of it")
        elif event.kind != CANCEL:
            text = f"the {event.name or event.kind} was accepted, and is recorded with the job"
            yield Reason("because", "ACCEPTED", text)
    item = case.context.store.item(case.entry.job_id)
    if item is not None and not added and case.entry.response.status >= 400:
        # The batch's table says nothing of a call that names one of its items.
        text = f"{case.entry.job_id} is item {item[1] + 1} of {case.job.kind} {case.job.id}"
        yield Reason("because", "ITEM", text, {"item": item[1], "batch": case.job.id})
        return
    accepts_another = any(event.kind not in (POLL, CANCEL) for event in added)
    if case.operation.role is not Role.CANCEL or accepts_another:
        return
    before, at = case.job_before, case.entry.at
    state = snapshot(before, at).state
    script = case.context.script.cancels.get(before.kind)
    if any(event.kind == CANCEL for event in added):
        code, text = _accepted_cancel(case, script, state)
    else:
        code, text = _refused_cancel(case, script, state)
    yield Reason("because", code, f"the cancel at t={age_text(before, at)} {text}", {"found": state})


def _accepted_cancel(case: ExplainedRequest, script: CancelScript | None, state: str) -> tuple[str, str]:
    """Return (code, text) of an accepted cancel."""
    rule = f"{_table_name(case)} for {state!r}"
    if script is not None:
        rule = f"the scenario's cancel policy, line {script.line}"
    follow = " -> ".join(step.state for step in case.job.plan.on_cancel.get(state, ()))
    if follow:
        return "CANCEL_ACCEPTED", f"was accepted by {rule}: {follow}"
    if case.job.plan.batch is not None:  # a batch stops item by item: what follows is not in its plan
        return "CANCEL_ACCEPTED", f"was accepted by {rule}"
    return "CANCEL_LOST", f"was accepted by {rule}, and the job goes on all the same"


def _refused_cancel(explained: ExplainedRequest, script: CancelScript | None, state: str) -> tuple[str, str]:
    """Return (code, text) of a cancel that changed nothing."""
    era = explained.context.era
    if cancels_nothing(explained.context, explained.job.kind):
        return "CANCEL_OFF", f"was refused as every cancel is in {era.pin}"
    table = _table_name(explained)
    decision: CancelDecision | ScriptedResponse | None = None
    try:
        call = repeat_request(explained.context, explained.entry, explained.operation.kind).call
        decision = decide_cancel(call, snapshot(explained.job_before, explained.entry.at))
    except TooManyJobs:
        pass  # to decide it again would be long work: the table alone is cited
    if isinstance(decision, ScriptedResponse) and script is not None:
        text = f"was refused by the scenario's cancel.refuse, line {script.refuse_line}, as the job was {state!r}"
        return "CANCEL_REFUSED", text
    if isinstance(decision, AlreadyCancelled):
        text = f"changed nothing: the job was {state!r} already, and {table} repeats the answer"
        return "CANCEL_REPEATED", text
    row = era.kinds[explained.job.kind].cancel_table.get(state)
    if isinstance(row, Accept) and row.condition is not None and decision == row.otherwise:
        return "CANCEL_REFUSED", f"was refused: {table} accepts one for {state!r} only {row.condition}"
    if isinstance(decision, Accept):
        text = f"was refused: {table} accepts one for {state!r} only on a further condition, which was not met"
        return "CANCEL_REFUSED", text
    rule = f"{table} for {state!r}"
    if script is not None:
        rule = f"the scenario's cancel policy (line {script.line}) and {rule}"
    return "CANCEL_REFUSED", f"was refused by {rule}"


def cancels_nothing(context: VendorContext, kind: str) -> bool:
    """Return True if every cancel of a kind of job is refused, by an era that no script changes."""
    return kind not in context.script.cancels and not context.era.kinds[kind].cancel_table


def _table_name(case: ExplainedRequest) -> str:
    return f"{case.context.era.pin}'s table"


def _history_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield the states before, and the inputs so far."""
    job = case.job_before
    course = history(job, case.entry.at)[:-1][-MAX_STATES:]
    if course:
        text = ", ".join(f"{span.state!r} {span_text(job, span)}" for span in course)
        yield Reason("before", "COURSE", text, {"course": [span_facts(span, job) for span in course]})
    texts = _describe_inputs(job, job.inputs)[-MAX_INPUTS:]
    polls = sum(event.kind == POLL for event in job.inputs)
    if polls:
        texts.insert(0, f"{pluralize(polls, 'poll')} counted")
    if texts:
        yield Reason("before", "INPUTS", ", ".join(texts), {"polls": polls, "inputs": len(job.inputs)})


def _describe_inputs(job: Job, inputs: tuple[Input, ...]) -> list[str]:
    """Describe every input but the polls, oldest first."""
    texts: list[str] = []
    for event in inputs:
        if event.kind == POLL:
            continue
        if event.is_command:
            text = f"{event.name or event.kind} accepted"
        elif event.kind == MOVE:
            text = f"moved to {event.name!r}"
        else:
            data = event.data
            outcome = f"not delivered ({data['error']})"
            if data["delivered"]:
                outcome = "delivered"
            elif data["lost"]:
                outcome = "lost"
            text = f"webhook {data['event']}, attempt {data['number']}, {outcome}"
        texts.append(f"{text} at t={age_text(job, event.at)}")
    return texts


def _future_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield the states that time alone will bring, and the deadline that the job is under."""
    job = case.job_after
    now = snapshot(job, case.entry.at)
    coming: StateHistory = future_states(job, case.entry.at)[:MAX_STATES]
    if coming:
        text = ", ".join(f"{span.state!r} at t={age_text(job, span.entered)}" for span in coming)
        yield Reason("ahead", "COMING", text, {"ahead": [span_facts(span, job) for span in coming]})
    elif not now.terminal:
        yield Reason("ahead", "NOTHING_BY_TIME", "time alone changes nothing: a poll, a command or a move can")
    for at, state in deadlines_ahead(job, case.entry.at)[:1]:
        yield Reason("ahead", "UNDER_DEADLINE", f"unfinished at t={age_text(job, at)} it would become {state!r}")


def _alternative_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield when the same request gets, or would have got, another answer."""
    job = case.job_after
    response = case.entry.response
    if response.header(FAULT) or response.header("Preference-Applied"):
        return
    if response.status >= 400:
        try:
            yield from _other_time_reasons(case)
        except TooManyJobs:
            return
        return
    coming = future_states(job, case.entry.at)
    if case.operation.polls and coming:
        following = coming[0]
        text = f"the next state to be seen is {following.state!r}, from t={age_text(job, following.entered)} on"
        changes_at = snapshot(job, case.entry.at).unchanged_until
        if changes_at < following.entered:
            text = f"{text}; its progress changes at t={age_text(job, changes_at)}"
        yield Reason("instead", "NEXT", text, {"next": span_facts(following, job)})


class AnswerSpan(NamedTuple):
    """A part of a job's history in which a request gets the same answer, as far as state and turning points decide."""

    state_span: StateSpan
    start: Instant
    end: Instant

    @property
    def after_turning_point(self) -> bool:
        """True if it begins within the state, just behind a turning point."""
        return self.start > self.state_span.entered


def _other_time_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield until when a refused request would have been accepted, and from when on it will be."""
    at = case.entry.at
    spans = answer_spans(case)
    # The last of those that have begun is the present one, whose answer is known.
    past = [span for span in spans if span.start <= at][-MAX_STATES - 1 : -1]
    yield from _too_late_reasons(case, [(status_at(case, span.start), span) for span in past])
    future = [span for span in spans if span.start > at][:MAX_STATES]
    for span in future:
        status = status_at(case, span.start)
        if status >= 400:
            continue
        when = f"from t={age_text(case.job, span.start)} on, when the job is {span.state_span.state!r}"
        if span.after_turning_point:
            when = f"after t={age_text(case.job, span.start - 1)}, if the job is still {span.state_span.state!r} then"
        since = rfc3339(span.start, digits=6)
        facts = {"status": status, **span_facts(span.state_span, case.job), "since": since}
        yield Reason("instead", "TOO_EARLY", f"it will be answered {status} {when}", facts)
        return


def answer_spans(case: ExplainedRequest) -> list[AnswerSpan]:
    """Cut the history that time alone brings at each state and at each turning point of the kind of job."""
    course = history(case.job_before, FOREVER)
    turning_points = set(case.context.era.kinds[case.job.kind].turning_points(course))
    ends = [*(span.entered for span in course[1:]), FOREVER]
    spans: list[AnswerSpan] = []
    for state_span, end in zip(course, ends, strict=True):
        # A turning point belongs to what is before it; one at the very end cuts nothing off.
        inside = sorted(turn + 1 for turn in turning_points if state_span.entered <= turn < end - 1)
        starts = [state_span.entered, *inside]
        for start, stop in zip(starts, [*inside, end], strict=True):
            spans.append(AnswerSpan(state_span, start, stop))
    return spans


def _too_late_reasons(case: ExplainedRequest, past_spans: list[tuple[int, AnswerSpan]]) -> Iterator[Reason]:
    """Yield the latest part of the past, of one state or of several in a row, in which the answer was a success."""
    latest: tuple[int, list[AnswerSpan]] | None = None
    for status, run in groupby(past_spans, key=itemgetter(0)):
        if status < 400:
            latest = status, [span for _, span in run]
    if latest is None:
        return
    status, spans = latest
    first, last = spans[0], spans[-1]
    states = list(dict.fromkeys(span.state_span.state for span in spans))
    opens = f"[{age_text(case.job, first.start)}"
    if first.after_turning_point:  # the turning point itself does not belong to it
        opens = f"({age_text(case.job, first.start - 1)}"
    was = " or ".join(repr(state) for state in states)
    text = f"it would have been answered {status} while the job was {was}: {opens}, {age_text(case.job, last.end)})"
    facts = {
        "status": status,
        **span_facts(last.state_span, case.job),
        "states": states,
        "since": rfc3339(first.start, digits=6),
        "until": rfc3339(last.end, digits=6),
    }
    yield Reason("instead", "TOO_LATE", text, facts)


def status_at(case: ExplainedRequest, at: Instant) -> int:
    """Return the status of the answer to the same request at another instant. Raises `TooManyJobs`."""
    return repeat_request(case.context, case.entry, case.operation.kind, at).response.status


def _later_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """Yield what has happened to the job since; it is no part of that answer."""
    since = case.job.inputs[case.entry.watermark.inputs_after :]
    texts = _describe_inputs(case.job, since)[:MAX_INPUTS]
    polls = sum(event.kind == POLL for event in since)
    if polls:
        texts.append(pluralize(polls, "poll"))
    if texts:
        yield Reason("note", "LATER", f"since then: {', '.join(texts)}", {"inputs": len(since)})
