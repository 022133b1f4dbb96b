"""Fits the items of a batch to its counters: when each item began, when it ended, and how.

Theory of operation. Counters do not name items, so the first item that ends is taken for the first that began; any
other assignment gives the same counters. The n-th item began after the last answer that showed fewer than n items
begun, and not after the first that showed n; the same for its end.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.core.instants import DAY, Duration, format_duration
from mockserver.core.lifecycle import BatchRules
from mockserver.distill.round_duration import roundest_duration

MAX_ITEMS: Final = 2_000
"""Items of a batch that are fitted; a larger batch gets the vendor's own items."""
NEVER: Final[Duration] = 2 * DAY
"""How long an item waits or works whose end was not seen: longer than a batch lives."""
_SUFFIX: Final = "_items"


class ItemCounts(NamedTuple):
    """The counters of a batch in one answer."""

    at: Duration
    """Counted from the batch's creation."""
    begun: int
    """Items that work or have ended by their own work."""
    outcomes: Mapping[str, int]
    """How many items have ended, by outcome."""

    @property
    def ended(self) -> int:
        """Items that have ended by their own work."""
        return sum(self.outcomes.values())


def read_counts(at: Duration, counters: Mapping[str, int], rules: BatchRules) -> ItemCounts | None:
    """Return the counters as item counts; None where they do not count the states of items."""
    by_state = {name.removesuffix(_SUFFIX): count for name, count in counters.items()}
    if rules.queued not in by_state or rules.busy not in by_state:
        return None
    ends = rules.item.terminal - {rules.dropped}
    outcomes = {state: by_state[state] for state in rules.item.states if state in ends and state in by_state}
    return ItemCounts(at, by_state[rules.busy] + sum(outcomes.values()), outcomes)


def fit_items(counts: Sequence[ItemCounts], total: int, rules: BatchRules) -> list[dict[str, Any]]:
    """Return the entries of `items` that explain the counters; none for a batch that is too large or was not seen."""
    if not counts or not 0 < total <= MAX_ITEMS:
        return []
    begun = [each.begun for each in counts]
    ended = [each.ended for each in counts]
    times = [each.at for each in counts]
    outcomes = outcomes_in_order(counts)
    entries: list[dict[str, Any]] = []
    for index in range(total):
        begin = instant_of(index, begun, times)
        entry: dict[str, Any] = {}
        if begin:
            entry["queued"] = format_duration(begin)
        end = instant_of(index, ended, times, after=begin or 0)
        work = NEVER
        if begin is not None and end is not None:
            work = end - begin
        elif begin is None:
            entry["queued"] = format_duration(NEVER)
        entry["for"] = format_duration(work)
        outcome = outcomes[index] if index < len(outcomes) else rules.succeeded
        if outcome != rules.succeeded:
            entry["outcome"] = outcome
        entries.append(entry)
    return with_counts(entries)


def instant_of(index: int, reached: Sequence[int], times: Sequence[Duration], after: Duration = 0) -> Duration | None:
    """Return the roundest instant at which the item of that index was counted; None if it never was."""
    first = next((at for at, count in zip(times, reached, strict=True) if count > index), None)
    if first is None:
        return None
    above = max((at for at, count in zip(times, reached, strict=True) if count <= index and at < first), default=-1)
    if above < 0 and first == 0:
        return 0
    if first <= after:
        return first
    return after + roundest_duration(max(0, above - after), first - after)


def outcomes_in_order(counts: Iterable[ItemCounts]) -> list[str]:
    """Return the outcome of each item that has ended, in the order of their ends."""
    order: list[str] = []
    seen: dict[str, int] = {}
    for each in counts:
        for outcome, count in each.outcomes.items():
            new = count - seen.get(outcome, 0)
            order += [outcome] * max(0, new)
            seen[outcome] = max(count, seen.get(outcome, 0))
    return order


def with_counts(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join equal entries in a row to one with a count."""
    joined: list[tuple[dict[str, Any], int]] = []
    for entry in entries:
        if joined and joined[-1][0] == entry:
            joined[-1] = (entry, joined[-1][1] + 1)
        else:
            joined.append((entry, 1))
    return [entry if count == 1 else {"count": count, **entry} for entry, count in joined]
