"""Tells whether a client met what a scenario is about, from the scenario itself and the client's calls.

A scenario says in one of four ways what a client must meet, and the first that it uses counts:

1. it has faults: one of them altered an answer of the client;
2. it scripts cancels: the client cancelled such a job;
3. its play gets refusals: the client got one of them, from the same operation with the same status;
4. otherwise its play makes calls that succeed: the client made the same commands at least as often, with the bodies
   that the play gives, and saw the statuses that the play expects.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.client.views import CallView
from mockserver.core.subset import contains
from mockserver.scenario.model import Scenario
from mockserver.scenario.play_model import ExpectedAnswer, PlayStep
from mockserver.vendors.api import Era, Role

_NO_ANSWER = "no answer"


@dataclass(frozen=True, kw_only=True)
class Encounter:
    """What a client must meet in a scenario."""

    faulted: tuple[str, ...] = ()
    """Operations that the scenario's faults are on; `*`: every one."""
    cancels: frozenset[str] = frozenset()
    """Operations whose decision the scenario scripts."""
    refusals: frozenset[tuple[str, str]] = frozenset()
    """Operations and statuses."""
    commands: Counter[str]
    """How often the play calls each operation that creates or changes a job."""
    bodies: tuple[Any, ...] = ()
    """What the play sends with its creates, where it does not send the vendor's example."""
    statuses: frozenset[tuple[str, str]] = frozenset()
    """Operations that read a job, and the statuses that the play sees."""

    def missed_by(self, calls: Sequence[CallView], *, with_details: bool = True) -> str:
        """Return what the client did not meet, for a reader; empty if it met what the scenario is about.

        Without details, calls that succeed may have other bodies than the play's, and show other statuses.
        """
        if self.faulted:
            return "" if any(call.faults for call in calls) else self._missed_fault(calls)
        if self.cancels:
            is_cancelled = any(call.operation in self.cancels for call in calls)
            return "" if is_cancelled else f"it never called {_listed(sorted(self.cancels))}"
        if self.refusals:
            got = {(call.operation, status_word(call)) for call in calls}
            return "" if self.refusals & got else self._missed_refusal(calls)
        details = self._missed_details(calls) if with_details else ()
        return "; ".join((*self._missed_commands(calls), *details))

    def _missed_fault(self, calls: Sequence[CallView]) -> str:
        called = {call.operation for call in calls}
        if "*" in self.faulted or called.intersection(self.faulted):
            return f"no fault altered an answer: they are on {_listed(self.faulted)}, at other calls or times"
        return f"it never called {_listed(self.faulted)}, which the faults are on"

    def _missed_refusal(self, calls: Sequence[CallView]) -> str:
        called = {call.operation for call in calls}
        listed = _listed(f"{operation} -> {status}" for operation, status in sorted(self.refusals))
        if called.isdisjoint(operation for operation, _ in self.refusals):
            return f"it never called {_listed(sorted({operation for operation, _ in self.refusals}))}"
        return f"it never got {listed}"

    def _missed_commands(self, calls: Sequence[CallView]) -> Iterator[str]:
        made = Counter(call.operation for call in calls if call.status < 300)
        for operation, wanted in sorted(self.commands.items()):
            if made[operation] < wanted:
                yield f"it called {operation} {made[operation]} times of {wanted}"

    def _missed_details(self, calls: Sequence[CallView]) -> Iterator[str]:
        sent = [decoded_body(call.body) for call in calls]
        if not all(any(contains(body, wanted) for body in sent) for wanted in self.bodies):
            yield "it sent no create like the play's"
        seen = {(call.operation, call.shown_status) for call in calls}
        for operation, status in sorted(self.statuses - seen):
            yield f"it never saw {status} in an answer of {operation}"


def encounter_of(scenario: Scenario, era: Era) -> Encounter:
    """Return what a client must meet in a scenario."""
    steps = [step for step in single_steps(scenario.play) if step.operation]
    commands: Counter[str] = Counter()
    statuses = set()
    for step in steps:
        operation = era.operation(step.operation)
        if operation is not None and not operation.reads_only:
            commands[operation.name] += step.times
        elif operation is not None:
            statuses |= {(operation.name, word) for word in expected_words(step)}
    return Encounter(
        faulted=tuple(dict.fromkeys(faulted_operations(scenario))),
        cancels=frozenset(
            each.name for each in era.operations if each.kind in scenario.script.cancels and each.role is Role.CANCEL
        ),
        refusals=frozenset(
            (step.operation or "", str(answer.status or _NO_ANSWER)) for step in steps for answer in refusals_of(step)
        ),
        commands=commands,
        bodies=tuple(step.send for step in steps if step.send is not None),
        statuses=frozenset(statuses),
    )


def single_steps(play: Iterable[PlayStep]) -> Iterator[PlayStep]:
    """Yield the steps of a play with those of its groups."""
    for step in play:
        yield step
        yield from step.together


def faulted_operations(scenario: Scenario) -> Iterator[str]:
    """Yield the operations that faults are on; `*`: every one."""
    for fault in scenario.script.faults:
        yield from sorted(fault.operations) or ("*",)


def _answers(step: PlayStep) -> tuple[ExpectedAnswer, ...]:
    return (step.expect, *step.expect.one_of, *step.outcomes)


def refusals_of(step: PlayStep) -> Iterator[ExpectedAnswer]:
    """Yield the expectations of a step that are no success."""
    for answer in _answers(step):
        if answer.no_answer or (answer.status or 200) >= 300:
            yield answer


def expected_words(step: PlayStep) -> Iterator[str]:
    """Yield the statuses that a step expects in bodies."""
    for answer in _answers(step):
        if isinstance(answer.body, dict) and isinstance(answer.body.get("status"), str):
            yield answer.body["status"]


def status_word(call: CallView) -> str:
    """Return the status of an answer as a text."""
    return _NO_ANSWER if call.lost else str(call.status)


def decoded_body(body: str) -> Any:
    """Return a request's body: its JSON, else its text."""
    try:
        return json.loads(body)
    except ValueError:
        return body


def _listed(names: Iterable[str]) -> str:
    return " or ".join("any call" if name == "*" else name for name in names)
