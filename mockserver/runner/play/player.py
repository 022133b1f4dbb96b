"""Plays a scenario's `play` on a target: a client's requests, and the answers it must get.

A step fails where an answer differs from what the scenario says; the play fails too where an answer, by itself or
with what was answered before, breaks the contract and the scenario does not own up to it (`off_contract`), or owns up
to what nothing breaks.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from mockserver.core.instants import Duration
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.errors import MockError
from mockserver.runner.play.expectations import answer_failures, unmatched_outcomes
from mockserver.runner.play.requests import RequestBuilder
from mockserver.runner.play.results import PlayResult, StepResult
from mockserver.runner.play.state import PlayState
from mockserver.runner.play.step_times import StepClock, StepTimeError
from mockserver.runner.play.webhook_checks import delivery_failures
from mockserver.runner.targets.target import ClientOptions, Inconclusive, PlayTarget
from mockserver.scenario.model import ExpectedDeliveries, PlayStep, Scenario
from mockserver.scenario.placeholders import PlaceholderLookup
from mockserver.scenario.steps import EVERY_JOB
from mockserver.vendors.api import Era
from mockserver.vendors.script import Script

DEFAULT_API_KEY: Final = "test-key"


class ContractFinding(Protocol):
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


class ExchangeJudge(Protocol):
    """The contract, as far as a play needs it."""

    def __call__(self, exchange: Exchange) -> Sequence[ContractFinding]:
        """What there is against an answer, given those before it."""

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """Several are sent before any of them is answered: all of them will be judged, one after the other."""

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> Sequence[ContractFinding]:
        """What there is against a job's bookings, by their sort."""


class Player:
    """Plays one scenario on one target."""

    def __init__(
        self, scenario: Scenario, era: Era, target: PlayTarget, judge: ExchangeJudge, api_key: str = DEFAULT_API_KEY
    ) -> None:
        self.scenario = scenario
        self.era = era
        self.target = target
        self.judge = judge
        self.state = PlayState(target.base_url)
        self.state.add_seeded_jobs(scenario.script.jobs, era.main_kind.name)
        self.requests = RequestBuilder(era, self.state, api_key, target.is_mock)
        self.step_clock = StepClock(target, self.requests)
        self._broken_rules: Counter[str] = Counter()

    def play(self) -> PlayResult:
        """Every step in order; a failed one does not stop the play: what follows is evidence too."""
        tried = tuple(found for step in self.scenario.play for found in self._run_step(step))
        if not self.target.is_mock:
            return PlayResult(self.scenario, self.era, tried, note=_script_note(self.scenario.script))
        overbooked = tuple(self._ledger_failures())
        unbroken = [rule for rule in self.scenario.off_contract if not self._broken_rules[rule]]
        idle = tuple(f"off_contract names {rule}, and no answer breaks it" for rule in unbroken if tried)
        return PlayResult(self.scenario, self.era, tried, (*overbooked, *idle))

    def _run_step(self, step: PlayStep) -> Iterator[StepResult]:
        """A step, as often as it says."""
        try:
            begins = self.step_clock.start_of(step)
        except StepTimeError as why:
            yield StepResult(step, self.step_clock.elapsed, _step_title(step), failures=(str(why),))
            return
        except Inconclusive as why:
            yield StepResult(step, self.step_clock.elapsed, _step_title(step), inconclusive=str(why))
            return
        for turn in range(step.times):
            at = begins + turn * step.every
            yield from self._run_group(step, at) if step.together else [self._attempt(step, at)]

    def _attempt(self, step: PlayStep, at: Duration) -> StepResult:
        try:
            self.target.advance_to(at)
            if step.move:
                return StepResult(step, at, _step_title(step), failures=tuple(self._move_job(step)))
            if step.ledger:
                return StepResult(step, at, _step_title(step), failures=tuple(self._check_ledger(step)))
            if step.deliveries is not None:
                return StepResult(
                    step, at, _step_title(step), failures=tuple(self._check_deliveries(step, step.deliveries))
                )
            exchange = self.target.send(self.requests.build(step), _client_options(step))
        except Inconclusive as why:
            return StepResult(step, at, _step_title(step), inconclusive=str(why))
        return self._evaluate_answer(step, at, exchange)

    def _evaluate_answer(self, step: PlayStep, at: Duration, exchange: Exchange) -> StepResult:
        """What to say of a step's answer."""
        response = exchange.response
        self.state.record_created_job(step, self.era, self.era.operation(step.operation), response)
        try:
            failures = [*answer_failures(response, step.expect, self.era, self._placeholder_lookup(step))]
        except Inconclusive as why:
            return StepResult(
                step, at, _step_title(step), exchange, tuple(self._contract_failures(self.judge(exchange))), str(why)
            )
        failures += [*self.state.save_values(step, response), *self._contract_failures(self.judge(exchange))]
        return StepResult(step, at, _step_title(step), exchange, tuple(failures))

    def _placeholder_lookup(self, step: PlayStep) -> PlaceholderLookup:
        return self.state.placeholder_lookup(step, self.requests.job_kind(step))

    def _run_group(self, step: PlayStep, at: Duration) -> Iterator[StepResult]:
        """Several requests at once, in the order in which they were handled; then what is said of all of them."""
        try:
            self.target.advance_to(at)
            requests = [self.requests.build(member) for member in step.together]
            exchanges = self.target.send_together(
                requests, step.order, [_client_options(member) for member in step.together]
            )
        except Inconclusive as why:
            yield StepResult(step, at, _step_title(step), inconclusive=str(why))
            return
        self.judge.announce(exchanges)
        handled = sorted(range(len(exchanges)), key=lambda place: exchanges[place].answered_seq)
        yield from (
            self._discount_unordered(self._evaluate_answer(step.together[place], at, exchanges[place]))
            for place in handled
        )
        if step.outcomes:
            yield self._check_outcomes(step, at, exchanges)

    def _check_outcomes(self, step: PlayStep, at: Duration, exchanges: Sequence[Exchange]) -> StepResult:
        """What to say of a group's answers as a whole: whether each outcome is somebody's."""
        members = zip(exchanges, step.together, strict=True)
        answers = [(exchange.response, self._placeholder_lookup(member)) for exchange, member in members]
        try:
            return StepResult(
                step, at, _step_title(step), failures=tuple(unmatched_outcomes(answers, step.outcomes, self.era))
            )
        except Inconclusive as why:
            return StepResult(step, at, _step_title(step), inconclusive=str(why))

    def _discount_unordered(self, result: StepResult) -> StepResult:
        """What a request of a group came to; where nobody can say who is handled first, a failure proves nothing."""
        if self.target.is_mock or not result.failures:
            return result
        why = f"who is handled first is not up to us here: {'; '.join(result.failures)}"
        return replace(result, failures=(), inconclusive=why)

    def _move_job(self, step: PlayStep) -> Iterator[str]:
        """Why the job cannot be moved: the step fails, the play goes on."""
        try:
            self.target.move_job(self.requests.require_job_id(step), step.move)
        except MockError as error:
            yield from (problem.message for problem in error.problems)

    def _check_ledger(self, step: PlayStep) -> Iterator[str]:
        found = self.target.ledger_counts("" if step.job == EVERY_JOB else self.requests.require_job_id(step))
        for entry, wanted in step.ledger.items():
            if found[entry] != wanted:
                yield f"the ledger has {pluralize(found[entry], f'{entry} entry')}; expected {wanted}"

    def _check_deliveries(self, step: PlayStep, expected: ExpectedDeliveries) -> Iterator[str]:
        sent = self.target.deliveries(self.requests.require_job_id(step) if step.job else "")
        yield from delivery_failures(sent, expected, self._placeholder_lookup(step))

    def _ledger_failures(self) -> Iterator[str]:
        """What the ledger has of every job in the end, held against the contract."""
        for job_id in self.state.all_job_ids():
            yield from self._contract_failures(self.judge.check_ledger(job_id, self.target.ledger_counts(job_id)))

    def _contract_failures(self, findings: Sequence[ContractFinding]) -> Iterator[str]:
        """The contract's findings, but for those that the scenario owns up to."""
        for finding in findings:
            self._broken_rules[finding.rule] += 1
            if finding.level == "error" and finding.rule not in self.scenario.off_contract:
                yield f"breaks the contract: {finding.rule} {finding.message}"


def _client_options(step: PlayStep) -> ClientOptions:
    return ClientOptions(step.timeout, step.expect.no_answer)


def _script_note(script: Script) -> str:
    """What a live API knows nothing of; empty where the scenario scripts nothing."""
    words = {
        "timeline": script.timeline_rules,
        "items": script.items,
        "cancel": script.cancel,
        "fields": script.fields,
        "webhooks": script.webhook_endpoint,
        "limits": script.limits or script.active_limit is not None,
    }
    said = ", ".join(f"`{word}`" for word, value in words.items() if value)
    return f"the scenario scripts {said}; a live API does as it does, and may differ by that" if said else ""


def _step_title(step: PlayStep) -> str:
    if step.move:
        return f"move to {step.move}"
    if step.ledger:
        return "ledger"
    if step.deliveries is not None:
        return "deliveries"
    if step.together:
        return "together"
    asked = step.operation if step.call is None else f"{step.call.method} {step.call.path}"
    return f"{asked} ({step.request_name})" if step.request_name else asked
