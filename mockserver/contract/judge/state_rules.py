"""Judges the rules about the states of one kind of job, by the possible-state oracle."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.job_record import IndexedRule, JobRecord, RuleBits
from mockserver.contract.judge.placed_exchange import PlacedExchange, key_fingerprint
from mockserver.contract.judge.rule_findings import clash_finding, in_closed_world, violation_finding
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.calls import CallSummary, ObservedCall, SequencePoint
from mockserver.contract.oracle.counterexample import RelaxedMachine
from mockserver.contract.oracle.job_tracker import JobTracker, Proof, WorldMachines
from mockserver.contract.oracle.state_machine import NOT_SHOWN, Observation, Relaxation, StateMachine, relaxation_of
from mockserver.contract.rules.answers import ConditionInput
from mockserver.contract.rules.conditions import all_hold, as_number, broken_conditions
from mockserver.contract.rules.fields import RuleViolation
from mockserver.contract.rules.kinds import StateRuleKind
from mockserver.contract.rules.resources import Clause, Resource, StateBits
from mockserver.core.instants import SECOND
from mockserver.core.pointer import render_pointer

_NO_END_SEEN: Final = "the run does not show it in a terminal state"
_NO_ORDER_FOUND: Final = "its calls came too late, or overlap too much, to be put in order"
_ABSENT_REFUSALS: Final = frozenset((400, 409, 410, 422))
"""Statuses that say something of a job or a request; a job that does not exist has nothing to say that of."""


RelaxedRule = tuple[IndexedRule, Relaxation]


class _Evidence(NamedTuple):
    """What follows from an answer, whichever job it is about."""

    observation: Observation
    call_rules: tuple[RelaxedRule, ...]
    """The rules about calls that the answer is about, whatever the job's state."""
    tried_now: RuleBits
    """The rules that the answer tries itself."""
    tried_later: RuleBits
    """The rules that the next answer tries, which must show the effect."""


class StateRules:
    """The rules about states, for one kind of job.

    `alone` is that of `HistoryJudge`.
    """

    def __init__(self, rules: list[IndexedRule], resource: Resource, *, alone: bool | None) -> None:
        self._resource = resource
        self.ended_states = resource.states.terminal | resource.states.absent
        """The states that a job cannot leave."""
        self._status_pointer = render_pointer(resource.status_path)
        self._alone = alone
        by_kind = _sort_by_kind(rules, resource)
        self._ends_rules = [indexed for indexed, _ in by_kind.at_the_end]
        self._tracked_rules = [indexed for indexed in rules if indexed not in self._ends_rules]
        """All others: judged while the calls come in."""
        self._call_rules = by_kind.of_calls
        self._state_rules = by_kind.of_states
        # The last rule about states is the most general one.
        of_order = [indexed.rule for indexed, _ in (*by_kind.of_order, *by_kind.of_states[-1:])]
        self._order_rule = next(iter(of_order), None)
        self._open_world = _build_machines(by_kind.of_states, resource, alone=False)
        self._closed_world = self._open_world
        if alone is not False:
            self._closed_world = _build_machines(by_kind.of_states, resource, alone=True)
        self._bit_by_rule_id = {rule.id: bit for bit, rule in rules}
        self._evidence: dict[tuple[str, int, StateBits, tuple[int, ...], bool], _Evidence] = {}
        """By the fields of the observation."""
        self._needs_last_body = any(
            clause.given
            for binding in resource.bindings.values()
            for clauses in binding.clauses_by_status.values()
            for clause in clauses
        )

    def new_tracker(self) -> JobTracker:
        """Return the tracker of a job of which nothing is known."""
        return JobTracker(self._closed_world, self._open_world)

    def observe(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, settled_before: SequencePoint
    ) -> list[Finding]:
        """Take one answer about a job; return the findings that it makes certain.

        `settled_before`: a point before which every sending is known.
        """
        if _is_denied_to_another_key(job, mention, placed):
            return []
        observation, call_rules, tried_now, tried_later = self._evidence_of(job, mention, placed)
        exchange = placed.exchange
        request = exchange.request
        status_place = None if mention.body is None else mention.place + self._status_pointer
        summary = CallSummary(
            request.method,
            request.path,
            placed.status,
            mention.status_word,
            exchange.sent_at,
            answered=exchange.answered_at,
            position=exchange.position,
            status_place=status_place,
        )
        call = ObservedCall(placed.begin, placed.end, observation, summary)
        findings: list[Finding] = []
        # What a rule about calls says depends on the states before the call.
        if proofs := job.tracker.add(call, 0 if call_rules else settled_before):
            findings += self._clash_findings(job, proofs)
        if call_rules:
            findings += self._call_findings(job, placed, call_rules)
        # In this order: a rule that this answer makes pending is tried by the next answer, not by this one.
        if tried := job.pending_rules | tried_now:
            job.mark_kept(tried)
        job.pending_rules = tried_later & ~(job.kept_rules | job.noted_rules | job.broken_rules)
        return findings

    def settle(self, job: JobRecord, before: SequencePoint | None = None) -> list[Finding]:
        """Settle the calls of a job that ended before a point (None: all); return the findings."""
        proofs = job.tracker.settle(before)
        return self._clash_findings(job, proofs) if proofs else []

    def verdicts(self, job: JobRecord) -> Iterator[RuleVerdict]:
        """Yield the verdicts of the rules on a job."""
        has_ended = job.tracker.is_certainly_in(self.ended_states)
        for _, rule in self._ends_rules:
            if has_ended:
                yield RuleVerdict(rule.id, rule.level, job.name, "ok")
            else:
                yield RuleVerdict(rule.id, rule.level, job.name, "inconclusive", _NO_END_SEEN)
        if not job.tracker.has_given_up:
            yield from job.verdicts(self._tracked_rules)
            return
        for bit, rule in self._tracked_rules:
            if bit & job.broken_rules:
                yield RuleVerdict(rule.id, rule.level, job.name, "violated")
            else:
                yield RuleVerdict(rule.id, rule.level, job.name, "inconclusive", _NO_ORDER_FOUND)

    def _evidence_of(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> _Evidence:
        """Reduce an answer to its evidence, and keep what later answers need."""
        binding, resource, body, status = mention.binding, self._resource, mention.body, placed.status
        shown = mention.shown_states
        if shown != NOT_SHOWN:
            job.shown_states |= shown
        if body is not None and resource.read_created is not None:
            written = resource.read_created(body)
            # The bodies of a job write it alike.
            if written != job.created and (created := as_number(written)) is not None:
                job.created, job.created_at = written, int(created * SECOND)
        applying: tuple[int, ...] = ()
        may_be_expired = False
        clauses, denies = binding.clauses_by_status.get(status, ()), status in binding.unknown_statuses
        if clauses or denies:
            # The age at the answer, the greatest that the job can have had; None if unknown.
            age: int | None = None
            if job.created_at is not None and placed.exchange.answered_at is not None:
                age = placed.exchange.answered_at - job.created_at
            applying = tuple(_applying_clauses(clauses, shown, age, job, placed.view))
            may_be_expired = denies and resource.retention is not None and (age is None or age >= resource.retention)
        if self._needs_last_body and mention.own_body is not None:
            # After the clauses, which read the body before this one.
            job.last_body = mention.own_body
        observed = (placed.operation, status, shown, applying, may_be_expired)
        evidence = self._evidence.get(observed)
        if evidence is None:
            evidence = self._evidence[observed] = self._evidence_in(Observation(*observed))
        return evidence

    def _call_findings(self, job: JobRecord, placed: PlacedExchange, rules: Iterable[RelaxedRule]) -> list[Finding]:
        """Apply the first rule about a call on a job that is certainly in some state; it is reported once per job."""
        possible = job.tracker.possible_states
        for (bit, rule), relaxation in rules:
            if possible & ~relaxation.source:
                continue
            if bit & (job.noted_rules | job.broken_rules):
                break
            violation = RuleViolation("status", str(placed.status), "")
            finding = violation_finding(rule, placed, violation, job=job)
            if relaxation.kind is StateRuleKind.NOTE:
                job.mark_noted(bit)
                return [finding]
            job.mark_broken(bit)
            # What was deleted stays so; what was absent may be created by another client.
            if possible & ~self._resource.states.deleted:
                finding = in_closed_world(finding, is_declared=self._alone is True)
            return [finding]
        return []

    def _is_about_call(self, relaxation: Relaxation, observation: Observation) -> bool:
        binding = self._resource.bindings[observation.operation]
        if not relaxation.names_operation(observation):
            return False
        if relaxation.kind is StateRuleKind.NOTE or relaxation.statuses:
            return observation.status in relaxation.statuses
        # A status with clauses is judged by them, and an operation that cannot deny the job has no better answer.
        is_by_clauses = observation.status in binding.clauses_by_status
        return observation.status in _ABSENT_REFUSALS and bool(binding.unknown_statuses) and not is_by_clauses

    def _clash_findings(self, job: JobRecord, proofs: Iterable[Proof]) -> list[Finding]:
        findings = []
        for proof in proofs:
            # Other values follow from a broken order of states: a job that is reopened ends at another time.
            job.forget_bodies()
            rule = proof.counterexample.rule or self._order_rule
            if rule is None:
                continue
            job.mark_broken(self._bit_by_rule_id[rule.id])
            finding = clash_finding(rule, proof.counterexample, job=job)
            if not proof.is_open:
                finding = in_closed_world(finding, is_declared=self._alone is True)
            findings.append(finding)
        return findings

    def _evidence_in(self, observation: Observation) -> _Evidence:
        call_rules = tuple(each for each in self._call_rules if self._is_about_call(each[1], observation))
        now = later = 0
        is_command = self._resource.bindings[observation.operation].changes_job
        is_shown = observation.shown != NOT_SHOWN
        for (bit, _), relaxation in self._state_rules:
            match relaxation.kind:
                case StateRuleKind.REFUSED | StateRuleKind.ACCEPTED | StateRuleKind.SHOWN:
                    if is_command and relaxation.names_call(observation):
                        now |= bit
                case StateRuleKind.EFFECT:
                    if is_command and relaxation.applies_to(observation, success=True):
                        later |= bit
                case StateRuleKind.NO_EFFECT:
                    if is_command and relaxation.applies_to(observation, success=False):
                        later |= bit
                case StateRuleKind.ABSORBS:
                    if is_shown and not observation.shown & ~relaxation.source:
                        later |= bit
                case _:
                    if is_shown:
                        later |= bit
        return _Evidence(observation, call_rules, now, later)


class _RulesByKind(NamedTuple):
    """The rules about states, by the way in which they are judged."""

    of_states: list[RelaxedRule]
    """By the oracle."""
    of_calls: list[RelaxedRule]
    """By a call on a job that is certainly in some state."""
    of_order: list[RelaxedRule]
    """Where no other rule explains a clash."""
    at_the_end: list[RelaxedRule]
    """At the end of the history."""


def _sort_by_kind(rules: Iterable[IndexedRule], resource: Resource) -> _RulesByKind:
    by_kind = _RulesByKind([], [], [], [])
    lists = {
        StateRuleKind.NOTE: by_kind.of_calls,
        StateRuleKind.UNKNOWN: by_kind.of_calls,
        StateRuleKind.ORDER: by_kind.of_order,
        StateRuleKind.ENDS: by_kind.at_the_end,
    }
    for indexed in rules:
        relaxation = relaxation_of(indexed.rule, resource)
        lists.get(relaxation.kind, by_kind.of_states).append((indexed, relaxation))
    return by_kind


def _build_machines(rules: Iterable[RelaxedRule], resource: Resource, *, alone: bool) -> WorldMachines:
    relaxed_machines = [
        RelaxedMachine(indexed.rule, relaxation, StateMachine(resource, relaxation, alone=alone))
        for indexed, relaxation in rules
    ]
    return WorldMachines(StateMachine(resource, alone=alone), relaxed_machines)


def _is_denied_to_another_key(job: JobRecord, mention: JobMention, placed: PlacedExchange) -> bool:
    """Return True if the job is denied to another API key than the one it was found by: it may belong to that one.

    The key of the first success about a job is kept in its record.
    """
    if placed.status in mention.binding.unknown_statuses:
        key = key_fingerprint(placed.exchange.request)
        return None not in (job.key, key) and job.key != key
    if job.key is None and 200 <= placed.status < 300:
        job.key = key_fingerprint(placed.exchange.request)
    return False


def _applying_clauses(
    clauses: tuple[Clause, ...], shown: StateBits, age: int | None, job: JobRecord, view: ConditionInput
) -> Iterator[int]:
    """Yield the indices of the clauses that may apply; what is unknown excludes none, except in `when`."""
    for index, clause in enumerate(clauses):
        if clause.shown is not None and (shown == NOT_SHOWN or not shown & clause.shown):
            continue
        if clause.min_age is not None and age is not None and age < clause.min_age:
            continue
        if clause.given and job.last_body is not None and broken_conditions(clause.given, job.last_body):
            continue
        if not clause.when or all_hold(clause.when, view):
            yield index
