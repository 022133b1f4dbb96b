"""The contract of a vendor that has none: its calls, its kinds of job and their moves, as the vendor's own tables say.

On the fake such a contract is no second statement: it checks the vendor's tables against themselves. It finds a job
that moves where its lifecycle has no move, and it is what a recording of the live API can be read by. Bodies have no
schemas in it, and no status is undocumented.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, parse_capture
from mockserver.contract.documents.places import captured_vendors
from mockserver.contract.rules.derived_rule import DERIVED_FROM, DERIVED_RULE
from mockserver.contract.rules.resources import parse_resources
from mockserver.contract.rules.rule_set import ContractRule, RuleSet, load_common_rules
from mockserver.vendors.api import Accept, Era, JobKind, Operation, Role

_CREATED: Final = ("200", "201", "202")
NO_CONTRACT: Final = (
    "{vendor} has no contract: its own tables judge it, which on the fake only checks them against themselves; "
    "put captures into ./contracts/{vendor}"
)
"""What a command says of a vendor without a contract."""


def has_contract(vendor: str) -> bool:
    """Return whether a vendor has captures."""
    return vendor in captured_vendors()


def derive_capture(era: Era) -> Capture:
    """Return a capture with the calls of an era, in which every answer is allowed."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in era.operations:
        for path in (operation.path, *operation.aliases):
            described = {"operationId": operation.name, "responses": {"default": {"description": "not described"}}}
            paths.setdefault(path, {})[operation.method.lower()] = described
    document = {"openapi": "3.1.0", "info": {"title": era.vendor, "version": era.date}, "paths": paths}
    return parse_capture(document, era.vendor, era.date, DERIVED_FROM)


def derive_rule_set(era: Era) -> RuleSet:
    """Return the kinds of job of an era with their states and moves, and the rules that hold for all vendors."""
    kinds = {kind.name: _describe_kind(era, kind) for kind in era.kinds.values() if kind.status_field}
    rules = (*(_terminal_rule(kind) for kind in kinds), *load_common_rules())
    return RuleSet(era.vendor, era.date, (), parse_resources(kinds, era.date, DERIVED_FROM), rules)


def _terminal_rule(kind: str) -> ContractRule:
    return replace(DERIVED_RULE, statement=f"a {kind} that has ended does not move again", resource_kind=kind)


def _describe_kind(era: Era, kind: JobKind) -> dict[str, Any]:
    lifecycle = kind.lifecycle
    operations = {}
    for operation in era.operations:
        if operation.kind == kind.name and (described := _describe_operation(operation, kind)):
            operations[operation.name] = described
    return {
        "status": f"/{kind.status_field}",
        "states": list(lifecycle.states),
        "terminal": sorted(lifecycle.terminal),
        "moves": {state: list(lifecycle.next_states(state)) for state in lifecycle.states},
        "operations": operations,
    }


def _describe_operation(operation: Operation, kind: JobKind) -> Mapping[str, Any] | None:
    """Return what an operation shows and does; None where it says nothing about one job."""
    if operation.role is Role.CREATE:
        created = {"from": "absent", "to": list(kind.lifecycle.states)}
        return {"id": f"answer /{kind.id_field}", "creates": True, "answers": dict.fromkeys(_CREATED, created)}
    if operation.id_in is None:
        return None
    described: dict[str, Any] = {"id": " ".join(operation.id_in)}
    if operation.role is Role.READ:
        return {**described, "shows": {"200": ""}}
    if operation.role is Role.CANCEL:
        follow = {row.follow[0].state for row in kind.cancel_table.values() if isinstance(row, Accept) and row.follow}
        cancelled = {"from": "existing", "to": [*sorted(follow), *sorted(kind.lifecycle.terminal), "deleted"]}
        return {**described, "answers": dict.fromkeys((*_CREATED, "204"), cancelled)}
    if operation.role is Role.DELETE:
        deleted = {"from": "existing", "to": "deleted"}
        return {**described, "answers": dict.fromkeys((*_CREATED, "204"), deleted)}
    return described
