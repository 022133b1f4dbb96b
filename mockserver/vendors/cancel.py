"""The rows of a cancel table: for each state, the vendor's decision on a cancel that finds a job in it.

A row is the whole rule. Its conditions are data (`Accept.after`, `Accept.only_for`), evaluated by
`commands.decide_cancel`; explanations and `show --sources` read the same row.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant, format_duration
from mockserver.core.job import StateHistory
from mockserver.core.timeline import Timeline
from mockserver.vendors.sources import Source, VendorRule


class Refuse(NamedTuple):
    """The cancel is refused with the vendor's error of that name."""

    error: str | None = None
    """A key of the vendor's error table; None: the vendor's general refusal."""
    source: Source | None = None


class AlreadyCancelled(NamedTuple):
    """The job is cancelled already: the same answer is given again and nothing changes."""

    source: Source | None = None


class Delete(NamedTuple):
    """The cancel deletes the job, as one of a job that has ended may."""

    source: Source | None = None


class SpecCondition(NamedTuple):
    """A condition on what the vendor remembers of the create request."""

    field: str
    """A key of `Job.spec`."""
    values: frozenset[Any]

    def holds(self, spec: Mapping[str, Any]) -> bool:
        """Return True if the spec of a job has one of the values."""
        # A list or an object of a request has no hash, so it cannot be looked up in a set.
        return spec[self.field] in tuple(self.values)


class Accept(NamedTuple):
    """The cancel is accepted, if the row's conditions hold, and the job continues with `follow`."""

    follow: Timeline = ()
    """Empty: as the plan's cancel timeline says (batches: `BatchRules`)."""
    after: Duration | None = None
    """Accepted only when *more* than this has passed since `since` was entered."""
    since: str | None = None
    """The state that `after` counts from; None, or a state that the job skipped: the present state."""
    only_for: SpecCondition | None = None
    """Accepted only for these jobs; not checked where a scenario has a cancel policy of its own."""
    otherwise: Refuse = Refuse()
    """The decision when a condition does not hold."""
    source: Source | None = None

    @property
    def condition(self) -> str | None:
        """The row's conditions in words; None if it accepts always."""
        parts = []
        if self.after is not None:
            parts.append(f"more than {format_duration(self.after)} after {self.since or 'the state'} began")
        if self.only_for is not None:
            options = sorted(json.dumps(each, ensure_ascii=False).strip('"') for each in self.only_for.values)
            parts.append(f"for {self.only_for.field} {', '.join(options)}")
        return " and ".join(parts) or None

    def refused_until(self, entered_at: dict[str, Instant], entered: Instant) -> Instant:
        """Return the last instant at which `after` still refuses; without such a condition, the start it counts from.

        `entered_at` maps each state of the job's past to the instant at which it was entered last; `entered` is the
        start of the present state.
        """
        return entered_at.get(self.since or "", entered) + (self.after or 0)


CancelDecision = Accept | AlreadyCancelled | Delete | Refuse

UNCONDITIONAL: Final = Accept()


def turning_points(table: Mapping[str, CancelDecision], history: StateHistory) -> list[Instant]:
    """Return the instants after which a cancel is decided differently although the state stays the same."""
    entered_at = {span.state: span.entered for span in history}
    points = []
    for span in history:
        row = table.get(span.state)
        if isinstance(row, Accept) and row.after is not None:
            points.append(row.refused_until(entered_at, span.entered))
    return points


def cancel_rules(kind: str, table: Mapping[str, CancelDecision]) -> Iterator[VendorRule]:
    """Yield the rows of a kind's cancel table as rules; a row with a condition is two of them."""
    for state, row in table.items():
        subject = f"{kind}, {state}"
        match row:
            case Accept():
                parts = ["accepted", *filter(None, [row.condition])]
                parts += [f"then {step.state}" for step in row.follow]
                yield VendorRule("cancel", subject, ", ".join(parts), row.source)
                if row.condition is not None:
                    yield VendorRule("cancel", f"{subject}, otherwise", _refusal(row.otherwise), row.otherwise.source)
            case AlreadyCancelled():
                yield VendorRule("cancel", subject, "answered as before, and nothing changes", row.source)
            case Delete():
                yield VendorRule("cancel", subject, "accepted, and the job is deleted", row.source)
            case refusal:
                yield VendorRule("cancel", subject, _refusal(refusal), refusal.source)


def _refusal(row: Refuse) -> str:
    return f"refused ({row.error or 'general refusal'})"
