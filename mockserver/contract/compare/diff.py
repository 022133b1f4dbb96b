"""The changes between two contracts that a client meets: calls, parameters, bodies, statuses, headers, fields.

    changes = diff_captures(load_capture("phaseo", "2026-08-05"), load_capture("phaseo", "2026-08-10"))

Calls are paired by method and path (the name of a path parameter does not count), then by operationId. An alias path
is reported when it is new or gone; the call behind it is compared once.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ContractChange, merge_changes
from mockserver.contract.compare.diff_calls import CallPair, diff_call
from mockserver.contract.compare.shape_changes import ChangeSite, change_at
from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.errors import Location, refuse

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")


def diff_captures(old: Capture, new: Capture) -> list[ContractChange]:
    """Return every change from `old` to `new`, the worst first. A malformed document raises `MockError` CON003."""
    calls = _pair_calls(old, new)
    changes = list(_diff_servers(old, new))
    for each in calls.gone:
        message = f"{each.method} {each.template} is gone"
        changes.append(change_at("DIF001", message, each.id, ChangeSite("", each.pointer)))
    for each in calls.new:
        message = f"{each.method} {each.template} is new"
        changes.append(change_at("DIF002", message, each.id, ChangeSite("", each.pointer)))
    for pair in calls.pairs:
        try:
            changes += diff_call(pair)
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            # Only `paths` were checked when the document was read; the rest is malformed where it is looked at.
            call = f"{pair.after.method} {pair.after.template}"
            message = f"{call}: the call cannot be compared, because one of its descriptions is malformed: {error!r}"
            raise refuse("CON003", message, location=Location(pointer=pair.after.pointer)) from None
    return merge_changes(changes)


def _diff_servers(old: Capture, new: Capture) -> Iterator[ContractChange]:
    site = ChangeSite("servers", "#/servers")
    before, after = ([str(server.get("url")) for server in each.document.get("servers", ())] for each in (old, new))
    for url in before:
        if url not in after:
            yield change_at("DIF006", f"the server {url} is gone", "", site, before=url)
    for url in after:
        if url not in before:
            yield change_at("DIF007", f"the server {url} is new", "", site, after=url)


class PairedCalls(NamedTuple):
    """The calls of two contracts: those of both, those that are gone, those that are new."""

    pairs: list[CallPair]
    gone: list[DocumentedOperation]
    new: list[DocumentedOperation]


def _pair_calls(old: Capture, new: Capture) -> PairedCalls:
    before = {_call_key(operation): operation for operation in old.operations}
    after = {_call_key(operation): operation for operation in new.operations}
    compared: dict[Any, list[ContractChange]] = {}
    found = [CallPair(old, new, before[key], after[key], compared) for key in before if key in after]
    gone = [operation for key, operation in before.items() if key not in after]
    fresh = [operation for key, operation in after.items() if key not in before]
    found += [CallPair(old, new, *moved, compared) for moved in _pair_moved_calls(found, gone, fresh)]
    # Aliases have the pointers of the call that they are aliases of: of equal pairs, the first is kept.
    bodies = {(call.before.pointer, call.after.pointer): call for call in reversed(found)}
    return PairedCalls(list(reversed(bodies.values())), gone, fresh)


def _pair_moved_calls(
    found: list[CallPair], gone: list[DocumentedOperation], fresh: list[DocumentedOperation]
) -> Iterator[tuple[DocumentedOperation, DocumentedOperation]]:
    """Yield the calls whose path has changed but not their operationId; they are taken out of `gone` and `fresh`."""
    known = {call.before.pointer for call in found} | {call.after.id for call in found}
    for before in list(gone):
        after = next((each for each in fresh if each.id == before.id), None)
        if after and before.pointer not in known and after.id not in known:
            gone.remove(before)
            fresh.remove(after)
            yield before, after


def _call_key(operation: DocumentedOperation) -> str:
    return f"{operation.method} {_PARAMETER.sub('{}', operation.template)}"
