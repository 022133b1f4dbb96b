"""Play a scenario's `play` on a target: send a client's requests and compare the answers with the expected ones.

A step fails if an answer differs from what the scenario expects. The play also fails if an answer, alone or with the
earlier ones, breaks the contract and the scenario does not list the rule under `off_contract`, or if a rule listed
there is never broken.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from mockserver.contract.findings import Finding
from mockserver.core.instants import Duration
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange
from mockserver.errors import MockError
from mockserver.runner.play.expectations import answer_failures, unmatched_outcomes
from mockserver.runner.play.requests import RequestBuilder
from mockserver.runner.play.results import PlayResult, StepResult
from mockserver.runner.play.state import NotCreated, PlayState
from mockserver.runner.play.step_times import StepClock, StepTimeError
from mockserver.runner.play.webhook_checks import delivery_failures
from mockserver.runner.targets.target import ClientOptions, Inconclusive, PlayTarget
from mockserver.scenario.model import Scenario
from mockserver.scenario.placeholders import PlaceholderLookup
from mockserver.scenario.play_model import PlayStep
from mockserver.scenario.steps import EVERY_JOB
from mockserver.vendors.api import Era
from mockserver.vendors.http import USUAL_KEY
from mockserver.vendors.script import Script


class ExchangeJudge(Protocol):
    """The part of the contract that a play needs."""

    def __call__(self, exchange: Exchange) -> Sequence[Finding]:
        """Judge an exchange, given those before it."""

    def announce(self, exchanges: Sequence[Exchange]) -> None:
        """Announce exchanges that overlap: all were sent before any was answered, and each will be judged."""

    def check_ledger(self, job_id: str, ledger_counts: Mapping[str, int]) -> Sequence[Finding]:
        """Judge a job's ledger entries, counted by kind."""


class Player:
    """Plays one scenario on one target."""

    def __init__(
        self, scenario: Scenario, era: Era, target: PlayTarget, judge: ExchangeJudge, api_key: str = USUAL_KEY
    ) -> None:
        self.scenario = scenario
        self.era = era
        self.target = target
        self.judge = judge
        self.state = PlayState(target.base_url)
        self.state.add_seeded_jobs(scenario.script.jobs, era.main_kind.name)
        self.requests = RequestBuilder(era, self.state, api_key, target.is_mock, scenario.script)
        self.step_clock = StepClock(target, self.requests)
        self._broken_rules: Counter[str] = Counter()
        self._reported_creates: set[int] = set()
        """The lines of failed creates for which a step is reported that was not played."""

    def play(self) -> PlayResult:
        """Run every step in order; a failed one does not stop the play, as what follows is evidence too."""
        steps = tuple(result for step in self.scenario.play for result in self._run_step(step))
        if not self.target.is_mock:
            return PlayResult(self.scenario, self.era, steps, note=_script_note(self.scenario.script))
        failures: list[str] = []
        for job_id in self.state.all_job_ids():
            failures += self._contract_failures(self.judge.check_ledger(job_id, self.target.ledger_counts(job_id)))
        # After the ledger, which may break a listed rule as well. Without a step nothing could have broken it.
        if steps:
            unbroken = [rule for rule in self.scenario.off_contract if not self._broken_rules[rule]]
            failures += [f"off_contract names {rule}, and no answer breaks it" for rule in unbroken]
        return PlayResult(self.scenario, self.era, steps, tuple(failures))

    def _run_step(self, step: PlayStep) -> Iterator[StepResult]:
        """Run a step as often as it is to be repeated."""
        try:
            start = self.step_clock.start_of(step)
        except StepTimeError as error:
            yield StepResult(step, self.step_clock.elapsed, failures=(str(error),))
            return
        except Inconclusive as reason:
            yield from self._unproved(step, self.step_clock.elapsed, reason)
            return
        for repetition in range(step.times):
            at = start + repetition * step.every
            try:
                self.target.advance_to(at)
                if step.together:
                    yield from self._run_group(step, at)
                    continue
                failures = self._check_without_request(step)
                if failures is not None:
                    yield StepResult(step, at, failures=tuple(failures))
                    continue
                exchange = self.target.send(self.requests.build(step), _client_options(step))
            except Inconclusive as reason:
                yield from self._unproved(step, at, reason)
            else:
                yield self._evaluate_answer(step, at, exchange)

    def _unproved(self, step: PlayStep, at: Duration, reason: Inconclusive) -> Iterator[StepResult]:
        """Yield that a step proves nothing; of the steps without the job of one create, only the first."""
        if isinstance(reason, NotCreated):
            self.state.record_failed_create(step, self.era, reason.line)
            if reason.line in self._reported_creates:
                return
            self._reported_creates.add(reason.line)
        yield StepResult(step, at, inconclusive=str(reason))

    def _check_without_request(self, step: PlayStep) -> list[str] | None:
        """Run a step that sends no request and return its failures; None if the step sends one."""
        job_id = None
        if step.move:
            try:
                self.target.move_job(self.requests.require_job_id(step), step.move)
            except MockError as error:
                return [problem.message for problem in error.problems]
            return []
        if step.ledger:
            if step.job != EVERY_JOB:
                job_id = self.requests.require_job_id(step)
            else:
                self.state.require_all_jobs()
            counts = self.target.ledger_counts(job_id)
            return [
                f"the ledger has {pluralize(counts[kind], f'{kind} entry')}; expected {expected}"
                for kind, expected in step.ledger.items()
                if counts[kind] != expected
            ]
        if step.deliveries is not None:
            if step.job:
                job_id = self.requests.require_job_id(step)
            else:
                self.state.require_all_jobs()
            deliveries = self.target.deliveries(job_id)
            failures = list(delivery_failures(deliveries, step.deliveries, self._placeholder_lookup(step)))
            if failures and not deliveries and (why := self.target.missing_receiver(job_id)):
                failures[0] += f" ({why})"
            return failures
        return None

    def _evaluate_answer(self, step: PlayStep, at: Duration, exchange: Exchange) -> StepResult:
        """Record the answer's job and values, and compare it with the expected answer and the contract."""
        response = exchange.response
        inconclusive = None
        # The created job first: the expected answer may name it.
        created = self.state.record_created_job(step, self.era, response)
        failures: list[str] = []
        try:
            failures += answer_failures(response, step.expect, self.era, self._placeholder_lookup(step))
            failures += self.state.save_values(step, response)
        except Inconclusive as reason:
            failures.clear()
            inconclusive = str(reason)
        if not created and (failures or inconclusive):
            self.state.record_failed_create(step, self.era, step.line)
        failures += self._contract_failures(self.judge(exchange))
        return StepResult(step, at, exchange=exchange, failures=tuple(failures), inconclusive=inconclusive)

    def _placeholder_lookup(self, step: PlayStep) -> PlaceholderLookup:
        return self.state.placeholder_lookup(step, self.requests.job_kind(step))

    def _run_group(self, step: PlayStep, at: Duration) -> Iterator[StepResult]:
        """Send a group's requests at once; yield the results in order of handling, then that of its outcomes.

        Raises `Inconclusive` if they cannot be sent, or if an outcome needs a value that was never saved.
        """
        members = step.together
        requests = [self.requests.build(member) for member in members]
        exchanges = self.target.send_together(requests, step.order, [_client_options(each) for each in members])
        self.judge.announce(exchanges)
        for index in sorted(range(len(exchanges)), key=lambda index: exchanges[index].answered_seq):
            result = self._evaluate_answer(members[index], at, exchanges[index])
            if result.failures and not self.target.is_mock:
                reason_text = f"a live API decides the order of handling: {'; '.join(result.failures)}"
                result = replace(result, failures=(), inconclusive=reason_text)
            yield result
        if not step.outcomes:
            return
        # The group's answers as a whole, one for each outcome.
        pairs = zip(exchanges, members, strict=True)
        answers = [(each.response, self._placeholder_lookup(member)) for each, member in pairs]
        yield StepResult(step, at, failures=tuple(unmatched_outcomes(answers, step.outcomes, self.era)))

    def _contract_failures(self, findings: Sequence[Finding]) -> Iterator[str]:
        """Yield the contract's errors except those of rules under `off_contract`; count every broken rule."""
        for finding in findings:
            self._broken_rules.update(each.rule for each in finding.members)
            errors = (each for each in finding.members if each.level == "error")
            undeclared = next((each for each in errors if each.rule not in self.scenario.off_contract), None)
            # Of one fault, the first of its rules is enough.
            if undeclared is not None:
                yield f"breaks the contract: {undeclared.rule} {undeclared.message}"


def _client_options(step: PlayStep) -> ClientOptions:
    return ClientOptions(step.timeout, step.expect.no_answer)


def _script_note(script: Script) -> str | None:
    """Return a note on the scripted behaviour that a live API does not have; None if nothing is scripted."""
    values = {
        "timeline": script.timeline_rules,
        "items": script.items,
        "cancel": script.cancels,
        "fields": script.fields,
        "webhooks": script.webhook_endpoint,
        "limits": script.limits or script.active_limits,
    }
    scripted = ", ".join(f"`{name}`" for name, value in values.items() if value)
    if not scripted:
        return None
    return f"the scenario scripts {scripted}; a live API follows its own behaviour and may differ in that"
