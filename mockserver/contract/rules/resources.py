"""A kind of job as the judge sees it: its states, how they follow each other, and what each operation shows and does.

Theory of operation. A set of states is an integer with a bit for each (`StateBits`). Two states are added to the
vendor's: `absent`, before the job was created or known, and `deleted`. A clause describes one status of one operation:
the states in which the server answers with it, and the states that the job enters. A status without a clause is a read,
if the binding lists it under `shows`; any other 4xx has no effect, and any other status may have had any.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final, TypeVar

from mockserver.contract.rules.conditions import (
    Condition,
    PointerPath,
    ValueReader,
    as_list,
    compile_conditions,
    pointer_reader,
)
from mockserver.contract.rules.grammar import BINDING_KEYS, CLAUSE_KEYS, RESOURCE_KEYS, check_keys
from mockserver.core.instants import Duration, parse_duration
from mockserver.core.pointer import parse_pointer
from mockserver.errors import Location, MockError, Problem, did_you_mean, refuse

ABSENT: Final = "absent"
DELETED: Final = "deleted"
ID_PLACES: Final = ("path", "query", "body", "answer", "each")
"""Places of a job's id; `each`: in each entry of the list that the answer holds."""

StateBits = int
"""A set of states, a bit for each."""

ParsedT = TypeVar("ParsedT")

SHOWN: Final[StateBits] = -1
"""As a clause's target: the state that the answer shows."""


@dataclass(frozen=True, slots=True)
class StateNames:
    """The states of one kind of job by name and by bit."""

    kind: str
    names: tuple[str, ...]
    """The vendor's states in the order of the lifecycle, then `absent` and `deleted`."""
    terminal: StateBits = 0

    @property
    def all(self) -> StateBits:
        """Every state."""
        return (1 << len(self.names)) - 1

    @property
    def existing(self) -> StateBits:
        """The vendor's states, in which the job exists."""
        return (1 << len(self.names) - 2) - 1

    @property
    def absent(self) -> StateBits:
        """`absent` and `deleted`."""
        return self.all & ~self.existing

    @property
    def deleted(self) -> StateBits:
        """`deleted`."""
        return 1 << self.names.index(DELETED)

    def parse(self, written: Any) -> StateBits:
        """Return the set of a state name, of a list of them, or of `live`, `terminal`, `existing`, `any`.

        Raises ValueError for another word.
        """
        live = self.existing & ~self.terminal
        groups = {"live": live, "terminal": self.terminal, "existing": self.existing, "any": self.all}
        states = 0
        for name in as_list(written):
            if name in groups:
                states |= groups[name]
            elif name in self.names:
                states |= 1 << self.names.index(name)
            else:
                raise ValueError(f"{self.kind} has no state {name!r}{did_you_mean(str(name), self.names)}")
        return states

    def names_of(self, states: StateBits) -> tuple[str, ...]:
        """Return the names of a set, in the order of the lifecycle."""
        return tuple(name for index, name in enumerate(self.names) if states >> index & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One case in which an operation answers with a status, and its effect."""

    source: StateBits
    """The states in which the server answers so."""
    target: StateBits | None
    """The states that the job may enter; None: it stays where it is, `SHOWN`: the state that the answer shows."""
    targets: StateBits
    """The states that the job may enter if the answer shows none; empty for a clause without effect."""
    shown: StateBits | None
    """Only for answers that show one of these states; None for any."""
    when: tuple[Condition, ...]
    """Conditions on the exchange: /http, /body, /headers, /query."""
    given: tuple[Condition, ...]
    """Conditions on the job's last known body."""
    min_age: Duration | None
    """Only for jobs of at least this age, in microseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationBinding:
    """The part that an operation plays for one kind of job."""

    operation: str
    id_place: str
    """One of `ID_PLACES`."""
    id_name: str
    """The parameter that holds the id, for the places `path` and `query`."""
    id_path: PointerPath
    """The path of the id in a body, for the other places."""
    shown_at: Mapping[int, PointerPath]
    """The path of the job (or of its list) in the answer's body, by status."""
    list_path: PointerPath | None
    """The path of the list, for an operation that shows several jobs; None for one."""
    is_json_lines: bool
    """The answer is JSON Lines, a job a line."""
    shows_many: bool
    """True for an operation that shows several jobs: a list is about no particular one."""
    states_by_word: Mapping[str, StateBits]
    """Values of the status field, and the states that each may stand for."""
    unknown_statuses: frozenset[int]
    """The statuses that deny the existence of the job."""
    clauses_by_status: Mapping[int, tuple[Clause, ...]]
    effects: tuple[Clause, ...]
    """The clauses of all statuses that change the job."""
    changes_job: bool
    """True if any answer of the operation changes the job."""
    is_partial: bool
    """The body is not the job's own object: rules about its fields do not apply."""
    creates: bool
    """The operation creates a job: sent twice, it may create two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of job."""

    kind: str
    states: StateNames
    moves: tuple[StateBits, ...]
    """By state: the states that the job may enter on its own, unseen."""
    status_path: PointerPath
    read_status: ValueReader
    created_path: PointerPath | None
    """The path of the time of creation in a body; None if no body has it."""
    read_created: ValueReader | None
    retention: Duration | None
    """Microseconds for which a job stays readable after its creation; None: for ever."""
    bindings: Mapping[str, OperationBinding]


def state_indices(states: StateBits) -> Iterator[int]:
    """Yield the indices of the states of a set, in rising order."""
    while states:
        lowest = states & -states
        yield lowest.bit_length() - 1
        states ^= lowest


def union_of(sets: Iterable[StateBits]) -> StateBits:
    """Return the union of sets of states."""
    return reduce(or_, sets, 0)


def parse_resources(written: Any, era: str, file: str) -> dict[str, Resource]:
    """Parse the `resources` of a rules file for one era; by kind of job.

    Raises MockError (`CON008`) with every entry that is wrong.
    """
    if not isinstance(written, dict):
        raise refuse("CON008", "`resources` must be a mapping of kinds of job", "", Location(file))
    resources: dict[str, Resource] = {}
    problems: list[Problem] = []
    for kind, entry in written.items():
        try:
            resources[kind] = _parse_resource(kind, entry, era)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            message = f"the kind of job {kind!r}: {error}"
            if isinstance(error, KeyError):
                message += " is missing"
            problems += refuse("CON008", message, "", Location(file, pointer=f"/resources/{kind}")).problems
    if problems:
        raise MockError(*problems)
    return resources


def _parse_resource(kind: str, entry: Mapping[str, Any], era: str) -> Resource:
    check_keys(entry, RESOURCE_KEYS, "it")
    # The names come first: everything else in the entry is parsed against them.
    names = (*entry["states"], ABSENT, DELETED)
    states = StateNames(kind, names, terminal=StateNames(kind, names).parse(entry["terminal"]))
    moves = [0] * len(names)
    for name, targets in entry.get("moves", {}).items():
        for index in state_indices(states.parse(name)):
            moves[index] = states.parse(targets)
    return Resource(
        kind=kind,
        states=states,
        moves=tuple(moves),
        status_path=parse_pointer(entry.get("status", "/status")),
        read_status=pointer_reader(entry.get("status", "/status")),
        created_path=_parse_optional(entry, "created", parse_pointer),
        read_created=_parse_optional(entry, "created", pointer_reader),
        retention=_parse_optional(entry, "kept", parse_duration),
        bindings={
            name: _parse_binding(states, name, each, entry.get("words", {}), era)
            for name, each in entry["operations"].items()
        },
    )


def _parse_optional(entry: Mapping[str, Any], key: str, parse: Callable[[Any], ParsedT]) -> ParsedT | None:
    return parse(entry[key]) if key in entry else None


def _parse_binding(
    states: StateNames, name: str, entry: Mapping[str, Any], kind_words: Mapping[str, Any], era: str
) -> OperationBinding:
    check_keys(entry, BINDING_KEYS, f"the operation {name}")
    id_place, _, id_name = str(entry["id"]).partition(" ")
    if id_place not in ID_PLACES:
        raise ValueError(f"{name}: an id cannot stand in {id_place!r}, only in {', '.join(ID_PLACES)}")
    # A state's own name is a word for it; the kind's `words` may override it, and the operation's override both.
    words = {state: state for state in states.names[:-2]} | dict(kind_words) | dict(entry.get("words", {}))
    clauses_by_status = {}
    for status, written in entry.get("answers", {}).items():
        if clauses := tuple(_parse_clauses(states, written, era)):
            clauses_by_status[int(status)] = clauses
    effects = tuple(each for clauses in clauses_by_status.values() for each in clauses if each.target is not None)
    return OperationBinding(
        operation=name,
        id_place=id_place,
        id_name=id_name,
        id_path=parse_pointer(id_name),
        shown_at={int(status): parse_pointer(pointer) for status, pointer in entry.get("shows", {}).items()},
        list_path=_parse_optional(entry, "each", parse_pointer),
        is_json_lines=bool(entry.get("lines")),
        shows_many="each" in entry or bool(entry.get("lines")),
        states_by_word={word: states.parse(written) for word, written in words.items()},
        unknown_statuses=frozenset(map(int, entry.get("unknown", ()))),
        clauses_by_status=clauses_by_status,
        effects=effects,
        changes_job=bool(effects),
        is_partial=bool(entry.get("partial")),
        creates=bool(entry.get("creates")),
    )


def _parse_clauses(states: StateNames, written: Any, era: str) -> Iterator[Clause]:
    for entry in as_list(written):
        check_keys(entry, CLAUSE_KEYS, "a clause")
        if not _holds_in_era(entry, era):
            continue
        target: StateBits | None = None
        targets: StateBits = 0
        shown = _parse_optional(entry, "shown", states.parse)
        if entry.get("to") == "shown":
            target, targets = SHOWN, shown or states.existing
        elif entry.get("to") is not None:
            target = targets = states.parse(entry["to"])
        yield Clause(
            source=states.parse(entry["from"]),
            target=target,
            targets=targets,
            shown=shown,
            when=compile_conditions(entry.get("when", [])),
            given=compile_conditions(entry.get("given", [])),
            min_age=_parse_optional(entry, "older", parse_duration),
        )


def clause_names(written: Mapping[str, Any], era: str, operations: Container[str] | None) -> Iterator[tuple[str, ...]]:
    """Yield kind, operation, status and clause numbers of all clauses of an era; of some operations (None: of all)."""
    for kind, entry in written.items():
        for name, binding in entry["operations"].items():
            if operations is not None and name not in operations:
                continue
            for status, clauses in binding.get("answers", {}).items():
                held = [str(number) for number, each in enumerate(as_list(clauses)) if _holds_in_era(each, era)]
                yield (kind, name, status, *held)


def _holds_in_era(clause: Mapping[str, Any], era: str) -> bool:
    return era in clause.get("eras", (era,))
