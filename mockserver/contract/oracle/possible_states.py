"""The possible-state oracle: is there a legal history of a job that explains every answer about it?

Theory of operation. A server is right about a job if its calls can be put in one line, each at some moment between
its sending and its answer, such that a machine of the job's states, which also moves unseen on its own, gives those
answers. (That is linearizability of a machine with hidden moves.) The search is Lowe's just-in-time linearization:

* Calls are *opened* in the order of their sending. Nothing is decided yet.
* When a call's answer arrives, the call must have taken its place in the line. A *configuration* is the set of open
  calls that are placed, with the set of states that the job may then be in. From every configuration in which the
  answered call is not placed, the search follows each order of open calls that ends with it; a configuration from
  which no order is possible explained nothing and is dropped.
* Configurations with the same placed calls are joined: their sets of states are united. So there are at most 2^n of
  them for n open calls, whatever the length of the history, and one if calls do not overlap.
* Of open calls with the same observation, the one that is answered first is placed first: the order of two equal
  calls makes no difference. Fifty polls at once cost as much as one.
* A call whose answer was lost, or does not show its effect (a 5xx), may take effect at any time after its sending, or
  never: its effects become hidden moves. That allows them more than once, which makes no difference in a lifecycle
  without circles.
* A history that begins in mid-life begins in every state at once, `absent` included.

If no configuration is left, that is a clash: the server has broken a rule. The oracle then assumes the union of the
states it knew and those that the answer shows, so that one mistake of a server is reported once. A search that exceeds
its budget forgets the job's state, and the job is inconclusive: the oracle never reports ok for what it did not check.

Example. A job is running, done or cancelled, and becomes done on its own:

    >>> from mockserver.contract.oracle.state_machine import NOT_SHOWN, Observation
    >>> from mockserver.contract.rules.resources import parse_resources
    >>> operations = {
    ...     "read": {"id": "path id", "shows": {"200": ""}},
    ...     "cancel": {"id": "path id", "answers": {"200": {"from": "running", "to": "cancelled"}}},
    ... }
    >>> job = parse_resources({"job": {
    ...     "states": ["running", "done", "cancelled"], "terminal": ["done", "cancelled"],
    ...     "moves": {"running": ["done"]}, "operations": operations,
    ... }}, "2026-01-01", "rules.yaml")["job"]
    >>> machine = StateMachine(job)
    >>> running = job.states.parse("running")

A cancel is sent at 1 and answered at 6. A read in between, from 2 to 3, shows that the job is running. The line
"read, cancel" explains both, so there is no clash:

    >>> cancel = ObservedCall(1, 6, Observation("cancel", 200, NOT_SHOWN, clauses=(0,)))
    >>> read = ObservedCall(2, 3, Observation("read", 200, running))
    >>> find_clash(machine, [cancel, read])

A read that is sent at 7 must come after the cancel, when only `cancelled` is possible:

    >>> late_read = ObservedCall(7, 8, Observation("read", 200, running))
    >>> clash = find_clash(machine, [cancel, read, late_read])
    >>> clash.call is late_read, job.states.names_of(clash.possible_states)
    (True, ('cancelled',))
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from mockserver.contract.oracle.calls import Clash, ObservedCall, SequencePoint
from mockserver.contract.oracle.state_machine import StateMachine, TransitionFunction, TransitionTable
from mockserver.contract.rules.resources import StateBits, union_of

SEARCH_BUDGET: Final = 20_000
"""Configurations that the search may visit for one answer, times the open calls."""

CallBits = int
"""A set of open calls, a bit for each."""

_Configurations = dict[CallBits, StateBits]
"""The possible states of the job, by the open calls that are placed. No entry is the empty set of states."""


class SearchBudgetError(Exception):
    """The search exceeded its budget."""


class OpenCall(NamedTuple):
    """A call that is sent and not settled yet."""

    call: ObservedCall
    bit: CallBits
    """The set of this call alone; no other open call has the same bit."""
    transition: TransitionFunction
    end: SequencePoint


class StateTracker:
    """The possible states of one job; calls are added in the order of their sending."""

    __slots__ = ("_closure", "_configurations", "_lasting_effects", "has_given_up", "machine", "open_calls")

    def __init__(self, machine: StateMachine, start: StateBits | None = None) -> None:
        self.machine = machine
        self.has_given_up = False
        """True if a search was ever given up."""
        self._lasting_effects: tuple[TransitionTable, ...] = ()
        self._closure = machine.closure()
        self.open_calls: list[OpenCall] = []
        """The calls that are not settled."""
        # Invariant between calls: every set of states is closed under `_closure`, so a hidden move before the next
        # call needs no step of its own.
        states = machine.resource.states.all if start is None else start
        self._configurations: _Configurations = {0: self._closure(states)}

    @property
    def possible_states(self) -> StateBits:
        """The states that the job may be in, as far as answers are settled."""
        return union_of(self._configurations.values())

    def is_certainly_in(self, states: StateBits) -> bool:
        """Return True if all calls are settled and the job is in one of these states."""
        return not (self.open_calls or self._configurations[0] & ~states)

    def add(self, call: ObservedCall, settled_before: SequencePoint = 0) -> list[Clash]:
        """Settle the calls that ended before this one began, and open it; return the clashes among the settled.

        `settled_before`: a point before which every sending is known. A call that ended before it overlaps none that
        is still to come; if it overlaps no earlier one, and neither clashes, it is settled at once.
        """
        clashes: list[Clash] = []
        if self.open_calls:
            clashes = self.settle(call.begin)
        transition = self.machine.transition(call.observation)
        if transition.lasting_effects is not None:
            if transition.lasting_effects not in self._lasting_effects:
                self._lasting_effects = (*self._lasting_effects, transition.lasting_effects)
                self._closure = self.machine.closure(*self._lasting_effects)
                self._configurations = {placed: self._closure(bits) for placed, bits in self._configurations.items()}
        elif call.end is not None:
            is_alone = call.end < settled_before and not self.open_calls and not clashes
            if is_alone and (after := transition(self._configurations[0])):
                self._configurations[0] = self._closure(after)
            else:
                taken = union_of(each.bit for each in self.open_calls)
                lowest_free_bit = ~taken & (taken + 1)
                self.open_calls.append(OpenCall(call, lowest_free_bit, transition, call.end))
        # A call without an answer and without an effect is no evidence.
        return clashes

    def settle(self, before: SequencePoint | None = None) -> list[Clash]:
        """Settle every open call that ended before a point (None: all), in the order of their ends."""
        if len(self.open_calls) == 1:
            only = self.open_calls[0]
            if before is not None and only.end >= before:
                return []
            return self._settle_call(only)
        clashes: list[Clash] = []
        ended = [each for each in self.open_calls if before is None or each.end < before]
        for each in sorted(ended, key=lambda each: each.end):
            # A clash closes every open call, those that end later included.
            if each in self.open_calls:
                clashes += self._settle_call(each)
        return clashes

    def give_up(self) -> None:
        """Forget the job's state, for example because a call arrived too late to be put in its place."""
        self.has_given_up = True
        self._restart(self.machine.resource.states.all)

    def _settle_call(self, call: OpenCall) -> list[Clash]:
        """Keep the configurations that explain a call's answer; a clash if there is none."""
        try:
            if len(self.open_calls) == 1 and self._configurations.keys() == {0}:
                # No overlap, the common case: one step instead of a search.
                possible = self._configurations[0]
                explained: _Configurations = {}
                self._place_call(call, 0, possible, explained)
            else:
                possible, explained = self._search(call)
        except SearchBudgetError:
            self.give_up()
            return []
        self.open_calls.remove(call)
        if explained:
            self._configurations = explained
            return []
        self._restart(possible | call.transition(self.machine.resource.states.all) | call.transition.targets)
        return [Clash(call.call, possible)]

    def _search(self, call: OpenCall) -> tuple[StateBits, _Configurations]:
        """Return the states possible before a call takes its place, and every configuration after it has.

        Raises SearchBudgetError.
        """
        # by_size[k] holds the configurations with k placed calls, `call` not among them; `explained` those with `call`
        # placed, without its bit, because the call is closed afterwards.
        by_size: list[_Configurations] = [{} for _ in range(len(self.open_calls) + 1)]
        explained: _Configurations = {}
        for placed, states in self._configurations.items():
            if placed & call.bit:
                explained[placed & ~call.bit] = states
            else:
                by_size[placed.bit_count()][placed] = states
        possible: StateBits = 0
        visited = 0
        # Invariant: when the loop reaches size k, by_size[k] is complete. A configuration of that size is one of the
        # start, or was made from one of size k - 1 by placing one more call. So each set of placed calls is visited
        # once, with all of its states, and the loop ends: no more than all open calls can be placed.
        for size, configurations in enumerate(by_size):
            visited += len(configurations) * len(self.open_calls)
            if visited > SEARCH_BUDGET:
                raise SearchBudgetError
            for placed, states in configurations.items():
                possible |= states
                self._place_call(call, placed, states, explained)
                for other in self._candidates(placed, call):
                    self._place_call(other, placed | other.bit, states, by_size[size + 1])
        return possible, explained

    def _place_call(self, call: OpenCall, placed: CallBits, states: StateBits, into: _Configurations) -> None:
        """Join the states after a call into the configuration `placed`; none if the call is impossible in `states`."""
        after = call.transition(states)
        if after:
            into[placed] = into.get(placed, 0) | self._closure(after)

    def _candidates(self, placed: CallBits, call: OpenCall) -> Iterable[OpenCall]:
        """Return the open calls that may be placed next, `call` excluded.

        Of calls with the same transition (the machine keeps one object for each), only the one that ends first. If
        that is `call` itself, its twins wait: placing one of them instead would explain nothing more.
        """
        first: dict[int, OpenCall] = {}
        for other in self.open_calls:
            if placed & other.bit:
                continue
            known = first.get(id(other.transition))
            if known is None or other.end < known.end:
                first[id(other.transition)] = other
        return [other for other in first.values() if other is not call]

    def _restart(self, states: StateBits) -> None:
        """Assume these states and close all calls; the open ones may still take effect, but prove nothing any more."""
        for each in self.open_calls:
            if each.transition.may_change_job:
                self._lasting_effects = tuple(dict.fromkeys((*self._lasting_effects, each.transition.table)))
        self.open_calls = []
        self._closure = self.machine.closure(*self._lasting_effects)
        self._configurations = {0: self._closure(states)}


def find_clash(machine: StateMachine, calls: Iterable[ObservedCall], start: StateBits | None = None) -> Clash | None:
    """Return the first answer that no legal history explains; None if there is none, or the search was given up.

    `start` is the set of states that the first call meets; None: every state.
    """
    tracker = StateTracker(machine, start)
    for call in sorted(calls, key=lambda call: call.begin):
        clashes = tracker.add(call)
        if tracker.has_given_up:
            return None
        if clashes:
            return clashes[0]
    clashes = tracker.settle()
    if not clashes or tracker.has_given_up:
        return None
    return clashes[0]
