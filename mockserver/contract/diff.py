"""What changed between two contracts, as a client meets it: calls, parameters, bodies, statuses, headers, fields.

    changes = diff(load("phaseo", "2026-08-05"), load("phaseo", "2026-08-10"))

Calls are paired by method and path (a parameter's name in a path does not count), then by operationId. A second path
of the same call is told when it comes or goes, and its body is compared once.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.capture import Capture, Operation
from mockserver.contract.changes import Change, merged
from mockserver.contract.diff_calls import Call, call_changes
from mockserver.contract.diff_shapes import Site, told
from mockserver.errors import Location, MockError, refuse

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")


def diff(old: Capture, new: Capture) -> list[Change]:
    """Every change from `old` to `new`, the worst first. Raises `MockError` (CON003) for a malformed document."""
    return merged(_changes(old, new))


def _changes(old: Capture, new: Capture) -> Iterator[Change]:
    pairs, gone, fresh = _paired(old, new)
    yield from _servers(old, new)
    for operation in gone:
        message = f"{operation.method} {operation.template} is gone"
        yield told("DIF001", message, operation.id, Site("", operation.pointer))
    for operation in fresh:
        message = f"{operation.method} {operation.template} is new"
        yield told("DIF002", message, operation.id, Site("", operation.pointer))
    for call in pairs:
        try:
            yield from call_changes(call)
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            raise _malformed(call, error) from None


def _malformed(call: Call, error: Exception) -> MockError:
    where = f"{call.after.method} {call.after.template}"
    message = f"{where}: this call cannot be compared, one of its two descriptions is malformed: {error!r}"
    return refuse("CON003", message, "", Location(pointer=call.after.pointer))


def _servers(old: Capture, new: Capture) -> Iterator[Change]:
    before, after = ([str(server.get("url")) for server in each.document.get("servers", ())] for each in (old, new))
    for url in before:
        if url not in after:
            yield told("DIF006", f"the server {url} is gone", "", Site("servers", "#/servers"), url)
    for url in after:
        if url not in before:
            yield told("DIF007", f"the server {url} is new", "", Site("servers", "#/servers"), "", url)


Paired = tuple[list[Call], list[Operation], list[Operation]]


def _paired(old: Capture, new: Capture) -> Paired:
    """The calls of both, each body once; then those that are gone, then those that are new."""
    before = {_key(operation): operation for operation in old.operations}
    after = {_key(operation): operation for operation in new.operations}
    compared: dict[Any, list[Change]] = {}
    found = [Call(old, new, before[key], after[key], compared) for key in before if key in after]
    gone = [operation for key, operation in before.items() if key not in after]
    fresh = [operation for key, operation in after.items() if key not in before]
    found += [Call(old, new, *moved, compared) for moved in _moved(found, gone, fresh)]
    bodies = {(call.before.pointer, call.after.pointer): call for call in reversed(found)}
    return list(reversed(bodies.values())), gone, fresh


def _moved(found: list[Call], gone: list[Operation], fresh: list[Operation]) -> Iterator[tuple[Operation, Operation]]:
    """The calls that have one operationId and two paths; they are taken out of `gone` and `fresh`."""
    known = {call.before.pointer for call in found} | {call.after.id for call in found}
    for before in list(gone):
        after = next((each for each in fresh if each.id == before.id), None)
        if after and before.pointer not in known and after.id not in known:
            gone.remove(before)
            fresh.remove(after)
            yield before, after


def _key(operation: Operation) -> str:
    return f"{operation.method} {_PARAMETER.sub('{}', operation.template)}"
