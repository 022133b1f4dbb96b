"""The possible states of one job in two worlds: a closed one, in which only this client acts, and an open one.

Theory of operation. The open world allows more, because every effect of an operation may also be that of a client whose
calls were not recorded. So an answer that is legal in the closed world is legal in the open one, and the open world is
only tracked from the first clash on: by then the trace has all that it needs. A clash in both worlds is a proof in
any case; a clash in the closed world alone is one only if no other client used the job.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mockserver.contract.oracle.calls import Clash, ObservedCall, SequencePoint
from mockserver.contract.oracle.counterexample import Counterexample, RelaxedMachine, Trace
from mockserver.contract.oracle.possible_states import StateTracker, find_clash
from mockserver.contract.oracle.state_machine import StateMachine
from mockserver.contract.rules.resources import StateBits


class WorldMachines(NamedTuple):
    """The machine of a kind of job in one world, and one for each rule that does not hold."""

    machine: StateMachine
    relaxed_machines: Sequence[RelaxedMachine]


class Proof(NamedTuple):
    """A counterexample, and the worlds that it holds in."""

    counterexample: Counterexample
    is_open: bool
    """True if it holds whatever other clients did; False if it holds only if there were none."""


class _TrackedWorld:
    """The possible states of a job in one world, and its trace."""

    __slots__ = ("machines", "trace", "tracker")

    def __init__(self, machines: WorldMachines) -> None:
        self.machines = machines
        self.tracker = StateTracker(machines.machine)
        self.trace = Trace()

    def minimize(self, clash: Clash) -> Counterexample:
        """Return the counterexample of a clash; the trace starts again after it."""
        proof = self.trace.minimize(*self.machines, clash)
        self.trace.restart(self.machines.machine, clash, self.tracker.possible_states)
        return proof


class JobTracker:
    """Follows one job in both worlds; calls are added in the order of their sending.

    `closed` and `open_` are the same object if other clients are known to act.
    """

    __slots__ = ("_closed", "_open", "_open_machines")

    def __init__(self, closed: WorldMachines, open_: WorldMachines) -> None:
        self._closed = _TrackedWorld(closed)
        self._open_machines = open_
        self._open: _TrackedWorld | None = None
        """None before the first clash."""

    @property
    def possible_states(self) -> StateBits:
        """The states that the job may be in, as far as answers are settled."""
        return self._closed.tracker.possible_states

    @property
    def has_open_calls(self) -> bool:
        """True if a call is not settled."""
        return bool(self._closed.tracker.open_calls or (self._open is not None and self._open.tracker.open_calls))

    def is_certainly_in(self, states: StateBits) -> bool:
        """Return True if all calls are settled and the job is in one of these states."""
        return self._closed.tracker.is_certainly_in(states)

    @property
    def has_given_up(self) -> bool:
        """True if a search was ever given up."""
        return self._closed.tracker.has_given_up

    def give_up(self) -> None:
        """Forget the job's state, for example because a call arrived too late to be put in its place."""
        self._closed.tracker.give_up()
        if self._open is not None:
            self._open.tracker.give_up()

    def add(self, call: ObservedCall, settled_before: SequencePoint = 0) -> list[Proof]:
        """Settle the calls that ended before this one began, and open it; return the proofs of clashes among them.

        `settled_before` is that of `StateTracker.add`.
        """
        clashes = self._closed.tracker.add(call, settled_before)
        proofs: list[Proof] = []
        if clashes or self._open is not None:
            proofs = self._prove(clashes, self._open_world().tracker.add(call, settled_before))
        # Only now: a clash among earlier calls is proved without this one.
        self._closed.trace.add(call)
        if self._open is not None:
            self._open.trace.add(call)
        return proofs

    def settle(self, before: SequencePoint | None = None) -> list[Proof]:
        """Settle every open call that ended before a point (None: all); return the proofs of clashes."""
        if not self.has_open_calls:
            return []
        clashes = self._closed.tracker.settle(before)
        if self._open is None and not clashes:
            return []
        return self._prove(clashes, self._open_world().tracker.settle(before))

    def _open_world(self) -> _TrackedWorld:
        """Return the open world; at the first clash it meets every call of the trace."""
        if self._open is None:
            self._open = _TrackedWorld(self._open_machines)
            for call in self._closed.trace.calls:
                # A clash of these calls is found when the last of them is settled, as in the closed world.
                self._open.tracker.add(call)
                self._open.trace.add(call)
        return self._open

    def _prove(self, clashes: Sequence[Clash], open_clashes: Sequence[Clash]) -> list[Proof]:
        closed = {id(clash.call): self._closed.minimize(clash) for clash in clashes}
        proofs = []
        for clash in open_clashes:
            counterexample = self._open_world().minimize(clash)
            closed_one = closed.pop(id(clash.call), None)
            # The closed world knows more of the job. Its counterexample is the better one, if it holds in both.
            if closed_one is not None and find_clash(self._open_machines.machine, closed_one.calls) is not None:
                counterexample = closed_one
            proofs.append(Proof(counterexample, is_open=True))
        return [*(Proof(each, is_open=False) for each in closed.values()), *proofs]
