"""Judges the rules about several bodies of one kind of job."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleState, UnfoldedBody
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.rule_findings import violation_finding
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.rules.spans import SpanRule, compile_span_rule


class _IndexedSpanRule(NamedTuple):
    indexed: IndexedRule
    span: SpanRule


class SpanRules:
    """The rules about several bodies, for one kind of job."""

    def __init__(self, rules: list[IndexedRule], *, rerun: Callable[[str, str], str]) -> None:
        self._rules = rules
        self._rerun = rerun
        self._span_rules = [_IndexedSpanRule(each, compile_span_rule(each.rule)) for each in rules]

    @property
    def count(self) -> int:
        """Number of the rules, each with facts of its own in a job's record."""
        return len(self._rules)

    def observe(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> list[Finding]:
        """Check the body of one answer against the facts of earlier ones; return the findings."""
        findings: list[Finding] = []
        if not self._span_rules:
            return findings
        self.fold(job, placed.begin)
        body = mention.own_body
        if body is not None:
            for ((slot, rule), span), facts in zip(self._span_rules, job.facts, strict=True):
                # Without facts the rule is not tried: this is the first body.
                if facts:
                    job.mark_kept(slot)
                    violations = span.check(facts, body)
                    if violations:
                        job.rule_states[slot] = RuleState.BROKEN
                        resource, rerun = f"{mention.resource.kind} {job.id}", self._rerun(job.id, rule.id)
                        for violation in violations:
                            findings.append(violation_finding(rule, placed, violation, resource=resource, rerun=rerun))
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
            for (_, span), facts in zip(self._span_rules, job.facts, strict=True):
                span.fold(facts, each.body, each.operation, each.status)
        job.unfolded_bodies = unfolded

    def verdicts(self, job: JobRecord, resource: str) -> Iterator[RuleVerdict]:
        """Yield the verdicts of the rules on a job."""
        return job.verdicts(self._rules, resource)
