"""The comparison that `mockserver diff` reports: two captures, or a capture and the answers of a recording."""

from collections.abc import Iterable
from dataclasses import dataclass

from mockserver.contract.compare.call_pairs import ContractPair, operation_ids
from mockserver.contract.compare.changes import ContractChange
from mockserver.contract.compare.diff import diff_contracts
from mockserver.contract.compare.drift import DriftCollector
from mockserver.contract.compare.schema_comparison import SchemaComparison
from mockserver.contract.documents.capture import Capture
from mockserver.core.text import pluralize
from mockserver.core.wire import Exchange

_MAX_FOREIGN_SHOWN = 3
"""Hosts of foreign calls that a summary names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractComparison:
    """The changes between two sides, and how much was compared."""

    old: str
    new: str
    changes: list[ContractChange]
    operations: frozenset[str]
    """The ids of all operations of both sides."""
    summary: str | None = None
    """One line on how much was compared; None for all of two captures."""
    is_conclusive: bool = True
    """False if nothing was compared."""


def compare_captures(old: Capture, new: Capture) -> ContractComparison:
    """Compare two captures, as a client of the API sees them."""
    contracts = ContractPair(old, new, SchemaComparison(old, new))
    changes = diff_contracts(contracts)
    summary = None
    if not contracts.schemas.is_complete:
        summary = "not everything was compared: there are too many pairs of schemas"
    return ContractComparison(
        old=old.name, new=new.name, changes=changes, operations=operation_ids(contracts), summary=summary
    )


def compare_recording(
    capture: Capture, name: str, exchanges: Iterable[Exchange], *, with_times: bool
) -> ContractComparison:
    """Compare a capture with what recorded answers show; `name` is the recording's.

    `with_times=False` leaves out when a difference was seen, for a recording without measured times.
    """
    drift = DriftCollector(capture)
    for exchange in exchanges:
        drift.add(exchange)
    judged = pluralize(drift.judged, "answer")
    summary = [f"{pluralize(drift.exchanges, 'exchange')}, {judged} of calls that the contract has"]
    summary += [f"{number} of {host}" for host, number in drift.foreign_calls.most_common(_MAX_FOREIGN_SHOWN)]
    if not drift.judged:
        summary.append("nothing was compared")
    if drift.dropped:
        summary.append(f"{pluralize(drift.dropped, 'difference')} left out: there are too many different ones")
    return ContractComparison(
        old=capture.name,
        new=name,
        changes=drift.changes(with_times=with_times),
        operations=frozenset(operation.id for operation in capture.operations),
        summary="; ".join(summary),
        is_conclusive=drift.judged > 0,
    )
