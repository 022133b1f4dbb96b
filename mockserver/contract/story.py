"""Tells a clash: the fewest calls that prove it, the rule that is broken, the states that were possible.

Theory of operation. A job keeps its calls in short: of a run of equal answers the first and the last, and no more
than `LONGEST` in all. Leaving a read or a refused call out only makes more courses legal, so what still clashes without
it is still a proof; a call that changed the job may only be left out together with everything before it, the story then
beginning in every state. The rule that is named is the first of the book which, relaxed alone, makes the
story legal.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from mockserver.contract.oracle import Call, Clash, Op, clash
from mockserver.contract.rules.book import Rule
from mockserver.contract.rules.resources import States
from mockserver.contract.states import Machine
from mockserver.core.instants import Instant, format_duration, rfc3339

LONGEST: Final = 48

Relaxed = Sequence[tuple[Rule, Machine]]
"""The rules about states, each with the machine in which it does not hold, in the order of the book."""


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
        """The states the first call may meet; None: every one."""

    def add(self, op: Op) -> None:
        """Keep a call; the middle one of three equal ones, each sent after the last was answered, is let go."""
        ops = self.ops
        if len(ops) > 1 and ops[-1].seen == op.seen == ops[-2].seen and _after(op, ops[-1]) and _after(ops[-1], ops[-2]):
            ops[-1] = op
            return
        ops.append(op)
        if len(ops) > LONGEST:
            del ops[: LONGEST // 2]

    def restart(self, op: Op) -> None:
        """Begin anew with the call that clashed."""
        self.ops = [op]

    def prove(self, machine: Machine, relaxed: Relaxed, found: Clash) -> Proof:
        """The smallest story of a clash and the rule that is broken."""
        ops = tuple(op for op in self.ops if op.begin <= (found.op.end or found.op.begin))
        start = None
        told = clash(machine, ops)
        if told is None:
            ops, start, told = (found.op,), found.possible, found
        else:
            ops = _smallest(machine, ops)
            told = clash(machine, ops) or told
        rule = next((rule for rule, laxer in relaxed if clash(laxer, ops, start) is None), None)
        return Proof(rule, ops if start is None else self._all(found), told.possible, told.op)

    def _all(self, found: Clash) -> tuple[Op, ...]:
        return tuple(dict.fromkeys((*self.ops, found.op)))


def _after(later: Op, earlier: Op) -> bool:
    return earlier.end is not None and earlier.end < later.begin


def _smallest(machine: Machine, ops: tuple[Op, ...]) -> tuple[Op, ...]:
    """The shortest end of the calls that clashes, and of it only what is needed."""
    for first in range(len(ops) - 1, 0, -1):
        if _separable(machine, ops[:first], ops[first:]) and clash(machine, ops[first:]):
            ops = ops[first:]
            break
    for op in ops:
        fewer = tuple(each for each in ops if each is not op)
        if not machine.step(op.seen).acts and clash(machine, fewer):
            ops = fewer
    return ops


def _separable(machine: Machine, before: Iterable[Op], after: Sequence[Op]) -> bool:
    """Whether everything that may change the job is over before the later calls begin."""
    soonest = min(op.begin for op in after)
    return all(op.end is not None and op.end < soonest for op in before if machine.step(op.seen).acts)


def lines(ops: Iterable[Op]) -> tuple[str, ...]:
    """The calls, numbered, with when each was sent (and answered, where that took time)."""
    calls = [op.told for op in ops if op.told is not None]
    first = calls[0].sent if calls else 0
    return tuple(f"{number}. {_when(call, first)}  {call.what} -> {call.answer}" for number, call in enumerate(calls, 1))


def _when(call: Call, first: Instant) -> str:
    sent = rfc3339(call.sent) if call.sent == first else f"+{format_duration(call.sent - first)}"
    if call.answered is None or call.answered == call.sent:
        return sent
    return f"{sent} (answered +{format_duration(call.answered - first)})"
