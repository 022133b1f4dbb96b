"""A counterexample: the fewest calls that prove a clash, the rule that is broken, the states that were possible.

Theory of operation. A job keeps a trace of its calls: of a run of equal answers the first and the last, and at most
`MAX_TRACE_LENGTH` in all. Leaving out a read or a refused call only makes more histories legal, so what still clashes
without it is still a proof. A call that changed the job may only be left out together with everything before it; the
counterexample then starts in every state.

The broken rule is the first of the rule set that, relaxed alone, makes the shortest suffix of the trace legal, and that
is about what the suffix shows: the call that clashed, an earlier refusal or success, or the states that the job was
known to be in. From that suffix every call is dropped that neither the proof nor the choice of the rule needs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from mockserver.contract.findings import LEVELS
from mockserver.contract.oracle.calls import Clash, ObservedCall
from mockserver.contract.oracle.possible_states import find_clash
from mockserver.contract.oracle.state_machine import NOT_SHOWN, Relaxation, StateMachine
from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.kinds import StateRuleKind
from mockserver.contract.rules.resources import SHOWN, StateBits, state_indices, union_of
from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.wire import SourcePosition

MAX_TRACE_LENGTH: Final = 48

_SUCCESS_KINDS: Final = (StateRuleKind.REFUSED, StateRuleKind.SHOWN)
"""Rules that a success breaks."""
_CALL_KINDS: Final = (*_SUCCESS_KINDS, StateRuleKind.NO_EFFECT, StateRuleKind.ACCEPTED, StateRuleKind.EFFECT)
"""Rules about particular calls, which must stay in the counterexample."""
_ANSWER_KINDS: Final = (StateRuleKind.REFUSED, StateRuleKind.ACCEPTED, StateRuleKind.GONE)
"""Rules about the status of a call."""


class RelaxedMachine(NamedTuple):
    """A rule about states, and the machine in which it does not hold."""

    rule: ContractRule
    relaxation: Relaxation
    machine: StateMachine


class Counterexample(NamedTuple):
    """A clash with the calls that prove it."""

    rule: ContractRule | None
    """None if no rule of the rule set explains it."""
    calls: tuple[ObservedCall, ...]
    possible_states: StateBits
    clashing_call: ObservedCall


@dataclass(slots=True, eq=False)
class Trace:
    """A shortened list of a job's calls."""

    calls: list[ObservedCall] = field(default_factory=list)
    start_states: StateBits | None = None
    """The states that the first call meets; None: every one."""
    found_before: ObservedCall | None = None
    """The last clash's answer, if it found the job: it is no part of a proof any more, and the job was found all the
    same."""

    def add(self, call: ObservedCall) -> None:
        """Append a call; it replaces the last one if that is the middle of three equal ones without overlap."""
        calls = self.calls
        if len(calls) > 1 and calls[-1].observation == call.observation == calls[-2].observation:
            before, last = calls[-2].end, calls[-1].end
            if before is not None and last is not None and before < calls[-1].begin and last < call.begin:
                calls[-1] = call
                return
        calls.append(call)
        if len(calls) > MAX_TRACE_LENGTH:
            # The dropped calls may have changed the job, so the rest starts in every state.
            del calls[: MAX_TRACE_LENGTH // 2]
            self.start_states = None

    def restart(self, machine: StateMachine, clash: Clash, start_states: StateBits) -> None:
        """Drop all calls after a clash; the next one meets the states that are assumed possible now."""
        self.calls = []
        self.start_states = start_states
        self.found_before = clash.call if _finds_job(machine, clash.call) else None

    def minimize(
        self, machine: StateMachine, relaxed_machines: Sequence[RelaxedMachine], new_clash: Clash
    ) -> Counterexample:
        """Return the smallest counterexample of a clash that this trace has led to."""
        clash_point = new_clash.call.end or new_clash.call.begin
        calls = tuple(call for call in self.calls if call.begin <= clash_point)
        start = self.start_states
        clash = find_clash(machine, calls, start)
        if clash is None:
            # The trace was shortened too far to prove the clash. Report all of it, and judge the rule by the states
            # that the tracker knew.
            last, possible = new_clash
            broken = _find_broken_rule(machine, relaxed_machines, (last,), possible, new_clash)
            calls = tuple(dict.fromkeys((*calls, last)))
            return Counterexample(broken and broken.rule, calls, possible, last)
        # From here on, every choice of calls clashes at the same call with the same earliest possible states.
        suffix = _shortest_suffix(machine, calls, clash)
        if suffix is not None:
            calls, start = suffix, None
        was_found = self.found_before is not None
        broken = _find_broken_rule(machine, relaxed_machines, calls, start, clash, was_found=was_found)
        calls = _drop_unneeded_calls(machine, calls, start, broken, clash)
        clash = find_clash(machine, calls, start) or clash
        if broken is not None and broken.relaxation.kind is StateRuleKind.RETURNS and self.found_before is not None:
            calls = (self.found_before, *calls)
        return Counterexample(broken and broken.rule, calls, clash.possible_states, clash.call)


def _find_broken_rule(
    machine: StateMachine,
    relaxed_machines: Sequence[RelaxedMachine],
    calls: tuple[ObservedCall, ...],
    start: StateBits | None,
    clash: Clash,
    *,
    was_found: bool = False,
) -> RelaxedMachine | None:
    """Return the first rule that explains a clash and applies to it; else the first that explains it.

    `was_found`: an answer before `calls` found the job.
    """
    explaining = [each for each in relaxed_machines if find_clash(each.machine, calls, start) is None]
    known = _earliest_states(machine, clash.possible_states)
    was_denied = _was_found_and_denied(machine, calls, clash.call, was_found=was_found)
    applying = [
        each
        for each in explaining
        if _rule_applies(machine, each.relaxation, calls, clash.call, known)
        and (each.relaxation.kind is not StateRuleKind.RETURNS or was_denied)
    ]
    if not applying:
        return next(iter(explaining), None)
    has_overlap = any(earlier.end is None or earlier.end >= later.begin for earlier, later in pairwise(calls))
    if applying[0].rule.resource_kind is None and has_overlap:
        # A common rule fits several orders of the calls. If a vendor's rule is broken in each of them, that is the
        # finding; the mildest, because nothing shows which order it was.
        specific = [each for each in explaining if each.rule.resource_kind and each.relaxation.kind in _ANSWER_KINDS]
        if specific:
            return max(specific, key=lambda each: LEVELS.index(each.rule.level))
    if applying[0].relaxation.kind not in _SUCCESS_KINDS:
        return applying[0]
    # An answer may be wrong both for its success and for the state it shows: then the worse of the two rules.
    by_success = (each for each in applying if each.relaxation.kind in _SUCCESS_KINDS)
    return min(by_success, key=lambda each: LEVELS.index(each.rule.level))


def _earliest_states(machine: StateMachine, possible: StateBits) -> StateBits:
    """Return those of the possible states to which no other one leads.

    Hidden moves make every later state possible as well; the earliest ones are what is known of the job.
    """
    closure = machine.closure()
    later = union_of(closure(1 << state) & ~(1 << state) for state in state_indices(possible))
    return possible & ~later


def _rule_applies(
    machine: StateMachine, relaxation: Relaxation, calls: tuple[ObservedCall, ...], last: ObservedCall, known: StateBits
) -> bool:
    """Return True if a rule is about what a clash shows; `known`: the earliest possible states before it."""
    binding = machine.resource.bindings[last.observation.operation]
    is_known_source = not known & ~relaxation.source
    match relaxation.kind:
        case StateRuleKind.ABSORBS:
            return is_known_source
        case StateRuleKind.FOLLOWS:
            return bool(known & relaxation.source)
        case StateRuleKind.READABLE:
            return last.observation.status in binding.unknown_statuses
        case StateRuleKind.GONE | StateRuleKind.RETURNS:
            return not known & machine.resource.states.existing
        case StateRuleKind.REFUSED | StateRuleKind.SHOWN:
            clauses = binding.clauses_by_status.get(last.observation.status)
            if not clauses or not relaxation.applies_to(last.observation, success=True):
                return False
            if relaxation.kind is StateRuleKind.SHOWN or is_known_source:
                return True
            # The answer itself may show a state of `source` to which the operation does not lead: then the job was in
            # it before.
            shown = last.observation.shown
            targets = union_of(clause.targets for clause in clauses if clause.target != SHOWN)
            return shown != NOT_SHOWN and not shown & (targets | ~relaxation.source)
        case StateRuleKind.ACCEPTED if relaxation.applies_to(last.observation, success=False):
            return is_known_source
    # The rules about effects, and `accepted` for an earlier refusal: an earlier call is to blame.
    success = relaxation.kind is StateRuleKind.EFFECT
    return any(relaxation.applies_to(call.observation, success=success) for call in calls if call is not last)


def _was_found_and_denied(
    machine: StateMachine, calls: tuple[ObservedCall, ...], last: ObservedCall, *, was_found: bool
) -> bool:
    """Return True if one of the calls, or one before them, found the job, and a later one denied that it exists."""
    for call in calls:
        if call is last:
            continue
        if _finds_job(machine, call):
            was_found = True
        elif was_found:
            binding = machine.resource.bindings[call.observation.operation]
            if call.observation.status in binding.unknown_statuses:
                return True
    return False


def _finds_job(machine: StateMachine, call: ObservedCall) -> bool:
    """Return True if the job existed before the answer, or exists after it, whichever state it was in."""
    states, transition = machine.resource.states, machine.transition(call.observation)
    return not transition(states.absent) or not transition(states.all) & states.absent


def _shortest_suffix(
    machine: StateMachine, calls: tuple[ObservedCall, ...], clash: Clash
) -> tuple[ObservedCall, ...] | None:
    """Return the fewest last calls that clash in the same way from every state; None if it takes all that is known."""
    # From the shortest to the longest, so the first that clashes is the shortest.
    for first in range(len(calls) - 1, -1, -1):
        suffix = calls[first:]
        suffix_begin = min(call.begin for call in suffix)
        # A call that may have changed the job must be over before the suffix begins: "every state" covers its effect
        # only then.
        is_cut_clean = all(
            call.end is not None and call.end < suffix_begin
            for call in calls[:first]
            if machine.transition(call.observation).may_change_job
        )
        if is_cut_clean and _clashes_the_same(machine, suffix, None, clash):
            return suffix
    return None


def _clashes_the_same(
    machine: StateMachine, calls: tuple[ObservedCall, ...], start: StateBits | None, expected: Clash
) -> bool:
    """Return True if calls clash at the same call, and as much is known of the job before it."""
    clash = find_clash(machine, calls, start)
    if clash is None or clash.call is not expected.call:
        return False
    return _earliest_states(machine, clash.possible_states) == _earliest_states(machine, expected.possible_states)


def _drop_unneeded_calls(
    machine: StateMachine,
    calls: tuple[ObservedCall, ...],
    start: StateBits | None,
    broken: RelaxedMachine | None,
    clash: Clash,
) -> tuple[ObservedCall, ...]:
    """Return the calls that the proof, and the choice of the rule, need."""
    # Invariant: `calls` clash the same as all of them, and stay legal once the broken rule is relaxed. One pass is
    # enough for a small proof; it need not be the smallest of all.
    for call in calls:
        if machine.transition(call.observation).may_change_job:
            continue
        fewer = tuple(each for each in calls if each is not call)
        if not _clashes_the_same(machine, fewer, start, clash):
            continue
        if broken is not None:
            is_about_call = broken.relaxation.kind in _CALL_KINDS and broken.relaxation.names_call(call.observation)
            if is_about_call or find_clash(broken.machine, fewer, start) is not None:
                continue
        calls = fewer
    return calls


def call_positions(calls: Iterable[ObservedCall]) -> tuple[SourcePosition, ...]:
    """Return the position in the recording of each line of `call_lines`."""
    return tuple(call.summary.position for call in calls if call.summary is not None)


def call_lines(calls: Iterable[ObservedCall]) -> tuple[str, ...]:
    """Return the calls as numbered lines: the time of sending (and of the answer, if that took time), call, answer."""
    lines: list[str] = []
    first: Instant | None = None
    for summary in (call.summary for call in calls if call.summary is not None):
        if first is None:
            first = summary.sent
        time = rfc3339(summary.sent)
        if summary.sent != first:
            time = f"+{format_duration(summary.sent - first)}"
        if summary.answered is not None and summary.answered != summary.sent:
            time += f" (answered +{format_duration(summary.answered - first)})"
        lines.append(f"{len(lines) + 1}. {time}  {summary.text()}")
    return tuple(lines)
