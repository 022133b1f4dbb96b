"""The duties towards the contract: every era has a capture, which knows every operation and allows every answer."""

from collections.abc import Container, Iterator
from typing import Final

from mockserver.contract.documents.capture import Capture
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.core.wire import Exchange
from mockserver.vendor_check.creates import create_calls
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.purity import calls_in_states
from mockserver.vendor_check.world import CheckedEra, TriedCall

_ANY_STATUS: Final = frozenset({"S1"})
"""The rule that an answer with any status may break."""


def eras_are_captured(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield one case: the era has a capture, or says why it has none."""
    era = checked.era
    found = ""
    if checked.capture is None and not era.uncaptured:
        found = "there is no capture of this era, so none of its answers can be judged"
    yield DutyCase(f"contracts/{era.vendor}/captures/{era.date}.yaml", found)


def operations_are_captured(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each path of each operation: the capture has it, with that method."""
    if checked.capture is None:
        return
    for operation in checked.era.operations:
        if operation.uncaptured:
            continue
        for path in (operation.path, *operation.aliases):
            found = ""
            if checked.capture.find(operation.method, path) is None:
                found = f"the capture has no {operation.method} {path}{checked.capture.nearest(operation.method, path)}"
            yield DutyCase(f"operation {operation.name}", found)


def answers_are_captured(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each operation in each state, and each create: the capture allows the answer."""
    for operation, tried in create_calls(checked):
        yield DutyCase(f"operation {operation.name}", breach_of_capture(checked, tried))
    for kind in checked.era.kinds.values():
        for each in calls_in_states(checked, kind):
            yield DutyCase(each.where, breach_of_capture(checked, each.ask()))


def breach_of_capture(checked: CheckedEra, tried: TriedCall) -> str:
    """Return the first error of an answer under the capture, in words; empty if the capture allows it."""
    if checked.capture is None or tried.crash:
        return ""
    return _first_error(checked.capture, tried.exchange, ())


def breach_of_error_shape(checked: CheckedEra, tried: TriedCall) -> str:
    """Return the first error of an error answer whose status need not be documented for its call, as above.

    A status that is documented for other calls may have a body that it has there.
    """
    capture = checked.capture
    if capture is None:
        return ""
    exchange, status = tried.exchange, str(tried.response.status)
    found = _first_error(capture, exchange, _ANY_STATUS)
    own = capture.find(tried.request.method, tried.request.path)
    if own is not None and status in own.answers:
        return found
    for other in capture.operations:
        if status in other.answers:
            request = tried.request._replace(method=other.method, path=other.template)
            if not _first_error(capture, exchange._replace(request=request), _ANY_STATUS):
                return ""
    return found


def _first_error(capture: Capture, exchange: Exchange, accepted: Container[str]) -> str:
    for finding in judge_exchange(capture, exchange):
        if finding.level == "error" and finding.rule not in accepted:
            value = "" if finding.value is None else f" (found {finding.value})"
            return f"{finding.rule} at {finding.where}: {finding.message}{value}"
    return ""
