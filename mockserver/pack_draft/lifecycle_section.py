"""The states of a kind of job in a pack: moves, course and cancel table, from the stages of the statuses."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.pack_draft.entries import Entry
from mockserver.pack_draft.questions import Questions
from mockserver.pack_draft.status_words import LifecycleGuess, Stage

_SIDE_WORDS: Final = ("throttled", "paused", "retrying", "action")
"""Words of states that a usual course does not have."""
_STAY_BY_STAGE: Final[Mapping[Stage, Any]] = {Stage.WAITING: "5s", Stage.WORKING: {"for": "20s", "progress": "0..100"}}
"""By the stage of a live state, its step in the course."""
_DRAIN: Final = "2s"
NOT_CANCELLABLE: Final = "not_cancellable"
"""The error of a refused cancel."""


def state_entries(guess: LifecycleGuess, questions: Questions, kind: str, *, has_cancel: bool) -> Entry:
    """Return `states`, `terminal`, `moves` and `course`, and ask what names alone do not say."""
    place = ("kinds", kind)
    questions.ask(*place, "states", question="Is this the order? It was guessed from the names of the statuses.")
    for state in guess.unknown:
        what = "is a step of the work"
        if state in guess.terminal:
            what = "ends a job"
        questions.ask(*place, "states", question=f"What is {state}? Its name says nothing; here it {what}.")
    questions.ask(*place, "course", question="How long does each state last? These durations are made up.")
    usual = [state for state in guess.live if not _is_side(state)] or guess.live
    steps = [{state: _STAY_BY_STAGE[guess.stages[state]]} for state in usual]
    return {
        "states": list(guess.states),
        "terminal": list(guess.terminal),
        "moves": _moves(guess, has_cancel=has_cancel),
        "course": [*steps, success_states(guess)[0]],
    }


def _moves(guess: LifecycleGuess, *, has_cancel: bool) -> Entry:
    ends = [*success_states(guess), *guess.of(Stage.FAILED), *guess.of(Stage.EXPIRED)]
    if has_cancel:
        # The cancel leads to the first; a second state like it is reached by itself.
        ends += guess.of(Stage.CANCELLED)[1:]
    else:
        ends += [*guess.of(Stage.CANCELLING), *guess.of(Stage.CANCELLED)]
    ends = list(dict.fromkeys(ends))
    moves: Entry = {}
    live = guess.live
    for number, state in enumerate(live):
        after = [*live[number + 1 :], *ends]
        if _is_side(state) and number:
            after = [live[number - 1], *after]
        moves[state] = after
    for state in guess.of(Stage.CANCELLING):
        moves[state] = list(_ends_of_cancel(guess))
    return {state: targets for state, targets in moves.items() if targets}


def success_states(guess: LifecycleGuess) -> tuple[str, ...]:
    """Return the states of success; without any, the first that ends a job."""
    return guess.of(Stage.SUCCEEDED) or guess.terminal[:1]


def _is_side(state: str) -> bool:
    return any(word in state.lower() for word in _SIDE_WORDS)


def _ends_of_cancel(guess: LifecycleGuess) -> Sequence[str]:
    return guess.of(Stage.CANCELLED) or guess.of(Stage.FAILED) or guess.terminal[:1]


def cancel_table(guess: LifecycleGuess, questions: Questions, kind: str, *, refuses: bool, deletes: bool) -> Entry:
    """Return the cancel table; ended jobs are refused if a conflict is documented, else deleted by a DELETE."""
    place = ("kinds", kind, "cancel")
    target = _ends_of_cancel(guess)[0]
    if not guess.of(Stage.CANCELLED):
        questions.ask(*place, question=f"Which state follows a cancel? No status says cancelled; here it is {target}.")
    ended: Entry = {"unchanged": True, "source": {"inferred": "The call documents no error for an ended job."}}
    if refuses:
        ended = {"refuse": NOT_CANCELLABLE, "source": {"inferred": "The call documents an error for a conflict."}}
    elif deletes:
        ended = {"delete": True, "source": {"inferred": "A DELETE of an ended job is taken as its deletion."}}
    follow: Any = target
    for state in guess.of(Stage.CANCELLING)[:1]:
        follow = [{state: _DRAIN}, target]
        questions.ask(*place, question=f"How long does {state} last, and can the job still succeed in it?")
    questions.ask(*place, question="What does a cancel answer in each state, and a second one?")
    accepted = {"source": {"inferred": "The document has the call, and not the states that it is for."}}
    repeated = {"unchanged": True, "source": {"inferred": "A repeated cancel changes nothing."}}
    rows = (
        (guess.live, {"accept": follow, **accepted}),
        (guess.of(Stage.CANCELLING), repeated),
        (guess.terminal, ended),
    )
    return {"|".join(states): row for states, row in rows if states}
