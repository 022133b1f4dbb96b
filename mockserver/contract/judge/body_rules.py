"""Judges the rules about the bodies of one kind of job: about single ones, and about several."""

from collections.abc import Sequence

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleState, UnfoldedBody
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.rule_findings import violation_finding
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.rules.fields import RuleViolation, compile_body_check
from mockserver.contract.rules.kinds import OPERATIONS_OPTION
from mockserver.contract.rules.spans import compile_span_rule


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
