"""The lines that could explain a mismatch: each repair proposes drafts, and the playback decides which one is right.

A repair is a function from a draft and a mismatch to drafts; `REPAIRS` is the table of all of them, in the order in
which they are tried: the vendor's own behaviour first, deliberate faults last.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from mockserver.core.instants import SECOND, Duration, format_duration
from mockserver.distill.answer_repairs import alter_answers, replace_answers
from mockserver.distill.calls import JobSighting
from mockserver.distill.courses import StateSighting, fit_course, group_runs
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.fault_lines import RepairContext, RepairTask
from mockserver.distill.first_draft import bounds_comment, timeline_value
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.round_duration import roundest_duration
from mockserver.vendors.api import Era, Role

Repair = Callable[[RepairTask], Iterator[ScenarioDraft]]
"""Returns drafts that may explain the call of a task."""


def lift_limits(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose to lift the limit that refused a call which the recorded service accepted."""
    call, played = task.call, task.mismatches[0].played
    if played is None or played.status not in (429, 503) or call.operation is None:
        return
    if not call.is_accepted and call.view is not None:
        return
    unlimited = DraftLine({call.operation.name: "off"})
    any_number = task.draft.with_line("limits", DraftLine({"active": "off"}))
    yield task.draft.with_line("limits", unlimited)
    yield any_number
    yield any_number.with_line("limits", unlimited)


def set_cancel_policy(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose cancel policies: other states in which a cancel is accepted, another refusal, another outcome."""
    draft, context = task.draft, task.context
    call, played = task.call, task.mismatches[0].played
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
            cancelled = (each for each in context.jobs.values() if each.command_at is not None and each.natural)
            accepted = sorted({each.natural[-1].state for each in cancelled})
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


def unhear_lost_commands(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose that a command without an answer never arrived."""
    for index, line in enumerate(task.draft.lines("faults")):
        if line.value["do"] == {"drop": "reset"}:
            lines = list(task.draft.lines("faults"))
            lines[index] = line._replace(value={**line.value, "do": {"unheard": "reset"}})
            unheard = task.draft.with_lines("faults", *lines)
            yield unheard
            yield from as_if_nothing_happened(unheard, task.context)


def lag_behind(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose that a read showed an older state."""
    call = task.call
    if "list" in task.aspects:
        yield from list_late(task)
    sightings = () if call.view is None or call.is_command else call.view.sightings
    # A list shows several jobs: one that lags behind explains it.
    own = [each for each in sightings if each.job_id in task.context.jobs]
    if not own or not {"state", "counters"} & task.aspects:
        return
    shown = own[0]
    job = task.context.jobs[shown.job_id]
    if job.command_at is not None and call.at >= job.command_at:
        yield from hide_command(task, job)
    now = call.at - job.birth
    times = [at for at, sighting in job.shown if as_shown(sighting) == as_shown(shown) and at < now]
    if not times:
        return
    # The latest run of that state before the read.
    others = [at for at, sighting in job.shown if as_shown(sighting) != as_shown(shown) and times[0] < at < now]
    start = max((at for at in times if not any(other < at for other in others)), default=times[-1])
    delay = roundest_duration(max(0, now - start - 1), now - times[0])
    yield from task.with_fault({"stale": format_duration(delay)})


def list_late(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Propose that a list was older than a job that it does not show."""
    call = task.call
    shown = {each.job_id for each in call.view.sightings} if call.view is not None else set()
    births = {job_id: job.birth for job_id, job in task.context.jobs.items() if job.birth <= call.at}
    hidden = [birth for job_id, birth in births.items() if job_id not in shown]
    latest = max((birth for job_id, birth in births.items() if job_id in shown), default=-SECOND)
    if hidden and latest < min(hidden):
        delay = roundest_duration(call.at - min(hidden), call.at - latest - 1)
        yield from task.with_fault({"stale": format_duration(delay)})


def as_shown(sighting: JobSighting) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return what a client sees of a job in an answer: its state and its counters."""
    return sighting.state, sighting.counters


def hide_command(task: RepairTask, job: RecordedJob) -> Iterator[ScenarioDraft]:
    """Propose that reads show a command only some time after it, and until then the course without it."""
    command_at = job.command_at or 0
    hidden = [each.call for each in task.mismatches if not each.call.is_command and "state" in each.aspects]
    last = max(call.at for call in hidden) - command_at
    shown = (call.at - command_at for call in task.context.calls if not call.is_command and call not in hidden)
    lag = roundest_duration(last, min((at for at in shown if at > last), default=2 * last + SECOND))
    names = sorted({call.operation.name for call in hidden if call.operation is not None})
    line = DraftLine({"on": names if len(names) > 1 else names[0], "do": {"unwritten": format_duration(lag)}})
    unwritten = task.draft.with_line("faults", line)
    yield unwritten
    until = max(call.at for call in hidden) - job.birth
    yield from with_course(unwritten, job, task.context, [each for each in job.shown if each[0] <= until])


REPAIRS: Final[tuple[Repair, ...]] = (
    lift_limits, unhear_lost_commands, set_cancel_policy, lag_behind, replace_answers, alter_answers,
)  # fmt: skip


def proposals(task: RepairTask) -> Iterator[ScenarioDraft]:
    """Yield all drafts that may explain the first mismatch."""
    for repair in REPAIRS:
        yield from repair(task)
