"""The lines that could explain a mismatch: each repair proposes drafts, and the playback decides which one is right.

A repair is a function from a draft and a mismatch to drafts; `REPAIRS` is the table of all of them, in the order in
which they are tried: the vendor's own behaviour first, deliberate faults last.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.core.instants import SECOND, Duration, format_duration
from mockserver.core.wire import json_or_none
from mockserver.distill.calls import JobSighting, RecordedCall
from mockserver.distill.courses import StateSighting, fit_course, group_runs
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.first_draft import bounds_comment, timeline_value
from mockserver.distill.playback import CallMismatch, RecordedJobNames
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.round_duration import roundest_duration
from mockserver.distill.vocabulary import TEXT, URL, Vocabulary
from mockserver.vendors.api import Era, Role

UNKNOWN_STATUS: Final = "unknown_status"
"""Stands for a status that the contract does not have: it may be anything, so it is not repeated."""
HTML: Final = "<html></html>"
"""A body that is no JSON, as a proxy in the middle sends it."""
MAX_NUMBERED_CALLS: Final = 3
"""Calls that a fault names by their numbers; more are described by the time between the first and the last."""


@dataclass(frozen=True)
class RepairContext:
    """What a repair may look at."""

    era: Era
    calls: Sequence[RecordedCall]
    """In their order of handling."""
    jobs: Mapping[str, RecordedJob]
    """By recorded id."""
    names: RecordedJobNames
    vocabulary: Vocabulary
    has_all_reads: bool = True
    """False if reads are left out of `calls`, so that their numbers mean nothing."""

    def job_reference(self, call: RecordedCall) -> dict[str, str]:
        """Return the `job` of a fault that is about the call's job; empty where the scenario has one job."""
        if len(self.jobs) < 2 or call.job_id is None or (call.view is not None and call.view.created_id):
            return {}
        name = self.names.seeded.get(call.job_id) or self.names.created.get(call.job_id)
        return {"job": name} if name else {}

    def number_of(self, call: RecordedCall) -> int:
        """Return the number of a call among the calls of its operation about its job, from 1."""
        alike = [each for each in self.calls if same_counter(each, call)]
        return [each.number for each in alike].index(call.number) + 1


Repair = Callable[[ScenarioDraft, Sequence[CallMismatch], RepairContext], Iterator[ScenarioDraft]]
"""(the draft, its mismatches with the one to explain in front, the context) -> drafts that may explain it."""


def same_counter(left: RecordedCall, right: RecordedCall) -> bool:
    """Return True for calls that one fault counts together: those about one job, else those of the session."""
    if left.operation is not right.operation or left.operation is None:
        return False
    return not left.operation.about_one_job or left.job_id == right.job_id


def lift_limits(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose to lift the limit that refused a call which the recorded service accepted."""
    first = mismatches[0]
    if first.played is None or first.played.status not in (429, 503) or first.call.operation is None:
        return
    if not first.call.is_accepted and first.call.view is not None:
        return
    yield draft.with_line("limits", DraftLine({first.call.operation.name: "off"}))
    unlimited = draft.with_line("limits", DraftLine({"active": "off"}))
    yield unlimited
    yield unlimited.with_line("limits", DraftLine({first.call.operation.name: "off"}))


def set_cancel_policy(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose cancel policies: other states in which a cancel is accepted, another refusal, another outcome."""
    call, played = mismatches[0].call, mismatches[0].played
    job = context.jobs.get(call.job_id or "")
    if job is None or draft.lines("cancel"):
        return
    kind = {} if job.kind == context.era.main_kind.name else {"kind": job.kind}
    is_cancel = call.operation is not None and call.operation.role is Role.CANCEL
    if is_cancel and call.view is not None and played is not None:
        if call.is_accepted and played.status >= 400:
            yield draft.with_lines("cancel", DraftLine({**kind, "from": live_states(draft, job, context.era)}))
        if call.view.status >= 400:
            refusal = {"status": call.view.status}
            yield draft.with_lines("cancel", DraftLine({**kind, "refuse": refusal}))
            accepted = sorted({each.natural[-1].state for each in context.jobs.values() if was_cancelled(each)})
            if accepted:
                yield draft.with_lines("cancel", DraftLine({**kind, "from": accepted, "refuse": refusal}))
    if not job.after_command:
        return
    lifecycle = context.era.kinds[job.kind].lifecycle
    race = DraftLine({**kind, "race": "completes-first"})
    yield draft.with_lines("cancel", race)
    for refitted in as_if_nothing_happened(draft, context):
        yield refitted
        yield refitted.with_lines("cancel", race)
    course = fit_course(group_runs(job.after_command), lifecycle, (), counts_polls=False)
    for first in course[:1]:
        accept: Any = first.state if len(course) == 1 else timeline_value(course)
        yield draft.with_lines("cancel", DraftLine({**kind, "accept": accept}, bounds_comment(course)))
        yield draft.with_lines("cancel", DraftLine({**kind, "accept": {"state": first.state, "stay": "manual"}}))


def as_if_nothing_happened(draft: ScenarioDraft, context: RepairContext) -> Iterator[ScenarioDraft]:
    """Propose the course that the only job has if no command has changed it."""
    for job in context.jobs.values():
        yield from with_course(draft, job, context, job.shown)


def with_course(
    draft: ScenarioDraft, job: RecordedJob, context: RepairContext, shown: Iterable[tuple[Duration, JobSighting]]
) -> Iterator[ScenarioDraft]:
    """Propose the course that explains what was shown of the only job; nothing where it is a batch, or one of many."""
    kind = context.era.kinds[job.kind]
    if len(context.jobs) > 1 or kind.batch is not None:
        return
    runs = group_runs(StateSighting(at, sighting.state) for at, sighting in shown)
    course = fit_course(runs, kind.lifecycle, kind.timeline, counts_polls=False)
    if len(course) > 1:
        yield draft.with_lines("timeline", DraftLine(timeline_value(course), bounds_comment(course)))


def live_states(draft: ScenarioDraft, job: RecordedJob, era: Era) -> list[str]:
    """Return the states that a job passes through in a draft, but for its end."""
    kind = era.kinds[job.kind]
    states = [step.state for step in kind.timeline]
    for line in draft.lines("timeline"):
        states = [next(iter(step)) if isinstance(step, dict) else step for step in line.value]
    return [state for state in states if state not in kind.lifecycle.terminal]


def was_cancelled(job: RecordedJob) -> bool:
    """Return True for a job that a command has changed, and that was seen before it."""
    return job.command_at is not None and bool(job.natural)


def unhear_lost_commands(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose that a command without an answer never arrived."""
    for index, line in enumerate(draft.lines("faults")):
        if line.value["do"] == {"drop": "reset"}:
            lines = list(draft.lines("faults"))
            lines[index] = line._replace(value={**line.value, "do": {"unheard": "reset"}})
            unheard = draft.with_lines("faults", *lines)
            yield unheard
            yield from as_if_nothing_happened(unheard, context)


def lag_behind(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose that a read showed an older state."""
    first = mismatches[0]
    call = first.call
    sightings = () if call.view is None or call.is_command else call.view.sightings
    # A list shows several jobs: one that lags behind explains it.
    own = [each for each in sightings if each.job_id in context.jobs]
    if not own or not {"state", "counters"} & set(first.aspects):
        return
    shown = own[0]
    job = context.jobs[shown.job_id]
    if job.command_at is not None and call.at >= job.command_at:
        yield from hide_command(draft, mismatches, context, job)
    now = call.at - job.birth
    times = [at for at, sighting in job.shown if as_shown(sighting) == as_shown(shown) and at < now]
    if not times:
        return
    # The latest run of that state before the read.
    others = [at for at, sighting in job.shown if as_shown(sighting) != as_shown(shown) and times[0] < at < now]
    start = max((at for at in times if not any(other < at for other in others)), default=times[-1])
    delay = roundest_duration(max(0, now - start - 1), now - times[0])
    yield from with_fault(draft, mismatches, context, {"stale": format_duration(delay)})


def as_shown(sighting: JobSighting) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return what a client sees of a job in an answer: its state and its counters."""
    return sighting.state, sighting.counters


def hide_command(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext, job: RecordedJob
) -> Iterator[ScenarioDraft]:
    """Propose that reads show a command only some time after it, and until then the course without it."""
    command_at = job.command_at or 0
    hidden = [each.call for each in mismatches if not each.call.is_command and "state" in each.aspects]
    last = max(call.at for call in hidden) - command_at
    shown = (call.at - command_at for call in context.calls if not call.is_command and call not in hidden)
    lag = roundest_duration(last, min((at for at in shown if at > last), default=2 * last + SECOND))
    names = sorted({call.operation.name for call in hidden if call.operation is not None})
    line = DraftLine({"on": names if len(names) > 1 else names[0], "do": {"unwritten": format_duration(lag)}})
    unwritten = draft.with_line("faults", line)
    yield unwritten
    until = max(call.at for call in hidden) - job.birth
    yield from with_course(unwritten, job, context, [each for each in job.shown if each[0] <= until])


def replace_answers(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Propose that a fault replaced the answer: an error status, a body that is no JSON, a status word of its own."""
    first = mismatches[0]
    call = first.call
    if call.view is None:
        # A read without an answer explains itself: this is a command.
        yield from with_fault(draft, mismatches, context, {"drop": "reset"})
        yield from with_fault(draft, mismatches, context, {"unheard": "reset"})
        return
    if "delay" in first.aspects:
        took = call.duration
        delay = roundest_duration(took - took // 10, took + took // 10)
        yield from with_fault(draft, mismatches, context, {"delay": format_duration(delay)})
    if "body" in first.aspects:
        for kind in ("html", "cut"):
            yield from with_fault(draft, mismatches, context, {"malformed": kind})
    if "state" in first.aspects:
        unknown = [each.state for each in call.view.sightings if not each.is_known_state]
        if unknown:
            word = unknown[0] if unknown[0] in context.vocabulary.words else UNKNOWN_STATUS
            yield from with_fault(draft, mismatches, context, {"corrupt": {"/status": word}})
    if {"status", "reason", "answer"} & set(first.aspects) and call.view.status >= 300:
        status: dict[str, Any] = {"status": call.view.status}
        yield from with_error(draft, mismatches, context, status)
        for body in error_bodies(call, context):
            yield from with_error(draft, mismatches, context, {**status, "body": body})


def error_bodies(call: RecordedCall, context: RepairContext) -> Iterator[Any]:
    """Yield bodies that stand for a recorded error's: its words without its texts, with placeholders, or no JSON."""
    data = b"" if call.exchange.response is None else call.exchange.response.body
    body = json_or_none(data)
    if not isinstance(body, dict):
        yield HTML if data else ""
        return
    replaced = context.vocabulary.replace_texts(body)
    yield {key: value for key, value in replaced.items() if value not in (TEXT, URL)}
    yield replaced


def with_error(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext, do: dict[str, Any]
) -> Iterator[ScenarioDraft]:
    """Propose an error answer, with the recorded `Retry-After`; of a command, also one that has its effect."""
    response = mismatches[0].call.exchange.response
    wait = response.header("Retry-After") if response is not None else None
    if wait is not None and wait.isdecimal() and len(wait) <= 6:
        do = {**do, "retry_after": format_duration(int(wait) * SECOND)}
    yield from with_fault(draft, mismatches, context, do)
    if mismatches[0].call.is_command:
        yield from with_fault(draft, mismatches, context, {**do, "handled": True})


def with_fault(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext, do: Mapping[str, Any]
) -> Iterator[ScenarioDraft]:
    """Propose a fault for the first mismatch and those like it after it: by the calls' numbers, and by their time."""
    first = mismatches[0].call
    operation = first.operation
    assert operation is not None  # noqa: S101 -- calls without an operation are not played back
    run = run_of(mismatches, context)
    numbered = [call for call in run if same_counter(call, first)]
    by_number: list[dict[str, Any]] = []
    if len(numbered) <= MAX_NUMBERED_CALLS and (first.is_command or context.has_all_reads):
        numbers = [context.number_of(call) for call in numbered]
        number: Any = numbers if numbers[1:] else numbers[0]
        by_number.append({"on": operation.name, **context.job_reference(first), "when": {"call": number}})
    by_time = [{"on": operation.name, **window} for window in windows(run, context)]
    # A client that polls at another interval meets a time, not a number; a command is one of few.
    choices = [*by_number, *by_time] if first.is_command else [*by_time, *by_number]
    for choice in choices:
        yield draft.with_line("faults", DraftLine({**choice, "do": dict(do)}))


def run_of(mismatches: Sequence[CallMismatch], context: RepairContext) -> list[RecordedCall]:
    """Return the calls in a row, of one operation, that have the first mismatch's aspects and recorded answer."""
    first = mismatches[0]
    alike = {
        each.call.number
        for each in mismatches
        if each.aspects == first.aspects and _status(each.call) == _status(first.call)
    }
    run: list[RecordedCall] = []
    for call in context.calls:
        if call.operation is not first.call.operation or call.at < first.call.at:
            continue
        if call.number in alike:
            run.append(call)
        elif run:
            break
    return run


def _status(call: RecordedCall) -> int | None:
    return call.view and call.view.status


def windows(run: Sequence[RecordedCall], context: RepairContext) -> Iterator[dict[str, Any]]:
    """Yield the `when` of a time that has these calls in it, and no other of their operation; none if it has all."""
    numbers = {call.number for call in run}
    others = [call.at for call in context.calls if call.operation is run[0].operation and call.number not in numbers]
    first, last = run[0].at, run[-1].at
    before = max((at for at in others if at <= first), default=None)
    after = min((at for at in others if at >= last), default=None)
    if before == first or after == last or any(first < at < last for at in others):
        return
    start = None if before is None else format_duration(roundest_duration(before, first))
    end = None if after is None else format_duration(roundest_duration(last, after))
    if start is not None and end is not None:
        yield {"when": {"between": [start, end]}}
    elif start is not None:
        yield {"when": {"after": start}}
    elif end is not None:
        yield {"when": {"until": end}}
    else:
        yield {}


REPAIRS: Final[tuple[Repair, ...]] = (
    lift_limits, unhear_lost_commands, set_cancel_policy, lag_behind, replace_answers,
)  # fmt: skip


def proposals(
    draft: ScenarioDraft, mismatches: Sequence[CallMismatch], context: RepairContext
) -> Iterator[ScenarioDraft]:
    """Yield all drafts that may explain the first mismatch."""
    for repair in REPAIRS:
        yield from repair(draft, mismatches, context)
