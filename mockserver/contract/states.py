"""What one answer says about a job's state, as a step from sets of states to sets of states; and steps made laxer.

Theory of operation. An answer is boiled down to a `Seen`: operation, status, the states its body may mean, and which
clauses of the rules apply. From that follows a table: from each state, the states the job may be in once the call
has taken its effect; 0 where the answer could not have been given. Tables are cached, for there are few: a poll costs a
lookup. A rule about states is a way to make tables laxer (`Relax`): the rule is broken where a history that no
legal course explains becomes explicable once it, and nothing else, is relaxed.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from mockserver.contract.rules.book import Rule
from mockserver.contract.rules.resources import SHOWN, Binding, Clause, Resource, States, bits

NO_ANSWER: Final = 0
NOT_SHOWN: Final[States] = -1

Table = tuple[States, ...]
"""By state: the states that may follow."""


class Seen(NamedTuple):
    """What an answer says of one job."""

    operation: str
    status: int
    """`NO_ANSWER` where there was none."""
    shown: States
    """The states that the status in the body may mean; `NOT_SHOWN` without one, or with a word nobody knows."""
    clauses: tuple[int, ...] = ()
    """Which of the binding's clauses for the status apply."""
    old: bool = False
    """The job may be past the time it is kept."""


class Step:
    """A table that remembers what it made of a set."""

    __slots__ = ("acts", "lasting", "memo", "table", "targets")

    def __init__(self, table: Table, lasting: Table | None = None, *, acts: bool = False, targets: States = 0) -> None:
        self.table = table
        self.lasting = lasting
        """Moves that may still happen any time after: of a call whose answer does not tell."""
        self.acts = acts
        """Whether it may change the job: such a call must stay in a story."""
        self.targets = targets
        """The states it is meant to lead to."""
        self.memo: dict[States, States] = {}

    def __call__(self, states: States) -> States:
        """Where a job in one of the states may be afterwards; 0: there is no such job."""
        found = self.memo.get(states)
        if found is None:
            found = 0
            for state in bits(states):
                found |= self.table[state]
            self.memo[states] = found
        return found


class Relax(NamedTuple):
    """A rule about states, as what it forbids."""

    kind: str
    operations: frozenset[str]
    """Empty: all."""
    statuses: frozenset[int]
    """Empty: all of the sort that the kind is about."""
    source: States
    target: States

    def about(self, seen: Seen, success: bool) -> bool:
        """Whether it speaks about an answer; without statuses of its own, about successes or about refusals."""
        sort = 200 <= seen.status < 300 if success else seen.status >= 400
        fits = seen.status in self.statuses if self.statuses else sort
        return fits and (not self.operations or seen.operation in self.operations)


def relax_of(rule: Rule, resource: Resource) -> Relax:
    """What a rule about states forbids jobs of a kind. ValueError for a state the kind does not have."""
    options, kind = rule.options, rule.kind
    default = {"absorbs": "terminal", "follows": "any"}.get(kind, "existing")
    return Relax(
        kind,
        frozenset(options.get("operations", ())),
        frozenset(map(int, options.get("statuses", ()))),
        resource.set_of(options.get("from", default)),
        resource.set_of(options.get("to", "existing" if kind == "absorbs" else "any")),
    )


class Machine:
    """A kind of job with its moves, as the rules have it or with one of them relaxed."""

    def __init__(self, resource: Resource, relax: Relax | None = None, *, alone: bool = True) -> None:
        self.resource = resource
        self.relax = relax
        hidden = resource.moves
        if relax is not None and relax.kind in ("absorbs", "follows"):
            hidden = tuple(
                moves | (relax.target if relax.source >> state & 1 else 0) for state, moves in enumerate(hidden)
            )
        self._hidden = (
            hidden if alone else _joined(hidden, *(effects(resource, each) for each in resource.bindings.values()))
        )
        self._closures: dict[tuple[Table, ...], Step] = {}
        self._steps: dict[Seen, Step] = {}

    def closure(self, *standing: Table) -> Step:
        """Where hidden moves lead, those of lost calls among them; every state stays among its own."""
        found = self._closures.get(standing)
        if found is None:
            found = self._closures[standing] = Step(_reach(_joined(self._hidden, *standing)))
        return found

    def step(self, seen: Seen) -> Step:
        """What an answer says."""
        found = self._steps.get(seen)
        if found is None:
            found = self._steps[seen] = self._step(seen)
        return found

    def _step(self, seen: Seen) -> Step:
        resource, binding = self.resource, self.resource.bindings[seen.operation]
        everywhere = tuple(1 << state for state in range(len(resource.states)))
        clauses = tuple(binding.answers[seen.status][index] for index in seen.clauses)
        if seen.status in binding.unknown:
            table = _only(everywhere, resource.all if seen.old else resource.absent)
        elif clauses:
            table = _by_clauses(self, clauses, seen.shown)
        elif seen.status in binding.answers or (seen.status in binding.shows and not binding.creates):
            shown = resource.existing if seen.shown == NOT_SHOWN else seen.shown & resource.existing
            table = _only(everywhere, 0 if seen.status in binding.answers else shown)
        elif binding.acts and not 400 <= seen.status < 500:
            return Step(everywhere, effects(resource, binding), acts=True)
        else:
            table = everywhere
        targets = 0
        for clause in clauses:
            targets |= 0 if clause.target is None else _target(resource, clause)
        return Step(_laxer(self, binding, seen, table), acts=bool(targets), targets=targets)


def effects(resource: Resource, binding: Binding) -> Table:
    """From each state, where any answer of an operation may lead."""
    found = [0] * len(resource.states)
    for clause in (each for clauses in binding.answers.values() for each in clauses if each.target is not None):
        for state in bits(clause.source):
            found[state] |= _target(resource, clause)
    return tuple(found)


def _target(resource: Resource, clause: Clause) -> States:
    """Where a clause may lead, when nothing is shown."""
    if clause.target == SHOWN:
        return resource.existing if clause.shown is None else clause.shown
    return clause.target or 0


def _only(table: Table, states: States) -> Table:
    return tuple(moves if states >> state & 1 else 0 for state, moves in enumerate(table))


def _joined(*tables: Table) -> Table:
    found = list(tables[0])
    for table in tables[1:]:
        for state, moves in enumerate(table):
            found[state] |= moves
    return tuple(found)


def _reach(moves: Table) -> Table:
    """The reflexive, transitive closure."""
    reach = [1 << state | targets for state, targets in enumerate(moves)]
    for through in range(len(reach)):
        for state, targets in enumerate(reach):
            if targets >> through & 1:
                reach[state] |= reach[through]
    return tuple(reach)


def _by_clauses(machine: Machine, clauses: tuple[Clause, ...], shown: States) -> Table:
    """From each state, what the clauses that apply allow."""
    closure, found = machine.closure(), [0] * len(machine.resource.states)
    for clause in clauses:
        for state in bits(clause.source):
            found[state] |= _after(clause, state, shown, closure)
    return tuple(found)


def _after(clause: Clause, state: int, shown: States, closure: Step) -> States:
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


def _laxer(machine: Machine, binding: Binding, seen: Seen, table: Table) -> Table:
    relax = machine.relax
    if relax is None or relax.kind not in _LAXER:
        return table
    return _LAXER[relax.kind](machine.resource, binding, seen, table, relax)


Laxer = Callable[[Resource, Binding, Seen, Table, Relax], Table]


def _refused(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """A success is given from states it must be refused in, with its effect or without."""
    if not relax.about(seen, success=True) or not binding.answers.get(seen.status):
        return table
    shown = 0 if seen.shown == NOT_SHOWN else seen.shown
    more = shown
    for clause in binding.answers[seen.status]:
        more |= 0 if clause.target in (None, SHOWN) else clause.target or 0
    return tuple(moves or (more | 1 << state if relax.source >> state & 1 else 0) for state, moves in enumerate(table))


def _accepted(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """A refusal is given from states in which it must not be."""
    if not relax.about(seen, success=False) or seen.status not in binding.answers:
        return table
    return tuple(moves | (1 << state & relax.source) for state, moves in enumerate(table))


def _no_effect(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """A refusal takes effect all the same."""
    if not relax.about(seen, success=False) or seen.status in binding.unknown:
        return table
    targets = 0
    for clause in (each for clauses in binding.answers.values() for each in clauses if each.target is not None):
        targets |= _target(resource, clause) & ~clause.source
    return tuple(moves | (targets if resource.existing >> state & 1 else 0) for state, moves in enumerate(table))


def _effect(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """A success has no effect, whatever its answer shows."""
    if not relax.about(seen, success=True) or not binding.answers.get(seen.status):
        return table
    source = 0
    for clause in binding.answers[seen.status]:
        source |= clause.source if clause.target is not None else 0
    return tuple(moves | (1 << state & source) for state, moves in enumerate(table))


def _shown(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """A success shows a state that it may not show."""
    if not relax.about(seen, success=True):
        return table
    found = list(table)
    for clause in (binding.answers[seen.status][index] for index in seen.clauses):
        for state in bits(clause.source):
            found[state] |= _target(resource, clause) | 1 << state
    return tuple(found)


def _readable(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """An existing job is said not to be there."""
    if seen.status not in binding.unknown or (relax.operations and seen.operation not in relax.operations):
        return table
    return tuple(moves | 1 << state for state, moves in enumerate(table))


def _gone(resource: Resource, binding: Binding, seen: Seen, table: Table, relax: Relax) -> Table:
    """A job that is not there is found."""
    if seen.status in binding.unknown or not 200 <= seen.status < 300 or binding.creates:
        return table
    more = resource.existing if seen.shown == NOT_SHOWN else seen.shown
    return tuple(moves | (more if resource.absent >> state & 1 else 0) for state, moves in enumerate(table))


_LAXER: Final[dict[str, Laxer]] = {
    "refused": _refused,
    "accepted": _accepted,
    "no effect": _no_effect,
    "effect": _effect,
    "shown": _shown,
    "readable": _readable,
    "gone": _gone,
}
