"""Judges jobs of one kind: each answer goes to the rules about states, about bodies, and about several bodies.

A `JobJudge` holds what all jobs of a kind share, a `JobRecord` the memory of one job. The rules about states are in
`state_rules`.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
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
from mockserver.contract.rules.field_changes import EVERYTHING, UNKNOWN, FieldBits, FieldChanges
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
    fields: FieldBits
    """The fields that it reads; `UNKNOWN` among them if more than the fields of a body count."""
    needs_facts: bool
    check: Callable[[JobFacts, Any, Exchange], list[RuleViolation]]
    fold_now: Callable[[JobFacts, Any, str, int], None] | None
    """None if a body is folded later."""

    @classmethod
    def of(cls, indexed: IndexedRule, span: SpanRule, fields: FieldBits) -> "_SpanStep":
        """Build the step of a compiled rule that reads these fields."""
        return cls(
            indexed=indexed,
            slot=indexed.slot,
            fields=fields if span.reads_only_fields else fields | UNKNOWN,
            needs_facts=span.needs_facts,
            check=span.check,
            fold_now=span.fold if span.is_eager else None,
        )


class JobJudge:
    """The rules of a rule set on one kind of job; of any job, it knows nothing. `alone` is that of `HistoryJudge`."""

    def __init__(self, rule_set: RuleSet, resource: Resource, *, alone: bool | None = True) -> None:
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
        self.states = StateRules(states, resource, alone=alone)
        self._rule_count = len(rules)
        self._body_rules = bodies + spans
        self._changes = FieldChanges(each.rule for each in self._body_rules)
        self._body_checks = [
            (
                each,
                self._changes.fields_of(each.rule),
                compile_body_check(each.rule),
                frozenset(each.rule.options.get(OPERATIONS_OPTION, ())),
            )
            for each in bodies
        ]
        """Each with the fields that it reads, and the operations whose bodies it is about; none: all."""
        self._span_steps = [
            _SpanStep.of(each, compile_span_rule(each.rule), self._changes.fields_of(each.rule)) for each in spans
        ]
        """In the order of `JobRecord.facts`."""
        compiled = [compile_span_rule(each.rule) for each in spans]
        self._late_folds = [
            (place, step.fields, span.fold)
            for place, (step, span) in enumerate(zip(self._span_steps, compiled, strict=True))
            if not span.is_eager
        ]
        """Those that a body is folded into later, each with its place in `JobRecord.facts`."""

    def new_record(self, job_id: str, rerun: str | None = None) -> JobRecord:
        """Return the record of a job of which nothing is known; see `JobRecord.rerun`."""
        return JobRecord(
            id=job_id,
            resource=self.resource,
            rerun=rerun,
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
        changed = EVERYTHING
        if body is not None and placed.exchange.response is not None:
            # A poll usually repeats the answer before: its body need not be judged twice. In a list, the same bytes
            # hold the bodies of other jobs too, so they prove nothing about this one.
            judged = (placed.operation, hash(placed.exchange.response.body))
            if judged != job.last_judged or mention.binding.list_path is not None:
                values = self._changes.values(body)
                changed = self._changes.changed(values, job.last_values)
                if job.last_judged is None or job.last_judged[0] != placed.operation:
                    # Other rules are about the bodies of this operation.
                    changed = EVERYTHING
                findings += self._check_body(job, mention, placed, changed)
                job.last_judged, job.last_values = judged, values
            elif job.last_values is not None:
                changed = UNKNOWN
        if self._span_steps and not clashes:
            findings += self._check_span(job, mention, placed, changed)
        elif clashes:
            # This body is not among the facts: the next one must be, even if it shows the same.
            job.last_values = None
        return findings

    def _check_body(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, changed: FieldBits
    ) -> list[Finding]:
        """Judge a body by the rules on single bodies; those that read no changed field have kept their result."""
        findings: list[Finding] = []
        body, operation, rule_states = mention.own_body, placed.operation, job.rule_states
        for indexed, fields, check, operations in self._body_checks:
            if not fields & changed and rule_states[indexed.slot] is not RuleState.BROKEN:
                continue
            if operations and operation not in operations:
                continue
            violations = check(body)
            # Most bodies break nothing, and find the rule kept already.
            if violations or (violations is not None and rule_states[indexed.slot] is not RuleState.KEPT):
                findings += self._note_result(job, mention, indexed, violations, placed)
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

    def _check_span(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, changed: FieldBits
    ) -> list[Finding]:
        """Judge the body of an answer, if it shows one, by the facts of earlier ones."""
        findings: list[Finding] = []
        body = mention.own_body
        self._fold(job, placed.begin)
        if job.unfolded_bodies:
            # The body before overlaps this one, so it is not among the facts: it proves nothing of this one, and this
            # one nothing of the next.
            changed, job.last_values = EVERYTHING, None
        elif placed.end is None:
            # Without a time of its answer it never becomes a fact.
            job.last_values = None
        if body is not None:
            exchange, operation, status, rule_states = placed.exchange, placed.operation, placed.status, job.rule_states
            for step, facts in zip(self._span_steps, job.facts, strict=True):
                indexed, slot, fields, needs_facts, check, fold_now = step
                if not fields & changed and rule_states[slot] is RuleState.KEPT:
                    continue
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
            job.unfolded_bodies.append(UnfoldedBody(placed.end, body, placed.operation, placed.status, changed))
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
        return [violation_finding(rule, placed, each, job=job, mention=mention) for each in violations]

    def _fold(self, job: JobRecord, before: SequencePoint) -> None:
        """Fold every body whose call ended before a point into the facts of the rules that did not fold it at once."""
        unfolded = []
        for each in job.unfolded_bodies:
            if each.end >= before:
                unfolded.append(each)
                continue
            for place, fields, fold in self._late_folds:
                if fields & each.changed:
                    fold(job.facts[place], each.body, each.operation, each.status)
        job.unfolded_bodies = unfolded


@lru_cache(maxsize=64)
def job_judges(rule_set: RuleSet, *, alone: bool | None = True) -> Mapping[str, JobJudge]:
    """Return the judge of each kind of job; the histories by one rule set share them."""
    return {kind: JobJudge(rule_set, resource, alone=alone) for kind, resource in rule_set.resources.items()}
