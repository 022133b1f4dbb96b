"""Pairs the calls of two contracts, their webhooks, and the callbacks of two calls.

Calls are paired by method and path, the path of the server included (the name of a path parameter does not count), then
by the path alone, then by operationId. Webhooks and callbacks are paired by method and name, then by operationId. An
alias path is reported when it is new or gone; the call behind it is compared once.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, ContractChange, change_at
from mockserver.contract.compare.schema_comparison import SchemaComparison
from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.core.path_templates import path_shape
from mockserver.core.pointer import escape_token


class ResolvedObject(NamedTuple):
    """A parameter, body, answer or header, its `$ref` followed."""

    pointer: str
    body: Mapping[str, Any]


class ContractPair(NamedTuple):
    """Two contracts, and the comparison of their schemas."""

    old: Capture
    new: Capture
    schemas: SchemaComparison


class CallPair(NamedTuple):
    """One call in both contracts, or one webhook or callback."""

    contracts: ContractPair
    before: DocumentedOperation
    after: DocumentedOperation
    has_moved: bool
    """True if only the operationId says that it is the same call."""
    operation_id: str
    """The id of the call; of a callback, that of the call which it belongs to."""
    prefix: str = ""
    """What a place begins with: `webhook `, `callback NAME `, or nothing for a call."""

    @property
    def sides(self) -> tuple[DocumentedOperation, DocumentedOperation]:
        """The call before and after."""
        return self.before, self.after

    @property
    def is_sent_by_service(self) -> bool:
        """True for a webhook or a callback: the client receives its body and answers it."""
        return bool(self.prefix)

    def change(
        self, check: str, message: str, where: str, pointer: str, *, before: str = "", after: str = ""
    ) -> ContractChange:
        """Return a change at a place of the call."""
        return change_at(check, message, self.place(where), pointer, before=before, after=after)

    def place(self, where: str) -> ChangePlace:
        """Return a place of the call."""
        return ChangePlace(self.operation_id, f"{self.prefix}{where}".strip())

    def add_schemas(self, old: str, new: str, where: str, *, is_answer: bool) -> None:
        """Compare the schemas of two places, unless one has none."""
        contracts = self.contracts
        if "schema" in contracts.old.at(old) and "schema" in contracts.new.at(new):
            contracts.schemas.add(f"{old}/schema", f"{new}/schema", self.place(where), is_answer=is_answer)


class PairedCalls(NamedTuple):
    """The calls of two contracts: those of both, those that are gone, those that are new."""

    pairs: list[CallPair]
    gone: list[DocumentedOperation]
    new: list[DocumentedOperation]
    noun: str = ""
    """What they are, in a sentence; empty for calls."""
    operation_id: str | None = None
    """The id of the call to which callbacks belong."""

    def place_of(self, operation: DocumentedOperation) -> ChangePlace:
        """Return the place of a call that is gone or new."""
        return ChangePlace(self.operation_id or operation.id, "")


_Key = Callable[[DocumentedOperation], Iterable[Hashable]]


def pair_calls(contracts: ContractPair) -> PairedCalls:
    """Pair the calls of two contracts."""
    keys: list[_Key] = [_full_paths, _path]
    return _pair(contracts, contracts.old.operations, contracts.new.operations, keys)


def pair_webhooks(contracts: ContractPair) -> PairedCalls:
    """Pair the webhooks of two contracts."""
    before, after = (_webhook_operations(capture) for capture in (contracts.old, contracts.new))
    return _pair(contracts, before, after, [_name], prefix="webhook ", noun="the webhook ")


def _webhook_operations(capture: Capture) -> list[DocumentedOperation]:
    return [
        operation
        for name in capture.document.get("webhooks", {})
        for operation in capture.path_operations(f"#/webhooks/{escape_token(name)}", name)
    ]


def operation_ids(contracts: ContractPair) -> frozenset[str]:
    """Return the ids of all calls and webhooks of both contracts."""
    captures = (contracts.old, contracts.new)
    operations = (each for capture in captures for each in (*capture.operations, *_webhook_operations(capture)))
    return frozenset(operation.id for operation in operations)


def pair_callbacks(call: CallPair) -> PairedCalls:
    """Pair the callbacks of a call, by name and expression, then by name."""
    sides = ((call.contracts.old, call.before), (call.contracts.new, call.after))
    before, after = (list(_callback_operations(*side)) for side in sides)
    keys: list[_Key] = [_name, lambda operation: [(operation.method, operation.template.partition(" ")[0])]]
    return _pair(
        call.contracts, before, after, keys, prefix="callback {} ", noun="the callback ", operation_id=call.operation_id
    )


def _callback_operations(capture: Capture, operation: DocumentedOperation) -> Iterator[DocumentedOperation]:
    for name in operation.body.get("callbacks", {}):
        place, callback = capture.follow(f"{operation.pointer}/callbacks/{escape_token(name)}")
        for expression in callback:
            if expression != "$ref" and not expression.startswith("x-"):
                yield from capture.path_operations(f"{place}/{escape_token(expression)}", f"{name} {expression}")


def _full_paths(operation: DocumentedOperation) -> Iterator[Hashable]:
    for template in operation.full_templates:
        yield operation.method, path_shape(template)


def _path(operation: DocumentedOperation) -> Iterator[Hashable]:
    yield operation.method, path_shape(operation.template)


def _name(operation: DocumentedOperation) -> Iterator[Hashable]:
    yield operation.method, operation.template


def _pair(
    contracts: ContractPair,
    before: Iterable[DocumentedOperation],
    after: Iterable[DocumentedOperation],
    keys: list[_Key],
    *,
    prefix: str = "",
    noun: str = "",
    operation_id: str | None = None,
) -> PairedCalls:
    """Pair operations by each key in turn, then by operationId."""
    gone, fresh = {id(each): each for each in before}, {id(each): each for each in after}
    matched: list[tuple[DocumentedOperation, DocumentedOperation]] = []
    for key in keys:
        by_key = _index(fresh.values(), key)
        for old in list(gone.values()):
            new = next((by_key[value] for value in key(old) if id(by_key.get(value)) in fresh), None)
            if new is not None:
                matched.append((gone.pop(id(old)), fresh.pop(id(new))))
    stayed = len(matched)
    # An alias has the id and the pointer of the call that it is an alias of: a call that has a pair has not moved.
    known = {side.pointer for sides in matched for side in sides}
    by_id = _index(fresh.values(), _operation_id)
    for old in list(gone.values()):
        new = by_id.get(old.body.get("operationId"))
        if new is not None and known.isdisjoint((old.pointer, new.pointer)):
            known |= {old.pointer, new.pointer}
            matched.append((gone.pop(id(old)), fresh.pop(id(new))))
    # Aliases have the pointers of the call that they are aliases of: of equal pairs, the first is kept.
    unique: dict[tuple[str, str], CallPair] = {}
    for number, (old, new) in enumerate(matched):
        pair = CallPair(
            contracts=contracts,
            before=old,
            after=new,
            has_moved=number >= stayed,
            operation_id=operation_id or new.id,
            prefix=prefix.format(new.template.partition(" ")[0]),
        )
        unique.setdefault((old.pointer, new.pointer), pair)
    return PairedCalls(list(unique.values()), list(gone.values()), list(fresh.values()), noun, operation_id)


def _index(operations: Iterable[DocumentedOperation], key: _Key) -> dict[Hashable, DocumentedOperation]:
    """Return the first operation with each key."""
    found: dict[Hashable, DocumentedOperation] = {}
    for operation in operations:
        for value in key(operation):
            found.setdefault(value, operation)
    return found


def _operation_id(operation: DocumentedOperation) -> Iterator[Hashable]:
    if "operationId" in operation.body:
        yield operation.body["operationId"]
