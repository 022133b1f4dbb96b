"""A linearizability checker: is there one order of the calls, each between its start and its end, that a model allows?

The algorithm is that of porcupine (A. Athalye, 2017), which is G. Lowe's (2017) form of Wing and Gong's search (1993):
depth first over the calls that may come next, with a memory of the pairs (calls done, state) that have been tried, and
each key (here each job) on its own, because a history is linearizable if its parts are (Herlihy and Wing, 1990). A call
whose answer was lost has no end: it may have taken effect at any time after its start, or never. One thing is added to
porcupine's: a call that fits the present state and does not change it is taken at once, and no other choice is tried,
because any order that has it later also holds with it here. Otherwise many reads at once take an exponential time.

Pure: a model is a function from (state, call) to the next state, or None where the call cannot have had that answer.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Generic, TypeVar

State = TypeVar("State", bound=Hashable)


@dataclass(frozen=True, slots=True)
class TimedCall:
    """One call of a client: what was asked, what was answered, and when."""

    key: str
    """The job that it is about."""
    operation: str
    answer: Hashable
    """None: it is not known whether the call took effect, and what it answered."""
    begin: float
    end: float = inf


Model = Callable[[State, TimedCall], State | None]


@dataclass(frozen=True, slots=True)
class Verdict(Generic[State]):
    """The outcome of a check."""

    linearizable: bool
    broken: tuple[TimedCall, ...] = ()
    """The calls of a job that no order explains, by their start."""
    furthest: tuple[TimedCall, ...] = ()
    """Of those, the longest prefix of an order that the search has found."""


def check_linearizable(calls: Iterable[TimedCall], model: Model[State], initial: State) -> Verdict[State]:
    """Search an order for each key's calls; returns the first key for which there is none."""
    by_key: dict[str, list[TimedCall]] = defaultdict(list)
    for call in calls:
        by_key[call.key].append(call)
    for history in by_key.values():
        ordered = sorted(history, key=lambda call: call.begin)
        furthest = _search(ordered, model, initial)
        if furthest is not None:
            return Verdict(linearizable=False, broken=tuple(ordered), furthest=furthest)
    return Verdict(linearizable=True)


def _search(calls: Sequence[TimedCall], model: Model[State], initial: State) -> tuple[TimedCall, ...] | None:
    """Return None if there is an order, else the longest prefix of one."""
    must: Final = sum(1 << number for number, call in enumerate(calls) if call.answer is not None)
    done = 0
    state = initial
    tried = {(done, state)}
    path: list[tuple[int, int, State]] = []
    """Calls in order, each with what was done and the state before it."""
    stack = [iter(_next_calls(calls, done, state, model))]
    furthest: tuple[TimedCall, ...] = ()
    while done & must != must:
        for number in stack[-1]:
            following = model(state, calls[number])
            if following is None or (done | 1 << number, following) in tried:
                continue
            path.append((number, done, state))
            done, state = done | 1 << number, following
            tried.add((done, state))
            stack.append(iter(_next_calls(calls, done, state, model)))
            if len(path) > len(furthest):
                furthest = tuple(calls[taken] for taken, _, _ in path)
            break
        else:
            stack.pop()
            if not path:
                return furthest
            _, done, state = path.pop()
    return None


def _next_calls(calls: Sequence[TimedCall], done: int, state: State, model: Model[State]) -> list[int]:
    """Return the calls that may come next: those that begin before every call that is left has ended.

    Of those that change nothing, one is enough. Calls without an answer are alike if their operation is, and the
    first of them is enough too; one that changes nothing is never needed.
    """
    left = [number for number in range(len(calls)) if not done >> number & 1]
    first_end = min((calls[number].end for number in left), default=inf)
    possible = [number for number in left if calls[number].begin <= first_end]
    unanswered: dict[str, int] = {}
    answered = []
    for number in possible:
        changes = model(state, calls[number]) != state
        if calls[number].answer is None:
            if changes:
                unanswered.setdefault(calls[number].operation, number)
        elif not changes:
            return [number]
        else:
            answered.append(number)
    return [*answered, *unanswered.values()]


def job_model(state: str, call: TimedCall) -> str | None:
    """Follow one job whose states only calls change: `absent`, `active`, `cancelled`.

    Answers: `created`, `cancelled` and `refused` of a cancel, the state that a get shows, `missing`; None: unknown.
    """
    effect = _EFFECTS.get((call.operation, state))
    if effect is None:
        return state if call.answer in (None, "missing") else None
    answer, following = effect
    if call.answer is None:
        return following
    return following if call.answer == answer else None


_EFFECTS: Final = {
    ("create", "absent"): ("created", "active"),
    ("cancel", "active"): ("cancelled", "cancelled"),
    ("cancel", "cancelled"): ("refused", "cancelled"),
    ("get", "active"): ("active", "active"),
    ("get", "cancelled"): ("cancelled", "cancelled"),
}
"""(operation, state before) to (answer, state after); another operation finds no job."""
