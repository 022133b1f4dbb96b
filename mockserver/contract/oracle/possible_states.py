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

from mockserver.contract.oracle.state_machine import Observation, StateMachine, TransitionFunction, TransitionTable
from mockserver.contract.rules.resources import StateBits
from mockserver.core.instants import Instant
from mockserver.core.wire import NO_POSITION, SourcePosition

SEARCH_BUDGET: Final = 20_000
"""Configurations that may be looked at for one answer."""

SequencePoint = int
"""A place in the order of all sendings and answers. Two calls overlap unless one's end is before the other's begin."""


class CallSummary(NamedTuple):
    """A call as a story tells it."""

    request_line: str
    """`GET /v1/videos/G-1`."""
    answer: str
    """`200 processing`, or `no answer`."""
    sent: Instant
    answered: Instant | None
    spot: SourcePosition = NO_POSITION


class ObservedCall(NamedTuple):
    """One call as one job sees it."""

    begin: SequencePoint
    end: SequencePoint | None
    """None where no answer came."""
    observation: Observation
    summary: CallSummary | None = None


class Clash(NamedTuple):
    """An answer that no legal course explains."""

    call: ObservedCall
    possible_states: StateBits
    """The states the job could be in when it was given."""


class SearchBudgetError(Exception):
    """The search outgrew its budget."""


class _OpenCall(NamedTuple):
    """A call that is open: its bit among the open ones, and what it says."""

    call: ObservedCall
    bit: int
    transition: TransitionFunction
    end: SequencePoint


class StateTracker:
    """What may be so of one job, as its calls come in, each opened in the order of sending."""

    __slots__ = ("_closure", "_configurations", "_lasting_effects", "_open_calls", "has_given_up", "machine")

    def __init__(self, machine: StateMachine, start: StateBits | None = None) -> None:
        self.machine = machine
        self.has_given_up = False
        """Whether a search was ever given up."""
        self._lasting_effects: tuple[TransitionTable, ...] = ()
        self._closure = machine.closure()
        self._open_calls: list[_OpenCall] = []
        self._configurations: dict[int, StateBits] = {
            0: self._closure(machine.resource.all if start is None else start)
        }

    @property
    def possible_states(self) -> StateBits:
        """The states the job may be in now, as far as answers have been settled."""
        found = 0
        for states in self._configurations.values():
            found |= states
        return found

    @property
    def open_count(self) -> int:
        """How many calls are open."""
        return len(self._open_calls)

    def add(self, call: ObservedCall) -> list[Clash]:
        """Open a call, settling first all that ended before it began."""
        clashes = self.settle(call.begin) if self._open_calls else []
        step = self.machine.transition(call.observation)
        if step.lasting_effects is not None:
            self._add_lasting_effects(step.lasting_effects)
        elif call.end is not None:
            taken = 0
            for each in self._open_calls:
                taken |= each.bit
            self._open_calls.append(_OpenCall(call, ~taken & (taken + 1), step, call.end))
        return clashes

    def settle(self, before: SequencePoint | None = None) -> list[Clash]:
        """Settle every open call that ends before a moment (None: all), in the order of their ends."""
        if len(self._open_calls) == 1:
            return (
                []
                if before is not None and self._open_calls[0].end >= before
                else self._settle_call(self._open_calls[0])
            )
        clashes = []
        ending = sorted(
            (each for each in self._open_calls if before is None or each.end < before), key=lambda each: each.end
        )
        for each in ending:
            if each in self._open_calls:
                clashes += self._settle_call(each)
        return clashes

    def give_up(self) -> None:
        """Give up on what is known: a call came too late to be put in its place."""
        self.has_given_up = True
        self._restart(self.machine.resource.all)

    def _add_lasting_effects(self, lasting: TransitionTable) -> None:
        if lasting not in self._lasting_effects:
            self._lasting_effects = (*self._lasting_effects, lasting)
            self._closure = self.machine.closure(*self._lasting_effects)
            self._configurations = {placed: self._closure(states) for placed, states in self._configurations.items()}

    def _settle_call(self, call: _OpenCall) -> list[Clash]:
        """One answer: keep the configurations that explain it."""
        try:
            alone = len(self._open_calls) == 1 and self._configurations.keys() == {0}
            possible, configs = self._explain_single_call(call) if alone else self._search(call)
        except SearchBudgetError:
            self.give_up()
            return []
        self._open_calls.remove(call)
        if configs:
            self._configurations = configs
            return []
        self._restart(possible | call.transition(self.machine.resource.all) | call.transition.targets)
        return [Clash(call.call, possible)]

    def _explain_single_call(self, call: _OpenCall) -> tuple[StateBits, dict[int, StateBits]]:
        possible = self._configurations[0]
        states = call.transition(possible)
        return possible, {0: self._closure(states)} if states else {}

    def _search(self, call: _OpenCall) -> tuple[StateBits, dict[int, StateBits]]:
        """Every configuration in which the call has its place, and the states possible before it had."""
        rows: list[dict[int, StateBits]] = [{} for _ in range(len(self._open_calls) + 1)]
        done: dict[int, StateBits] = {}
        for placed, states in self._configurations.items():
            target = done if placed & call.bit else rows[placed.bit_count()]
            target[placed & ~call.bit] = states
        possible, looked = 0, 0
        for size, row in enumerate(rows):
            looked += len(row) * len(self._open_calls)
            if looked > SEARCH_BUDGET:
                raise SearchBudgetError
            for placed, states in row.items():
                possible |= states
                self._place_call(call, placed, states, done)
                for other in self._candidates(placed, call):
                    self._place_call(other, placed | other.bit, states, rows[size + 1])
        return possible, done

    def _place_call(self, call: _OpenCall, placed: int, states: StateBits, into: dict[int, StateBits]) -> None:
        after = call.transition(states)
        if after:
            into[placed] = into.get(placed, 0) | self._closure(after)

    def _candidates(self, placed: int, call: _OpenCall) -> Iterable[_OpenCall]:
        """The open calls that may be placed next: of those that say the same, the one that ends first."""
        first: dict[int, _OpenCall] = {}
        for other in self._open_calls:
            if not placed & other.bit:
                known = first.get(id(other.transition))
                if known is None or other.end < known.end:
                    first[id(other.transition)] = other
        return [other for other in first.values() if other is not call]

    def _restart(self, states: StateBits) -> None:
        """Know nothing but these states; calls still open may take effect, and prove nothing."""
        for each in self._open_calls:
            if each.transition.may_change_job:
                self._lasting_effects = tuple(dict.fromkeys((*self._lasting_effects, each.transition.table)))
        self._open_calls = []
        self._closure = self.machine.closure(*self._lasting_effects)
        self._configurations = {0: self._closure(states)}


def find_clash(machine: StateMachine, calls: Iterable[ObservedCall], start: StateBits | None = None) -> Clash | None:
    """The first answer of a history that no legal course explains; None where there is none, or nobody can tell."""
    track = StateTracker(machine, start)
    for op in sorted(calls, key=lambda op: op.begin):
        found = track.add(op)
        if found or track.has_given_up:
            return found[0] if found and not track.has_given_up else None
    found = track.settle()
    return found[0] if found and not track.has_given_up else None
