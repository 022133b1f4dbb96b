"""The changes between two contracts that a client meets: calls, parameters, bodies, statuses, headers, fields.

    changes = diff_captures(load_capture("phaseo", "2026-08-05"), load_capture("phaseo", "2026-08-10"))

Calls are paired by method and path (the name of a path parameter does not count), then by operationId. An alias path
is reported when it is new or gone; the call behind it is compared once.
"""

import re
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, ContractChange, change_at, merge_changes
from mockserver.contract.compare.diff_calls import CallPair, diff_call
from mockserver.contract.documents.capture import Capture, DocumentedOperation
from mockserver.errors import Location, refuse

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")


def diff_captures(old: Capture, new: Capture) -> list[ContractChange]:
    """Return every change from `old` to `new`, the worst first. A malformed document raises `MockError` CON003."""
    place = ChangePlace("", "servers")
    before, after = ([str(server.get("url")) for server in each.document.get("servers", ())] for each in (old, new))
    calls = _pair_calls(old, new)
    changes = [
        *(
            change_at("DIF006", f"the server {url} is gone", place, "#/servers", before=url)
            for url in before
            if url not in after
        ),
        *(
            change_at("DIF007", f"the server {url} is new", place, "#/servers", after=url)
            for url in after
            if url not in before
        ),
    ]
    for check, operations, verb in (("DIF001", calls.gone, "gone"), ("DIF002", calls.new, "new")):
        for each in operations:
            message = f"{each.method} {each.template} is {verb}"
            changes.append(change_at(check, message, ChangePlace(each.id, ""), each.pointer))
    for pair in calls.pairs:
        try:
            changes += diff_call(pair)
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            # Only `paths` were checked when the document was read; the rest is malformed where it is looked at.
            call = f"{pair.after.method} {pair.after.template}"
            message = f"{call}: the call cannot be compared, because one of its descriptions is malformed: {error!r}"
            raise refuse("CON003", message, location=Location(pointer=pair.after.pointer)) from None
    return merge_changes(changes)


class PairedCalls(NamedTuple):
    """The calls of two contracts: those of both, those that are gone, those that are new."""

    pairs: list[CallPair]
    gone: list[DocumentedOperation]
    new: list[DocumentedOperation]


def _pair_calls(old: Capture, new: Capture) -> PairedCalls:
    before, after = (
        {f"{each.method} {_PARAMETER.sub('{}', each.template)}": each for each in capture.operations}
        for capture in (old, new)
    )
    compared: dict[Any, list[ContractChange]] = {}
    found = [CallPair(old, new, before[key], after[key], compared) for key in before if key in after]
    gone = [operation for key, operation in before.items() if key not in after]
    fresh = [operation for key, operation in after.items() if key not in before]
    # A call whose path has changed and whose operationId has not is the same call.
    known = {call.before.pointer for call in found} | {call.after.id for call in found}
    for operation in list(gone):
        moved = next((each for each in fresh if each.id == operation.id), None)
        if moved and operation.pointer not in known and moved.id not in known:
            gone.remove(operation)
            fresh.remove(moved)
            found.append(CallPair(old, new, operation, moved, compared))
    # Aliases have the pointers of the call that they are aliases of: of equal pairs, the first is kept.
    bodies = {(call.before.pointer, call.after.pointer): call for call in reversed(found)}
    return PairedCalls(list(reversed(bodies.values())), gone, fresh)
