"""The duties towards the contract: every era has a capture, which knows every operation and allows every answer."""

from collections.abc import Iterator

from mockserver.contract.judge.exchange import judge_exchange
from mockserver.vendor_check.creates import create_calls
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.purity import calls_in_states
from mockserver.vendor_check.world import CheckedEra, TriedCall


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


def breach_of_capture(checked: CheckedEra, tried: TriedCall, *, any_status: bool = False) -> str:
    """Return the first error of an answer under the capture, in words; empty if the capture allows it.

    `any_status`: the status need not be one that is documented for the call.
    """
    if checked.capture is None or tried.crash:
        return ""
    for finding in judge_exchange(checked.capture, tried.exchange):
        if finding.level == "error" and not (any_status and finding.rule == "S1"):
            found = f" (found {finding.value})" if finding.value else ""
            return f"{finding.rule} at {finding.where}: {finding.message}{found}"
    return ""
