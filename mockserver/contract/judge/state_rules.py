"""Judges the rules about the states of one kind of job, by the possible-state oracle."""

from collections.abc import Iterable, Iterator
from typing import Final

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleState
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.judge.rule_findings import clash_finding, violation_finding
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import CallSummary, Clash, ObservedCall, SequencePoint
from mockserver.contract.oracle.counterexample import RelaxedMachine
from mockserver.contract.oracle.state_machine import (
    NO_ANSWER,
    NOT_SHOWN,
    Observation,
    Relaxation,
    StateMachine,
    relaxation_of,
)
from mockserver.contract.rules.answers import LazyConditionInput
from mockserver.contract.rules.conditions import all_hold, as_number, broken_conditions, value_at
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.kinds import StateRuleKind
from mockserver.contract.rules.resources import Clause, Resource, StateBits
from mockserver.core.instants import SECOND

_NO_END_SEEN: Final = "the run does not show it in a terminal state"
_NO_ORDER_FOUND: Final = "its calls came too late, or overlap too much, to be put in order"


_TriedRules = tuple[tuple[int, ...], tuple[int, ...]]
"""Slots of rules: those that an answer tries itself, and those that the next one tries, which must show the effect."""


class StateRules:
    """The rules about states, for one kind of job.

    `alone`: only this client uses the jobs; without it, no state is held against the server that another client's call
    may have caused. `rerun`: see `JobJudge`.
    """

    def __init__(self, rules: list[IndexedRule], resource: Resource, rerun: str | None, *, alone: bool) -> None:
        self.machine = StateMachine(resource, alone=alone)
        self._resource = resource
        self._rerun = rerun
        self._ends_rules: list[IndexedRule] = []
        self._tracked_rules: list[IndexedRule] = []
        """All others: judged while the calls come in."""
        self._note_rules: list[tuple[IndexedRule, Relaxation]] = []
        self._state_rules: list[tuple[int, Relaxation]] = []
        """The slots of rules, and what they forbid."""
        self._relaxed_machines: list[RelaxedMachine] = []
        for indexed in rules:
            relaxation = relaxation_of(indexed.rule, resource)
            if relaxation.kind is StateRuleKind.ENDS:
                self._ends_rules.append(indexed)
                continue
            self._tracked_rules.append(indexed)
            if relaxation.kind is StateRuleKind.NOTE:
                self._note_rules.append((indexed, relaxation))
            else:
                relaxed = StateMachine(resource, relaxation, alone=alone)
                self._relaxed_machines.append(RelaxedMachine(indexed.rule, relaxation, relaxed))
                self._state_rules.append((indexed.slot, relaxation))
        self._slot_by_rule_id = {rule.id: slot for slot, rule in rules}
        self._tried_by_observation: dict[Observation, _TriedRules] = {}
        self._needs_last_body = any(
            clause.given
            for binding in resource.bindings.values()
            for clauses in binding.clauses_by_status.values()
            for clause in clauses
        )

    def observe(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, view: LazyConditionInput
    ) -> list[Finding]:
        """Take one answer about a job; return the findings that it makes certain."""
        word = mention.status_word
        observation = self._observation(job, mention, placed, word, view)
        call = ObservedCall(placed.begin, placed.end, observation, _summarize_call(placed, word))
        # The tracker settles earlier calls first. Their clashes must be proved before this call joins the trace.
        findings = self._clash_findings(job, job.tracker.add(call))
        job.trace.add(call)
        for (slot, rule), relaxation in self._note_rules:
            if (
                observation.operation in relaxation.operations
                and observation.status in relaxation.statuses
                and job.rule_states[slot] is not RuleState.NOTED
                and not job.tracker.possible_states & ~relaxation.source
            ):
                job.rule_states[slot] = RuleState.NOTED
                violation = RuleViolation("status", str(placed.status), "")
                findings.append(violation_finding(rule, placed, violation, job=job, rerun=self._rerun))
        tried = self._tried_by_observation.get(observation)
        if tried is None:
            tried = self._tried_by_observation[observation] = self._rules_tried_by(observation)
        # In this order: a rule that this answer makes pending is tried by the next answer, not by this one.
        now, later = tried
        for slot in (*job.pending_rules, *now):
            job.mark_kept(slot)
        job.pending_rules = [slot for slot in later if job.rule_states[slot] is RuleState.UNTRIED]
        for slot in job.pending_rules:
            job.rule_states[slot] = RuleState.PENDING
        return findings

    def settle(self, job: JobRecord, before: SequencePoint | None = None) -> list[Finding]:
        """Settle the calls of a job that ended before a point (None: all); return the findings."""
        if not job.tracker.open_count:
            return []
        return self._clash_findings(job, job.tracker.settle(before))

    def has_ended(self, job: JobRecord) -> bool:
        """Return True if a job is certainly in a state that it cannot leave."""
        done = self._resource.states.terminal | self._resource.states.absent
        return not job.tracker.open_count and not job.tracker.possible_states & ~done

    def verdicts(self, job: JobRecord) -> Iterator[RuleVerdict]:
        """Yield the verdicts of the rules on a job."""
        has_ended = self.has_ended(job)
        for _, rule in self._ends_rules:
            if has_ended:
                yield RuleVerdict(rule.id, rule.level, job.name, "ok")
            else:
                yield RuleVerdict(rule.id, rule.level, job.name, "inconclusive", _NO_END_SEEN)
        if not job.tracker.has_given_up:
            yield from job.verdicts(self._tracked_rules)
            return
        for slot, rule in self._tracked_rules:
            if job.rule_states[slot] is RuleState.BROKEN:
                yield RuleVerdict(rule.id, rule.level, job.name, "violated")
            else:
                yield RuleVerdict(rule.id, rule.level, job.name, "inconclusive", _NO_ORDER_FOUND)

    def _observation(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, word: str | None, view: LazyConditionInput
    ) -> Observation:
        """Reduce an answer to an observation, and keep what later answers need."""
        binding, resource, body = mention.binding, self._resource, mention.body
        shown = NOT_SHOWN
        if word is not None:
            shown = binding.states_by_word.get(word, NOT_SHOWN)
        if shown != NOT_SHOWN:
            job.shown_states |= shown
        if body is not None and resource.created_path is not None:
            created = as_number(value_at(body, resource.created_path))
            if created is not None:
                job.created_at = int(created * SECOND)
        # The age at the answer, the greatest that the job can have had; None if unknown.
        age: int | None = None
        if job.created_at is not None and placed.exchange.answered_at is not None:
            age = placed.exchange.answered_at - job.created_at
        applying: tuple[int, ...] = ()
        if placed.status in binding.clauses_by_status:
            clauses = binding.clauses_by_status[placed.status]
            applying = tuple(_applying_clauses(clauses, shown, age, job, view))
        may_be_expired = (
            placed.status in binding.unknown_statuses
            and resource.retention is not None
            and (age is None or age >= resource.retention)
        )
        if self._needs_last_body and mention.own_body is not None:
            # After the clauses, which read the body before this one.
            job.last_body = mention.own_body
        return Observation(placed.operation, placed.status, shown, applying, may_be_expired)

    def _clash_findings(self, job: JobRecord, clashes: Iterable[Clash]) -> list[Finding]:
        findings: list[Finding] = []
        if not self._relaxed_machines:
            return findings
        for clash in clashes:
            proof = job.trace.minimize(self.machine, self._relaxed_machines, clash)
            job.trace.restart(job.tracker.possible_states)
            # Other values follow from a broken order of states: a job that is reopened ends at another time.
            job.forget_bodies()
            # If no rule explains the clash, the last one is named: the order of states as a whole.
            rule = proof.rule or self._relaxed_machines[-1].rule
            job.rule_states[self._slot_by_rule_id[rule.id]] = RuleState.BROKEN
            findings.append(clash_finding(rule, proof, job=job, rerun=self._rerun))
        return findings

    def _rules_tried_by(self, observation: Observation) -> _TriedRules:
        now, later = [], []
        is_command = self._resource.bindings[observation.operation].changes_job
        is_shown = observation.shown != NOT_SHOWN
        for slot, relaxation in self._state_rules:
            match relaxation.kind:
                case StateRuleKind.REFUSED | StateRuleKind.ACCEPTED | StateRuleKind.SHOWN:
                    if is_command and relaxation.names_call(observation):
                        now.append(slot)
                case StateRuleKind.EFFECT:
                    if is_command and relaxation.applies_to(observation, success=True):
                        later.append(slot)
                case StateRuleKind.NO_EFFECT:
                    if is_command and relaxation.applies_to(observation, success=False):
                        later.append(slot)
                case StateRuleKind.ABSORBS:
                    if is_shown and not observation.shown & ~relaxation.source:
                        later.append(slot)
                case _:
                    if is_shown:
                        later.append(slot)
        return tuple(now), tuple(later)


def _summarize_call(placed: PlacedExchange, word: str | None) -> CallSummary:
    exchange = placed.exchange
    answer = f"{placed.status} {word or ''}".rstrip()
    if placed.status == NO_ANSWER:
        answer = "no answer"
    return CallSummary(
        request_line=f"{exchange.request.method} {exchange.request.path}",
        answer=answer,
        sent=exchange.sent_at,
        answered=exchange.answered_at,
        position=exchange.position,
    )


def _applying_clauses(
    clauses: tuple[Clause, ...], shown: StateBits, age: int | None, job: JobRecord, view: LazyConditionInput
) -> Iterator[int]:
    """Yield the indices of the clauses that may apply; what is unknown excludes none, except in `when`."""
    for index, clause in enumerate(clauses):
        if clause.shown is not None and (shown == NOT_SHOWN or not shown & clause.shown):
            continue
        if clause.min_age is not None and age is not None and age < clause.min_age:
            continue
        if clause.given and job.last_body is not None and broken_conditions(clause.given, job.last_body):
            continue
        if not clause.when or all_hold(clause.when, view()):
            yield index
