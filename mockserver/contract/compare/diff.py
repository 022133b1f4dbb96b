"""What changed between two contracts, as a client meets it: calls, parameters, bodies, statuses, headers, fields.

    changes = diff(load("phaseo", "2026-08-05"), load("phaseo", "2026-08-10"))

Calls are paired by method and path (a parameter's name in a path does not count), then by operationId. A second path
of the same call is told when it comes or goes, and its body is compared once.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.compare.changes import ContractChange, merge_changes
from mockserver.contract.compare.diff_calls import CallPair, diff_call
from mockserver.contract.compare.diff_shapes import ChangeSite, change_at
from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.errors import Location, MockError, refuse

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")


def diff_captures(old: Capture, new: Capture) -> list[ContractChange]:
    """Every change from `old` to `new`, the worst first. Raises `MockError` (CON003) for a malformed document."""
    return merge_changes(_find_changes(old, new))


def _find_changes(old: Capture, new: Capture) -> Iterator[ContractChange]:
    pairs, gone, fresh = _pair_calls(old, new)
    yield from _diff_servers(old, new)
    for operation in gone:
        message = f"{operation.method} {operation.template} is gone"
        yield change_at("DIF001", message, operation.id, ChangeSite("", operation.pointer))
    for operation in fresh:
        message = f"{operation.method} {operation.template} is new"
        yield change_at("DIF002", message, operation.id, ChangeSite("", operation.pointer))
    for call in pairs:
        try:
            yield from diff_call(call)
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            raise _malformed_call_error(call, error) from None


def _malformed_call_error(call: CallPair, error: Exception) -> MockError:
    where = f"{call.after.method} {call.after.template}"
    message = f"{where}: this call cannot be compared, one of its two descriptions is malformed: {error!r}"
    return refuse("CON003", message, "", Location(pointer=call.after.pointer))


def _diff_servers(old: Capture, new: Capture) -> Iterator[ContractChange]:
    before, after = ([str(server.get("url")) for server in each.document.get("servers", ())] for each in (old, new))
    for url in before:
        if url not in after:
            yield change_at("DIF006", f"the server {url} is gone", "", ChangeSite("servers", "#/servers"), url)
    for url in after:
        if url not in before:
            yield change_at("DIF007", f"the server {url} is new", "", ChangeSite("servers", "#/servers"), "", url)


PairedCalls = tuple[list[CallPair], list[DocumentedOperation], list[DocumentedOperation]]


def _pair_calls(old: Capture, new: Capture) -> PairedCalls:
    """The calls of both, each body once; then those that are gone, then those that are new."""
    before = {_call_key(operation): operation for operation in old.operations}
    after = {_call_key(operation): operation for operation in new.operations}
    compared: dict[Any, list[ContractChange]] = {}
    found = [CallPair(old, new, before[key], after[key], compared) for key in before if key in after]
    gone = [operation for key, operation in before.items() if key not in after]
    fresh = [operation for key, operation in after.items() if key not in before]
    found += [CallPair(old, new, *moved, compared) for moved in _pair_moved_calls(found, gone, fresh)]
    bodies = {(call.before.pointer, call.after.pointer): call for call in reversed(found)}
    return list(reversed(bodies.values())), gone, fresh


def _pair_moved_calls(
    found: list[CallPair], gone: list[DocumentedOperation], fresh: list[DocumentedOperation]
) -> Iterator[tuple[DocumentedOperation, DocumentedOperation]]:
    """The calls that have one operationId and two paths; they are taken out of `gone` and `fresh`."""
    known = {call.before.pointer for call in found} | {call.after.id for call in found}
    for before in list(gone):
        after = next((each for each in fresh if each.id == before.id), None)
        if after and before.pointer not in known and after.id not in known:
            gone.remove(before)
            fresh.remove(after)
            yield before, after


def _call_key(operation: DocumentedOperation) -> str:
    return f"{operation.method} {_PARAMETER.sub('{}', operation.template)}"
