"""Judges jobs of one kind: each answer goes to the rules about states, about bodies, and about several bodies.

A `JobJudge` holds what all jobs of a kind share, a `JobRecord` the memory of one job. The rules about states are in
`state_rules`.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleBits, SpanStep, SpanSteps, UnfoldedBody
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.rule_findings import violation_finding
from mockserver.contract.judge.state_rules import StateRules
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.oracle.state_machine import NOT_SHOWN
from mockserver.contract.rules.conditions import Condition, compile_conditions
from mockserver.contract.rules.field_changes import EVERYTHING, OPERATION, TIME, UNKNOWN, FieldBits, FieldChanges
from mockserver.contract.rules.fields import BodyCheck, RuleViolation, compile_body_check
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, OPERATIONS_OPTION, SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.contract.rules.resources import Resource, union_of
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.contract.rules.spans import compile_span_rule
from mockserver.core.pointer import parse_pointer


class _BodyStep(NamedTuple):
    """A rule about single bodies."""

    indexed: IndexedRule
    fields: FieldBits
    """The fields that it reads."""
    operations: frozenset[str]
    """The operations whose bodies it is about; none: all."""
    premise: tuple[Condition, ...]
    """Those of its conditions that ask for the job's status."""
    check: BodyCheck

    def may_judge(self, operation: str, word: str | None) -> bool:
        """Return False if the rule says nothing of a body of an operation with this status word; None: any word."""
        if self.operations and operation not in self.operations:
            return False
        return word is None or not any(condition.test(word, {}) is False for condition in self.premise)


def _compile_body_step(indexed: IndexedRule, changes: FieldChanges, resource: Resource) -> _BodyStep:
    options = indexed.rule.options
    operations = frozenset(options.get(OPERATIONS_OPTION, ()))
    fields = changes.fields_in(options)
    if operations:
        fields |= OPERATION
    conditions = compile_conditions(options.get("when", []))
    premise = tuple(each for each in conditions if parse_pointer(each.pointer) == resource.status_path)
    return _BodyStep(indexed, fields, operations, premise, compile_body_check(indexed.rule))


class JobJudge:
    """The rules of a rule set on one kind of job; of any job, it knows nothing. `alone` is that of `HistoryJudge`.

    Theory of operation. Most answers differ from the one before in a counter or in nothing. Which rules have to look at
    a body follows from its operation, its status and its changed fields, so it is found out once for each, and kept.
    """

    def __init__(self, rule_set: RuleSet, resource: Resource, *, alone: bool | None = True) -> None:
        self.resource = resource
        rules: list[IndexedRule] = []
        for rule in rule_set.rules:
            # A rule about states that names no kind of job is about every kind.
            is_general = rule.resource_kind is None and rule.kind in STATE_RULE_KINDS
            if is_general or rule.resource_kind == resource.kind:
                rules.append(IndexedRule(1 << len(rules), rule))
        states = [each for each in rules if each.rule.kind in STATE_RULE_KINDS]
        bodies = [each for each in rules if each.rule.kind in BODY_RULE_KINDS]
        spans = [each for each in rules if each.rule.kind in SPAN_RULE_KINDS]
        self.states = StateRules(states, resource, alone=alone)
        self._body_rules = bodies + spans
        self._changes = FieldChanges()
        self._body_steps = [_compile_body_step(each, self._changes, resource) for each in bodies]
        self._single_bits = union_of(each.bit for each in bodies)
        self._span_steps = [
            SpanStep(each, place, self._changes.fields_in(options) | span.reads_besides, span)
            for place, each in enumerate(spans)
            for options, span in compile_span_rule(each.rule)
        ]
        self._span_bits = union_of(each.bit for each in spans)
        self._span_count = len(spans)
        self._body_plan = lru_cache(maxsize=_MAX_PLANS)(self._plan_bodies)
        self._span_plan = lru_cache(maxsize=_MAX_PLANS)(self._plan_spans)

    def _plan_bodies(
        self, operation: str, word: str | None, changed: FieldBits
    ) -> tuple[tuple[IndexedRule, BodyCheck], ...]:
        """Return the checks of a body of an operation, with this status (None: any), in which these fields changed."""
        return tuple(
            (step.indexed, step.check)
            for step in self._body_steps
            if step.fields & changed and step.may_judge(operation, word)
        )

    def _plan_spans(
        self, operation: str, status: int, changed: FieldBits, kept: RuleBits, fired: RuleBits
    ) -> tuple[SpanSteps, RuleBits]:
        """Return the steps of an answer about a job, and `fired` after it; `kept` and `fired` are rules of that job."""
        steps = []
        for step in self._span_steps:
            bit, trigger = step.indexed.bit, step.span.begins_with
            if trigger is not None and trigger.matches(operation, status):
                fired |= bit
            if trigger is not None and not bit & fired:
                continue
            # What has not changed was folded with the body before: it is judged only until the rule has been kept once.
            folds = bool(step.fields & changed)
            if folds or not bit & kept:
                steps.append((step, folds))
        return tuple(steps), fired

    def new_record(self, job_id: str, rerun: str | None = None) -> JobRecord:
        """Return the record of a job of which nothing is known; see `JobRecord.rerun`."""
        return JobRecord(
            id=job_id,
            resource=self.resource,
            rerun=rerun,
            tracker=self.states.new_tracker(),
            facts=[{} for _ in range(self._span_count)],
        )

    def observe(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, settled_before: SequencePoint
    ) -> list[Finding]:
        """Judge one answer about a job; return the findings that it makes certain.

        `settled_before`: a point before which every sending is known.
        """
        findings = self.states.observe(job, mention, placed, settled_before)
        # At once, not only with the job's next call: a finding is reported as soon as it is certain.
        clashes: list[Finding] = []
        if job.tracker.has_open_calls:
            clashes = self.states.settle(job, settled_before)
            findings += clashes
        body, response = mention.own_body, placed.exchange.response
        changed = EVERYTHING
        if body is not None and response is not None:
            digest, is_same_call = hash(response.body), placed.operation == job.last_operation
            if is_same_call and digest == job.last_digest and mention.binding.list_path is None:
                # A poll usually repeats the answer before: its body need not be judged twice. In a list, the same bytes
                # hold the bodies of other jobs too, so they prove nothing about this one.
                changed = EVERYTHING if job.last_values is None else UNKNOWN
            else:
                changed, values = self._changes.compare(body, job.last_values)
                if not is_same_call:
                    changed |= OPERATION
                findings += self._check_body(job, mention, placed, changed)
                job.last_operation, job.last_digest, job.last_values = placed.operation, digest, values
        if self._span_count and not clashes:
            findings += self._check_span(job, mention, placed, changed, settled_before)
        elif clashes:
            # This body is not among the facts: the next one must be, even if it shows the same.
            job.last_values = None
        return findings

    def _check_body(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, changed: FieldBits
    ) -> list[Finding]:
        """Judge a body by the rules on single bodies; those that read no changed field have kept their result."""
        if job.broken_rules & self._single_bits:
            # Each body that breaks a rule is counted.
            changed = EVERYTHING
        # Of the words that the contract does not know there is no end.
        word = None if mention.shown_states == NOT_SHOWN else mention.status_word
        plan = self._body_plan(placed.operation, word, changed)
        outcomes = [(indexed, check(mention.own_body)) for indexed, check in plan]
        return _note_outcomes(job, mention, placed, outcomes)

    def compact(self, job: JobRecord, before: SequencePoint) -> list[Finding]:
        """Settle and fold all that is certain before a point, for a job that may not be seen for long."""
        self._fold(job, before)
        return self.states.settle(job, before)

    def verdicts(self, job: JobRecord) -> Iterator[RuleVerdict]:
        """Yield the verdict of each rule that an answer about the job has tried."""
        yield from self.states.verdicts(job)
        yield from job.verdicts(self._body_rules)

    def _check_span(
        self,
        job: JobRecord,
        mention: JobMention,
        placed: PlacedExchange,
        changed: FieldBits,
        settled_before: SequencePoint,
    ) -> list[Finding]:
        """Judge the body of an answer, if it shows one, by the facts of earlier ones, and remember the answer.

        It becomes a fact at once if no other call overlaps it, else when a call begins after it (`rules.span_rule`).
        """
        end, body = placed.end, mention.own_body
        if job.unfolded_bodies:
            self._fold(job, placed.begin)
        overlaps_earlier = bool(job.unfolded_bodies)
        if overlaps_earlier:
            # The body before proves nothing of this one, and this one nothing of the next.
            changed = EVERYTHING
        if overlaps_earlier or end is None:
            # Without a time of its answer it never becomes a fact.
            job.last_values = None
        does_time_count = placed.exchange.sent_at > job.quiet_until
        if does_time_count:
            changed |= TIME
        case = placed.operation, placed.status, changed, job.kept_rules & self._span_bits
        steps, job.fired_rules = self._span_plan(*case, job.fired_rules)
        is_alone = end is not None and end < settled_before and not overlaps_earlier
        findings: list[Finding] = []
        if body is not None:
            findings = _try_steps(job, mention, placed, steps, is_alone=is_alone)
            if does_time_count:
                job.quiet_until = min(step.span.quiet_until(job.facts[step.place]) for step in self._span_steps)
        elif is_alone:
            _fold_body(job, steps, None, placed.operation, placed.status)
        if end is not None and not is_alone:
            # An answer to an overlapping call may fire any rule before this one is folded: all count as fired.
            late_steps, _ = self._span_plan(*case, self._span_bits)
            job.unfolded_bodies.append(UnfoldedBody(end, late_steps, body, placed.operation, placed.status))
        return findings

    @staticmethod
    def _fold(job: JobRecord, before: SequencePoint) -> None:
        """Fold every body whose call ended before a point into the facts of the rules that did not fold it at once."""
        for each in job.unfolded_bodies:
            if each.end < before:
                _fold_body(job, *each[1:])
        job.unfolded_bodies = [each for each in job.unfolded_bodies if each.end >= before]


def _try_steps(
    job: JobRecord, mention: JobMention, placed: PlacedExchange, steps: SpanSteps, *, is_alone: bool
) -> list[Finding]:
    """Judge a body and return the findings; `is_alone`: no other call overlaps it, so every rule may remember it."""
    outcomes = []
    body, exchange = mention.own_body, placed.exchange
    for (indexed, place, _, span), folds in steps:
        if folds and (is_alone or span.is_eager):
            violations = span.advance(job.facts[place], body, exchange, placed.operation, placed.status)
        else:
            violations = span.check(job.facts[place], body, exchange)
        outcomes.append((indexed, violations))
    return _note_outcomes(job, mention, placed, outcomes)


def _note_outcomes(
    job: JobRecord,
    mention: JobMention,
    placed: PlacedExchange,
    outcomes: Iterable[tuple[IndexedRule, list[RuleViolation] | None]],
) -> list[Finding]:
    """Note in the record which rules a body has kept and broken; return the findings. None: a rule was not tried."""
    findings: list[Finding] = []
    kept: RuleBits = 0
    for indexed, violations in outcomes:
        if violations:
            job.mark_broken(indexed.bit)
            findings += [violation_finding(indexed.rule, placed, each, job=job, mention=mention) for each in violations]
        elif violations is not None:
            kept |= indexed.bit
    if kept & ~job.kept_rules:
        job.mark_kept(kept)
    return findings


def _fold_body(job: JobRecord, steps: SpanSteps, body: Any, operation: str, status: int) -> None:
    """Let the rules that did not remember an answer at once do so."""
    for (_, place, _, span), folds in steps:
        if folds and not span.is_eager:
            span.fold(job.facts[place], body, operation, status)


_MAX_PLANS: Final = 1024
"""Cases of an operation, a status and changed fields whose rules are kept."""


@lru_cache(maxsize=64)
def job_judges(rule_set: RuleSet, *, alone: bool | None = True) -> Mapping[str, JobJudge]:
    """Return the judge of each kind of job; the histories by one rule set share them."""
    return {kind: JobJudge(rule_set, resource, alone=alone) for kind, resource in rule_set.resources.items()}
