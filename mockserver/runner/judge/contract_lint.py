"""The second half of lint: whether what a scenario makes the fake answer satisfies the captured contract.

Only scenarios that put words into the fake's mouth (`fields`, an item's `error` or `data`, a `refuse` with a body) can
break it, so only those are tried: each of their jobs is led through its timeline in process, read in every state, and
cancelled in every state, and every answer is judged. What breaks the contract is refused unless the scenario
owns up to it under `off_contract`.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mockserver.contract.findings import Finding
from mockserver.core.instants import MINUTE
from mockserver.core.ratelimit import RateLimit
from mockserver.core.timeline import Timeline, TimelineStep
from mockserver.core.wire import Exchange
from mockserver.engine.faults import FAULT_HEADER as FAULT
from mockserver.engine.store import Store
from mockserver.errors import Location, Problem
from mockserver.runner.judge.judges import PlayJudge
from mockserver.runner.play.player import Player
from mockserver.runner.suite import in_process_targets
from mockserver.scenario.model import PlayStep, Scenario
from mockserver.vendors.api import Era
from mockserver.vendors.faults import ALWAYS, Fault

VIOLATION_CODE: Final = "RUN006"
_NO_LIMIT: Final = RateLimit(1_000_000, MINUTE)
"""What a tour is held to: its own requests must not spend the scenario's limits."""


def contract_violations(scenario: Scenario, era: Era, make_store: Callable[[Era], Store]) -> list[Problem]:
    """What the scenario makes the fake say against the contract, each rule once a line of the file."""
    if not scenario.script.may_break_contract:
        return []
    found: dict[tuple[int, str], Problem] = {}
    make = in_process_targets(make_store)
    script = replace(scenario.script, limits={"*": _NO_LIMIT}, active_limit=None, faults=())
    for steps, faults in (*((steps, ()) for steps in _state_tours(scenario, era)), *_fault_tours(scenario, era)):
        verdicts = _CollectingJudge(era, scenario.off_contract)
        tour = replace(scenario, play=steps, off_contract={}, script=replace(script, faults=faults))
        played = Player(tour, era, make(tour, era), verdicts).play()
        asked = [tried for tried in played.steps if tried.exchange is not None]
        for tried, findings in zip(asked, verdicts.errors_by_answer, strict=True):
            line = faults[0].line if faults else tried.step.line
            for finding in findings if not faults or _has_fault(tried.exchange) else ():
                found.setdefault((line, finding.rule), _violation_problem(scenario, line, finding))
    return [found[key] for key in sorted(found)]


class _CollectingJudge:
    """Lets a play go on whatever is found, and keeps what is wrong with each answer by itself.

    What is wrong over time is for the scenario's own play to show: a tour moves its jobs as no client could.
    """

    def __init__(self, era: Era, off_contract: Container[str]) -> None:
        self._judge = PlayJudge(era, alone=False)
        self._off_contract = off_contract
        self.errors_by_answer: list[list[Finding]] = []

    def __call__(self, exchange: Exchange) -> list[Finding]:
        """Nothing for the play to complain of."""
        alone = [finding for finding in self._judge(exchange) if not finding.resource]
        errors = [finding for finding in alone if finding.level == "error"]
        self.errors_by_answer.append([finding for finding in errors if finding.rule not in self._off_contract])
        return []

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """A tour has no groups."""

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> list[Finding]:
        """Nothing: money is for the scenario's own play."""
        return []


def _violation_problem(scenario: Scenario, line: int, finding: Finding) -> Problem:
    lines = scenario.text.splitlines()
    excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
    column = len(excerpt) - len(excerpt.lstrip()) + 1
    return Problem(
        VIOLATION_CODE,
        f"what this makes {scenario.vendor} answer breaks the captured contract: {finding.rule} {finding.message}",
        f"Mend the value, or own up to it: `off_contract: {{{finding.rule}: why}}`.",
        Location(scenario.path, line or 1, column if excerpt else 1),
        excerpt,
    )


def _state_tours(scenario: Scenario, era: Era) -> Iterator[tuple[PlayStep, ...]]:
    """Plays that see everything: each job in each state of its timeline, read there, and cancelled there."""
    for first, timeline in _jobs_with_timelines(scenario, era):
        walk = [first, *_read_steps(era, first.job, timeline[0].line)]
        for place, step in enumerate(timeline):
            moves = [_move_step(first.job, before) for before in timeline[1 : place + 1]]
            reads = _read_steps(era, first.job, step.line)
            walk += [*moves[-1:], *reads]
            yield (first, *moves, _operation_step("cancel", first.job, step.line), *reads)
        yield tuple(walk)


def _fault_tours(scenario: Scenario, era: Era) -> Iterator[tuple[tuple[PlayStep, ...], tuple[Fault, ...]]]:
    """A play for each fault that puts words into the fake's mouth: every operation it concerns, each time with it."""
    first, _ = next(_jobs_with_timelines(scenario, era))
    for fault in scenario.script.faults:
        if fault.may_break_contract:
            asked = [_operation_step(one.name, "", fault.line) for one in era.operations if fault.applies_to(one)]
            yield (first, *asked), (replace(fault, when=ALWAYS, job=""),)


def _has_fault(exchange: Exchange | None) -> bool:
    response = None if exchange is None else exchange.response
    return response is not None and response.header(FAULT) is not None


def _jobs_with_timelines(scenario: Scenario, era: Era) -> Iterator[tuple[PlayStep, Timeline]]:
    """Each job there is or could be made: a first step about it, and its course."""
    script = scenario.script
    default = next(
        (course.timeline for course in script.timeline_rules if course.match is None), era.main_kind.timeline
    )
    for job in script.jobs:
        if job.kind in ("", era.main_kind.name) and job.id:
            yield _read_steps(era, job.id, 0)[0], job.timeline or default
    example = dict(era.main_kind.example)
    for course in script.timeline_rules:
        if course.match is not None:
            yield _operation_step("create", "", 0, {**example, **course.match}), course.timeline
    yield _operation_step("create", "", 0, example), default


def _operation_step(operation: str, job: str, line: int, send: dict[str, object] | None = None) -> PlayStep:
    return PlayStep(at=0, line=line, column=1, operation=operation, job=job, send=send)


def _move_step(job: str, timeline_step: TimelineStep) -> PlayStep:
    return PlayStep(at=0, line=timeline_step.line, column=1, move=timeline_step.state, job=job)


def _read_steps(era: Era, job: str, line: int) -> list[PlayStep]:
    """A step for each operation that reads one job of the era's main kind, the polls first."""
    kept = [
        operation
        for operation in era.operations
        if operation.kind == era.main_kind.name and operation.method == "GET" and operation.about_one_job
    ]
    kept = [operation for operation in kept if operation.polls or operation.name in ("results", "details")]
    kept.sort(key=lambda operation: not operation.polls)
    return [_operation_step(operation.name, job, line) for operation in kept]
