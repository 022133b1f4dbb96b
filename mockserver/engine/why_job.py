"""Why a job was in the state that an answer showed, what became of a command, and when another answer is to be had.

All of it is the fold again, over the inputs that the job had at that answer; what came later is told as later.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from mockserver.core.counting import count
from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.job import COMMAND, MOVE, POLL, Course, Input, Job, Visit
from mockserver.core.timeline import For, Polls
from mockserver.engine.faulting import HEADER as FAULT
from mockserver.engine.handle import Room
from mockserver.engine.journal import Entry
from mockserver.engine.store import Store
from mockserver.engine.then import Crowded, ask_again
from mockserver.engine.told import Why, age, span, stay
from mockserver.vendors.api import FOREVER, Accept, Call, Operation, Repeat
from mockserver.vendors.commands import ahead, cancel_verdict, course_of, look
from mockserver.vendors.script import CancelScript, Scripted

MOST_STATES: Final = 50
"""States of a job that are told, and at which a request is asked again."""
MOST_INPUTS: Final = 20


class Case(NamedTuple):
    """One request about one job: everything that its explanation hangs on."""

    room: Room
    store: Store
    entry: Entry
    operation: Operation
    job: Job
    """As it is now; the mark says how much of it there was."""

    @property
    def before(self) -> Job:
        """As the request found it."""
        return replace(self.job, inputs=self.job.inputs[: self.entry.mark.before])

    @property
    def after(self) -> Job:
        """As the request left it."""
        return replace(self.job, inputs=self.job.inputs[: self.entry.mark.after])

    @property
    def scenario(self) -> str:
        """The scenario's name, for its lines."""
        return self.room.script.name


def about_job(case: Case) -> Iterator[Why]:
    """Everything about the job of a request."""
    yield _state(case)
    yield from _command(case)
    yield from _before(case)
    yield from _ahead(case)
    yield from _instead(case)
    yield from _later(case)


def _state(case: Case) -> Why:
    """Why it was in that state at that instant."""
    job, at = case.after, case.entry.at
    visit = course_of(job, at)[-1]
    reason, text = _reason(case, job, visit)
    return Why("because", reason, f"{visit.state!r} {text}", {"job": job.id, "t": age(job, at), **stay(visit, job)})


def _reason(case: Case, job: Job, visit: Visit) -> tuple[str, str]:
    at, place = case.entry.at, _place(case, visit)
    if job.plan.batch is not None:
        counts = look(job, at).batch
        items = ", ".join(f"{count} {state}" for state, count in sorted(counts.counts().items())) if counts else ""
        return "ITEMS", f"since t={age(job, visit.entered)} because of its items: at t={age(job, at)} they are {items}"
    if visit.cause in _CAUSES:
        reason, text = _CAUSES[visit.cause]
        return reason, f"since t={age(job, visit.entered)}: {text}" + (f" ({place})" if visit.step.line else "")
    if isinstance(visit.step.stay, Polls):
        polls = f"{visit.polls} of its {visit.step.stay.reads} polls have been counted"
        return "POLLS", f"since t={age(job, visit.entered)}: {polls} ({place}); then a poll moves it on"
    if isinstance(visit.step.stay, For) or visit.until is not None:
        return "TIMELINE", f"because t={age(job, at)} lies in {span(job, visit)} of {place}"
    ends = "nothing leaves it" if visit.state in job.plan.lifecycle.terminal else "until somebody moves it"
    return "TIMELINE", f"since t={age(job, visit.entered)}: {ends} ({place})"


_CAUSES: Final = {
    "cancel": ("CANCELLED", "an accepted cancel led there"),
    "move": ("MOVED", "it was moved there by hand"),
    "deadline": ("DEADLINE", "the vendor's deadline found it unfinished"),
}


def _place(case: Case, visit: Visit) -> str:
    if visit.step.line:
        return f"line {visit.step.line} of scenario {case.scenario}"
    return f"{case.room.era.pin}'s own timeline"


def _command(case: Case) -> Iterator[Why]:
    """What the request did to the job, and by whose rule a cancel was decided."""
    mark = case.entry.mark
    for happened in case.job.inputs[mark.before : mark.after]:
        if happened.kind == POLL:
            yield Why("because", "POLL_COUNTED", "this read was counted as a poll of it")
        elif happened.name != "cancel":
            yield Why("because", "ACCEPTED", f"the {happened.name} was accepted, and is remembered with the job")
    if case.operation.name.startswith("cancel"):
        yield _cancel(case)


def _cancel(case: Case) -> Why:
    entry, before = case.entry, case.before
    found = look(before, entry.at)
    script = case.room.script.cancel if case.room.era.kinds[before.kind] is case.room.era.main else None
    did = any(happened.name == "cancel" for happened in case.job.inputs[entry.mark.before : entry.mark.after])
    when = f"the cancel at t={age(before, entry.at)}"
    if did:
        reason, text = _accepted(case, script, found.state)
        return Why("because", reason, f"{when} {text}", {"found": found.state})
    reason, text = _refused(case, script, found.state)
    return Why("because", reason, f"{when} {text}", {"found": found.state})


def _accepted(case: Case, script: CancelScript | None, state: str) -> tuple[str, str]:
    follow = case.job.plan.on_cancel.get(state, ())
    way = " -> ".join(step.state for step in follow)
    rule = (
        f"the scenario's cancel policy, line {script.line}" if script is not None else f"{_table(case)} for {state!r}"
    )
    if follow or case.job.plan.batch is not None:
        return "CANCEL_ACCEPTED", f"was accepted by {rule}" + (f": {way}" if way else "")
    return "CANCEL_LOST", f"was accepted by {rule}, and the job goes on all the same"


def _refused(case: Case, script: CancelScript | None, state: str) -> tuple[str, str]:
    era = case.room.era
    if script is None and not era.cancels_work:
        return "CANCEL_OFF", f"was refused as every cancel is in {era.pin}"
    call = _call(case)
    verdict = None if call is None else cancel_verdict(call, look(case.before, case.entry.at))
    if isinstance(verdict, Scripted):
        line = script.refuse_line if script is not None else 0
        return "CANCEL_REFUSED", f"was refused by the scenario's cancel.refuse, line {line}, as the job was {state!r}"
    if isinstance(verdict, Repeat):
        return (
            "CANCEL_REPEATED",
            f"changed nothing: the job was {state!r} already, and {_table(case)} says the same again",
        )
    if isinstance(verdict, Accept):
        return (
            "CANCEL_REFUSED",
            f"was refused: {_table(case)} accepts one for {state!r} on a further condition, which was not met",
        )
    own = f"the scenario's cancel policy (line {script.line}) and " if script is not None else ""
    return "CANCEL_REFUSED", f"was refused by {own}{_table(case)} for {state!r}"


def _table(case: Case) -> str:
    return f"{case.room.era.pin}'s table"


def _call(case: Case) -> Call | None:
    try:
        return ask_again(case.room, case.store, case.entry, case.operation.kind)[1]
    except Crowded:
        return None


def _before(case: Case) -> Iterator[Why]:
    """What it had been, and what had happened to it."""
    job, at = case.before, case.entry.at
    course = course_of(job, at)[:-1]
    if course:
        told = ", ".join(f"{visit.state!r} {span(job, visit)}" for visit in course[-MOST_STATES:])
        yield Why("before", "COURSE", told, {"course": [stay(visit, job) for visit in course[-MOST_STATES:]]})
    polls = sum(happened.kind == POLL for happened in job.inputs)
    events = [_event(job, happened) for happened in job.inputs if happened.kind != POLL]
    counted = [f"{count(polls, 'poll')} counted"] * bool(polls) + events[-MOST_INPUTS:]
    if counted:
        yield Why("before", "INPUTS", ", ".join(counted), {"polls": polls, "inputs": len(job.inputs)})


def _event(job: Job, happened: Input) -> str:
    what = {COMMAND: f"{happened.name} accepted", MOVE: f"moved to {happened.name!r}"}.get(happened.kind)
    return f"{what or _told(happened)} at t={age(job, happened.at)}"


def _told(happened: Input) -> str:
    """What came of telling somebody about the job."""
    told = happened.data
    came = "delivered" if told["delivered"] else "lost" if told["lost"] else f"not delivered ({told['error']})"
    return f"webhook {told['event']}, attempt {told['number']}, {came}"


def _ahead(case: Case) -> Iterator[Why]:
    """What it would become if nobody interfered, and the deadline that it was under."""
    job, at = case.after, case.entry.at
    seen = look(job, at)
    coming: Course = ahead(job, at)[:MOST_STATES]
    if coming:
        told = ", ".join(f"{visit.state!r} at t={age(job, visit.entered)}" for visit in coming)
        yield Why("ahead", "COMING", told, {"ahead": [stay(visit, job) for visit in coming]})
    elif not seen.terminal:
        yield Why("ahead", "NOTHING_BY_TIME", "time alone changes nothing: a poll, a command or a move can")
    deadlines = [(deadline.after, deadline.state) for deadline in job.plan.deadlines if not seen.terminal]
    if deadlines:
        after, state = min(deadlines)
        yield Why("ahead", "UNDER_DEADLINE", f"unfinished at t={format_duration(after)} it would become {state!r}")


def _instead(case: Case) -> Iterator[Why]:
    """When the same request gets, or would have got, another answer."""
    job, at, answer = case.after, case.entry.at, case.entry.response
    if answer.header(FAULT) or answer.header("Preference-Applied"):
        return
    if answer.status < 400:
        steady = look(job, at).steady_until
        coming = ahead(job, at)
        if case.operation.polls and coming:
            text = f"the next state to be seen is {coming[0].state!r}, from t={age(job, coming[0].entered)} on"
            sooner = f"; its progress changes at t={age(job, steady)}" if steady < coming[0].entered else ""
            yield Why("instead", "NEXT", text + sooner, {"next": stay(coming[0], job)})
        return
    try:
        yield from _other_times(case)
    except Crowded:
        return


class _Stretch(NamedTuple):
    """A part of a course in which a request gets the same answer, as far as state and turning points decide it."""

    visit: Visit
    start: Instant
    end: Instant

    @property
    def turned(self) -> bool:
        """Whether it begins within the visit, just behind a turning point."""
        return self.start > self.visit.entered


def _other_times(case: Case) -> Iterator[Why]:
    at, known = case.entry.at, list(_stretches(case))
    past = [stretch for stretch in known if stretch.start <= at][-MOST_STATES - 1 : -1]
    yield from _too_late(case, [(_status(case, stretch.start), stretch) for stretch in past])
    for stretch in [stretch for stretch in known if stretch.start > at][:MOST_STATES]:
        status = _status(case, stretch.start)
        if status < 400:
            yield _too_early(case, stretch, status)
            return


def _stretches(case: Case) -> Iterator[_Stretch]:
    """The whole course by time alone, each visit cut where the kind says that it turns."""
    course = course_of(case.before, FOREVER)
    turns = set(case.room.era.kinds[case.job.kind].turning_points(course))
    for visit, end in zip(course, (*(visit.entered for visit in course[1:]), FOREVER), strict=True):
        starts = [visit.entered, *sorted(turn + 1 for turn in turns if visit.entered <= turn < end - 1)]
        yield from (_Stretch(visit, *each) for each in zip(starts, (*starts[1:], end), strict=True))


def _too_late(case: Case, past: list[tuple[int, _Stretch]]) -> Iterator[Why]:
    """The latest span of the past, of one state or of several in a row, in which it would have been taken."""
    runs = [(status, [stretch for _, stretch in run]) for status, run in groupby(past, key=itemgetter(0))]
    for status, run in [run for run in runs if run[0] < 400][-1:]:
        first, last = run[0], run[-1]
        states = list(dict.fromkeys(stretch.visit.state for stretch in run))
        was = " or ".join(repr(state) for state in states)
        opens = f"({age(case.job, first.start - 1)}" if first.turned else f"[{age(case.job, first.start)}"
        text = f"it would have been answered {status} while the job was {was}: {opens}, {age(case.job, last.end)})"
        when = {"since": rfc3339(first.start, digits=6), "until": rfc3339(last.end, digits=6)}
        facts = {"status": status, **stay(last.visit, case.job), "states": states, **when}
        yield Why("instead", "TOO_LATE", text, facts)


def _too_early(case: Case, stretch: _Stretch, status: int) -> Why:
    state = stretch.visit.state
    when = f"from t={age(case.job, stretch.start)} on, when the job is {state!r}"
    if stretch.turned:
        when = f"behind t={age(case.job, stretch.start - 1)}, if the job is still {state!r} then"
    facts = {"status": status, **stay(stretch.visit, case.job), "since": rfc3339(stretch.start, digits=6)}
    return Why("instead", "TOO_EARLY", f"it will be answered {status} {when}", facts)


def _status(case: Case, at: Instant) -> int:
    return ask_again(case.room, case.store, case.entry, case.operation.kind, at)[0].response.status


def _later(case: Case) -> Iterator[Why]:
    """What has happened to the job since; it is no part of that answer."""
    since = case.job.inputs[case.entry.mark.after :]
    events = [_event(case.job, happened) for happened in since if happened.kind != POLL][:MOST_INPUTS]
    polls = sum(happened.kind == POLL for happened in since)
    told = [*events, *([count(polls, "poll")] if polls else [])]
    if told:
        yield Why("note", "LATER", f"since then: {', '.join(told)}", {"inputs": len(since)})
