"""Compiles the ledger of a kind: what is booked for a job, and when."""

from collections.abc import Callable
from typing import NamedTuple

from mockserver.core.instants import Instant
from mockserver.core.job import Job, StateSpan
from mockserver.core.lifecycle import Trigger
from mockserver.packs.facts import Facts, Render
from mockserver.packs.node_access import checked_group, child, group_of, member
from mockserver.packs.scope import KindTables, Place, Scope
from mockserver.packs.values import compile_value
from mockserver.scenario import values
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import LedgerEntry, no_ledger
from mockserver.vendors.commands import history, snapshot

Ledger = Callable[[Job, Instant], tuple[LedgerEntry, ...]]
_CREATED = "created"


class LedgerRow(NamedTuple):
    """One entry of the section."""

    entry: str
    states: frozenset[str]
    """The states that it is booked in; empty: at the creation."""
    cancelled_in: frozenset[str]
    """Only if an accepted cancel found one of these states; empty: always."""
    amount: Render

    def booked_at(self, job: Job, spans: tuple[StateSpan, ...]) -> Instant | None:
        """Return when it is booked in a history; None for never."""
        if not self.states:
            return job.created
        previous = ""
        cancelled_in = ""
        for span in spans:
            if span.cause == Trigger.CANCEL.value:
                cancelled_in = previous
            if span.state in self.states and (not self.cancelled_in or cancelled_in in self.cancelled_in):
                return span.entered
            previous = span.state
        return None


def compile_ledger(node: Node | None, kind: KindTables, scope: Scope) -> Ledger:
    """Compile the section `ledger` of a kind; reports unknown states (PCK002)."""
    if node is None:
        return no_ledger
    unit = values.as_text(node.get("unit"))
    rows = [_compile_row(row, kind, scope) for row in values.items_of(node.get("entries"))]

    def ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
        """Return a job's bookings up to an instant, in the order of the rows."""
        if now < job.created:
            return ()
        spans = history(job, now)
        entries: list[LedgerEntry] = []
        for number, row in enumerate(rows):
            at = row.booked_at(job, spans)
            if at is not None:
                amount = row.amount(Facts(at=at, now=snapshot(job, at)))
                key = f"{job.id}:{row.entry}" + (f":{number}" if row.entry in [each.entry for each in entries] else "")
                entries.append(LedgerEntry(at, row.entry, amount, unit, key))
        return tuple(sorted(entries, key=lambda entry: entry.at))

    return ledger


def _compile_row(node: Node, kind: KindTables, scope: Scope) -> LedgerRow:
    diagnostics = scope.tables.diagnostics
    return LedgerRow(
        values.as_text(node.get("entry")),
        checked_group(member(node, "at"), kind, diagnostics, _CREATED),
        checked_group(node.get("cancelled_in"), kind, diagnostics),
        compile_value(member(node, "amount"), Scope(tables=scope.tables, places=frozenset({Place.JOB}), kind=kind)),
    )


def ledger_subjects(node: Node | None) -> list[tuple[str, Node]]:
    """Return a sentence for each entry of the section, and its mapping."""
    subjects = []
    for row in values.items_of(child(node, "entries")):
        text = f"{member(row, 'entry').text} at {'|'.join(group_of(member(row, 'at')))}"
        cancelled_in = group_of(row.get("cancelled_in"))
        if cancelled_in:
            text += f" if cancelled in {'|'.join(cancelled_in)}"
        subjects.append((text, row))
    return subjects
