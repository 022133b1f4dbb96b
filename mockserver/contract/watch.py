"""Watches jobs of one kind: each answer goes to the oracle, to the rules about bodies, and into the job's story.

A `Watch` is what all jobs of a kind share, a `Job` is what is known of one. What is kept of a job does not grow with
the number of its calls.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.findings import Finding
from mockserver.contract.judgement import Verdict
from mockserver.contract.oracle import Call, Clash, Moment, Op, Track
from mockserver.contract.rules.book import Book, Rule
from mockserver.contract.rules.conditions import all_hold, at, number
from mockserver.contract.rules.fields import Check, Problem, compile_field
from mockserver.contract.rules.kinds import BODIES, FIELD_KINDS, SPAN_KINDS, STATE_KINDS
from mockserver.contract.rules.resources import Clause, Resource, States
from mockserver.contract.rules.spans import Facts, Span, compile_span
from mockserver.contract.sights import Sight
from mockserver.contract.states import NO_ANSWER, NOT_SHOWN, Machine, Relax, Seen, relax_of
from mockserver.contract.story import Relaxed, Story, lines, spots
from mockserver.core.instants import SECOND, Instant
from mockserver.core.wire import NOWHERE, Exchange

View = Callable[[], Any]
"""Makes the view of an exchange that conditions are asked of, when one is."""


class Placed(NamedTuple):
    """An exchange with its place among all sendings and answers."""

    exchange: Exchange
    begin: Moment
    end: Moment | None
    operation: str
    status: int


class _Body(NamedTuple):
    """A body that is not folded yet."""

    end: Moment
    body: Any
    operation: str
    status: int


class Job:
    """What is known of one job."""

    __slots__ = (
        "bad",
        "body",
        "created",
        "data",
        "facts",
        "id",
        "noted",
        "ok",
        "shown",
        "story",
        "track",
        "unfolded",
        "waiting",
    )

    def __init__(self, job_id: str, machine: Machine, spans: int) -> None:
        self.id = job_id
        self.track = Track(machine)
        self.story = Story()
        self.facts: list[Facts] = [{} for _ in range(spans)]
        self.unfolded: list[_Body] = []
        self.created: Instant | None = None
        self.body: Any = None
        """The last body of its own, where a rule asks for it."""
        self.data = ("", 0)
        """The last operation whose fields were judged, and a digest of the answer's bytes."""
        self.shown: States = 0
        """The states its answers have shown."""
        self.ok = 0
        """Rules that found what they speak of, a bit each."""
        self.bad = 0
        self.waiting = 0
        """Rules that a later answer will have tried."""
        self.noted = 0


class _State(NamedTuple):
    """A rule about states in this kind."""

    bit: int
    rule: Rule
    relax: Relax


class Watch:
    """The rules of a book on one kind of job."""

    def __init__(self, book: Book, resource: Resource, *, alone: bool = True, rerun: str = "") -> None:
        self.resource = resource
        self._rerun = rerun
        self.machine = Machine(resource, alone=alone)
        mine = [rule for rule in book.rules if rule.on in ("", resource.kind)]
        self.rules: Sequence[Rule] = [
            rule for rule in mine if rule.kind in _KINDS and (rule.on or rule.kind in STATE_KINDS)
        ]
        self._fields: list[tuple[int, Rule, Check, frozenset[str]]] = []
        self._spans: list[tuple[int, Rule, Span]] = []
        self._states: list[_State] = []
        for index, rule in enumerate(self.rules):
            self._sort(1 << index, rule)
        self._relaxed = tuple(
            Relaxed(state.rule, state.relax, Machine(resource, state.relax, alone=alone))
            for state in self._states
            if state.rule.kind not in ("note", "ends")
        )
        self._noted = [state for state in self._states if state.rule.kind == "note"]
        self._touched: dict[Seen, tuple[int, int]] = {}
        self._asks = any(
            clause.given
            for binding in resource.bindings.values()
            for clauses in binding.answers.values()
            for clause in clauses
        )
        """Whether any clause asks for the body before."""

    def _sort(self, bit: int, rule: Rule) -> None:
        if rule.kind in FIELD_KINDS:
            self._fields.append((bit, rule, compile_field(rule), frozenset(rule.options.get(BODIES, ()))))
        elif rule.kind in SPAN_KINDS:
            self._spans.append((bit, rule, compile_span(rule)))
        else:
            self._states.append(_State(bit, rule, relax_of(rule, self.resource)))

    def job(self, job_id: str) -> Job:
        """A job of the kind, of which nothing is known."""
        return Job(job_id, self.machine, len(self._spans))

    def take(self, job: Job, sight: Sight, placed: Placed, view: View) -> Iterator[Finding]:
        """One answer about a job."""
        op = Op(placed.begin, placed.end, self._seen(job, sight, placed, view), _call(sight, placed))
        yield from self._clashes(job, job.track.add(op))
        job.story.add(op)
        yield from self._notes(job, op, placed)
        self._touch(job, op)
        self._fold(job, placed.begin)
        if sight.body is not None and not sight.binding.partial:
            yield from self._bodies(job, sight, placed)
        elif placed.end is not None:
            job.unfolded.append(_Body(placed.end, None, placed.operation, placed.status))

    def settle(self, job: Job, before: Moment | None = None) -> Iterator[Finding]:
        """Settle the calls of a job that ended before a moment; all of them without one."""
        if job.track.open:
            yield from self._clashes(job, job.track.settle(before))

    def rest(self, job: Job, before: Moment) -> Iterator[Finding]:
        """Settle and learn what is certain before a moment: of a job that may not be seen again for long."""
        yield from self.settle(job, before)
        self._fold(job, before)

    # What an answer says

    def _seen(self, job: Job, sight: Sight, placed: Placed, view: View) -> Seen:
        binding, resource, body = sight.binding, self.resource, sight.body
        shown = NOT_SHOWN
        if body is not None:
            word = at(body, resource.status)
            shown = binding.words.get(word, NOT_SHOWN) if isinstance(word, str) else shown
            made = number(at(body, resource.created)) if resource.created else None
            job.created = job.created if made is None else int(made * SECOND)
        if shown != NOT_SHOWN:
            job.shown |= shown
        age = _age(job, placed)
        clauses = binding.answers.get(placed.status)
        applying = tuple(_applying(clauses, shown, age, job.body, view)) if clauses else ()
        old = resource.kept is not None and (age is None or age >= resource.kept)
        if self._asks and body is not None and not binding.partial:
            job.body = body
        return Seen(placed.operation, placed.status, shown, applying, old and placed.status in binding.unknown)

    # Rules about states

    def _clashes(self, job: Job, clashes: Iterable[Clash]) -> Iterator[Finding]:
        """What is told of clashes: nothing in a book that has no rule on states."""
        return (self._told(job, each) for each in clashes if self._relaxed)

    def _told(self, job: Job, clash: Clash) -> Finding:
        """The finding of a clash."""
        proof = job.story.prove(self.machine, self._relaxed, clash)
        job.story.restart(job.track.possible)
        rule = proof.rule or self._relaxed[-1].rule
        job.bad |= next(state.bit for state in self._states if state.rule is rule)
        call, names = proof.op.told, self.resource.names(proof.possible)
        observed = "" if call is None else f"{call.what} -> {call.answer}"
        resource = f"{self.resource.kind} {job.id}"
        return Finding(
            rule.id,
            rule.level,
            rule.says,
            "history",
            rule.quoted(),
            observed,
            proof.op.seen.operation,
            resource=resource,
            story=lines(proof.ops),
            possible=" or ".join(names),
            observed=observed,
            rerun=self._rerun.replace("{resource}", job.id).replace("{rule}", rule.id),
            spot=NOWHERE if call is None else call.spot,
            story_spots=spots(proof.ops),
        )

    def _notes(self, job: Job, op: Op, placed: Placed) -> Iterator[Finding]:
        for bit, rule, relax in self._noted:
            about = op.seen.operation in relax.operations and op.seen.status in relax.statuses
            if about and not job.noted & bit and not job.track.possible & ~relax.source:
                job.noted |= bit
                yield self._found(rule, job, placed, Problem("status", str(op.seen.status), ""))

    def _touch(self, job: Job, op: Op) -> None:
        """Which rules about states this answer has tried, and which a later one will have."""
        known = self._touched.get(op.seen)
        if known is None:
            known = self._touched[op.seen] = self._touches(op.seen)
        job.ok |= known[0] | job.waiting
        job.waiting |= known[1]

    def _touches(self, seen: Seen) -> tuple[int, int]:
        now, later = 0, 0
        binding = self.resource.bindings[seen.operation]
        for bit, rule, relax in self._states:
            if rule.kind in ("refused", "accepted", "shown"):
                now |= bit if binding.acts and (relax.about(seen, True) or relax.about(seen, False)) else 0
            elif rule.kind == "effect":
                later |= bit if binding.acts and relax.about(seen, True) else 0
            elif rule.kind == "no effect":
                later |= bit if binding.acts and relax.about(seen, False) else 0
            elif rule.kind == "absorbs":
                later |= bit if seen.shown != NOT_SHOWN and not seen.shown & ~relax.source else 0
            elif rule.kind in ("follows", "readable", "gone"):
                later |= bit if seen.shown != NOT_SHOWN else 0
        return now, later

    # Rules about bodies

    def _bodies(self, job: Job, sight: Sight, placed: Placed) -> Iterator[Finding]:
        body, response = sight.body, placed.exchange.response
        data = (placed.operation, 0 if response is None else hash(response.body))
        if data != job.data or sight.binding.each is not None:
            job.data = data
            for bit, rule, check, operations in self._fields:
                if not operations or placed.operation in operations:
                    problems = check(body)
                    if problems is not None:
                        job.ok |= bit
                    if problems:
                        yield from self._broken(job, bit, rule, problems, placed)
        for (bit, rule, span), facts in zip(self._spans, job.facts, strict=True):
            if facts:
                job.ok |= bit
                if problems := span.check(facts, body):
                    yield from self._broken(job, bit, rule, problems, placed)
            if span.eager:
                span.fold(facts, body, placed.operation, placed.status)
        if placed.end is not None:
            job.unfolded.append(_Body(placed.end, body, placed.operation, placed.status))

    def _fold(self, job: Job, before: Moment) -> None:
        """Learn from every body whose call was over before a moment."""
        waiting = job.unfolded
        if not waiting:
            return
        job.unfolded = [each for each in waiting if each.end >= before]
        for _, body, operation, status in (each for each in waiting if each.end < before):
            for (_, _, span), facts in zip(self._spans, job.facts, strict=True):
                span.fold(facts, body, operation, status)

    def _broken(self, job: Job, bit: int, rule: Rule, problems: list[Problem], placed: Placed) -> Sequence[Finding]:
        job.bad |= bit
        return [self._found(rule, job, placed, problem) for problem in problems]

    def _found(self, rule: Rule, job: Job, placed: Placed, problem: Problem) -> Finding:
        request = placed.exchange.request
        return Finding(
            rule.id,
            rule.level,
            f"{rule.says} ({problem.where or 'the body'} is {problem.value})",
            problem.where or "body",
            rule.quoted(),
            f"{request.method} {request.path} -> {placed.status}",
            placed.operation,
            problem.allowed,
            value=problem.value,
            resource=f"{self.resource.kind} {job.id}",
            rerun=self._rerun.replace("{resource}", job.id).replace("{rule}", rule.id),
            spot=placed.exchange.spot,
        )

    # The end

    def ended(self, job: Job) -> bool:
        """Whether a job can do nothing any more that would be news."""
        done = self.resource.terminal | self.resource.absent
        return not job.track.open and not job.track.possible & ~done

    def verdicts(self, job: Job) -> Iterator[Verdict]:
        """What has come of each rule that met what it speaks of."""
        resource = f"{self.resource.kind} {job.id}"
        ends = {state.bit for state in self._states if state.rule.kind == "ends"}
        over = {state.bit for state in self._states}
        for index, rule in enumerate(self.rules):
            bit = 1 << index
            if job.bad & bit:
                yield Verdict(rule.id, rule.level, resource, "violated")
            elif bit in ends:
                why = "" if self.ended(job) else "it was never seen in a terminal state"
                yield Verdict(rule.id, rule.level, resource, "inconclusive" if why else "ok", why)
            elif bit in over and job.track.spent:
                why = "its calls could not be put in order within the budget, or came too late"
                yield Verdict(rule.id, rule.level, resource, "inconclusive", why)
            elif job.ok & bit:
                yield Verdict(rule.id, rule.level, resource, "ok")


_KINDS: Final = {**FIELD_KINDS, **SPAN_KINDS, **STATE_KINDS}


def _age(job: Job, placed: Placed) -> int | None:
    """How old a job is at most when a call about it ends; None where nobody knows."""
    answered = placed.exchange.answered
    return None if job.created is None or answered is None else answered - job.created


def _applying(clauses: tuple[Clause, ...], shown: States, age: int | None, body: Any, view: View) -> Iterator[int]:
    for index, clause in enumerate(clauses):
        if clause.shown is not None and (shown == NOT_SHOWN or not shown & clause.shown):
            continue
        if clause.older is not None and age is not None and age < clause.older:
            continue
        if clause.given and body is not None and any(each.holds(body) is False for each in clause.given):
            continue
        if not clause.when or all_hold(clause.when, view()):
            yield index


def _call(sight: Sight, placed: Placed) -> Call:
    request = placed.exchange.request
    word = "" if sight.body is None else at(sight.body, sight.resource.status)
    answer = (
        "no answer"
        if placed.status == NO_ANSWER
        else f"{placed.status} {word if isinstance(word, str) else ''}".rstrip()
    )
    exchange = placed.exchange
    return Call(f"{request.method} {request.path}", answer, exchange.sent, exchange.answered, exchange.spot)
