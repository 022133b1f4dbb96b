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
from mockserver.contract.oracle.possible_states import CallSummary, Clash, ObservedCall, find_clash
from mockserver.contract.oracle.state_machine import NOT_SHOWN, Relaxation, StateMachine
from mockserver.contract.rules.resources import SHOWN, OperationBinding, StateBits, state_indices
from mockserver.contract.rules.rule_set import ContractRule
from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.wire import SourcePosition

MAX_TRACE_LENGTH: Final = 48


class RelaxedMachine(NamedTuple):
    """A rule about states, and the machine in which it does not hold."""

    rule: ContractRule
    relaxation: Relaxation
    machine: StateMachine


class Counterexample(NamedTuple):
    """A clash with its story."""

    rule: ContractRule | None
    """None where no rule of the book explains it."""
    calls: tuple[ObservedCall, ...]
    possible_states: StateBits
    clashing_call: ObservedCall


class Trace:
    """A job's calls in short."""

    __slots__ = ("calls", "start_states")

    def __init__(self) -> None:
        self.calls: list[ObservedCall] = []
        self.start_states: StateBits | None = None
        """The states that the first call meets; None: every one."""

    def add(self, call: ObservedCall) -> None:
        """Keep a call; the middle one of three equal ones, each sent after the last was answered, is let go."""
        ops = self.calls
        if (
            len(ops) > 1
            and ops[-1].observation == call.observation == ops[-2].observation
            and _begins_after(call, ops[-1])
            and _begins_after(ops[-1], ops[-2])
        ):
            ops[-1] = call
            return
        ops.append(call)
        if len(ops) > MAX_TRACE_LENGTH:
            del ops[: MAX_TRACE_LENGTH // 2]
            self.start_states = None

    def restart(self, start: StateBits) -> None:
        """Begin anew after a clash, with what is held possible now."""
        self.calls, self.start_states = [], start

    def minimize(
        self, machine: StateMachine, relaxed_machines: Sequence[RelaxedMachine], new_clash: Clash
    ) -> Counterexample:
        """The smallest story of a clash and the rule that is broken."""
        ops = tuple(op for op in self.calls if op.begin <= (new_clash.call.end or new_clash.call.begin))
        start = self.start_states
        told = find_clash(machine, ops, start)
        if told is None:
            broken = _find_broken_rule(
                machine, relaxed_machines, (new_clash.call,), new_clash.possible_states, new_clash
            )
            return Counterexample(
                broken and broken.rule,
                tuple(dict.fromkeys((*ops, new_clash.call))),
                new_clash.possible_states,
                new_clash.call,
            )
        end = _shortest_suffix(machine, ops, told)
        ops, start = (ops, start) if end is None else (end, None)
        broken = _find_broken_rule(machine, relaxed_machines, ops, start, told)
        ops = _drop_unneeded_calls(machine, ops, start, broken, told)
        told = find_clash(machine, ops, start) or told
        return Counterexample(broken and broken.rule, ops, told.possible_states, told.call)


def _find_broken_rule(
    machine: StateMachine,
    relaxed_machines: Sequence[RelaxedMachine],
    calls: tuple[ObservedCall, ...],
    start: StateBits | None,
    new_clash: Clash,
) -> RelaxedMachine | None:
    """The first rule that explains a clash and speaks of it; else the first that explains it.

    Where an answer is wrong both for when it came and for what it shows, the worse of the two rules.
    """
    explaining = [each for each in relaxed_machines if find_clash(each.machine, calls, start) is None]
    known = _earliest_states(machine, new_clash.possible_states)
    speaking = [each for each in explaining if _rule_applies(machine, each.relaxation, calls, new_clash.call, known)]
    if not speaking:
        return next(iter(explaining), None)
    if speaking[0].relaxation.kind not in _SUCCESS_KINDS:
        return speaking[0]
    alike = (each for each in speaking if each.relaxation.kind in _SUCCESS_KINDS)
    return min(alike, key=lambda each: LEVELS.index(each.rule.level))


_SUCCESS_KINDS: Final = ("refused", "shown")


def _is_success_forbidden(
    binding: OperationBinding, relaxation: Relaxation, last: ObservedCall, known: StateBits
) -> bool:
    """Whether the states a success may not be given in were known, or are what its answer shows of the time before."""
    targets = 0
    for clause in binding.clauses_by_status[last.observation.status]:
        targets |= 0 if clause.target in (None, SHOWN) else clause.target or 0
    shows = last.observation.shown != NOT_SHOWN and not last.observation.shown & (targets | ~relaxation.source)
    return shows or not known & ~relaxation.source


def _earliest_states(machine: StateMachine, possible: StateBits) -> StateBits:
    """The earliest of the states that were possible: those that no other one leads to."""
    closure, later = machine.closure(), 0
    for state in state_indices(possible):
        later |= closure(1 << state) & ~(1 << state)
    return possible & ~later


def _rule_applies(
    machine: StateMachine, relaxation: Relaxation, calls: tuple[ObservedCall, ...], last: ObservedCall, known: StateBits
) -> bool:
    """Whether a rule is about what is seen at a clash."""
    if relaxation.kind == "absorbs":
        return not known & ~relaxation.source
    if relaxation.kind == "follows":
        return bool(known & relaxation.source)
    binding = machine.resource.bindings[last.observation.operation]
    if relaxation.kind == "readable":
        return last.observation.status in binding.unknown_statuses
    if relaxation.kind == "gone":
        return not known & machine.resource.existing
    if relaxation.kind in _SUCCESS_KINDS:
        if not binding.clauses_by_status.get(last.observation.status) or not relaxation.applies_to(
            last.observation, success=True
        ):
            return False
        return relaxation.kind == "shown" or _is_success_forbidden(binding, relaxation, last, known)
    if relaxation.kind == "accepted" and relaxation.applies_to(last.observation, success=False):
        return not known & ~relaxation.source
    success = relaxation.kind == "effect"
    return any(relaxation.applies_to(op.observation, success=success) for op in calls if op is not last)


def _begins_after(later: ObservedCall, earlier: ObservedCall) -> bool:
    return earlier.end is not None and earlier.end < later.begin


def _shortest_suffix(
    machine: StateMachine, calls: tuple[ObservedCall, ...], expected: Clash
) -> tuple[ObservedCall, ...] | None:
    """The last few calls that clash in the same way by themselves, whatever was before; None: it takes them all."""
    for first in range(len(calls) - 1, -1, -1):
        if _can_split(machine, calls[:first], calls[first:]) and _clashes_the_same(
            machine, calls[first:], None, expected
        ):
            return calls[first:]
    return None


def _clashes_the_same(
    machine: StateMachine, calls: tuple[ObservedCall, ...], start: StateBits | None, expected: Clash
) -> bool:
    """Whether calls clash at the same call, with as much known before it."""
    found = find_clash(machine, calls, start)
    return (
        found is not None
        and found.call is expected.call
        and _earliest_states(machine, found.possible_states) == _earliest_states(machine, expected.possible_states)
    )


def _drop_unneeded_calls(
    machine: StateMachine,
    calls: tuple[ObservedCall, ...],
    start: StateBits | None,
    broken: RelaxedMachine | None,
    expected: Clash,
) -> tuple[ObservedCall, ...]:
    """What the proof needs, and the rule to explain it."""
    for op in calls:
        fewer = tuple(each for each in calls if each is not op)
        if machine.transition(op.observation).may_change_job or not _clashes_the_same(machine, fewer, start, expected):
            continue
        if broken is None or (_may_drop(op, broken) and find_clash(broken.machine, fewer, start) is None):
            calls = fewer
    return calls


def _may_drop(call: ObservedCall, broken: RelaxedMachine) -> bool:
    """Whether a call may go: not where the rule that is named is about it."""
    by_calls = broken.relaxation.kind in ("no effect", "accepted", "effect", "refused", "shown")
    return not (
        by_calls
        and (
            broken.relaxation.applies_to(call.observation, True)
            or broken.relaxation.applies_to(call.observation, False)
        )
    )


def _can_split(machine: StateMachine, before: Iterable[ObservedCall], after: Sequence[ObservedCall]) -> bool:
    """Whether everything that may change the job is over before the later calls begin."""
    soonest = min(op.begin for op in after)
    return all(
        op.end is not None and op.end < soonest for op in before if machine.transition(op.observation).may_change_job
    )


def call_positions(calls: Iterable[ObservedCall]) -> tuple[SourcePosition, ...]:
    """Where in the recording each of the `lines` stands."""
    return tuple(op.summary.spot for op in calls if op.summary is not None)


def call_lines(ops: Iterable[ObservedCall]) -> tuple[str, ...]:
    """The calls, numbered, with when each was sent (and answered, where that took time)."""
    calls = [op.summary for op in ops if op.summary is not None]
    first = calls[0].sent if calls else 0
    return tuple(
        f"{number}. {_format_call_time(call, first)}  {call.request_line} -> {call.answer}"
        for number, call in enumerate(calls, 1)
    )


def _format_call_time(call: CallSummary, first: Instant) -> str:
    sent = rfc3339(call.sent) if call.sent == first else f"+{format_duration(call.sent - first)}"
    if call.answered is None or call.answered == call.sent:
        return sent
    return f"{sent} (answered +{format_duration(call.answered - first)})"
