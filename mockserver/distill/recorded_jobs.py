"""The jobs of a recording: which exist at its start and which it creates, and what was seen of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver.core.instants import MAX_DURATION, Duration, parse_instant
from mockserver.distill.calls import JobSighting, RecordedCall
from mockserver.distill.courses import StateRun, StateSighting, group_runs
from mockserver.distill.translation import RecordedJobNames
from mockserver.vendors.api import Era, Role

_PLACEHOLDER_TIME: Final = parse_instant("2026-01-01T00:00:00Z") or 0
"""The instant in ids that stand for recorded ones, for vendors whose ids contain their creation."""


@dataclass
class RecordedJob:
    """One job of the recording."""

    kind: str
    job_id: str
    """As recorded."""
    birth: Duration
    """Its creation, or the recording's start for a job that existed before it."""
    is_created: bool
    natural: list[StateSighting] = field(default_factory=list)
    """What was seen before anything was done to it."""
    after_command: list[StateSighting] = field(default_factory=list)
    """What was seen from the first accepted command on, counted from that command."""
    shown: list[tuple[Duration, JobSighting]] = field(default_factory=list)
    """Everything that was seen of it, counted from its birth."""
    command_at: Duration | None = None
    """When the first command about it was accepted, or may have been."""

    @property
    def runs(self) -> list[StateRun]:
        """Sightings before anything was done to it, as runs."""
        return group_runs(self.natural)


def find_jobs(calls: Sequence[RecordedCall], era: Era) -> list[RecordedJob]:
    """Return the jobs that the calls are about, in the order of their first call."""
    jobs: dict[tuple[str, str], RecordedJob] = {}
    mentioned: set[str] = set()
    for call in calls:
        add_job(call, jobs, mentioned, era)
        note_command(call, jobs, era)
        if call.view is None:
            continue
        for sighting in call.view.sightings:
            mentioned.add(sighting.job_id)
            job = jobs.get((sighting.kind, sighting.job_id))
            if job is not None:
                note_sighting(call, job, sighting)
        for sighting in call.view.implied:
            job = jobs.get((sighting.kind, sighting.job_id))
            if job is not None and job.command_at is None:
                job.natural.append(StateSighting(call.at - job.birth, sighting.state, is_poll=False))
    return list(jobs.values())


def add_job(call: RecordedCall, jobs: dict[tuple[str, str], RecordedJob], mentioned: set[str], era: Era) -> None:
    """Add the job that a call has created, or shows to exist; none for an id that another answer has shown first."""
    operation = call.operation
    if operation is None or call.job_id is None or operation.kind not in era.kinds:
        return
    key = (operation.kind, call.job_id)
    if key in jobs:
        return
    if call.view is not None and call.view.created_id is not None:
        jobs[key] = RecordedJob(operation.kind, call.job_id, call.at, is_created=True)
    # What another answer has shown first is a part of another job: an item of a batch.
    elif call.job_id not in mentioned and call.is_accepted and operation.about_one_job:
        jobs[key] = RecordedJob(operation.kind, call.job_id, birth_of(call), is_created=False)


def birth_of(call: RecordedCall) -> Duration:
    """Return when a job that existed at the recording's start was created: before it, or at it if that is not known."""
    own = [each.created_at for each in call.view.sightings if each.job_id == call.job_id] if call.view else []
    created_at = own[0] if own else None
    if created_at is None:
        return 0
    start = call.exchange.sent_at - call.at
    return max(-MAX_DURATION, min(0, created_at - start))


def note_command(call: RecordedCall, jobs: dict[tuple[str, str], RecordedJob], era: Era) -> None:
    """Note an accepted command about a job, or one whose answer is not known."""
    if call.operation is None or not call.is_command or call.job_id is None:
        return
    job = jobs.get((call.operation.kind, call.job_id))
    if job is None or (call.view is not None and (call.view.created_id is not None or not call.is_accepted)):
        return
    is_delete = call.operation.role is Role.DELETE
    if job.command_at is None and is_delete:
        note_end(call, job, era)
    if job.command_at is None and (is_delete or call.operation.role is Role.CANCEL):
        job.command_at = call.at
        note_life(call, job, era)


def note_life(call: RecordedCall, job: RecordedJob, era: Era) -> None:
    """Note that a job was still alive when its cancel was accepted: in the state that it was seen in last."""
    if call.is_accepted and job.natural and job.natural[-1].state not in era.kinds[job.kind].lifecycle.terminal:
        job.natural.append(job.natural[-1]._replace(at=call.at - job.birth, is_poll=False))


def note_end(call: RecordedCall, job: RecordedJob, era: Era) -> None:
    """Note that a job had ended by the time at which it was deleted, unless an end was seen: only then it can be."""
    kind = era.kinds[job.kind]
    ended = job.natural and job.natural[-1].state in kind.lifecycle.terminal
    if not ended and kind.timeline[-1].state in kind.lifecycle.terminal:
        job.natural.append(StateSighting(call.at - job.birth, kind.timeline[-1].state, is_poll=False))


def note_sighting(call: RecordedCall, job: RecordedJob, sighting: JobSighting) -> None:
    """Note what an answer shows of a job; a known state also counts for the course before, or after, the command."""
    job.shown.append((call.at - job.birth, sighting))
    if not sighting.is_known_state:
        return
    is_poll = call.operation is not None and call.operation.polls
    if job.command_at is None:
        job.natural.append(StateSighting(call.at - job.birth, sighting.state, is_poll=is_poll))
    else:
        job.after_command.append(StateSighting(call.at - job.command_at, sighting.state, is_poll=is_poll))


def name_jobs(jobs: Sequence[RecordedJob], era: Era) -> RecordedJobNames:
    """Give ids to the jobs that exist at the start, and names to those that are created, if there are several jobs."""
    seeded: dict[str, str] = {}
    created: dict[str, str] = {}
    for number, job in enumerate(jobs, start=1):
        if job.is_created:
            created[job.job_id] = f"{job.kind}-{number}" if len(jobs) > 1 else ""
        else:
            seeded[job.job_id] = placeholder_id(era, job.kind, number)
    return RecordedJobNames(seeded, created)


def placeholder_id(era: Era, kind: str, number: int) -> str:
    """Return an id that the vendor could have given, for a job of the scenario."""
    return era.kinds[kind].new_id("distilled", number, _PLACEHOLDER_TIME)
