"""What a kind of job is to the judge: its states, how they follow each other, and what each operation shows and does.

Theory of operation. States are bits: a set of states is an integer, and a move is a source bit with a set of target
bits. Two states are added to the vendor's: `absent`, before the job was made or known, and `deleted`. A clause says
of one status of one operation: from which states it is given, and to which it leads. A status without a clause is,
where the binding says so, a read; a 4xx is taken to have no effect, anything else may have had any.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import Condition, Path, compile_conditions
from mockserver.core.instants import Duration, parse_duration
from mockserver.core.pointer import steps
from mockserver.errors import Location, MockError, Problem, nearest, refuse

ABSENT: Final = "absent"
DELETED: Final = "deleted"
PLACES: Final = ("path", "query", "body", "answer", "each")
"""Where an id may stand; `each`: in each entry of the list that the answer holds."""

States = int
"""A set of states, a bit for each."""


class Clause(NamedTuple):
    """When a status is given, and what it does."""

    source: States
    target: States | None
    """The states it may lead to; None: it leads nowhere, -1: to the state that the answer shows."""
    shown: States | None
    """Only for answers that show one of these; None for any."""
    when: tuple[Condition, ...]
    """On the exchange: /http, /body, /headers, /query."""
    given: tuple[Condition, ...]
    """On the job's last known body."""
    older: Duration | None
    """Only for jobs of that age or more."""


SHOWN: Final[States] = -1
"""As a clause's target: whatever state the answer shows."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What an operation has to do with a kind of job."""

    operation: str
    place: str
    """One of `PLACES`."""
    name: str
    """The parameter's name."""
    path: Path
    """In a body: where the id is."""
    shows: Mapping[int, Path]
    """Where the job (or the list of jobs) is in the answer, by status."""
    each: Path | None
    """Where the list is, for an operation that shows several jobs; None for one."""
    lines: bool
    """The answer is JSON Lines, a job a line."""
    words: Mapping[str, States]
    """Statuses on the wire, and the states each may mean."""
    unknown: frozenset[int]
    """The statuses that say there is no such job."""
    answers: Mapping[int, tuple[Clause, ...]]
    partial: bool
    """The body is not the job's own object: rules about its fields do not apply."""
    creates: bool
    """It makes a job: sending it again may make another one."""

    @property
    def acts(self) -> bool:
        """Whether any of its answers changes the job."""
        return any(clause.target is not None for clauses in self.answers.values() for clause in clauses)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of job."""

    kind: str
    states: tuple[str, ...]
    """The vendor's, then `absent` and `deleted`."""
    terminal: States
    moves: tuple[States, ...]
    """By state: what it may become by itself, unseen."""
    status: Path
    created: Path
    """Where a body says when the job was made."""
    kept: Duration | None
    """How long after that it can be read; None: for ever."""
    bindings: Mapping[str, Binding]

    @property
    def existing(self) -> States:
        """Every state in which there is such a job."""
        return (1 << len(self.states) - 2) - 1

    @property
    def all(self) -> States:
        """Every state."""
        return (1 << len(self.states)) - 1

    @property
    def live(self) -> States:
        """Existing and not terminal."""
        return self.existing & ~self.terminal

    @property
    def absent(self) -> States:
        """`absent` and `deleted`."""
        return self.all & ~self.existing

    def set_of(self, names: Any) -> States:
        """The set of some states, each named, or `live`, `terminal`, `existing`. ValueError for another word."""
        groups = {"live": self.live, "terminal": self.terminal, "existing": self.existing, "any": self.all}
        found = 0
        for name in [names] if isinstance(names, str) else names:
            if name in groups:
                found |= groups[name]
            elif name in self.states:
                found |= 1 << self.states.index(name)
            else:
                raise ValueError(f"{self.kind} has no state {name!r}{nearest(str(name), self.states)}")
        return found

    def names(self, states: States) -> tuple[str, ...]:
        """The names of a set, in the order of the lifecycle."""
        return tuple(name for index, name in enumerate(self.states) if states >> index & 1)


def bits(states: States) -> Iterator[int]:
    """The indices of the states of a set."""
    while states:
        low = states & -states
        yield low.bit_length() - 1
        states ^= low


def read_resources(written: Any, era: str, file: str) -> dict[str, Resource]:
    """The kinds of job of a rules file, as they are in one era. Raises `MockError` (`CON008`)."""
    if not isinstance(written, dict):
        raise refuse("CON008", "`resources` is a mapping of kinds of job", "", Location(file))
    found: dict[str, Resource] = {}
    problems: list[Problem] = []
    for kind, entry in written.items():
        try:
            found[kind] = _resource(kind, entry, era)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            message = f"the kind of job {kind!r}: {error}"
            problems += refuse("CON008", message, "", Location(file, pointer=f"/resources/{kind}")).problems
    if problems:
        raise MockError(*problems)
    return found


def _resource(kind: str, entry: Mapping[str, Any], era: str) -> Resource:
    own = list(entry["states"])
    bare = Resource(kind, (*own, ABSENT, DELETED), 0, (), ("status",), (), None, {})
    terminal = bare.set_of(entry["terminal"])
    shaped = Resource(kind, bare.states, terminal, (), steps(entry.get("status", "/status")), (), None, {})
    moves = {name: shaped.set_of(targets) for name, targets in entry.get("moves", {}).items()}
    _ = shaped.set_of(list(moves))
    bindings = {name: _binding(shaped, name, each, entry, era) for name, each in entry["operations"].items()}
    return Resource(
        kind,
        shaped.states,
        terminal,
        tuple(moves.get(name, 0) for name in shaped.states),
        shaped.status,
        steps(entry.get("created", "")),
        parse_duration(entry["kept"]) if "kept" in entry else None,
        bindings,
    )


_KEYS: Final = ("id", "shows", "each", "lines", "words", "unknown", "answers", "partial", "creates")


def _binding(resource: Resource, name: str, entry: Mapping[str, Any], kind: Mapping[str, Any], era: str) -> Binding:
    strange = [key for key in entry if key not in _KEYS]
    place, _, where = str(entry["id"]).partition(" ")
    if strange or place not in PLACES:
        raise ValueError(f"{name}: unknown {strange[0]!r}" if strange else f"{name}: no id is in the {place!r}")
    words = {state: resource.set_of(state) for state in resource.states[:-2]}
    words |= {word: resource.set_of(states) for word, states in kind.get("words", {}).items()}
    words |= {word: resource.set_of(states) for word, states in entry.get("words", {}).items()}
    answers = {
        int(status): tuple(_clauses(resource, clauses, era)) for status, clauses in entry.get("answers", {}).items()
    }
    return Binding(
        name,
        place,
        where,
        steps(where),
        {int(status): steps(pointer) for status, pointer in entry.get("shows", {}).items()},
        steps(entry["each"]) if "each" in entry else None,
        bool(entry.get("lines")),
        words,
        frozenset(map(int, entry.get("unknown", ()))),
        {status: clauses for status, clauses in answers.items() if clauses},
        bool(entry.get("partial")),
        bool(entry.get("creates")),
    )


def clauses_of(written: Mapping[str, Any], era: str, operations: Container[str] | None) -> Iterator[tuple[str, ...]]:
    """Names of the clauses that hold in one era, of some operations (None: of all)."""
    for kind, entry in written.items():
        for name, binding in entry["operations"].items():
            if operations is None or name in operations:
                for status, clauses in binding.get("answers", {}).items():
                    held = [str(number) for number, each in enumerate(_listed(clauses)) if _holds(each, era)]
                    yield (kind, name, status, *held)


def _listed(clauses: Any) -> list[Any]:
    return clauses if isinstance(clauses, list) else [clauses]


def _holds(clause: Mapping[str, Any], era: str) -> bool:
    return era in clause.get("eras", (era,))


_CLAUSE: Final = ("from", "to", "shown", "when", "given", "older", "eras")


def _clauses(resource: Resource, written: Any, era: str) -> Iterator[Clause]:
    for entry in _listed(written):
        strange = [key for key in entry if key not in _CLAUSE]
        if strange:
            raise ValueError(f"an answer's clause knows no {strange[0]!r}")
        if _holds(entry, era):
            yield Clause(
                resource.set_of(entry["from"]),
                _target(resource, entry.get("to")),
                resource.set_of(entry["shown"]) if "shown" in entry else None,
                compile_conditions(entry.get("when", [])),
                compile_conditions(entry.get("given", [])),
                parse_duration(entry["older"]) if "older" in entry else None,
            )


def _target(resource: Resource, written: Any) -> States | None:
    if written is None:
        return None
    return SHOWN if written == "shown" else resource.set_of(written)
