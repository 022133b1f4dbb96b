"""The duties of the ledger: keys are unique, entries stay, and nothing is given back twice."""

from collections.abc import Iterator
from typing import Final

from mockserver.vendor_check.answers import age
from mockserver.vendor_check.courses import Course, courses_of
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import CheckedEra
from mockserver.vendors.api import LedgerEntry, no_ledger

RETURNS: Final = ("refund", "release")
"""Entries that give money back."""


def ledgers_are_sound(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each course of each kind that has a ledger."""
    for kind in checked.era.kinds.values():
        if kind.ledger is not no_ledger:
            for course in courses_of(checked, kind):
                yield DutyCase(f"{kind.name} {course.name}", unsound_entry(course))


def unsound_entry(course: Course) -> str:
    """Return what is wrong with the ledger at some instant, in words; empty if nothing is."""
    other = course.world.create(course.kind)
    booked: dict[str, LedgerEntry] = {}
    for at in course.instants():
        entries = course.kind.ledger(course.job, at)
        keys = {entry.key: entry for entry in entries}
        if len(keys) < len(entries):
            return f"two entries have the same key: {sorted(entry.key for entry in entries)}"
        shared = keys.keys() & {entry.key for entry in course.kind.ledger(other, at)}
        if shared:
            return f"{shared.pop()!r} is the key of an entry of two jobs"
        late = next((entry for entry in entries if entry.at > at), None)
        if late is not None:
            return f"at {age(course, at)} there is an entry of {age(course, late.at)}: {late.entry}"
        lost = next((key for key, entry in booked.items() if keys.get(key) != entry), None)
        if lost is not None:
            return f"at {age(course, at)} the entry {lost!r} is gone, or another than before"
        returned = [entry.entry for entry in entries if entry.entry in RETURNS]
        if len(returned) > 1:
            return f"at {age(course, at)} money is given back {len(returned)} times: {', '.join(returned)}"
        booked = keys
    return ""
