"""The possible-state oracle: is there any legal course of a job that explains every answer about it?

Theory of operation. A server is right about a job if its calls can be put in one line, each at some moment between
its sending and its answer, such that a machine of the job's states, moving unseen as it likes, gives those very
answers. (That is linearizability, of a machine with hidden moves.) The search is Lowe's just-in-time linearization:

* Calls are *opened* in the order of their sending. Nothing is decided yet.
* When a call's answer comes in, it must have taken its place. A *configuration* is the set of open calls that have
  taken theirs, with the set of states the job may then be in. Every configuration in which the answered call has no
  place yet is carried on with each order of open calls that ends with it; those that die were no explanation.
* Configurations with the same placed calls are one: their sets of states are joined. So there are at most 2^n of
  them for n calls open at once, whatever the length of the history, and one where calls do not overlap.
* Of open calls that say the same, the one that is answered first is placed first: which of two equal calls
  came first is no question. Fifty polls at once cost what one does.
* A call whose answer was lost, or says nothing about its effect (a 5xx), may take effect at any time after its
  sending, or never: its effects become hidden moves. That allows them more than once, which a lifecycle without
  circles cannot tell from once.
* A history that begins in mid-life begins in every state at once, `absent` included.

No configuration left: a clash, and some rule is broken. The oracle then believes what it knew and the answer alike, and
goes on from there: one mistake of a server is told once.
A search that grows beyond its budget gives up on what it knew: it forgets the job's state, and the job is
inconclusive. It never says ok where it did not look.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from mockserver.contract.rules.resources import States
from mockserver.contract.states import Machine, Seen, Step, Table
from mockserver.core.instants import Instant
from mockserver.core.wire import NOWHERE, Spot

BUDGET: Final = 20_000
"""Configurations that may be looked at for one answer."""

Moment = int
"""A place in the order of all sendings and answers. Two calls overlap unless one's end is before the other's begin."""


class Call(NamedTuple):
    """A call as a story tells it."""

    what: str
    """`GET /v1/videos/G-1`."""
    answer: str
    """`200 processing`, or `no answer`."""
    sent: Instant
    answered: Instant | None
    spot: Spot = NOWHERE


class Op(NamedTuple):
    """One call as one job sees it."""

    begin: Moment
    end: Moment | None
    """None where no answer came."""
    seen: Seen
    told: Call | None = None


class Clash(NamedTuple):
    """An answer that no legal course explains."""

    op: Op
    possible: States
    """The states the job could be in when it was given."""


class ExhaustedError(Exception):
    """The search outgrew its budget."""


class _Open(NamedTuple):
    """A call that is open: its bit among the open ones, and what it says."""

    op: Op
    bit: int
    step: Step
    end: Moment


class Track:
    """What may be so of one job, as its calls come in, each opened in the order of sending."""

    __slots__ = ("_closure", "_configs", "_open", "_standing", "machine", "spent")

    def __init__(self, machine: Machine, start: States | None = None) -> None:
        self.machine = machine
        self.spent = False
        """Whether a search was ever given up."""
        self._standing: tuple[Table, ...] = ()
        self._closure = machine.closure()
        self._open: list[_Open] = []
        self._configs: dict[int, States] = {0: self._closure(machine.resource.all if start is None else start)}

    @property
    def possible(self) -> States:
        """The states the job may be in now, as far as answers have been settled."""
        found = 0
        for states in self._configs.values():
            found |= states
        return found

    @property
    def open(self) -> int:
        """How many calls are open."""
        return len(self._open)

    def add(self, op: Op) -> list[Clash]:
        """Open a call, settling first all that ended before it began."""
        clashes = self.settle(op.begin) if self._open else []
        step = self.machine.step(op.seen)
        if step.lasting is not None:
            self._stand(step.lasting)
        elif op.end is not None:
            taken = 0
            for each in self._open:
                taken |= each.bit
            self._open.append(_Open(op, ~taken & (taken + 1), step, op.end))
        return clashes

    def settle(self, before: Moment | None = None) -> list[Clash]:
        """Settle every open call that ends before a moment (None: all), in the order of their ends."""
        if len(self._open) == 1:
            return [] if before is not None and self._open[0].end >= before else self._answered(self._open[0])
        clashes = []
        ending = sorted((each for each in self._open if before is None or each.end < before), key=lambda each: each.end)
        for each in ending:
            if each in self._open:
                clashes += self._answered(each)
        return clashes

    def forget(self) -> None:
        """Give up on what is known: a call came too late to be put in its place."""
        self.spent = True
        self._restart(self.machine.resource.all)

    def _stand(self, lasting: Table) -> None:
        if lasting not in self._standing:
            self._standing = (*self._standing, lasting)
            self._closure = self.machine.closure(*self._standing)
            self._configs = {placed: self._closure(states) for placed, states in self._configs.items()}

    def _answered(self, call: _Open) -> list[Clash]:
        """One answer: keep the configurations that explain it."""
        try:
            alone = len(self._open) == 1 and self._configs.keys() == {0}
            possible, configs = self._alone(call) if alone else self._search(call)
        except ExhaustedError:
            self.forget()
            return []
        self._open.remove(call)
        if configs:
            self._configs = configs
            return []
        self._restart(possible | call.step(self.machine.resource.all) | call.step.targets)
        return [Clash(call.op, possible)]

    def _alone(self, call: _Open) -> tuple[States, dict[int, States]]:
        possible = self._configs[0]
        states = call.step(possible)
        return possible, {0: self._closure(states)} if states else {}

    def _search(self, call: _Open) -> tuple[States, dict[int, States]]:
        """Every configuration in which the call has its place, and the states possible before it had."""
        rows: list[dict[int, States]] = [{} for _ in range(len(self._open) + 1)]
        done: dict[int, States] = {}
        for placed, states in self._configs.items():
            target = done if placed & call.bit else rows[placed.bit_count()]
            target[placed & ~call.bit] = states
        possible, looked = 0, 0
        for size, row in enumerate(rows):
            looked += len(row) * len(self._open)
            if looked > BUDGET:
                raise ExhaustedError
            for placed, states in row.items():
                possible |= states
                self._place(call, placed, states, done)
                for other in self._candidates(placed, call):
                    self._place(other, placed | other.bit, states, rows[size + 1])
        return possible, done

    def _place(self, call: _Open, placed: int, states: States, into: dict[int, States]) -> None:
        after = call.step(states)
        if after:
            into[placed] = into.get(placed, 0) | self._closure(after)

    def _candidates(self, placed: int, call: _Open) -> Iterable[_Open]:
        """The open calls that may be placed next: of those that say the same, the one that ends first."""
        first: dict[int, _Open] = {}
        for other in self._open:
            if not placed & other.bit:
                known = first.get(id(other.step))
                if known is None or other.end < known.end:
                    first[id(other.step)] = other
        return [other for other in first.values() if other is not call]

    def _restart(self, states: States) -> None:
        """Know nothing but these states; calls still open may take effect, and prove nothing."""
        for each in self._open:
            if each.step.acts:
                self._standing = tuple(dict.fromkeys((*self._standing, each.step.table)))
        self._open = []
        self._closure = self.machine.closure(*self._standing)
        self._configs = {0: self._closure(states)}


def clash(machine: Machine, ops: Iterable[Op], start: States | None = None) -> Clash | None:
    """The first answer of a history that no legal course explains; None where there is none, or nobody can tell."""
    track = Track(machine, start)
    for op in sorted(ops, key=lambda op: op.begin):
        found = track.add(op)
        if found or track.spent:
            return found[0] if found and not track.spent else None
    found = track.settle()
    return found[0] if found and not track.spent else None
