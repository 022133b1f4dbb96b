"""What one answer says about a job's state, as a step from sets of states to sets of states; and steps made laxer.

Theory of operation. An answer is boiled down to a `Seen`: operation, status, the states its body may mean, and which
clauses of the rules apply. From that follows a table: from each state, the states the job may be in once the call
has taken its effect; 0 where the answer could not have been given. Tables are cached, for there are few: a poll costs a
lookup. A rule about states is a way to make tables laxer (`Relax`): the rule is broken where a history that no
legal course explains becomes explicable once it, and nothing else, is relaxed.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from mockserver.contract.rules.resources import SHOWN, Clause, OperationBinding, Resource, StateBits, state_indices
from mockserver.contract.rules.rule_set import ContractRule

NO_ANSWER: Final = 0
NOT_SHOWN: Final[StateBits] = -1

TransitionTable = tuple[StateBits, ...]
"""By state: the states that may follow."""


class Observation(NamedTuple):
    """What an answer says of one job."""

    operation: str
    status: int
    """`NO_ANSWER` where there was none."""
    shown: StateBits
    """The states that the status in the body may mean; `NOT_SHOWN` without one, or with a word nobody knows."""
    clauses: tuple[int, ...] = ()
    """Which of the binding's clauses for the status apply."""
    may_be_expired: bool = False
    """The job may be past the time it is kept."""


class TransitionFunction:
    """A table that remembers what it made of a set."""

    __slots__ = ("cache", "lasting_effects", "may_change_job", "table", "targets")

    def __init__(
        self,
        table: TransitionTable,
        lasting_effects: TransitionTable | None = None,
        *,
        may_change_job: bool = False,
        targets: StateBits = 0,
    ) -> None:
        self.table = table
        self.lasting_effects = lasting_effects
        """Moves that may still happen any time after: of a call whose answer does not tell."""
        self.may_change_job = may_change_job
        """Whether it may change the job: such a call must stay in a story."""
        self.targets = targets
        """The states it is meant to lead to."""
        self.cache: dict[StateBits, StateBits] = {}

    def __call__(self, states: StateBits) -> StateBits:
        """Where a job in one of the states may be afterwards; 0: there is no such job."""
        found = self.cache.get(states)
        if found is None:
            found = 0
            for state in state_indices(states):
                found |= self.table[state]
            self.cache[states] = found
        return found


class Relaxation(NamedTuple):
    """A rule about states, as what it forbids."""

    kind: str
    operations: frozenset[str]
    """Empty: all."""
    statuses: frozenset[int]
    """Empty: all of the sort that the kind is about."""
    source: StateBits
    target: StateBits

    def applies_to(self, observation: Observation, success: bool) -> bool:
        """Whether it speaks about an answer; without statuses of its own, about successes or about refusals."""
        sort = 200 <= observation.status < 300 if success else observation.status >= 400
        fits = observation.status in self.statuses if self.statuses else sort
        return fits and (not self.operations or observation.operation in self.operations)


def relaxation_of(rule: ContractRule, resource: Resource) -> Relaxation:
    """What a rule about states forbids jobs of a kind. ValueError for a state the kind does not have."""
    options, kind = rule.options, rule.kind
    default = {"absorbs": "terminal", "follows": "any"}.get(kind, "existing")
    return Relaxation(
        kind,
        frozenset(options.get("operations", ())),
        frozenset(map(int, options.get("statuses", ()))),
        resource.parse_states(options.get("from", default)),
        resource.parse_states(options.get("to", "existing" if kind == "absorbs" else "any")),
    )


class StateMachine:
    """A kind of job with its moves, as the rules have it or with one of them relaxed."""

    def __init__(self, resource: Resource, relaxation: Relaxation | None = None, *, alone: bool = True) -> None:
        self.resource = resource
        self.relaxation = relaxation
        hidden = resource.moves
        if relaxation is not None and relaxation.kind in ("absorbs", "follows"):
            hidden = tuple(
                moves | (relaxation.target if relaxation.source >> state & 1 else 0)
                for state, moves in enumerate(hidden)
            )
        self._hidden_moves = (
            hidden
            if alone
            else _union_tables(hidden, *(possible_effects(resource, each) for each in resource.bindings.values()))
        )
        self._closures: dict[tuple[TransitionTable, ...], TransitionFunction] = {}
        self._transitions: dict[Observation, TransitionFunction] = {}

    def closure(self, *lasting_effects: TransitionTable) -> TransitionFunction:
        """Where hidden moves lead, those of lost calls among them; every state stays among its own."""
        found = self._closures.get(lasting_effects)
        if found is None:
            found = self._closures[lasting_effects] = TransitionFunction(
                _transitive_closure(_union_tables(self._hidden_moves, *lasting_effects))
            )
        return found

    def transition(self, observation: Observation) -> TransitionFunction:
        """What an answer says."""
        found = self._transitions.get(observation)
        if found is None:
            found = self._transitions[observation] = self._build_transition(observation)
        return found

    def _build_transition(self, observation: Observation) -> TransitionFunction:
        resource, binding = self.resource, self.resource.bindings[observation.operation]
        everywhere = tuple(1 << state for state in range(len(resource.states)))
        clauses = tuple(binding.clauses_by_status[observation.status][index] for index in observation.clauses)
        if observation.status in binding.unknown_statuses:
            table = _restrict_table(everywhere, resource.all if observation.may_be_expired else resource.absent)
        elif clauses:
            table = _table_from_clauses(self, clauses, observation.shown)
        elif observation.status in binding.clauses_by_status or (
            observation.status in binding.shown_at and not binding.creates
        ):
            shown = resource.existing if observation.shown == NOT_SHOWN else observation.shown & resource.existing
            table = _restrict_table(everywhere, 0 if observation.status in binding.clauses_by_status else shown)
        elif binding.changes_job and not 400 <= observation.status < 500:
            return TransitionFunction(everywhere, possible_effects(resource, binding), may_change_job=True)
        else:
            table = everywhere
        targets = 0
        for clause in clauses:
            targets |= 0 if clause.target is None else _clause_target(resource, clause)
        return TransitionFunction(
            _relax_table(self, binding, observation, table), may_change_job=bool(targets), targets=targets
        )


def possible_effects(resource: Resource, binding: OperationBinding) -> TransitionTable:
    """From each state, where any answer of an operation may lead."""
    found = [0] * len(resource.states)
    for clause in (
        each for clauses in binding.clauses_by_status.values() for each in clauses if each.target is not None
    ):
        for state in state_indices(clause.source):
            found[state] |= _clause_target(resource, clause)
    return tuple(found)


def _clause_target(resource: Resource, clause: Clause) -> StateBits:
    """Where a clause may lead, when nothing is shown."""
    if clause.target == SHOWN:
        return resource.existing if clause.shown is None else clause.shown
    return clause.target or 0


def _restrict_table(table: TransitionTable, states: StateBits) -> TransitionTable:
    return tuple(moves if states >> state & 1 else 0 for state, moves in enumerate(table))


def _union_tables(*tables: TransitionTable) -> TransitionTable:
    found = list(tables[0])
    for table in tables[1:]:
        for state, moves in enumerate(table):
            found[state] |= moves
    return tuple(found)


def _transitive_closure(moves: TransitionTable) -> TransitionTable:
    """The reflexive, transitive closure."""
    reach = [1 << state | targets for state, targets in enumerate(moves)]
    for through in range(len(reach)):
        for state, targets in enumerate(reach):
            if targets >> through & 1:
                reach[state] |= reach[through]
    return tuple(reach)


def _table_from_clauses(machine: StateMachine, clauses: tuple[Clause, ...], shown: StateBits) -> TransitionTable:
    """From each state, what the clauses that apply allow."""
    closure, found = machine.closure(), [0] * len(machine.resource.states)
    for clause in clauses:
        for state in state_indices(clause.source):
            found[state] |= _states_after_clause(clause, state, shown, closure)
    return tuple(found)


def _states_after_clause(clause: Clause, state: int, shown: StateBits, closure: TransitionFunction) -> StateBits:
    """Where a clause leads from a state, given what the answer shows.

    The job may have moved on between the effect and the writing of the answer: what is shown is that later state.
    """
    told = shown != NOT_SHOWN
    if clause.target == SHOWN:
        return shown if told else (1 << state if clause.shown is None else clause.shown)
    if clause.target is None:
        seen = told and clause.shown is None
        return (1 << state) & shown if seen else 1 << state
    return closure(clause.target) & shown if told and clause.shown is None else clause.target


def _relax_table(
    machine: StateMachine, binding: OperationBinding, observation: Observation, table: TransitionTable
) -> TransitionTable:
    relax = machine.relaxation
    if relax is None or relax.kind not in _RELAXERS:
        return table
    return _RELAXERS[relax.kind](machine.resource, binding, observation, table, relax)


TableRelaxer = Callable[[Resource, OperationBinding, Observation, TransitionTable, Relaxation], TransitionTable]


def _relax_refused(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """A success is given from states it must be refused in, with its effect or without."""
    if not relax.applies_to(observation, success=True) or not binding.clauses_by_status.get(observation.status):
        return table
    shown = 0 if observation.shown == NOT_SHOWN else observation.shown
    more = shown
    for clause in binding.clauses_by_status[observation.status]:
        more |= 0 if clause.target in (None, SHOWN) else clause.target or 0
    return tuple(moves or (more | 1 << state if relax.source >> state & 1 else 0) for state, moves in enumerate(table))


def _relax_accepted(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """A refusal is given from states in which it must not be."""
    if not relax.applies_to(observation, success=False) or observation.status not in binding.clauses_by_status:
        return table
    return tuple(moves | (1 << state & relax.source) for state, moves in enumerate(table))


def _relax_no_effect(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """A refusal takes effect all the same."""
    if not relax.applies_to(observation, success=False) or observation.status in binding.unknown_statuses:
        return table
    targets = 0
    for clause in (
        each for clauses in binding.clauses_by_status.values() for each in clauses if each.target is not None
    ):
        targets |= _clause_target(resource, clause) & ~clause.source
    return tuple(moves | (targets if resource.existing >> state & 1 else 0) for state, moves in enumerate(table))


def _relax_effect(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """A success has no effect, whatever its answer shows."""
    if not relax.applies_to(observation, success=True) or not binding.clauses_by_status.get(observation.status):
        return table
    source = 0
    for clause in binding.clauses_by_status[observation.status]:
        source |= clause.source if clause.target is not None else 0
    return tuple(moves | (1 << state & source) for state, moves in enumerate(table))


def _relax_shown(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """A success shows a state that it may not show."""
    if not relax.applies_to(observation, success=True):
        return table
    found = list(table)
    for clause in (binding.clauses_by_status[observation.status][index] for index in observation.clauses):
        for state in state_indices(clause.source):
            found[state] |= _clause_target(resource, clause) | 1 << state
    return tuple(found)


def _relax_readable(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """An existing job is said not to be there."""
    if observation.status not in binding.unknown_statuses or (
        relax.operations and observation.operation not in relax.operations
    ):
        return table
    return tuple(moves | 1 << state for state, moves in enumerate(table))


def _relax_gone(
    resource: Resource, binding: OperationBinding, observation: Observation, table: TransitionTable, relax: Relaxation
) -> TransitionTable:
    """A job that is not there is found."""
    if observation.status in binding.unknown_statuses or not 200 <= observation.status < 300 or binding.creates:
        return table
    more = resource.existing if observation.shown == NOT_SHOWN else observation.shown
    return tuple(moves | (more if resource.absent >> state & 1 else 0) for state, moves in enumerate(table))


_RELAXERS: Final[dict[str, TableRelaxer]] = {
    "refused": _relax_refused,
    "accepted": _relax_accepted,
    "no effect": _relax_no_effect,
    "effect": _relax_effect,
    "shown": _relax_shown,
    "readable": _relax_readable,
    "gone": _relax_gone,
}
