"""What changed between two contracts, as a client meets it: calls, parameters, bodies, statuses, headers, fields.

    changes = diff(load("phaseo", "2026-08-05"), load("phaseo", "2026-08-10"))

Calls are paired by method and path (a parameter's name in a path does not count), then by operationId. A second path
of the same call is told when it comes or goes, and its body is compared once.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.capture import Answer, Capture, Operation, escape
from mockserver.contract.changes import Change, merged
from mockserver.contract.diff_shapes import Sides, Spot, compare, told
from mockserver.contract.shape import text
from mockserver.errors import Location, refuse

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")


def diff(old: Capture, new: Capture) -> list[Change]:
    """Every change from `old` to `new`, the worst first. Raises `MockError` (CON003) for a malformed document."""
    return merged(_changes(old, new))


def _changes(old: Capture, new: Capture) -> Iterator[Change]:
    yield from _servers(old, new)
    pairs, gone, fresh = _paired(old, new)
    for operation in gone:
        message = f"{operation.method} {operation.template} is gone"
        yield told("DIF001", message, operation.id, Spot("", operation.pointer))
    for operation in fresh:
        message = f"{operation.method} {operation.template} is new"
        yield told("DIF002", message, operation.id, Spot("", operation.pointer))
    for call in pairs:
        try:
            yield from _call(call)
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            raise _malformed(call, error) from None


def _malformed(call: "_Call", error: Exception) -> Exception:
    where = f"{call.after.method} {call.after.template}"
    message = f"{where}: this call cannot be compared, one of its two descriptions is malformed: {error!r}"
    return refuse("CON003", message, "", Location(pointer=call.after.pointer))


def _servers(old: Capture, new: Capture) -> Iterator[Change]:
    before, after = ([str(server.get("url")) for server in each.document.get("servers", ())] for each in (old, new))
    for url in before:
        if url not in after:
            yield told("DIF006", f"the server {url} is gone", "", Spot("servers", "#/servers"), url)
    for url in after:
        if url not in before:
            yield told("DIF007", f"the server {url} is new", "", Spot("servers", "#/servers"), "", url)


class _Call(NamedTuple):
    """A call in both contracts."""

    old: Capture
    new: Capture
    before: Operation
    after: Operation

    def sides(self, *, answers: bool) -> Sides:
        return Sides(self.old, self.new, answers, self.after.id)

    def told(self, check: str, message: str, where: str, pointer: str, before: str = "", after: str = "") -> Change:
        return told(check, message, self.after.id, Spot(where, pointer), before, after)


Paired = tuple[list[_Call], list[Operation], list[Operation]]


def _paired(old: Capture, new: Capture) -> Paired:
    """The calls of both, then those that are gone, then those that are new."""
    before = {_key(operation): operation for operation in old.operations}
    after = {_key(operation): operation for operation in new.operations}
    found = [_Call(old, new, before[key], after[key]) for key in before if key in after]
    gone = {operation.id: operation for key, operation in before.items() if key not in after}
    fresh = {operation.id: operation for key, operation in after.items() if key not in before}
    known = {call.before.pointer for call in found}
    moved = [name for name in gone if name in fresh and gone[name].pointer not in known]
    found += [_Call(old, new, gone.pop(name), fresh.pop(name)) for name in moved]
    return found, list(gone.values()), list(fresh.values())


def _key(operation: Operation) -> str:
    return f"{operation.method} {_PARAMETER.sub('{}', operation.template)}"
