"""Plays that show everything that a scenario scripts: its jobs in every state, its cancels, and its faults.

They are generated for lint, which judges each answer. They take no time: jobs are moved from state to state.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from mockserver.core.timeline import Timeline
from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import PlayStep
from mockserver.vendors.api import Era, JobKind, Role
from mockserver.vendors.faults import Fault

_JOB_NAME: Final = "toured"
"""The name of a job that a tour creates."""


class Tour(NamedTuple):
    """The steps of a generated play, and the fault that it is for."""

    steps: tuple[PlayStep, ...]
    fault: Fault | None = None


class _TouredJob(NamedTuple):
    """A job that exists or can be created: the first step about it, what later steps call it, and its timeline."""

    first: PlayStep
    name: str
    timeline: Timeline


def scenario_tours(scenario: Scenario, era: Era) -> Iterator[Tour]:
    """Yield a tour for each job, for each cancel of it in each state, and for each fault that scripts content.

    The jobs are of the main kind, and of the others that the scenario scripts. A fault's tour calls every operation
    that the fault applies to.
    """
    script = scenario.script
    scripted = {era.main_kind.name, *script.cancels}
    scripted.update(rule.kind for rule in script.timeline_rules)
    scripted.update(job.kind for job in script.jobs)
    scripted.update(script.fields)
    scripted.update(item.kind for item in script.items)
    for kind in (each for each in era.kinds.values() if each.name in scripted):
        cancel = era.operation_of(kind.name, Role.CANCEL)
        for job in _toured_jobs(scenario, era, kind):
            walk = [job.first, *_read_steps(era, kind, job.name, job.timeline[0].line)]
            for index, state in enumerate(job.timeline):
                past = job.timeline[1 : index + 1]
                moves = [PlayStep(at=0, line=each.line, column=1, move=each.state, job=job.name) for each in past]
                reads = _read_steps(era, kind, job.name, state.line)
                walk += [*moves[-1:], *reads]
                # A job of its own for each cancel: after it the states behind cannot be reached.
                if cancel is not None:
                    yield Tour((job.first, *moves, _operation_step(cancel.name, job.name, state.line), *reads))
            yield Tour(tuple(walk))
    for fault in script.faults:
        if fault.may_break_contract:
            yield from _fault_tours(scenario, era, fault)


def _fault_tours(scenario: Scenario, era: Era, fault: Fault) -> Iterator[Tour]:
    """Yield a tour for each kind of job that a fault's operations are about, if it can be created or exists."""
    for kind in era.kinds.values():
        calls = [each for each in era.operations if each.kind == kind.name and fault.applies_to(each)]
        toured = next(_toured_jobs(scenario, era, kind), None)
        if calls and toured is not None:
            yield Tour((toured.first, *(_operation_step(each.name, None, fault.line) for each in calls)), fault)


def _toured_jobs(scenario: Scenario, era: Era, kind: JobKind) -> Iterator[_TouredJob]:
    """Yield each job of a kind that exists or can be created."""
    script = scenario.script
    rules = [rule for rule in script.timeline_rules if (rule.kind or era.main_kind.name) == kind.name]
    default = next((rule.timeline for rule in rules if rule.match is None), kind.timeline)
    for job in script.jobs:
        if (job.kind or era.main_kind.name) == kind.name and job.id:
            reads = _read_steps(era, kind, job.id, 0)
            if reads:
                yield _TouredJob(reads[0], job.id, job.timeline or default)
    creates = era.operations_of(kind.name, Role.CREATE)
    create = next((each for each in creates if each.body.requires_object), None)
    if create is None:
        return
    example = dict(kind.example)
    first = replace(_operation_step(create.name, None, 0), job_name=_JOB_NAME)
    for rule in rules:
        if rule.match is not None:
            yield _TouredJob(replace(first, send={**example, **rule.match}), _JOB_NAME, rule.timeline)
    yield _TouredJob(first, _JOB_NAME, default)


def _operation_step(operation: str, job: str | None, line: int) -> PlayStep:
    return PlayStep(at=0, line=line, column=1, operation=operation, job=job)


def _read_steps(era: Era, kind: JobKind, job: str, line: int) -> list[PlayStep]:
    """Return a step for each operation that shows one job of a kind or its results, the polls first."""
    reads = era.operations_of(kind.name, Role.READ, Role.RESULTS)
    return [_operation_step(each.name, job, line) for each in sorted(reads, key=lambda each: not each.polls)]
