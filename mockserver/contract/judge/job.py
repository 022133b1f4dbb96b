"""Watches jobs of one kind: each answer goes to the oracle, to the rules about bodies, and into the job's story.

A `Watch` is what all jobs of a kind share, a `Job` is what is known of one. What is kept of a job does not grow with
the number of its calls.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judgement import RuleVerdict
from mockserver.contract.oracle.counterexample import RelaxedMachine, Trace, call_lines, call_positions
from mockserver.contract.oracle.possible_states import CallSummary, Clash, ObservedCall, SequencePoint, StateTracker
from mockserver.contract.oracle.state_machine import (
    NO_ANSWER,
    NOT_SHOWN,
    Observation,
    Relaxation,
    StateMachine,
    relaxation_of,
)
from mockserver.contract.rules.conditions import all_hold, as_number, value_at
from mockserver.contract.rules.fields import BodyCheck, RuleViolation, compile_body_check
from mockserver.contract.rules.kinds import BODY_RULE_KINDS, OPERATIONS_OPTION, SPAN_RULE_KINDS, STATE_RULE_KINDS
from mockserver.contract.rules.resources import Clause, Resource, StateBits
from mockserver.contract.rules.rule_set import ContractRule, RuleSet
from mockserver.contract.rules.spans import JobFacts, SpanRule, compile_span_rule
from mockserver.core.instants import SECOND, Instant
from mockserver.core.wire import NO_POSITION, Exchange

LazyConditionInput = Callable[[], Any]
"""Makes the view of an exchange that conditions are asked of, when one is."""


class PlacedExchange(NamedTuple):
    """An exchange with its place among all sendings and answers."""

    exchange: Exchange
    begin: SequencePoint
    end: SequencePoint | None
    operation: str
    status: int


class _UnfoldedBody(NamedTuple):
    """A body that is not folded yet."""

    end: SequencePoint
    body: Any
    operation: str
    status: int


class JobRecord:
    """What is known of one job."""

    __slots__ = (
        "broken_rules",
        "created_at",
        "facts",
        "id",
        "last_body",
        "last_judged",
        "noted_rules",
        "pending_rules",
        "shown_states",
        "trace",
        "tracker",
        "tried_rules",
        "unfolded_bodies",
    )

    def __init__(self, job_id: str, machine: StateMachine, spans: int) -> None:
        self.id = job_id
        self.tracker = StateTracker(machine)
        self.trace = Trace()
        self.facts: list[JobFacts] = [{} for _ in range(spans)]
        self.unfolded_bodies: list[_UnfoldedBody] = []
        self.created_at: Instant | None = None
        self.last_body: Any = None
        """The last body of its own, where a rule asks for it."""
        self.last_judged = ("", 0)
        """The last operation whose fields were judged, and a digest of the answer's bytes."""
        self.shown_states: StateBits = 0
        """The states its answers have shown."""
        self.tried_rules = 0
        """Rules that found what they speak of, a bit each."""
        self.broken_rules = 0
        self.pending_rules = 0
        """Rules that a later answer will have tried."""
        self.noted_rules = 0


class _StateRule(NamedTuple):
    """A rule about states in this kind."""

    bit: int
    rule: ContractRule
    relaxation: Relaxation


class JobJudge:
    """The rules of a book on one kind of job."""

    def __init__(self, rule_set: RuleSet, resource: Resource, *, alone: bool = True, rerun: str = "") -> None:
        self.resource = resource
        self._rerun = rerun
        self.machine = StateMachine(resource, alone=alone)
        mine = [rule for rule in rule_set.rules if rule.resource_kind in ("", resource.kind)]
        self.rules: Sequence[ContractRule] = [
            rule
            for rule in mine
            if rule.kind in _JOB_RULE_KINDS and (rule.resource_kind or rule.kind in STATE_RULE_KINDS)
        ]
        self._body_rules: list[tuple[int, ContractRule, BodyCheck, frozenset[str]]] = []
        self._span_rules: list[tuple[int, ContractRule, SpanRule]] = []
        self._state_rules: list[_StateRule] = []
        for index, rule in enumerate(self.rules):
            self._add_rule(1 << index, rule)
        self._relaxed_machines = tuple(
            RelaxedMachine(state.rule, state.relaxation, StateMachine(resource, state.relaxation, alone=alone))
            for state in self._state_rules
            if state.rule.kind not in ("note", "ends")
        )
        self._note_rules = [state for state in self._state_rules if state.rule.kind == "note"]
        self._tried_by_observation: dict[Observation, tuple[int, int]] = {}
        self._needs_last_body = any(
            clause.given
            for binding in resource.bindings.values()
            for clauses in binding.clauses_by_status.values()
            for clause in clauses
        )
        """Whether any clause asks for the body before."""

    def _add_rule(self, bit: int, rule: ContractRule) -> None:
        if rule.kind in BODY_RULE_KINDS:
            self._body_rules.append(
                (bit, rule, compile_body_check(rule), frozenset(rule.options.get(OPERATIONS_OPTION, ())))
            )
        elif rule.kind in SPAN_RULE_KINDS:
            self._span_rules.append((bit, rule, compile_span_rule(rule)))
        else:
            self._state_rules.append(_StateRule(bit, rule, relaxation_of(rule, self.resource)))

    def new_record(self, job_id: str) -> JobRecord:
        """A job of the kind, of which nothing is known."""
        return JobRecord(job_id, self.machine, len(self._span_rules))

    def observe(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, view: LazyConditionInput
    ) -> Iterator[Finding]:
        """One answer about a job."""
        op = ObservedCall(
            placed.begin, placed.end, self._observation(job, mention, placed, view), _summarize_call(mention, placed)
        )
        yield from self._clash_findings(job, job.tracker.add(op))
        job.trace.add(op)
        yield from self._note_findings(job, op, placed)
        self._mark_tried_rules(job, op)
        self._fold_bodies(job, placed.begin)
        if mention.body is not None and not mention.binding.is_partial:
            yield from self._judge_body(job, mention, placed)
        elif placed.end is not None:
            job.unfolded_bodies.append(_UnfoldedBody(placed.end, None, placed.operation, placed.status))

    def settle(self, job: JobRecord, before: SequencePoint | None = None) -> Iterator[Finding]:
        """Settle the calls of a job that ended before a moment; all of them without one."""
        if job.tracker.open_count:
            yield from self._clash_findings(job, job.tracker.settle(before))

    def compact(self, job: JobRecord, before: SequencePoint) -> Iterator[Finding]:
        """Settle and learn what is certain before a moment: of a job that may not be seen again for long."""
        yield from self.settle(job, before)
        self._fold_bodies(job, before)

    # What an answer says

    def _observation(
        self, job: JobRecord, mention: JobMention, placed: PlacedExchange, view: LazyConditionInput
    ) -> Observation:
        binding, resource, body = mention.binding, self.resource, mention.body
        shown = NOT_SHOWN
        if body is not None:
            word = value_at(body, resource.status_path)
            shown = binding.states_by_word.get(word, NOT_SHOWN) if isinstance(word, str) else shown
            made = as_number(value_at(body, resource.created_path)) if resource.created_path else None
            job.created_at = job.created_at if made is None else int(made * SECOND)
        if shown != NOT_SHOWN:
            job.shown_states |= shown
        age = _greatest_age(job, placed)
        clauses = binding.clauses_by_status.get(placed.status)
        applying = tuple(_applying_clauses(clauses, shown, age, job.last_body, view)) if clauses else ()
        old = resource.retention is not None and (age is None or age >= resource.retention)
        if self._needs_last_body and body is not None and not binding.is_partial:
            job.last_body = body
        return Observation(
            placed.operation, placed.status, shown, applying, old and placed.status in binding.unknown_statuses
        )

    # Rules about states

    def _clash_findings(self, job: JobRecord, clashes: Iterable[Clash]) -> Iterator[Finding]:
        """What is told of clashes: nothing in a book that has no rule on states."""
        return (self._clash_finding(job, each) for each in clashes if self._relaxed_machines)

    def _clash_finding(self, job: JobRecord, clash: Clash) -> Finding:
        """The finding of a clash."""
        proof = job.trace.minimize(self.machine, self._relaxed_machines, clash)
        job.trace.restart(job.tracker.possible_states)
        rule = proof.rule or self._relaxed_machines[-1].rule
        job.broken_rules |= next(state.bit for state in self._state_rules if state.rule is rule)
        call, names = proof.clashing_call.summary, self.resource.state_names(proof.possible_states)
        observed = "" if call is None else f"{call.request_line} -> {call.answer}"
        resource = f"{self.resource.kind} {job.id}"
        return Finding(
            rule.id,
            rule.level,
            rule.statement,
            "history",
            rule.citation(),
            observed,
            proof.clashing_call.observation.operation,
            resource=resource,
            story=call_lines(proof.calls),
            possible=" or ".join(names),
            observed=observed,
            rerun=self._rerun.replace("{resource}", job.id).replace("{rule}", rule.id),
            spot=NO_POSITION if call is None else call.spot,
            story_spots=call_positions(proof.calls),
        )

    def _note_findings(self, job: JobRecord, call: ObservedCall, placed: PlacedExchange) -> Iterator[Finding]:
        for bit, rule, relax in self._note_rules:
            about = call.observation.operation in relax.operations and call.observation.status in relax.statuses
            if about and not job.noted_rules & bit and not job.tracker.possible_states & ~relax.source:
                job.noted_rules |= bit
                yield self._violation_finding(
                    rule, job, placed, RuleViolation("status", str(call.observation.status), "")
                )

    def _mark_tried_rules(self, job: JobRecord, call: ObservedCall) -> None:
        """Which rules about states this answer has tried, and which a later one will have."""
        known = self._tried_by_observation.get(call.observation)
        if known is None:
            known = self._tried_by_observation[call.observation] = self._rules_tried_by(call.observation)
        job.tried_rules |= known[0] | job.pending_rules
        job.pending_rules |= known[1]

    def _rules_tried_by(self, observation: Observation) -> tuple[int, int]:
        now, later = 0, 0
        binding = self.resource.bindings[observation.operation]
        for bit, rule, relax in self._state_rules:
            if rule.kind in ("refused", "accepted", "shown"):
                now |= (
                    bit
                    if binding.changes_job
                    and (relax.applies_to(observation, True) or relax.applies_to(observation, False))
                    else 0
                )
            elif rule.kind == "effect":
                later |= bit if binding.changes_job and relax.applies_to(observation, True) else 0
            elif rule.kind == "no effect":
                later |= bit if binding.changes_job and relax.applies_to(observation, False) else 0
            elif rule.kind == "absorbs":
                later |= bit if observation.shown != NOT_SHOWN and not observation.shown & ~relax.source else 0
            elif rule.kind in ("follows", "readable", "gone"):
                later |= bit if observation.shown != NOT_SHOWN else 0
        return now, later

    # Rules about bodies

    def _judge_body(self, job: JobRecord, mention: JobMention, placed: PlacedExchange) -> Iterator[Finding]:
        body, response = mention.body, placed.exchange.response
        data = (placed.operation, 0 if response is None else hash(response.body))
        if data != job.last_judged or mention.binding.list_path is not None:
            job.last_judged = data
            for bit, rule, check, operations in self._body_rules:
                if not operations or placed.operation in operations:
                    problems = check(body)
                    if problems is not None:
                        job.tried_rules |= bit
                    if problems:
                        yield from self._record_violations(job, bit, rule, problems, placed)
        for (bit, rule, span), facts in zip(self._span_rules, job.facts, strict=True):
            if facts:
                job.tried_rules |= bit
                if problems := span.check(facts, body):
                    yield from self._record_violations(job, bit, rule, problems, placed)
            if span.eager:
                span.fold(facts, body, placed.operation, placed.status)
        if placed.end is not None:
            job.unfolded_bodies.append(_UnfoldedBody(placed.end, body, placed.operation, placed.status))

    def _fold_bodies(self, job: JobRecord, before: SequencePoint) -> None:
        """Learn from every body whose call was over before a moment."""
        waiting = job.unfolded_bodies
        if not waiting:
            return
        job.unfolded_bodies = [each for each in waiting if each.end >= before]
        for _, body, operation, status in (each for each in waiting if each.end < before):
            for (_, _, span), facts in zip(self._span_rules, job.facts, strict=True):
                span.fold(facts, body, operation, status)

    def _record_violations(
        self, job: JobRecord, bit: int, rule: ContractRule, problems: list[RuleViolation], placed: PlacedExchange
    ) -> Sequence[Finding]:
        job.broken_rules |= bit
        return [self._violation_finding(rule, job, placed, problem) for problem in problems]

    def _violation_finding(
        self, rule: ContractRule, job: JobRecord, placed: PlacedExchange, problem: RuleViolation
    ) -> Finding:
        request = placed.exchange.request
        return Finding(
            rule.id,
            rule.level,
            f"{rule.statement} ({problem.where or 'the body'} is {problem.value})",
            problem.where or "body",
            rule.citation(),
            f"{request.method} {request.path} -> {placed.status}",
            placed.operation,
            problem.allowed,
            value=problem.value,
            resource=f"{self.resource.kind} {job.id}",
            rerun=self._rerun.replace("{resource}", job.id).replace("{rule}", rule.id),
            spot=placed.exchange.position,
        )

    # The end

    def has_ended(self, job: JobRecord) -> bool:
        """Whether a job can do nothing any more that would be news."""
        done = self.resource.terminal | self.resource.absent
        return not job.tracker.open_count and not job.tracker.possible_states & ~done

    def verdicts(self, job: JobRecord) -> Iterator[RuleVerdict]:
        """What has come of each rule that met what it speaks of."""
        resource = f"{self.resource.kind} {job.id}"
        ends = {state.bit for state in self._state_rules if state.rule.kind == "ends"}
        over = {state.bit for state in self._state_rules}
        for index, rule in enumerate(self.rules):
            bit = 1 << index
            if job.broken_rules & bit:
                yield RuleVerdict(rule.id, rule.level, resource, "violated")
            elif bit in ends:
                why = "" if self.has_ended(job) else "it was never seen in a terminal state"
                yield RuleVerdict(rule.id, rule.level, resource, "inconclusive" if why else "ok", why)
            elif bit in over and job.tracker.has_given_up:
                why = "its calls could not be put in order within the budget, or came too late"
                yield RuleVerdict(rule.id, rule.level, resource, "inconclusive", why)
            elif job.tried_rules & bit:
                yield RuleVerdict(rule.id, rule.level, resource, "ok")


_JOB_RULE_KINDS: Final = {**BODY_RULE_KINDS, **SPAN_RULE_KINDS, **STATE_RULE_KINDS}


def _greatest_age(job: JobRecord, placed: PlacedExchange) -> int | None:
    """How old a job is at most when a call about it ends; None where nobody knows."""
    answered = placed.exchange.answered_at
    return None if job.created_at is None or answered is None else answered - job.created_at


def _applying_clauses(
    clauses: tuple[Clause, ...], shown: StateBits, age: int | None, body: Any, view: LazyConditionInput
) -> Iterator[int]:
    for index, clause in enumerate(clauses):
        if clause.shown is not None and (shown == NOT_SHOWN or not shown & clause.shown):
            continue
        if clause.min_age is not None and age is not None and age < clause.min_age:
            continue
        if clause.given and body is not None and any(each.holds(body) is False for each in clause.given):
            continue
        if not clause.when or all_hold(clause.when, view()):
            yield index


def _summarize_call(mention: JobMention, placed: PlacedExchange) -> CallSummary:
    request = placed.exchange.request
    word = "" if mention.body is None else value_at(mention.body, mention.resource.status_path)
    answer = (
        "no answer"
        if placed.status == NO_ANSWER
        else f"{placed.status} {word if isinstance(word, str) else ''}".rstrip()
    )
    exchange = placed.exchange
    return CallSummary(
        f"{request.method} {request.path}", answer, exchange.sent_at, exchange.answered_at, exchange.position
    )
