"""Judges jobs of one kind: each answer goes to the rules about states, about bodies, and about several bodies.

A `JobJudge` holds what all jobs of a kind share, a `JobRecord` the memory of one job. The rules about states are in
`state_rules`.
"""

from collections.abc import Container, Iterator, Sequence

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
from mockserver.contract.rules.spans import compile_span_rule


class JobJudge:
    """The rules of a rule set on one kind of job.

    `rerun` is a command that judges a job's history again; `{resource}` and `{rule}` in it are replaced.
    """

    def __init__(self, rule_set: RuleSet, resource: Resource, *, alone: bool = True, rerun: str | None = None) -> None:
        self.resource = resource
        self._rules: list[IndexedRule] = []
        states = self._select(rule_set, STATE_RULE_KINDS, for_every_kind=True)
        bodies = self._select(rule_set, BODY_RULE_KINDS, for_every_kind=False)
        spans = self._select(rule_set, SPAN_RULE_KINDS, for_every_kind=False)
        self._body_rules = bodies + spans
        self._states = StateRules(states, resource, rerun, alone=alone)
        self._bodies = BodyRules(bodies, rerun)
        self._spans = SpanRules(spans, rerun)

    def _select(self, rule_set: RuleSet, kinds: Container[str], *, for_every_kind: bool) -> list[IndexedRule]:
        """Select the rules of some kinds on this kind of job; `for_every_kind`: those that name no kind of job too."""
        selected: list[IndexedRule] = []
        for rule in rule_set.rules:
            concerns = rule.resource_kind == self.resource.kind or (for_every_kind and rule.resource_kind is None)
            if concerns and rule.kind in kinds:
                selected.append(IndexedRule(len(self._rules) + len(selected), rule))
        self._rules += selected
        return selected

    def new_record(self, job_id: str) -> JobRecord:
        """Return the record of a job of which nothing is known."""
        return JobRecord(job_id, self._states.machine, rule_count=len(self._rules), span_count=self._spans.count)

    def observe(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, view: LazyConditionInput
    ) -> list[Finding]:
        """Take one answer about a job; return the findings that it makes certain."""
        findings = self._states.observe(job, mention, placed, view)
        findings += self._bodies.observe(job, mention, placed)
        findings += self._spans.observe(job, mention, placed)
        return findings

    def settle(self, job: JobRecord, before: SequencePoint | None = None) -> list[Finding]:
        """Settle the calls of a job that ended before a point (None: all); return the findings."""
        return self._states.settle(job, before)

    def compact(self, job: JobRecord, before: SequencePoint) -> list[Finding]:
        """Settle and fold all that is certain before a point, for a job that may not be seen for long."""
        findings = self._states.settle(job, before)
        self._spans.fold(job, before)
        return findings

    def has_ended(self, job: JobRecord) -> bool:
        """Return True if a job is certainly in a state that it cannot leave."""
        return self._states.has_ended(job)

    def verdicts(self, job: JobRecord) -> Iterator[RuleVerdict]:
        """Yield the verdict of each rule that an answer about the job has tried."""
        yield from self._states.verdicts(job)
        yield from job.verdicts(self._body_rules)


def _break_rule(
    job: JobRecord, indexed: IndexedRule, violations: Sequence[RuleViolation], placed: PlacedExchange, rerun: str | None
) -> list[Finding]:
    """Move a rule to BROKEN; return the findings of its violations."""
    slot, rule = indexed
    job.rule_states[slot] = RuleState.BROKEN
    return [violation_finding(rule, placed, violation, job=job, rerun=rerun) for violation in violations]


class BodyRules:
    """The rules about single bodies, for one kind of job. `rerun`: see `JobJudge`."""

    def __init__(self, rules: list[IndexedRule], rerun: str | None) -> None:
        self._rerun = rerun
        self._checks = [
            (each, compile_body_check(each.rule), frozenset(each.rule.options.get(OPERATIONS_OPTION, ())))
            for each in rules
        ]
        """Each with the operations whose bodies it is about; none: all."""

    def observe(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> list[Finding]:
        """Judge the body of one answer about a job; return the findings."""
        findings: list[Finding] = []
        body, response = mention.own_body, placed.exchange.response
        if body is None or response is None:
            return findings
        # A poll usually repeats the answer before: its body need not be judged twice. In a list, the same bytes hold
        # the bodies of other jobs too, so they prove nothing about this one.
        judged = (placed.operation, hash(response.body))
        if judged == job.last_judged and mention.binding.list_path is None:
            return findings
        job.last_judged = judged
        for indexed, check, operations in self._checks:
            if operations and placed.operation not in operations:
                continue
            violations = check(body)
            if violations:
                findings += _break_rule(job, indexed, violations, placed, self._rerun)
            elif violations is not None:
                job.mark_kept(indexed.slot)
        return findings


class SpanRules:
    """The rules about several bodies, for one kind of job. `rerun`: see `JobJudge`."""

    def __init__(self, rules: list[IndexedRule], rerun: str | None) -> None:
        self._rerun = rerun
        self._spans = [(each, compile_span_rule(each.rule)) for each in rules]
        """In the order of `JobRecord.facts`."""

    @property
    def count(self) -> int:
        """Number of the rules, each with facts of its own in a job's record."""
        return len(self._spans)

    def observe(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> list[Finding]:
        """Check the body of one answer against the facts of earlier ones; return the findings."""
        findings: list[Finding] = []
        if not self._spans:
            return findings
        self.fold(job, placed.begin)
        body = mention.own_body
        if body is not None:
            for (indexed, span), facts in zip(self._spans, job.facts, strict=True):
                # Without facts the rule is not tried: this is the first body.
                if facts:
                    if violations := span.check(facts, body):
                        findings += _break_rule(job, indexed, violations, placed, self._rerun)
                    else:
                        job.mark_kept(indexed.slot)
                if span.eager:
                    span.fold(facts, body, placed.operation, placed.status)
        if placed.end is not None:
            # Folded only when a call begins after this answer: until then the two overlap and have no order.
            job.unfolded_bodies.append(UnfoldedBody(placed.end, body, placed.operation, placed.status))
        return findings

    def fold(self, job: JobRecord, before: SequencePoint) -> None:
        """Fold every body whose call ended before a point into the facts."""
        if not job.unfolded_bodies:
            return
        unfolded = []
        for each in job.unfolded_bodies:
            if each.end >= before:
                unfolded.append(each)
                continue
            for (_, span), facts in zip(self._spans, job.facts, strict=True):
                span.fold(facts, each.body, each.operation, each.status)
        job.unfolded_bodies = unfolded
