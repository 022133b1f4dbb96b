"""Histories of the toy vendor's job, for the possible-state oracle: calls by operation, status and state shown."""

from typing import Final

from mockserver.contract.oracle.calls import CallSummary, ObservedCall
from mockserver.contract.oracle.state_machine import NOT_SHOWN, Observation
from mockserver.contract.rules.resources import Resource

READ: Final = {state: ("read", 200, state) for state in ("waiting", "working", "done", "stopped", "busy")}
"""A read that shows a state."""


def observe(job: Resource, operation: str, status: int, shown: str | None = None, *, old: bool = False) -> Observation:
    """Build an answer's observation, with the clauses that apply to the state it shows."""
    binding = job.bindings[operation]
    states = NOT_SHOWN if shown is None else binding.states_by_word[shown]
    applying = tuple(
        index
        for index, clause in enumerate(binding.clauses_by_status.get(status, ()))
        if clause.shown is None or (shown is not None and clause.shown & states)
    )
    return Observation(operation, status, states, applying, old)


def observed_call(
    job: Resource,
    begin: int,
    end: int | None,
    operation: str,
    status: int,
    shown: str | None = None,
    *,
    old: bool = False,
) -> ObservedCall:
    """Build a call between two points of the order."""
    summary = CallSummary("CALL", operation, status, shown, begin, end)
    return ObservedCall(begin, end, observe(job, operation, status, shown, old=old), summary)


def history(job: Resource, *steps: tuple[str, int] | tuple[str, int, str]) -> list[ObservedCall]:
    """Build calls that follow one another without overlap."""
    return [observed_call(job, 10 * place, 10 * place + 1, *step) for place, step in enumerate(steps)]
