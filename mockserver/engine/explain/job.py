"""Why a job was in the state that an answer showed, what became of a command, and when another answer is to be had.

All of it is the fold again, over the inputs that the job had at that answer; what came later is told as later.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.job import COMMAND, MOVE, POLL, Input, Job, StateHistory, StateSpan
from mockserver.core.text import pluralize
from mockserver.core.timeline import Polls, Timed
from mockserver.engine.explain.past import TooManyJobs, replay_request
from mockserver.engine.explain.reasons import Reason, age_text, span_facts, span_text
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.engine.handle import VendorContext
from mockserver.engine.journal import JournalEntry
from mockserver.vendors.api import FOREVER, Accept, AlreadyCancelled, Call, Operation
from mockserver.vendors.commands import decide_cancel, future_states, history, snapshot
from mockserver.vendors.script import CancelScript, ScriptedResponse

MAX_STATES: Final = 50
"""States of a job that are told, and at which a request is asked again."""
MAX_INPUTS: Final = 20


class ExplainedRequest(NamedTuple):
    """One request about one job: everything that its explanation hangs on."""

    context: VendorContext
    entry: JournalEntry
    operation: Operation
    job: Job
    """As it is now; the mark says how much of it there was."""

    @property
    def job_before(self) -> Job:
        """As the request found it."""
        return replace(self.job, inputs=self.job.inputs[: self.entry.watermark.inputs_before])

    @property
    def job_after(self) -> Job:
        """As the request left it."""
        return replace(self.job, inputs=self.job.inputs[: self.entry.watermark.inputs_after])

    @property
    def scenario_name(self) -> str:
        """The scenario's name, for its lines."""
        return self.context.script.name


def explain_job(case: ExplainedRequest) -> Iterator[Reason]:
    """Everything about the job of a request."""
    yield _state_reason(case)
    yield from _command_reasons(case)
    yield from _history_reasons(case)
    yield from _future_reasons(case)
    yield from _alternative_reasons(case)
    yield from _later_reasons(case)


def _state_reason(case: ExplainedRequest) -> Reason:
    """Why it was in that state at that instant."""
    job, at = case.job_after, case.entry.at
    visit = history(job, at)[-1]
    reason, text = _reason_for_span(case, job, visit)
    return Reason(
        "because", reason, f"{visit.state!r} {text}", {"job": job.id, "t": age_text(job, at), **span_facts(visit, job)}
    )


def _reason_for_span(case: ExplainedRequest, job: Job, state_span: StateSpan) -> tuple[str, str]:
    at, place = case.entry.at, _timeline_source(case, state_span)
    if job.plan.batch is not None:
        counts = snapshot(job, at).batch
        items = ", ".join(f"{count} {state}" for state, count in sorted(counts.counts().items())) if counts else ""
        return (
            "ITEMS",
            f"since t={age_text(job, state_span.entered)} because of its items: at t={age_text(job, at)} they are {items}",
        )
    if state_span.cause in _CAUSE_REASONS:
        reason, text = _CAUSE_REASONS[state_span.cause]
        return reason, f"since t={age_text(job, state_span.entered)}: {text}" + (
            f" ({place})" if state_span.step.line else ""
        )
    if isinstance(state_span.step.stay, Polls):
        polls = f"{state_span.polls} of its {state_span.step.stay.reads} polls have been counted"
        return "POLLS", f"since t={age_text(job, state_span.entered)}: {polls} ({place}); then a poll moves it on"
    if isinstance(state_span.step.stay, Timed) or state_span.until is not None:
        return "TIMELINE", f"because t={age_text(job, at)} lies in {span_text(job, state_span)} of {place}"
    ends = "nothing leaves it" if state_span.state in job.plan.lifecycle.terminal else "until somebody moves it"
    return "TIMELINE", f"since t={age_text(job, state_span.entered)}: {ends} ({place})"


_CAUSE_REASONS: Final = {
    "cancel": ("CANCELLED", "an accepted cancel led there"),
    "move": ("MOVED", "it was moved there by hand"),
    "deadline": ("DEADLINE", "the vendor's deadline found it unfinished"),
}


def _timeline_source(case: ExplainedRequest, state_span: StateSpan) -> str:
    if state_span.step.line:
        return f"line {state_span.step.line} of scenario {case.scenario_name}"
    return f"{case.context.era.pin}'s own timeline"


def _command_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """What the request did to the job, and by whose rule a cancel was decided."""
    mark = case.entry.watermark
    for happened in case.job.inputs[mark.inputs_before : mark.inputs_after]:
        if happened.kind == POLL:
            yield Reason("because", "POLL_COUNTED", "this read was counted as a poll of it")
        elif happened.name != "cancel":
            yield Reason("because", "ACCEPTED", f"the {happened.name} was accepted, and is remembered with the job")
    if case.operation.name.startswith("cancel"):
        yield _cancel_reason(case)


def _cancel_reason(case: ExplainedRequest) -> Reason:
    entry, before = case.entry, case.job_before
    found = snapshot(before, entry.at)
    script = case.context.script.cancel if case.context.era.kinds[before.kind] is case.context.era.main_kind else None
    did = any(
        happened.name == "cancel"
        for happened in case.job.inputs[entry.watermark.inputs_before : entry.watermark.inputs_after]
    )
    when = f"the cancel at t={age_text(before, entry.at)}"
    if did:
        reason, text = _accepted_cancel(case, script, found.state)
        return Reason("because", reason, f"{when} {text}", {"found": found.state})
    reason, text = _refused_cancel(case, script, found.state)
    return Reason("because", reason, f"{when} {text}", {"found": found.state})


def _accepted_cancel(case: ExplainedRequest, script: CancelScript | None, state: str) -> tuple[str, str]:
    follow = case.job.plan.on_cancel.get(state, ())
    way = " -> ".join(step.state for step in follow)
    rule = (
        f"the scenario's cancel policy, line {script.line}"
        if script is not None
        else f"{_table_name(case)} for {state!r}"
    )
    if follow or case.job.plan.batch is not None:
        return "CANCEL_ACCEPTED", f"was accepted by {rule}" + (f": {way}" if way else "")
    return "CANCEL_LOST", f"was accepted by {rule}, and the job goes on all the same"


def _refused_cancel(case: ExplainedRequest, script: CancelScript | None, state: str) -> tuple[str, str]:
    era = case.context.era
    if script is None and not era.supports_cancel:
        return "CANCEL_OFF", f"was refused as every cancel is in {era.pin}"
    call = _replayed_call(case)
    verdict = None if call is None else decide_cancel(call, snapshot(case.job_before, case.entry.at))
    if isinstance(verdict, ScriptedResponse):
        line = script.refuse_line if script is not None else 0
        return "CANCEL_REFUSED", f"was refused by the scenario's cancel.refuse, line {line}, as the job was {state!r}"
    if isinstance(verdict, AlreadyCancelled):
        return (
            "CANCEL_REPEATED",
            f"changed nothing: the job was {state!r} already, and {_table_name(case)} says the same again",
        )
    row = era.kinds[case.job.kind].cancel_table.get(state)
    if isinstance(row, Accept) and row.condition is not None and verdict == row.otherwise:
        return "CANCEL_REFUSED", f"was refused: {_table_name(case)} accepts one for {state!r} only {row.condition}"
    if isinstance(verdict, Accept):
        return (
            "CANCEL_REFUSED",
            f"was refused: {_table_name(case)} accepts one for {state!r} on a further condition, which was not met",
        )
    own = f"the scenario's cancel policy (line {script.line}) and " if script is not None else ""
    return "CANCEL_REFUSED", f"was refused by {own}{_table_name(case)} for {state!r}"


def _table_name(case: ExplainedRequest) -> str:
    return f"{case.context.era.pin}'s table"


def _replayed_call(case: ExplainedRequest) -> Call | None:
    try:
        return replay_request(case.context, case.entry, case.operation.kind).call
    except TooManyJobs:
        return None


def _history_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """What it had been, and what had happened to it."""
    job, at = case.job_before, case.entry.at
    course = history(job, at)[:-1]
    if course:
        told = ", ".join(f"{visit.state!r} {span_text(job, visit)}" for visit in course[-MAX_STATES:])
        yield Reason("before", "COURSE", told, {"course": [span_facts(visit, job) for visit in course[-MAX_STATES:]]})
    polls = sum(happened.kind == POLL for happened in job.inputs)
    events = [_describe_input(job, happened) for happened in job.inputs if happened.kind != POLL]
    counted = [f"{pluralize(polls, 'poll')} counted"] * bool(polls) + events[-MAX_INPUTS:]
    if counted:
        yield Reason("before", "INPUTS", ", ".join(counted), {"polls": polls, "inputs": len(job.inputs)})


def _describe_input(job: Job, event: Input) -> str:
    what = {COMMAND: f"{event.name} accepted", MOVE: f"moved to {event.name!r}"}.get(event.kind)
    return f"{what or _describe_delivery(event)} at t={age_text(job, event.at)}"


def _describe_delivery(event: Input) -> str:
    """What came of telling somebody about the job."""
    told = event.data
    came = "delivered" if told["delivered"] else "lost" if told["lost"] else f"not delivered ({told['error']})"
    return f"webhook {told['event']}, attempt {told['number']}, {came}"


def _future_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """What it would become if nobody interfered, and the deadline that it was under."""
    job, at = case.job_after, case.entry.at
    seen = snapshot(job, at)
    coming: StateHistory = future_states(job, at)[:MAX_STATES]
    if coming:
        told = ", ".join(f"{visit.state!r} at t={age_text(job, visit.entered)}" for visit in coming)
        yield Reason("ahead", "COMING", told, {"ahead": [span_facts(visit, job) for visit in coming]})
    elif not seen.terminal:
        yield Reason("ahead", "NOTHING_BY_TIME", "time alone changes nothing: a poll, a command or a move can")
    deadlines = [(deadline.after, deadline.state) for deadline in job.plan.deadlines if not seen.terminal]
    if deadlines:
        after, state = min(deadlines)
        yield Reason("ahead", "UNDER_DEADLINE", f"unfinished at t={format_duration(after)} it would become {state!r}")


def _alternative_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """When the same request gets, or would have got, another answer."""
    job, at, answer = case.job_after, case.entry.at, case.entry.response
    if answer.header(FAULT) or answer.header("Preference-Applied"):
        return
    if answer.status < 400:
        steady = snapshot(job, at).unchanged_until
        coming = future_states(job, at)
        if case.operation.polls and coming:
            text = f"the next state to be seen is {coming[0].state!r}, from t={age_text(job, coming[0].entered)} on"
            sooner = f"; its progress changes at t={age_text(job, steady)}" if steady < coming[0].entered else ""
            yield Reason("instead", "NEXT", text + sooner, {"next": span_facts(coming[0], job)})
        return
    try:
        yield from _other_time_reasons(case)
    except TooManyJobs:
        return


class _AnswerSpan(NamedTuple):
    """A part of a course in which a request gets the same answer, as far as state and turning points decide it."""

    state_span: StateSpan
    start: Instant
    end: Instant

    @property
    def after_turning_point(self) -> bool:
        """Whether it begins within the visit, just behind a turning point."""
        return self.start > self.state_span.entered


def _other_time_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    at, known = case.entry.at, list(_answer_spans(case))
    past = [stretch for stretch in known if stretch.start <= at][-MAX_STATES - 1 : -1]
    yield from _too_late_reasons(case, [(_status_at(case, stretch.start), stretch) for stretch in past])
    for stretch in [stretch for stretch in known if stretch.start > at][:MAX_STATES]:
        status = _status_at(case, stretch.start)
        if status < 400:
            yield _too_early_reason(case, stretch, status)
            return


def _answer_spans(case: ExplainedRequest) -> Iterator[_AnswerSpan]:
    """The whole course by time alone, each visit cut where the kind says that it turns."""
    course = history(case.job_before, FOREVER)
    turns = set(case.context.era.kinds[case.job.kind].turning_points(course))
    for visit, end in zip(course, (*(visit.entered for visit in course[1:]), FOREVER), strict=True):
        starts = [visit.entered, *sorted(turn + 1 for turn in turns if visit.entered <= turn < end - 1)]
        yield from (_AnswerSpan(visit, *each) for each in zip(starts, (*starts[1:], end), strict=True))


def _too_late_reasons(case: ExplainedRequest, past_spans: list[tuple[int, _AnswerSpan]]) -> Iterator[Reason]:
    """The latest span of the past, of one state or of several in a row, in which it would have been taken."""
    runs = [(status, [stretch for _, stretch in run]) for status, run in groupby(past_spans, key=itemgetter(0))]
    for status, run in [run for run in runs if run[0] < 400][-1:]:
        first, last = run[0], run[-1]
        states = list(dict.fromkeys(stretch.state_span.state for stretch in run))
        was = " or ".join(repr(state) for state in states)
        opens = (
            f"({age_text(case.job, first.start - 1)}"
            if first.after_turning_point
            else f"[{age_text(case.job, first.start)}"
        )
        text = f"it would have been answered {status} while the job was {was}: {opens}, {age_text(case.job, last.end)})"
        when = {"since": rfc3339(first.start, digits=6), "until": rfc3339(last.end, digits=6)}
        facts = {"status": status, **span_facts(last.state_span, case.job), "states": states, **when}
        yield Reason("instead", "TOO_LATE", text, facts)


def _too_early_reason(case: ExplainedRequest, answer_span: _AnswerSpan, status: int) -> Reason:
    state = answer_span.state_span.state
    when = f"from t={age_text(case.job, answer_span.start)} on, when the job is {state!r}"
    if answer_span.after_turning_point:
        when = f"behind t={age_text(case.job, answer_span.start - 1)}, if the job is still {state!r} then"
    facts = {
        "status": status,
        **span_facts(answer_span.state_span, case.job),
        "since": rfc3339(answer_span.start, digits=6),
    }
    return Reason("instead", "TOO_EARLY", f"it will be answered {status} {when}", facts)


def _status_at(case: ExplainedRequest, at: Instant) -> int:
    return replay_request(case.context, case.entry, case.operation.kind, at).response.status


def _later_reasons(case: ExplainedRequest) -> Iterator[Reason]:
    """What has happened to the job since; it is no part of that answer."""
    since = case.job.inputs[case.entry.watermark.inputs_after :]
    events = [_describe_input(case.job, happened) for happened in since if happened.kind != POLL][:MAX_INPUTS]
    polls = sum(happened.kind == POLL for happened in since)
    told = [*events, *([pluralize(polls, "poll")] if polls else [])]
    if told:
        yield Reason("note", "LATER", f"since then: {', '.join(told)}", {"inputs": len(since)})
