"""Judges the rules about single bodies of one kind of job."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleState
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.rule_findings import violation_finding
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.rules.fields import BodyCheck, compile_body_check
from mockserver.contract.rules.kinds import OPERATIONS_OPTION


class _BodyRule(NamedTuple):
    indexed: IndexedRule
    check: BodyCheck
    operations: frozenset[str]
    """Empty: all."""


class BodyRules:
    """The rules about single bodies, for one kind of job."""

    def __init__(self, rules: list[IndexedRule], *, rerun: Callable[[str, str], str]) -> None:
        self._rules = rules
        self._rerun = rerun
        self._body_rules = [
            _BodyRule(each, compile_body_check(each.rule), frozenset(each.rule.options.get(OPERATIONS_OPTION, ())))
            for each in rules
        ]

    def observe(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> list[Finding]:
        """Judge the body of one answer about a job; return the findings."""
        findings: list[Finding] = []
        body, response = mention.own_body, placed.exchange.response
        if body is None or response is None:
            return findings
        # A poll usually repeats the answer before: its body need not be judged twice. In a list, the same bytes hold
        # the bodies of other jobs too, so they say nothing about this one.
        judged = (placed.operation, hash(response.body))
        if judged == job.last_judged and mention.binding.list_path is None:
            return findings
        job.last_judged = judged
        for (slot, rule), check, operations in self._body_rules:
            if operations and placed.operation not in operations:
                continue
            violations = check(body)
            if violations is None:
                continue
            if not violations:
                job.mark_kept(slot)
                continue
            job.rule_states[slot] = RuleState.BROKEN
            resource, rerun = f"{mention.resource.kind} {job.id}", self._rerun(job.id, rule.id)
            for violation in violations:
                findings.append(violation_finding(rule, placed, violation, resource=resource, rerun=rerun))
        return findings

    def verdicts(self, job: JobRecord, resource: str) -> Iterator[RuleVerdict]:
        """Yield the verdicts of the rules on a job."""
        return job.verdicts(self._rules, resource)
