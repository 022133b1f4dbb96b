"""Judges jobs of one kind: each answer goes to the rules about states, about bodies, and about several bodies.

A `JobJudge` holds what all jobs of a kind share, a `JobRecord` the memory of one job. The rules about states are in
`state_rules`.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleState, UnfoldedBody
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.rule_findings import violation_finding
from mockserver.contract.judge.state_rules import StateRules
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.rules.answers import LazyConditionInput
from mockserver.contract.rules.fields import RuleViolation, compile_body_check
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, OPERATIONS_OPTION, SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.contract.rules.resources import Resource
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.contract.rules.spans import JobFacts, SpanRule, compile_span_rule
from mockserver.core.wire import Exchange


class _SpanStep(NamedTuple):
    """A rule about several bodies, with its methods at hand: they are called for every answer."""

    indexed: IndexedRule
    slot: int
    needs_facts: bool
    check: Callable[[JobFacts, Any, Exchange], list[RuleViolation]]
    fold_now: Callable[[JobFacts, Any, str, int], None] | None
    """None if a body is folded later."""

    @classmethod
    def of(cls, indexed: IndexedRule, span: SpanRule) -> "_SpanStep":
        """Build the step of a compiled rule."""
        fold_now = span.fold if span.is_eager else None
        return cls(
            indexed=indexed, slot=indexed.slot, needs_facts=span.needs_facts, check=span.check, fold_now=fold_now
        )


class JobJudge:
    """The rules of a rule set on one kind of job.

    `alone` and `rerun` are those of `HistoryJudge`.
    """

    def __init__(
        self, rule_set: RuleSet, resource: Resource, *, alone: bool | None = True, rerun: str | None = None
    ) -> None:
        self.resource = resource
        rules: list[IndexedRule] = []
        for rule in rule_set.rules:
            # A rule about states that names no kind of job is about every kind.
            is_general = rule.resource_kind is None and rule.kind in STATE_RULE_KINDS
            if is_general or rule.resource_kind == resource.kind:
                rules.append(IndexedRule(len(rules), rule))
        states = [each for each in rules if each.rule.kind in STATE_RULE_KINDS]
        bodies = [each for each in rules if each.rule.kind in BODY_RULE_KINDS]
        spans = [each for each in rules if each.rule.kind in SPAN_RULE_KINDS]
        self.states = StateRules(states, resource, rerun, alone=alone)
        self._rule_count = len(rules)
        self._body_rules = bodies + spans
        self._body_checks = [
            (each, compile_body_check(each.rule), frozenset(each.rule.options.get(OPERATIONS_OPTION, ())))
            for each in bodies
        ]
        """Each with the operations whose bodies it is about; none: all."""
        compiled = [compile_span_rule(each.rule) for each in spans]
        self._span_steps = [_SpanStep.of(*each) for each in zip(spans, compiled, strict=True)]
        """In the order of `JobRecord.facts`."""
        self._late_folds = [(place, span.fold) for place, span in enumerate(compiled) if not span.is_eager]
        """Those that a body is folded into later, each with its place in `JobRecord.facts`."""
        self._rerun = rerun

    def new_record(self, job_id: str) -> JobRecord:
        """Return the record of a job of which nothing is known."""
        return JobRecord(
            id=job_id,
            resource=self.resource,
            rule_states=[RuleState.UNTRIED] * self._rule_count,
            tracker=self.states.new_tracker(),
            facts=[{} for _ in self._span_steps],
        )

    def observe(
        self,
        job: JobRecord,
        mention: JobMention,
        placed: PlacedExchange,
        view: LazyConditionInput,
        settled_before: SequencePoint,
    ) -> list[Finding]:
        """Judge one answer about a job; return the findings that it makes certain.

        `settled_before`: a point before which every sending is known.
        """
        findings = self.states.observe(job, mention, placed, view)
        # At once, not only with the job's next call: a finding is reported as soon as it is certain.
        clashes = self.states.settle(job, settled_before)
        findings += clashes
        body = mention.own_body
        if body is not None and placed.exchange.response is not None:
            # A poll usually repeats the answer before: its body need not be judged twice. In a list, the same bytes
            # hold the bodies of other jobs too, so they prove nothing about this one.
            judged = (placed.operation, hash(placed.exchange.response.body))
            if judged != job.last_judged or mention.binding.list_path is not None:
                job.last_judged = judged
                for indexed, check, operations in self._body_checks:
                    if operations and placed.operation not in operations:
                        continue
                    violations = check(body)
                    if violations is not None:
                        findings += self._note_result(job, mention, indexed, violations, placed)
        if self._span_steps and not clashes:
            findings += self._check_span(job, mention, placed)
        return findings

    def compact(self, job: JobRecord, before: SequencePoint) -> list[Finding]:
        """Settle and fold all that is certain before a point, for a job that may not be seen for long."""
        findings = self.states.settle(job, before)
        self._fold(job, before)
        return findings

    def verdicts(self, job: JobRecord) -> Iterator[RuleVerdict]:
        """Yield the verdict of each rule that an answer about the job has tried."""
        yield from self.states.verdicts(job)
        yield from job.verdicts(self._body_rules)

    def _check_span(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> list[Finding]:
        """Judge the body of an answer, if it shows one, by the facts of earlier ones."""
        findings: list[Finding] = []
        body = mention.own_body
        self._fold(job, placed.begin)
        if body is not None:
            exchange, operation, status, rule_states = placed.exchange, placed.operation, placed.status, job.rule_states
            for (indexed, slot, needs_facts, check, fold_now), facts in zip(self._span_steps, job.facts, strict=True):
                # Without facts most rules are not tried: this is the first body.
                if facts or not needs_facts:
                    violations = check(facts, body, exchange)
                    # Most bodies break nothing, and find the rule kept already.
                    if violations or rule_states[slot] is not RuleState.KEPT:
                        findings += self._note_result(job, mention, indexed, violations, placed)
                if fold_now is not None:
                    fold_now(facts, body, operation, status)
        if placed.end is not None:
            # Folded only when a call begins after this answer: until then the two overlap and have no order.
            job.unfolded_bodies.append(UnfoldedBody(placed.end, body, placed.operation, placed.status))
        return findings

    def _note_result(
        self,
        job: JobRecord,
        mention: JobMention,
        indexed: IndexedRule,
        violations: list[RuleViolation],
        placed: PlacedExchange,
    ) -> list[Finding]:
        """Note that an answer kept a rule or broke it; return the findings of its violations."""
        slot, rule = indexed
        if not violations:
            job.mark_kept(slot)
            return []
        job.rule_states[slot] = RuleState.BROKEN
        return [
            violation_finding(rule, placed, each, job=job, mention=mention, rerun=self._rerun) for each in violations
        ]

    def _fold(self, job: JobRecord, before: SequencePoint) -> None:
        """Fold every body whose call ended before a point into the facts of the rules that did not fold it at once."""
        unfolded = []
        for each in job.unfolded_bodies:
            if each.end >= before:
                unfolded.append(each)
                continue
            for place, fold in self._late_folds:
                fold(job.facts[place], each.body, each.operation, each.status)
        job.unfolded_bodies = unfolded
