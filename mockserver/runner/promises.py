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
from mockserver.core.ratelimit import Limit
from mockserver.core.timeline import Step, Timeline
from mockserver.core.wire import Exchange
from mockserver.engine.faulting import HEADER as FAULT
from mockserver.engine.store import Store
from mockserver.errors import Location, Problem
from mockserver.runner.judging import Judge
from mockserver.runner.play import Player
from mockserver.runner.suite import in_process
from mockserver.scenario.model import PlayStep, Scenario
from mockserver.vendors.api import Era
from mockserver.vendors.faults import ALWAYS, Fault

CODE: Final = "RUN006"
_NO_LIMIT: Final = Limit(1_000_000, MINUTE)
"""What a tour is held to: its own requests must not spend the scenario's limits."""


def broken_promises(scenario: Scenario, era: Era, make_store: Callable[[Era], Store]) -> list[Problem]:
    """What the scenario makes the fake say against the contract, each rule once a line of the file."""
    if not scenario.script.speaks:
        return []
    found: dict[tuple[int, str], Problem] = {}
    make = in_process(make_store)
    script = replace(scenario.script, limits={"*": _NO_LIMIT}, active=None, faults=())
    for steps, faults in (*((steps, ()) for steps in _tours(scenario, era)), *_faulty_tours(scenario, era)):
        verdicts = _Listener(era, scenario.off_contract)
        tour = replace(scenario, play=steps, off_contract={}, script=replace(script, faults=faults))
        played = Player(tour, era, make(tour, era), verdicts).play()
        asked = [tried for tried in played.tried if tried.exchange is not None]
        for tried, findings in zip(asked, verdicts.told, strict=True):
            line = faults[0].line if faults else tried.step.line
            for finding in findings if not faults or _is_spoilt(tried.exchange) else ():
                found.setdefault((line, finding.rule), _problem(scenario, line, finding))
    return [found[key] for key in sorted(found)]


class _Listener:
    """Lets a play go on whatever is found, and keeps what is wrong with each answer by itself.

    What is wrong over time is for the scenario's own play to show: a tour moves its jobs as no client could.
    """

    def __init__(self, era: Era, owned: Container[str]) -> None:
        self._judge = Judge(era, alone=False)
        self._owned = owned
        self.told: list[list[Finding]] = []

    def __call__(self, exchange: Exchange) -> list[Finding]:
        """Nothing for the play to complain of."""
        alone = [finding for finding in self._judge(exchange) if not finding.resource]
        errors = [finding for finding in alone if finding.level == "error"]
        self.told.append([finding for finding in errors if finding.rule not in self._owned])
        return []

    def opened(self, exchanges: Sequence[Exchange]) -> None:
        """A tour has no groups."""

    def booked(self, job_id: str, bookings: Mapping[str, int]) -> list[Finding]:
        """Nothing: money is for the scenario's own play."""
        return []


def _problem(scenario: Scenario, line: int, finding: Finding) -> Problem:
    lines = scenario.text.splitlines()
    excerpt = lines[line - 1] if 0 < line <= len(lines) else ""
    column = len(excerpt) - len(excerpt.lstrip()) + 1
    return Problem(
        CODE,
        f"what this makes {scenario.vendor} answer breaks the captured contract: {finding.rule} {finding.message}",
        f"Mend the value, or own up to it: `off_contract: {{{finding.rule}: why}}`.",
        Location(scenario.path, line or 1, column if excerpt else 1),
        excerpt,
    )


def _tours(scenario: Scenario, era: Era) -> Iterator[tuple[PlayStep, ...]]:
    """Plays that see everything: each job in each state of its timeline, read there, and cancelled there."""
    for first, timeline in _casts(scenario, era):
        walk = [first, *_reads(era, first.job, timeline[0].line)]
        for place, step in enumerate(timeline):
            moves = [_moved(first.job, before) for before in timeline[1 : place + 1]]
            reads = _reads(era, first.job, step.line)
            walk += [*moves[-1:], *reads]
            yield (first, *moves, _asked("cancel", first.job, step.line), *reads)
        yield tuple(walk)


def _faulty_tours(scenario: Scenario, era: Era) -> Iterator[tuple[tuple[PlayStep, ...], tuple[Fault, ...]]]:
    """A play for each fault that puts words into the fake's mouth: every operation it concerns, each time with it."""
    first, _ = next(_casts(scenario, era))
    for fault in scenario.script.faults:
        if fault.speaks:
            asked = [_asked(one.name, "", fault.line) for one in era.operations if fault.concerns(one)]
            yield (first, *asked), (replace(fault, when=ALWAYS, job=""),)


def _is_spoilt(exchange: Exchange | None) -> bool:
    response = None if exchange is None else exchange.response
    return response is not None and response.header(FAULT) is not None


def _casts(scenario: Scenario, era: Era) -> Iterator[tuple[PlayStep, Timeline]]:
    """Each job there is or could be made: a first step about it, and its course."""
    script = scenario.script
    default = next((course.timeline for course in script.courses if course.match is None), era.main.timeline)
    for job in script.jobs:
        if job.kind in ("", era.main.name) and job.id:
            yield _reads(era, job.id, 0)[0], job.timeline or default
    example = dict(era.main.example)
    for course in script.courses:
        if course.match is not None:
            yield _asked("create", "", 0, {**example, **course.match}), course.timeline
    yield _asked("create", "", 0, example), default


def _asked(operation: str, job: str, line: int, send: dict[str, object] | None = None) -> PlayStep:
    return PlayStep(at=0, line=line, column=1, operation=operation, job=job, send=send)


def _moved(job: str, step: Step) -> PlayStep:
    return PlayStep(at=0, line=step.line, column=1, move=step.state, job=job)


def _reads(era: Era, job: str, line: int) -> list[PlayStep]:
    """A step for each operation that reads one job of the era's main kind, the polls first."""
    kept = [
        operation
        for operation in era.operations
        if operation.kind == era.main.name and operation.method == "GET" and operation.picks
    ]
    kept = [operation for operation in kept if operation.polls or operation.name in ("results", "details")]
    kept.sort(key=lambda operation: not operation.polls)
    return [_asked(operation.name, job, line) for operation in kept]
