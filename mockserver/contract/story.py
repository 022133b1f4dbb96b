"""Tells a clash: the fewest calls that prove it, the rule that is broken, the states that were possible.

Theory of operation. A job keeps its calls in short: of a run of equal answers the first and the last, and no more
than `LONGEST` in all. Leaving a read or a refused call out only makes more courses legal, so what still clashes without
it is still a proof; a call that changed the job may only be left out together with everything before it, the story then
beginning in every state. The rule that is named is the first of the book which, relaxed alone, makes the shortest
end of the story legal, and which speaks of what is seen there: of the call that clashed, of an earlier refusal or
success, or of the states the job was known to be in. From that end everything is left out that neither the proof nor
the naming needs.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from mockserver.contract.findings import LEVELS
from mockserver.contract.oracle import Call, Clash, Op, clash
from mockserver.contract.rules.book import Rule
from mockserver.contract.rules.resources import SHOWN, Binding, States, bits
from mockserver.contract.states import NOT_SHOWN, Machine, Relax
from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.wire import Spot

LONGEST: Final = 48


class Relaxed(NamedTuple):
    """A rule about states, and the machine in which it does not hold."""

    rule: Rule
    relax: Relax
    machine: Machine


class Proof(NamedTuple):
    """A clash with its story."""

    rule: Rule | None
    """None where no rule of the book explains it."""
    ops: tuple[Op, ...]
    possible: States
    op: Op


class Story:
    """A job's calls in short."""

    __slots__ = ("ops", "start")

    def __init__(self) -> None:
        self.ops: list[Op] = []
        self.start: States | None = None
        """The states that the first call meets; None: every one."""

    def add(self, op: Op) -> None:
        """Keep a call; the middle one of three equal ones, each sent after the last was answered, is let go."""
        ops = self.ops
        if (
            len(ops) > 1
            and ops[-1].seen == op.seen == ops[-2].seen
            and _after(op, ops[-1])
            and _after(ops[-1], ops[-2])
        ):
            ops[-1] = op
            return
        ops.append(op)
        if len(ops) > LONGEST:
            del ops[: LONGEST // 2]
            self.start = None

    def restart(self, start: States) -> None:
        """Begin anew after a clash, with what is held possible now."""
        self.ops, self.start = [], start

    def prove(self, machine: Machine, rules: Sequence[Relaxed], found: Clash) -> Proof:
        """The smallest story of a clash and the rule that is broken."""
        ops = tuple(op for op in self.ops if op.begin <= (found.op.end or found.op.begin))
        start = self.start
        told = clash(machine, ops, start)
        if told is None:
            broken = _broken(machine, rules, (found.op,), found.possible, found)
            return Proof(broken and broken.rule, tuple(dict.fromkeys((*ops, found.op))), found.possible, found.op)
        end = _shortest_end(machine, ops, told)
        ops, start = (ops, start) if end is None else (end, None)
        broken = _broken(machine, rules, ops, start, told)
        ops = _needed(machine, ops, start, broken, told)
        told = clash(machine, ops, start) or told
        return Proof(broken and broken.rule, ops, told.possible, told.op)


def _broken(
    machine: Machine, rules: Sequence[Relaxed], ops: tuple[Op, ...], start: States | None, found: Clash
) -> Relaxed | None:
    """The first rule that explains a clash and speaks of it; else the first that explains it.

    Where an answer is wrong both for when it came and for what it shows, the worse of the two rules.
    """
    explaining = [each for each in rules if clash(each.machine, ops, start) is None]
    known = _known(machine, found.possible)
    speaking = [each for each in explaining if _speaks(machine, each.relax, ops, found.op, known)]
    if not speaking:
        return next(iter(explaining), None)
    if speaking[0].relax.kind not in _OF_SUCCESS:
        return speaking[0]
    alike = (each for each in speaking if each.relax.kind in _OF_SUCCESS)
    return min(alike, key=lambda each: LEVELS.index(each.rule.level))


_OF_SUCCESS: Final = ("refused", "shown")


def _forbidden(binding: Binding, relax: Relax, last: Op, known: States) -> bool:
    """Whether the states a success may not be given in were known, or are what its answer shows of the time before."""
    targets = 0
    for clause in binding.answers[last.seen.status]:
        targets |= 0 if clause.target in (None, SHOWN) else clause.target or 0
    shows = last.seen.shown != NOT_SHOWN and not last.seen.shown & (targets | ~relax.source)
    return shows or not known & ~relax.source


def _known(machine: Machine, possible: States) -> States:
    """The earliest of the states that were possible: those that no other one leads to."""
    closure, later = machine.closure(), 0
    for state in bits(possible):
        later |= closure(1 << state) & ~(1 << state)
    return possible & ~later


def _speaks(machine: Machine, relax: Relax, ops: tuple[Op, ...], last: Op, known: States) -> bool:
    """Whether a rule is about what is seen at a clash."""
    if relax.kind == "absorbs":
        return not known & ~relax.source
    if relax.kind == "follows":
        return bool(known & relax.source)
    binding = machine.resource.bindings[last.seen.operation]
    if relax.kind == "readable":
        return last.seen.status in binding.unknown
    if relax.kind == "gone":
        return not known & machine.resource.existing
    if relax.kind in _OF_SUCCESS:
        if not binding.answers.get(last.seen.status) or not relax.about(last.seen, success=True):
            return False
        return relax.kind == "shown" or _forbidden(binding, relax, last, known)
    if relax.kind == "accepted" and relax.about(last.seen, success=False):
        return not known & ~relax.source
    success = relax.kind == "effect"
    return any(relax.about(op.seen, success=success) for op in ops if op is not last)


def _after(later: Op, earlier: Op) -> bool:
    return earlier.end is not None and earlier.end < later.begin


def _shortest_end(machine: Machine, ops: tuple[Op, ...], told: Clash) -> tuple[Op, ...] | None:
    """The last few calls that clash in the same way by themselves, whatever was before; None: it takes them all."""
    for first in range(len(ops) - 1, -1, -1):
        if _separable(machine, ops[:first], ops[first:]) and _same_clash(machine, ops[first:], None, told):
            return ops[first:]
    return None


def _same_clash(machine: Machine, ops: tuple[Op, ...], start: States | None, told: Clash) -> bool:
    """Whether calls clash at the same call, with as much known before it."""
    found = clash(machine, ops, start)
    return (
        found is not None and found.op is told.op and _known(machine, found.possible) == _known(machine, told.possible)
    )


def _needed(
    machine: Machine, ops: tuple[Op, ...], start: States | None, broken: Relaxed | None, told: Clash
) -> tuple[Op, ...]:
    """What the proof needs, and the rule to explain it."""
    for op in ops:
        fewer = tuple(each for each in ops if each is not op)
        if machine.step(op.seen).acts or not _same_clash(machine, fewer, start, told):
            continue
        if broken is None or (_may_go(op, broken) and clash(broken.machine, fewer, start) is None):
            ops = fewer
    return ops


def _may_go(op: Op, broken: Relaxed) -> bool:
    """Whether a call may go: not where the rule that is named is about it."""
    by_calls = broken.relax.kind in ("no effect", "accepted", "effect", "refused", "shown")
    return not (by_calls and (broken.relax.about(op.seen, True) or broken.relax.about(op.seen, False)))


def _separable(machine: Machine, before: Iterable[Op], after: Sequence[Op]) -> bool:
    """Whether everything that may change the job is over before the later calls begin."""
    soonest = min(op.begin for op in after)
    return all(op.end is not None and op.end < soonest for op in before if machine.step(op.seen).acts)


def spots(ops: Iterable[Op]) -> tuple[Spot, ...]:
    """Where in the recording each of the `lines` stands."""
    return tuple(op.told.spot for op in ops if op.told is not None)


def lines(ops: Iterable[Op]) -> tuple[str, ...]:
    """The calls, numbered, with when each was sent (and answered, where that took time)."""
    calls = [op.told for op in ops if op.told is not None]
    first = calls[0].sent if calls else 0
    return tuple(
        f"{number}. {_when(call, first)}  {call.what} -> {call.answer}" for number, call in enumerate(calls, 1)
    )


def _when(call: Call, first: Instant) -> str:
    sent = rfc3339(call.sent) if call.sent == first else f"+{format_duration(call.sent - first)}"
    if call.answered is None or call.answered == call.sent:
        return sent
    return f"{sent} (answered +{format_duration(call.answered - first)})"
