"""One answer's evidence about a job's state, as a function from sets of states to sets of states; and relaxed machines.

Theory of operation. An answer is reduced to an `Observation`: operation, status, the states that its body may mean,
and the clauses of the rules that apply. From that follows a table: for each state, the states that the job may be in
once the call has taken effect; 0 if the server cannot have answered so. Tables are cached, for there are few: a poll
costs a lookup. A rule about states is a `Relaxation`, a way to allow more in the tables: the rule is broken if a
history that no legal history explains becomes possible once this rule, and nothing else, is relaxed.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mockserver.contract.rules.contract_rule import ContractRule
from mockserver.contract.rules.kinds import StateRuleKind
from mockserver.contract.rules.resources import (
    ABSENT,
    DELETED,
    SHOWN,
    Clause,
    OperationBinding,
    Resource,
    StateBits,
    state_indices,
    union_of,
)

NO_ANSWER: Final = 0
NOT_SHOWN: Final[StateBits] = -1

TransitionTable = tuple[StateBits, ...]
"""By state: the states that may follow."""


class Observation(NamedTuple):
    """One answer's evidence about one job."""

    operation: str
    status: int
    """`NO_ANSWER` if there was none."""
    shown: StateBits
    """The states that the status in the body may mean; `NOT_SHOWN` without one, or with an unknown word."""
    clauses: tuple[int, ...] = ()
    """Indices of the binding's clauses for the status that apply."""
    may_be_expired: bool = False
    """The job may be older than its retention."""


@dataclass(slots=True, eq=False)
class TransitionFunction:
    """A table, applied to sets of states and cached by set."""

    table: TransitionTable
    lasting_effects: TransitionTable | None = None
    """Moves that may happen at any later time, of a call whose answer does not show its effect."""
    may_change_job: bool = False
    """A call that may change the job must stay in a counterexample."""
    targets: StateBits = 0
    """The states that the call is meant to lead to."""
    _cache: dict[StateBits, StateBits] = field(default_factory=dict, init=False)

    def __call__(self, states: StateBits) -> StateBits:
        """Return the states that a job in one of `states` may be in afterwards; 0 if the answer is impossible."""
        after = self._cache.get(states)
        if after is None:
            after = self._cache[states] = union_of(self.table[state] for state in state_indices(states))
        return after


class Relaxation(NamedTuple):
    """A rule about states, as the answers and moves that it forbids."""

    kind: StateRuleKind
    operations: frozenset[str]
    """Empty: all."""
    statuses: frozenset[int]
    """Empty: all successes, or all refusals, depending on the kind."""
    source: StateBits
    target: StateBits

    def names_operation(self, observation: Observation) -> bool:
        """Return True if the rule is about the operation, whatever its answer is."""
        return not self.operations or observation.operation in self.operations

    def applies_to(self, observation: Observation, *, success: bool) -> bool:
        """Return True if the rule is about the answer, taken as a success or as a refusal."""
        if not self.names_operation(observation):
            return False
        if self.statuses:
            return observation.status in self.statuses
        if success:
            return _is_success(observation)
        return observation.status >= 400

    def names_call(self, observation: Observation) -> bool:
        """Return True if the rule is about the answer in either way."""
        return self.applies_to(observation, success=True) or self.applies_to(observation, success=False)


def _is_success(observation: Observation) -> bool:
    return 200 <= observation.status < 300


_DEFAULT_SOURCES: Final = {
    StateRuleKind.ABSORBS: "terminal",
    StateRuleKind.FOLLOWS: "any",
    StateRuleKind.UNKNOWN: [ABSENT, DELETED],
}
_DEFAULT_TARGETS: Final = {StateRuleKind.ABSORBS: "existing"}


def relaxation_of(rule: ContractRule, resource: Resource) -> Relaxation:
    """Build the relaxation of a rule about states for a kind of job. Raises ValueError for an unknown state."""
    kind, options = StateRuleKind(rule.kind), rule.options
    return Relaxation(
        kind=kind,
        operations=frozenset(options.get("operations", ())),
        statuses=frozenset(map(int, options.get("statuses", ()))),
        source=resource.states.parse(options.get("from", _DEFAULT_SOURCES.get(kind, "existing"))),
        target=resource.states.parse(options.get("to", _DEFAULT_TARGETS.get(kind, "any"))),
    )


class StateMachine:
    """A kind of job with its moves, as the rules allow them or with one rule relaxed.

    `alone` False: other clients may use the jobs too, so every effect of an operation may occur unseen.
    """

    def __init__(self, resource: Resource, relaxation: Relaxation | None = None, *, alone: bool = True) -> None:
        self.resource = resource
        self.relaxation = relaxation
        moves = resource.moves
        if relaxation is not None and relaxation.kind in (StateRuleKind.ABSORBS, StateRuleKind.FOLLOWS):
            moves = _union_tables(moves, _moves_table(len(moves), relaxation.source, relaxation.target))
        if not alone:
            moves = _union_tables(moves, *(possible_effects(resource, each) for each in resource.bindings.values()))
        self._hidden_moves = moves
        self._closures: dict[tuple[TransitionTable, ...], TransitionFunction] = {}
        self._transitions: dict[Observation, TransitionFunction] = {}

    def closure(self, *lasting_effects: TransitionTable) -> TransitionFunction:
        """Return the function of any number of hidden moves, none included; lasting effects count as hidden moves."""
        found = self._closures.get(lasting_effects)
        if found is None:
            moves = _union_tables(self._hidden_moves, *lasting_effects)
            # The reflexive, transitive closure (Warshall's algorithm). Invariant: `reach` knows every path whose inner
            # states come before `through`.
            reach = [1 << state | targets for state, targets in enumerate(moves)]
            for through in range(len(reach)):
                for state, targets in enumerate(reach):
                    if targets >> through & 1:
                        reach[state] |= reach[through]
            found = self._closures[lasting_effects] = TransitionFunction(tuple(reach))
        return found

    def transition(self, observation: Observation) -> TransitionFunction:
        """Return the function of an answer; equal observations share one object."""
        found = self._transitions.get(observation)
        if found is None:
            found = self._transitions[observation] = self._build_transition(observation)
        return found

    def _build_transition(self, observation: Observation) -> TransitionFunction:
        """Build the function of an answer; without evidence in it, the job may have stayed in any state."""
        states, binding = self.resource.states, self.resource.bindings[observation.operation]
        answer = _BoundObservation(self.resource, binding, observation)
        table = self._evidence_table(answer)
        if table is None:
            table = _stays_table(len(states.names), states.all)
            if binding.changes_job and not 400 <= observation.status < 500:
                # No answer, or a 5xx: the effect may come at any time, or never. So much is allowed that no rule is
                # left to relax.
                return TransitionFunction(table, possible_effects(self.resource, binding), may_change_job=True)
        if self.relaxation is not None:
            table = _relax(answer, table, self.relaxation)
        targets = union_of(clause.targets for clause in answer.applying_clauses)
        return TransitionFunction(table, may_change_job=bool(targets), targets=targets)

    def _evidence_table(self, answer: "_BoundObservation") -> TransitionTable | None:
        """Return the table of the most specific evidence in an answer; None if it says nothing of the job's state."""
        binding, observation, states = answer.binding, answer.observation, self.resource.states
        count = len(states.names)
        if answer.denies_job:
            table = _stays_table(count, states.absent)
            if observation.may_be_expired:
                # The vendor may have deleted it, and that is final.
                table = _union_tables(table, _moves_table(count, states.existing, states.deleted))
            return table
        if answer.applying_clauses:
            return self._table_from_clauses(answer)
        if answer.clauses:
            # The status has clauses, but none applies: the server must not give it.
            return _stays_table(count, 0)
        if observation.status in binding.shown_at and not binding.creates:
            return _stays_table(count, states.existing & answer.shown_or(states.existing))
        return None

    def _table_from_clauses(self, answer: "_BoundObservation") -> TransitionTable:
        shown = answer.observation.shown
        table = [0] * len(self.resource.states.names)
        for clause in answer.applying_clauses:
            target, allowed = clause.target, self.resource.states.all
            if target == SHOWN:
                target = None if shown == NOT_SHOWN else shown
            elif shown != NOT_SHOWN and clause.shown is None:
                # The answer shows a state that the clause has not checked yet.
                allowed = shown
                if target is not None:
                    # The job may move on between the effect and the writing of the answer, which shows the later state.
                    target = self.closure()(target)
            for state in state_indices(clause.source):
                table[state] |= allowed & (1 << state if target is None else target)
        return tuple(table)


class _BoundObservation(NamedTuple):
    """An observation with the binding of its operation."""

    resource: Resource
    binding: OperationBinding
    observation: Observation

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses of the status."""
        return self.binding.clauses_by_status.get(self.observation.status, ())

    @property
    def applying_clauses(self) -> tuple[Clause, ...]:
        """Those clauses of the status that apply."""
        return tuple(self.clauses[index] for index in self.observation.clauses)

    @property
    def denies_job(self) -> bool:
        """True if the answer denies the existence of the job."""
        return self.observation.status in self.binding.unknown_statuses

    def shown_or(self, default: StateBits) -> StateBits:
        """Return the states that the answer shows; `default` if it shows none."""
        return default if self.observation.shown == NOT_SHOWN else self.observation.shown


def possible_effects(resource: Resource, binding: OperationBinding) -> TransitionTable:
    """Return the table of the effects that any answer of an operation may have."""
    table = [0] * len(resource.states.names)
    for clause in binding.effects:
        for state in state_indices(clause.source):
            table[state] |= clause.targets
    return tuple(table)


def _moves_table(count: int, source: StateBits, targets: StateBits) -> TransitionTable:
    """Return the table in which each state of `source` leads to `targets`, and any other nowhere."""
    return tuple(targets if source >> state & 1 else 0 for state in range(count))


def _stays_table(count: int, states: StateBits) -> TransitionTable:
    """Return the table in which each state of a set leads to itself, and any other nowhere."""
    return tuple(1 << state & states for state in range(count))


def _union_tables(*tables: TransitionTable) -> TransitionTable:
    union = list(tables[0])
    for table in tables[1:]:
        for state, moves in enumerate(table):
            union[state] |= moves
    return tuple(union)


def _relax(answer: _BoundObservation, table: TransitionTable, relaxation: Relaxation) -> TransitionTable:
    """Return an answer's table with all that one kind of rule forbids, and nothing else, allowed as well."""
    clauses, count = answer.clauses, len(table)
    is_named = relaxation.names_operation(answer.observation)
    success = relaxation.applies_to(answer.observation, success=True)
    refusal = relaxation.applies_to(answer.observation, success=False)
    states = answer.resource.states
    match relaxation.kind:
        case StateRuleKind.REFUSED if success and clauses:
            # A success in states in which it must be refused, with its effect or without.
            targets = answer.shown_or(0) | union_of(clause.targets for clause in clauses if clause.target != SHOWN)
            relaxed = list(table)
            for state in state_indices(relaxation.source):
                relaxed[state] = table[state] or targets | 1 << state
            return tuple(relaxed)
        case StateRuleKind.ACCEPTED if refusal and clauses:
            # A refusal in states in which the operation must be accepted.
            return _union_tables(table, _stays_table(count, relaxation.source))
        case StateRuleKind.NO_EFFECT if refusal and not answer.denies_job:
            # A refusal that takes effect.
            targets = union_of(clause.targets & ~clause.source for clause in answer.binding.effects)
            return _union_tables(table, _moves_table(count, states.existing, targets))
        case StateRuleKind.EFFECT if success:
            # A success without effect, whatever its answer shows.
            source = union_of(clause.source for clause in clauses if clause.target is not None)
            return _union_tables(table, _stays_table(count, source))
        case StateRuleKind.SHOWN if success:
            # A success that shows a state to which the operation does not lead.
            for clause in answer.applying_clauses:
                moves = _moves_table(count, clause.source, clause.targets)
                table = _union_tables(table, moves, _stays_table(count, clause.source))
        case StateRuleKind.READABLE | StateRuleKind.RETURNS if is_named and answer.denies_job:
            # An answer that denies the existence of a job that exists.
            return _union_tables(table, _stays_table(count, states.all))
        case StateRuleKind.GONE | StateRuleKind.RETURNS if is_named and not answer.denies_job:
            if not answer.binding.creates:
                return _relax_gone(answer, table)
    return table


def _relax_gone(answer: _BoundObservation, table: TransitionTable) -> TransitionTable:
    """Return the table of an answer that a job which does not exist may get as well."""
    states = answer.resource.states
    if _is_success(answer.observation):
        found = _moves_table(len(table), states.absent, answer.shown_or(states.existing))
        return _union_tables(table, found)
    if answer.clauses:
        # A refusal for a state that such a job does not have.
        return _union_tables(table, _stays_table(len(table), states.absent))
    return table
