"""Judges jobs of one kind: each answer goes to the rules about states, about bodies, and about several bodies.

A `JobJudge` holds what all jobs of a kind share, a `JobRecord` the memory of one job.
"""

from collections.abc import Container, Iterator

from mockserver.contract.findings import Finding
from mockserver.contract.judge.body_rules import BodyRules, SpanRules
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.state_rules import StateRules
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.rules.answers import LazyConditionInput
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.contract.rules.resources import Resource
from mockserver.contract.rules.rule_set import RuleSet


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
