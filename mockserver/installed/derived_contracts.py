"""The contract of a vendor that has none: its calls, answers, kinds of job and moves, as its own tables say.

On the fake such a contract is no second statement: it checks the tables against themselves. It is worth something if
the answers come from elsewhere: from the live API, a scenario's `fields` or a handler. A vendor that does not describe
its answers (`Operation.describe`) may answer anything.

Theory of operation. A contract has two documents: a capture, made of the descriptions of the operations, and the
`resources` of a rules file. Those say of each operation where it names its job, what it shows, and in which states it
answers with which status: for a cancel that follows from the rows of its table.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, parse_derived
from mockserver.contract.documents.derived import Derivation, DerivedContract
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.rules.rule_set import RuleSet, build_derived_rules, load_common_rules
from mockserver.core.lifecycle import Trigger
from mockserver.installed.vendors import installed_vendors
from mockserver.vendors.api import (
    Accept,
    AlreadyCancelled,
    Delete,
    DescribedAnswers,
    Era,
    JobKind,
    Operation,
    Role,
    Vendor,
)

_SUCCESSES: Final = (200, 201, 202, 204)
"""The statuses of success of an operation that describes none."""
_UNDESCRIBED: Final = DescribedAnswers({"responses": {"default": {"description": "not described"}}}, shown_with=(200,))
NO_CONTRACT: Final = (
    "{vendor} has no contract: its own tables judge it, which on the fake only checks them against themselves; "
    "put captures into ./contracts/{vendor}"
)
"""What a command says of a vendor without a contract."""


def has_contract(vendor: str) -> bool:
    """Return whether a vendor has captures."""
    return vendor in captured_vendors()


def derive_installed(name: str) -> DerivedContract | None:
    """Derive the contract of an installed vendor; None if there is none of that name.

    Raises `MockError` VEN004 to VEN006 for one that cannot be loaded.
    """
    vendor = installed_vendors().get(name)
    return None if vendor is None else derive_contract(vendor)


TABLES_OF_INSTALLED: Final = Derivation(vendors=installed_vendors, derive=derive_installed)
"""Judges an installed vendor without a contract by its tables."""


def derive_contract(vendor: Vendor) -> DerivedContract:
    """Derive the contract of a vendor, in all its eras."""
    return DerivedContract(
        captures={era.date: _document(era) for era in vendor.eras},
        resources={era.date: _resources(era) for era in vendor.eras},
    )


def derive_capture(era: Era) -> Capture:
    """Return a capture with the calls of an era and the answers that its tables have."""
    return parse_derived(_document(era), era.vendor, era.date)


def derive_rule_set(era: Era) -> RuleSet:
    """Return the kinds of job of an era with their states and moves, and the rules that hold for all vendors."""
    return build_derived_rules(era.vendor, era.date, _resources(era), load_common_rules())


def _document(era: Era) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for operation in era.operations:
        for path in (operation.path, *operation.aliases):
            described = {**_described(operation).operation, "operationId": operation.name}
            paths.setdefault(path, {})[operation.method.lower()] = described
    return {"openapi": "3.1.0", "info": {"title": era.vendor, "version": era.date}, "paths": paths}


def _described(operation: Operation) -> DescribedAnswers:
    return _UNDESCRIBED if operation.describe is None else operation.describe()


def _resources(era: Era) -> dict[str, Any]:
    return {kind.name: _resource(era, kind) for kind in era.kinds.values() if kind.status_field}


def _resource(era: Era, kind: JobKind) -> dict[str, Any]:
    lifecycle = kind.lifecycle
    operations = [operation for operation in era.operations if operation.kind == kind.name]
    vanishing = set(kind.vanishes_in)
    for operation in operations:
        described = _described(operation)
        if operation.role is Role.READ:
            vanishing.update(*(described.states_by_status.get(status, ()) for status in described.not_found))
    can_cancel = any(operation.role is Role.CANCEL for operation in operations)
    moves = {}
    for state in lifecycle.states:
        triggers = (Trigger.TIME, Trigger.DEADLINE) if can_cancel else tuple(Trigger)
        moves[state] = [other for other in lifecycle.next_states(state) if lifecycle.allows(state, other, *triggers)]
        moves[state] += ["deleted"] if state in vanishing else []
    return {
        "status": f"/{kind.status_field}",
        "states": list(lifecycle.states),
        "terminal": sorted(lifecycle.terminal),
        "moves": moves,
        "operations": dict(_bindings(operations, kind)),
    }


def _bindings(operations: list[Operation], kind: JobKind) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each operation shows and does, those that say something of one job."""
    for operation in operations:
        described = _described(operation)
        shows = dict.fromkeys(map(str, described.shown_with), "")
        if _may_delete(operation, kind):
            # What the answer shows is the job as it was.
            shows = {}
        binding = {"shows": shows, "answers": dict(_answers(operation, described, kind))}
        if operation.role is Role.CREATE:
            yield operation.name, {"id": f"answer /{kind.id_field}", "creates": True, **binding}
        elif operation.role is Role.LIST and described.list_at is not None:
            yield operation.name, {"id": f"each /{kind.id_field}", "each": described.list_at, "shows": shows}
        elif operation.id_in is not None:
            place, name = operation.id_in
            where = f"body /{name}" if place == "body" else f"{place} {name}"
            yield operation.name, {"id": where, "unknown": sorted(described.not_found), **binding}


def _may_delete(operation: Operation, kind: JobKind) -> bool:
    deletes = any(isinstance(row, Delete) for row in kind.cancel_table.values())
    return operation.role is Role.DELETE or (operation.role is Role.CANCEL and deletes)


def _answers(operation: Operation, described: DescribedAnswers, kind: JobKind) -> Iterator[tuple[str, Any]]:
    """Yield the clauses of each status that says something of the job's state."""
    successes = [int(status) for status in described.operation["responses"] if status.startswith("2")] or _SUCCESSES
    effects = _EFFECTS.get(operation.role)
    if effects is not None:
        clauses = effects(kind, described)
        yield from ((str(status), clauses) for status in successes if clauses)
    # An answer that shows the job says more of its state than its status does.
    said = {*described.shown_with, *described.not_found}
    if effects is not None:
        said.update(successes)
    for status, states in described.states_by_status.items():
        if status not in said and states != set(kind.lifecycle.states):
            yield str(status), [{"from": sorted(states)}]


def _created(kind: JobKind, described: DescribedAnswers) -> list[Mapping[str, Any]]:
    return [{"from": "absent", "to": list(kind.lifecycle.states)}]


def _cancelled(kind: JobKind, described: DescribedAnswers) -> list[Mapping[str, Any]]:
    clauses: list[Mapping[str, Any]] = []
    for state, row in kind.cancel_table.items():
        followers = [each for each in kind.lifecycle.states if kind.lifecycle.allows(state, each, Trigger.CANCEL)]
        match row:
            case Accept():
                clauses.append({"from": state, "to": followers or "any"})
            case AlreadyCancelled():
                clauses.append({"from": state})
            case Delete():
                clauses.append({"from": state, "to": "deleted"})
    return clauses


def _deleted(kind: JobKind, described: DescribedAnswers) -> list[Mapping[str, Any]]:
    refused = frozenset().union(*described.states_by_status.values())
    states = [state for state in kind.lifecycle.states if state not in refused]
    return [{"from": states, "to": "deleted"}]


_EFFECTS: Final[Mapping[Role, Callable[[JobKind, DescribedAnswers], list[Mapping[str, Any]]]]] = {
    Role.CREATE: _created,
    Role.CANCEL: _cancelled,
    Role.DELETE: _deleted,
}
"""The clauses of the successes of an operation that changes its job."""
