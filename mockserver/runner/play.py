"""Plays a scenario's `play` on a target: a client's requests, and the answers it must get.

A step fails where an answer differs from what the scenario says; the play fails too where an answer, by itself or
with what was answered before, breaks the contract and the scenario does not own up to it (`off_contract`), or owns up
to what nothing breaks.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from mockserver.core.counting import count
from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange
from mockserver.errors import MockError
from mockserver.runner.asking import Asking
from mockserver.runner.casting import Cast
from mockserver.runner.expecting import unexpected, unshared
from mockserver.runner.inbox import missing
from mockserver.runner.played import Played, Tried
from mockserver.runner.targets.api import Inconclusive, Target, Terms
from mockserver.runner.timing import Timing, Untimely
from mockserver.scenario.kept import Words
from mockserver.scenario.model import Arrivals, PlayStep, Scenario
from mockserver.scenario.steps import EVERY_JOB
from mockserver.vendors.api import Era
from mockserver.vendors.script import Script

KEY: Final = "test-key"


class Broken(Protocol):
    """A finding of the contract's, as far as a play needs it."""

    @property
    def rule(self) -> str:
        """The rule's id."""

    @property
    def level(self) -> str:
        """Only an `error` fails a play; a scenario may own up to any."""

    @property
    def message(self) -> str:
        """What was found, one sentence."""


class Judge(Protocol):
    """The contract, as far as a play needs it."""

    def __call__(self, exchange: Exchange) -> Sequence[Broken]:
        """What there is against an answer, given those before it."""

    def opened(self, exchanges: Sequence[Exchange]) -> None:
        """Several are sent before any of them is answered: all of them will be judged, one after the other."""

    def booked(self, job_id: str, bookings: Mapping[str, int]) -> Sequence[Broken]:
        """What there is against a job's bookings, by their sort."""


class Player:
    """Plays one scenario on one target."""

    def __init__(self, scenario: Scenario, era: Era, target: Target, judge: Judge, key: str = KEY) -> None:
        self.scenario = scenario
        self.era = era
        self.target = target
        self.judge = judge
        self.cast = Cast(target.base)
        self.cast.seed(scenario.script.jobs, era.main.name)
        self.asking = Asking(era, self.cast, key, target.ours)
        self.timing = Timing(target, self.asking)
        self._broken: Counter[str] = Counter()

    def play(self) -> Played:
        """Every step in order; a failed one does not stop the play: what follows is evidence too."""
        tried = tuple(found for step in self.scenario.play for found in self._step(step))
        if not self.target.ours:
            return Played(self.scenario, self.era, tried, note=_scripted(self.scenario.script))
        overbooked = tuple(self._overbooked())
        unbroken = [rule for rule in self.scenario.off_contract if not self._broken[rule]]
        idle = tuple(f"off_contract names {rule}, and no answer breaks it" for rule in unbroken if tried)
        return Played(self.scenario, self.era, tried, (*overbooked, *idle))

    def _step(self, step: PlayStep) -> Iterator[Tried]:
        """A step, as often as it says."""
        try:
            begins = self.timing.begins(step)
        except Untimely as why:
            yield Tried(step, self.timing.now, _title(step), failures=(str(why),))
            return
        except Inconclusive as why:
            yield Tried(step, self.timing.now, _title(step), inconclusive=str(why))
            return
        for turn in range(step.times):
            at = begins + turn * step.every
            yield from self._group(step, at) if step.together else [self._try(step, at)]

    def _try(self, step: PlayStep, at: Duration) -> Tried:
        try:
            self.target.pass_to(at)
            if step.move:
                return Tried(step, at, _title(step), failures=tuple(self._moved(step)))
            if step.ledger:
                return Tried(step, at, _title(step), failures=tuple(self._booked(step)))
            if step.deliveries is not None:
                return Tried(step, at, _title(step), failures=tuple(self._delivered(step, step.deliveries)))
            exchange = self.target.send(self.asking.request(step), _terms(step))
        except Inconclusive as why:
            return Tried(step, at, _title(step), inconclusive=str(why))
        return self._answered(step, at, exchange)

    def _answered(self, step: PlayStep, at: Duration, exchange: Exchange) -> Tried:
        """What to say of a step's answer."""
        response = exchange.response
        self.cast.learn(step, self.era, self.era.operation(step.operation), response)
        try:
            failures = [*unexpected(response, step.expect, self.era, self._words(step))]
        except Inconclusive as why:
            return Tried(step, at, _title(step), exchange, tuple(self._off(self.judge(exchange))), str(why))
        failures += [*self.cast.keep(step, response), *self._off(self.judge(exchange))]
        return Tried(step, at, _title(step), exchange, tuple(failures))

    def _words(self, step: PlayStep) -> Words:
        return self.cast.words(step, self.asking.kind(step))

    def _group(self, step: PlayStep, at: Duration) -> Iterator[Tried]:
        """Several requests at once, in the order in which they were handled; then what is said of all of them."""
        try:
            self.target.pass_to(at)
            requests = [self.asking.request(member) for member in step.together]
            exchanges = self.target.send_together(requests, step.order, [_terms(member) for member in step.together])
        except Inconclusive as why:
            yield Tried(step, at, _title(step), inconclusive=str(why))
            return
        self.judge.opened(exchanges)
        handled = sorted(range(len(exchanges)), key=lambda place: exchanges[place].answered_seq)
        yield from (self._ranked(self._answered(step.together[place], at, exchanges[place])) for place in handled)
        if step.outcomes:
            yield self._shared(step, at, exchanges)

    def _shared(self, step: PlayStep, at: Duration, exchanges: Sequence[Exchange]) -> Tried:
        """What to say of a group's answers as a whole: whether each outcome is somebody's."""
        members = zip(exchanges, step.together, strict=True)
        answers = [(exchange.response, self._words(member)) for exchange, member in members]
        try:
            return Tried(step, at, _title(step), failures=tuple(unshared(answers, step.outcomes, self.era)))
        except Inconclusive as why:
            return Tried(step, at, _title(step), inconclusive=str(why))

    def _ranked(self, tried: Tried) -> Tried:
        """What a request of a group came to; where nobody can say who is handled first, a failure proves nothing."""
        if self.target.ours or not tried.failures:
            return tried
        why = f"who is handled first is not up to us here: {'; '.join(tried.failures)}"
        return replace(tried, failures=(), inconclusive=why)

    def _moved(self, step: PlayStep) -> Iterator[str]:
        """Why the job cannot be moved: the step fails, the play goes on."""
        try:
            self.target.move(self.asking.needed(step), step.move)
        except MockError as error:
            yield from (problem.message for problem in error.problems)

    def _booked(self, step: PlayStep) -> Iterator[str]:
        found = self.target.bookings("" if step.job == EVERY_JOB else self.asking.needed(step))
        for entry, wanted in step.ledger.items():
            if found[entry] != wanted:
                yield f"the ledger has {count(found[entry], f'{entry} entry')}; expected {wanted}"

    def _delivered(self, step: PlayStep, wanted: Arrivals) -> Iterator[str]:
        sent = self.target.deliveries(self.asking.needed(step) if step.job else "")
        yield from missing(sent, wanted, self._words(step))

    def _overbooked(self) -> Iterator[str]:
        """What the ledger has of every job in the end, held against the contract."""
        for job_id in self.cast.everybody():
            yield from self._off(self.judge.booked(job_id, self.target.bookings(job_id)))

    def _off(self, findings: Sequence[Broken]) -> Iterator[str]:
        """The contract's findings, but for those that the scenario owns up to."""
        for finding in findings:
            self._broken[finding.rule] += 1
            if finding.level == "error" and finding.rule not in self.scenario.off_contract:
                yield f"breaks the contract: {finding.rule} {finding.message}"


def _terms(step: PlayStep) -> Terms:
    return Terms(step.timeout, step.expect.no_answer)


def _scripted(script: Script) -> str:
    """What a live API knows nothing of; empty where the scenario scripts nothing."""
    words = {
        "timeline": script.courses,
        "items": script.items,
        "cancel": script.cancel,
        "fields": script.fields,
        "webhooks": script.webhooks,
        "limits": script.limits or script.active is not None,
    }
    said = ", ".join(f"`{word}`" for word, value in words.items() if value)
    return f"the scenario scripts {said}; a live API does as it does, and may differ by that" if said else ""


def _title(step: PlayStep) -> str:
    if step.move:
        return f"move to {step.move}"
    if step.ledger:
        return "ledger"
    if step.deliveries is not None:
        return "deliveries"
    if step.together:
        return "together"
    asked = step.operation if step.call is None else f"{step.call.method} {step.call.path}"
    return f"{asked} ({step.label})" if step.label else asked
