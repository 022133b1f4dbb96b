"""What a kind of job is to the judge: its states, how they follow each other, and what each operation shows and does.

Theory of operation. States are bits: a set of states is an integer, and a move is a source bit with a set of target
bits. Two states are added to the vendor's: `absent`, before the job was made or known, and `deleted`. A clause says
of one status of one operation: from which states it is given, and to which it leads. A status without a clause is,
where the binding says so, a read; a 4xx is taken to have no effect, anything else may have had any.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.contract.rules.conditions import Condition, PointerPath, compile_conditions
from mockserver.core.instants import Duration, parse_duration
from mockserver.core.pointer import parse_pointer
from mockserver.errors import Location, MockError, Problem, did_you_mean, refuse

ABSENT: Final = "absent"
DELETED: Final = "deleted"
ID_PLACES: Final = ("path", "query", "body", "answer", "each")
"""Where an id may stand; `each`: in each entry of the list that the answer holds."""

StateBits = int
"""A set of states, a bit for each."""


class Clause(NamedTuple):
    """When a status is given, and what it does."""

    source: StateBits
    target: StateBits | None
    """The states it may lead to; None: it leads nowhere, -1: to the state that the answer shows."""
    shown: StateBits | None
    """Only for answers that show one of these; None for any."""
    when: tuple[Condition, ...]
    """On the exchange: /http, /body, /headers, /query."""
    given: tuple[Condition, ...]
    """On the job's last known body."""
    min_age: Duration | None
    """Only for jobs of that age or more."""


SHOWN: Final[StateBits] = -1
"""As a clause's target: whatever state the answer shows."""


@dataclass(frozen=True, slots=True)
class OperationBinding:
    """What an operation has to do with a kind of job."""

    operation: str
    id_place: str
    """One of `PLACES`."""
    id_name: str
    """The parameter's name."""
    id_path: PointerPath
    """In a body: where the id is."""
    shown_at: Mapping[int, PointerPath]
    """Where the job (or the list of jobs) is in the answer, by status."""
    list_path: PointerPath | None
    """Where the list is, for an operation that shows several jobs; None for one."""
    is_json_lines: bool
    """The answer is JSON Lines, a job a line."""
    states_by_word: Mapping[str, StateBits]
    """Statuses on the wire, and the states each may mean."""
    unknown_statuses: frozenset[int]
    """The statuses that say there is no such job."""
    clauses_by_status: Mapping[int, tuple[Clause, ...]]
    is_partial: bool
    """The body is not the job's own object: rules about its fields do not apply."""
    creates: bool
    """It makes a job: sending it again may make another one."""

    @property
    def changes_job(self) -> bool:
        """Whether any of its answers changes the job."""
        return any(clause.target is not None for clauses in self.clauses_by_status.values() for clause in clauses)


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of job."""

    kind: str
    states: tuple[str, ...]
    """The vendor's, then `absent` and `deleted`."""
    terminal: StateBits
    moves: tuple[StateBits, ...]
    """By state: what it may become by itself, unseen."""
    status_path: PointerPath
    created_path: PointerPath
    """Where a body says when the job was made."""
    retention: Duration | None
    """How long after that it can be read; None: for ever."""
    bindings: Mapping[str, OperationBinding]

    @property
    def existing(self) -> StateBits:
        """Every state in which there is such a job."""
        return (1 << len(self.states) - 2) - 1

    @property
    def all(self) -> StateBits:
        """Every state."""
        return (1 << len(self.states)) - 1

    @property
    def live(self) -> StateBits:
        """Existing and not terminal."""
        return self.existing & ~self.terminal

    @property
    def absent(self) -> StateBits:
        """`absent` and `deleted`."""
        return self.all & ~self.existing

    def parse_states(self, names: Any) -> StateBits:
        """The set of some states, each named, or `live`, `terminal`, `existing`. ValueError for another word."""
        groups = {"live": self.live, "terminal": self.terminal, "existing": self.existing, "any": self.all}
        found = 0
        for name in [names] if isinstance(names, str) else names:
            if name in groups:
                found |= groups[name]
            elif name in self.states:
                found |= 1 << self.states.index(name)
            else:
                raise ValueError(f"{self.kind} has no state {name!r}{did_you_mean(str(name), self.states)}")
        return found

    def state_names(self, states: StateBits) -> tuple[str, ...]:
        """The names of a set, in the order of the lifecycle."""
        return tuple(name for index, name in enumerate(self.states) if states >> index & 1)


def state_indices(states: StateBits) -> Iterator[int]:
    """The indices of the states of a set."""
    while states:
        low = states & -states
        yield low.bit_length() - 1
        states ^= low


def parse_resources(written: Any, era: str, file: str) -> dict[str, Resource]:
    """The kinds of job of a rules file, as they are in one era. Raises `MockError` (`CON008`)."""
    if not isinstance(written, dict):
        raise refuse("CON008", "`resources` is a mapping of kinds of job", "", Location(file))
    found: dict[str, Resource] = {}
    problems: list[Problem] = []
    for kind, entry in written.items():
        try:
            found[kind] = _parse_resource(kind, entry, era)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            message = f"the kind of job {kind!r}: {error}"
            problems += refuse("CON008", message, "", Location(file, pointer=f"/resources/{kind}")).problems
    if problems:
        raise MockError(*problems)
    return found


def _parse_resource(kind: str, entry: Mapping[str, Any], era: str) -> Resource:
    own = list(entry["states"])
    bare = Resource(kind, (*own, ABSENT, DELETED), 0, (), ("status",), (), None, {})
    terminal = bare.parse_states(entry["terminal"])
    shaped = Resource(kind, bare.states, terminal, (), parse_pointer(entry.get("status", "/status")), (), None, {})
    moves = {name: shaped.parse_states(targets) for name, targets in entry.get("moves", {}).items()}
    _ = shaped.parse_states(list(moves))
    bindings = {name: _parse_binding(shaped, name, each, entry, era) for name, each in entry["operations"].items()}
    return Resource(
        kind,
        shaped.states,
        terminal,
        tuple(moves.get(name, 0) for name in shaped.states),
        shaped.status_path,
        parse_pointer(entry.get("created", "")),
        parse_duration(entry["kept"]) if "kept" in entry else None,
        bindings,
    )


_BINDING_KEYS: Final = ("id", "shows", "each", "lines", "words", "unknown", "answers", "partial", "creates")


def _parse_binding(
    resource: Resource, name: str, entry: Mapping[str, Any], kind: Mapping[str, Any], era: str
) -> OperationBinding:
    strange = [key for key in entry if key not in _BINDING_KEYS]
    place, _, where = str(entry["id"]).partition(" ")
    if strange or place not in ID_PLACES:
        raise ValueError(f"{name}: unknown {strange[0]!r}" if strange else f"{name}: no id is in the {place!r}")
    words = {state: resource.parse_states(state) for state in resource.states[:-2]}
    words |= {word: resource.parse_states(states) for word, states in kind.get("words", {}).items()}
    words |= {word: resource.parse_states(states) for word, states in entry.get("words", {}).items()}
    answers = {
        int(status): tuple(_parse_clauses(resource, clauses, era))
        for status, clauses in entry.get("answers", {}).items()
    }
    return OperationBinding(
        name,
        place,
        where,
        parse_pointer(where),
        {int(status): parse_pointer(pointer) for status, pointer in entry.get("shows", {}).items()},
        parse_pointer(entry["each"]) if "each" in entry else None,
        bool(entry.get("lines")),
        words,
        frozenset(map(int, entry.get("unknown", ()))),
        {status: clauses for status, clauses in answers.items() if clauses},
        bool(entry.get("partial")),
        bool(entry.get("creates")),
    )


def clause_names(written: Mapping[str, Any], era: str, operations: Container[str] | None) -> Iterator[tuple[str, ...]]:
    """Names of the clauses that hold in one era, of some operations (None: of all)."""
    for kind, entry in written.items():
        for name, binding in entry["operations"].items():
            if operations is None or name in operations:
                for status, clauses in binding.get("answers", {}).items():
                    held = [str(number) for number, each in enumerate(_as_list(clauses)) if _holds_in_era(each, era)]
                    yield (kind, name, status, *held)


def _as_list(clauses: Any) -> list[Any]:
    return clauses if isinstance(clauses, list) else [clauses]


def _holds_in_era(clause: Mapping[str, Any], era: str) -> bool:
    return era in clause.get("eras", (era,))


_CLAUSE_KEYS: Final = ("from", "to", "shown", "when", "given", "older", "eras")


def _parse_clauses(resource: Resource, written: Any, era: str) -> Iterator[Clause]:
    for entry in _as_list(written):
        strange = [key for key in entry if key not in _CLAUSE_KEYS]
        if strange:
            raise ValueError(f"an answer's clause knows no {strange[0]!r}")
        if _holds_in_era(entry, era):
            yield Clause(
                resource.parse_states(entry["from"]),
                _parse_target(resource, entry.get("to")),
                resource.parse_states(entry["shown"]) if "shown" in entry else None,
                compile_conditions(entry.get("when", [])),
                compile_conditions(entry.get("given", [])),
                parse_duration(entry["older"]) if "older" in entry else None,
            )


def _parse_target(resource: Resource, written: Any) -> StateBits | None:
    if written is None:
        return None
    return SHOWN if written == "shown" else resource.parse_states(written)
