"""Decides which refusals of a command no waiting changes, by the contract's clauses alone.

Theory of operation. The clauses of a status say in which states the server refuses with it. From there the job moves
on its own to the states in reach. If the command has an effect in one of them, waiting may help; otherwise the refusal
is final, and it proves so by itself, whether or not the client has read the job.
"""

from typing import Final

from mockserver.contract.judge.job_finder import JobMention
from mockserver.contract.judge.placed_exchange import PlacedExchange
from mockserver.contract.oracle.state_machine import StateMachine
from mockserver.contract.rules.conditions import all_hold
from mockserver.contract.rules.resources import Resource, union_of

FINAL_READ_STATUSES: Final = (401, 403, 404, 410)
"""Refusals of a read that no waiting changes."""
_FINAL_STATUSES: Final = (*FINAL_READ_STATUSES, 501)
"""Refusals of a command that no waiting changes, whatever state the job is in. 501: the service does not have it."""
_FINAL_AT_THE_END: Final = (400, 404, 409, 501)
"""Refusals of a command that no waiting changes once the job has ended."""


class FinalRefusals:
    """The refusals of the commands of a rule set's kinds of job."""

    def __init__(self) -> None:
        self._machines: dict[str, StateMachine] = {}

    def is_final(self, placed: PlacedExchange, mention: JobMention, *, has_ended: bool) -> bool:
        """Return True if no waiting changes the answer to a command; `has_ended`: of a job that is known to have."""
        if placed.status in _FINAL_STATUSES:
            return True
        if not mention.binding.changes_job:
            return False
        return (has_ended and placed.status in _FINAL_AT_THE_END) or self._is_final_by_clauses(placed, mention)

    def _is_final_by_clauses(self, placed: PlacedExchange, mention: JobMention) -> bool:
        binding = mention.binding
        clauses = binding.clauses_by_status.get(placed.status, ())
        if not clauses or not 400 <= placed.status < 500:
            return False
        # What is not known here, such as the job's last body, excludes no clause.
        sources = union_of(clause.source for clause in clauses if all_hold(clause.when, placed.view))
        if not sources:
            return False
        reach = self._machine(mention.resource).closure()(sources)
        # To enter the state where the job is already, such as canceling, is no effect.
        return not any(effect.source & reach & ~effect.targets for effect in binding.effects)

    def _machine(self, resource: Resource) -> StateMachine:
        machine = self._machines.get(resource.kind)
        if machine is None:
            machine = self._machines[resource.kind] = StateMachine(resource)
        return machine
