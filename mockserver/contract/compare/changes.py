"""A change of a contract, as a client of the API meets it.

Levels: `err` breaks clients that follow the older contract, `warn` breaks clients that are not tolerant, `info` breaks
none. Requests are judged the other way round than answers: what a server accepts may only grow, what it answers may
only shrink. Changes are values: they sort, merge and print the same way every time.
"""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.text import truncate
from mockserver.errors import escape_unprintable

ChangeLevel = Literal["err", "warn", "info"]

CHANGE_LEVELS: Final[tuple[ChangeLevel, ...]] = ("err", "warn", "info")
"""The worst first."""
_VALUE_LENGTH: Final = 120
"""Characters of a value in a change."""


class ChangeType(NamedTuple):
    """One kind of change."""

    level: ChangeLevel
    meaning: str


CHANGE_TYPES: Final[Mapping[str, ChangeType]] = {
    "DIF001": ChangeType("err", "a call is gone"),
    "DIF002": ChangeType("info", "a call is new"),
    "DIF003": ChangeType("err", "the method or path of a call has changed"),
    "DIF004": ChangeType("warn", "something is now deprecated"),
    "DIF005": ChangeType("warn", "the authentication of a call has changed"),
    "DIF006": ChangeType("warn", "a server's address is gone"),
    "DIF007": ChangeType("info", "a server's address is new"),
    "DIF010": ChangeType("err", "a parameter is new and required"),
    "DIF011": ChangeType("info", "a parameter is new and optional"),
    "DIF012": ChangeType("warn", "a parameter is gone"),
    "DIF013": ChangeType("err", "a parameter has become required"),
    "DIF014": ChangeType("info", "a parameter has become optional"),
    "DIF015": ChangeType("warn", "the style of a parameter has changed (style, explode)"),
    "DIF020": ChangeType("err", "a body has become required"),
    "DIF021": ChangeType("info", "a body has become optional, or may now be sent"),
    "DIF022": ChangeType("warn", "a body is no longer accepted"),
    "DIF023": ChangeType("err", "a content type is no longer accepted"),
    "DIF024": ChangeType("info", "a content type is now accepted"),
    "DIF030": ChangeType("err", "a field of a request is new and required"),
    "DIF031": ChangeType("info", "a field of a request is new and optional"),
    "DIF032": ChangeType("err", "a field of a request has become required"),
    "DIF033": ChangeType("info", "a field of a request has become optional"),
    "DIF034": ChangeType("err", "a field of a request is gone, and unknown fields are refused"),
    "DIF035": ChangeType("warn", "a field of a request is gone"),
    "DIF036": ChangeType("err", "a value is no longer accepted"),
    "DIF037": ChangeType("info", "a value is now accepted"),
    "DIF038": ChangeType("err", "only listed values are accepted now"),
    "DIF039": ChangeType("info", "any value is accepted now"),
    "DIF040": ChangeType("err", "a request's type has changed or is narrower"),
    "DIF041": ChangeType("info", "a request's type is wider"),
    "DIF042": ChangeType("warn", "a request's type is documented now"),
    "DIF043": ChangeType("err", "null is no longer accepted"),
    "DIF044": ChangeType("info", "null is now accepted"),
    "DIF045": ChangeType("err", "a limit on a request is tighter"),
    "DIF046": ChangeType("info", "a limit on a request is looser"),
    "DIF047": ChangeType("warn", "a limit on a request has changed"),
    "DIF048": ChangeType("err", "one of several alternatives of a request is no longer accepted"),
    "DIF049": ChangeType("info", "another alternative of a request is now accepted"),
    "DIF050": ChangeType("err", "a success status is gone"),
    "DIF051": ChangeType("info", "a call that could only fail can succeed"),
    "DIF052": ChangeType("warn", "a success status is new beside others"),
    "DIF053": ChangeType("warn", "a status other than a success is new"),
    "DIF054": ChangeType("info", "a status other than a success is gone"),
    "DIF055": ChangeType("info", "a range of statuses is narrower"),
    "DIF056": ChangeType("err", "a content type of an answer is gone"),
    "DIF057": ChangeType("warn", "a content type of an answer is new"),
    "DIF058": ChangeType("info", "a range of content types of an answer is narrower"),
    "DIF060": ChangeType("err", "a header that was always sent is gone"),
    "DIF061": ChangeType("warn", "a header that was sometimes sent is gone"),
    "DIF062": ChangeType("info", "a header is new"),
    "DIF063": ChangeType("warn", "a header is no longer always sent"),
    "DIF064": ChangeType("info", "a header is now always sent"),
    "DIF070": ChangeType("err", "a field that was always sent is gone"),
    "DIF071": ChangeType("warn", "a field that was sometimes sent is gone"),
    "DIF072": ChangeType("info", "a field of an answer is new"),
    "DIF073": ChangeType("err", "a required field has become optional"),
    "DIF074": ChangeType("warn", "a field that the service always sent is no longer always sent"),
    "DIF075": ChangeType("info", "a field is now always sent"),
    "DIF076": ChangeType("err", "a field may now be null"),
    "DIF077": ChangeType("info", "a field is no longer null"),
    "DIF078": ChangeType("err", "an answer's type has changed or is wider"),
    "DIF079": ChangeType("info", "an answer's type is narrower"),
    "DIF080": ChangeType("warn", "an answer's type is no longer documented"),
    "DIF081": ChangeType("info", "an answer's type is documented now"),
    "DIF082": ChangeType("warn", "an answer has a new value: clients must be tolerant"),
    "DIF083": ChangeType("info", "a value is gone from answers"),
    "DIF084": ChangeType("warn", "an answer's values are no longer listed"),
    "DIF085": ChangeType("info", "an answer's values are listed now"),
    "DIF086": ChangeType("warn", "a limit on an answer is looser or has changed"),
    "DIF087": ChangeType("info", "a limit on an answer is tighter"),
    "DIF088": ChangeType("warn", "an answer has another alternative beside the known ones"),
    "DIF089": ChangeType("info", "one of several alternatives of an answer is gone"),
    "DIF090": ChangeType("info", "the basis has changed (page, spec, runtime, ...)"),
    "DIF091": ChangeType("warn", "an error code is new"),
    "DIF092": ChangeType("info", "an error code is gone"),
    "DIF093": ChangeType("warn", "a keyword that cannot be compared has changed (not, if, dependentRequired, ...)"),
    "DIF094": ChangeType("err", "the discriminator of alternatives, or the meaning of one of its values, has changed"),
    "DIF100": ChangeType("info", "seen: a call that the capture does not have"),
    "DIF101": ChangeType("warn", "seen: a status that is not documented for the call"),
    "DIF102": ChangeType("warn", "seen: a content type that is not documented"),
    "DIF103": ChangeType("info", "seen: a field that is not declared"),
    "DIF104": ChangeType("warn", "seen: a value that is not documented"),
    "DIF105": ChangeType("err", "seen: null where none is allowed"),
    "DIF106": ChangeType("err", "seen: a value of another type than the documented one"),
    "DIF107": ChangeType("warn", "seen: a value that breaks a documented format, pattern or limit"),
    "DIF108": ChangeType("err", "seen: an answer without a required field"),
    "DIF109": ChangeType("warn", "seen: an answer without a field that the service always sent"),
    "DIF110": ChangeType("info", "never seen: a documented field"),
    "DIF111": ChangeType("warn", "seen: an answer without a documented header"),
    "DIF112": ChangeType("warn", "seen: an error code that is not known for this answer"),
    "DIF113": ChangeType("warn", "seen: a body that is not clean JSON"),
    "DIF114": ChangeType("info", "seen: a deviation that a waiver of the capture covers"),
}
"""Every kind of change by its stable name; those from DIF100 on are found in recordings."""


class ChangePlace(NamedTuple):
    """The place where a client meets a change."""

    operation: str
    """The operationId, or `GET /path`; empty for the contract as a whole, and for an unknown call."""
    where: str
    """`response 200 /outputs/*/status`, `request /webhook/url`, `query limit`, `response 200 header Retry-After`."""

    def __str__(self) -> str:
        return f"{self.operation} {self.where}".strip()


class Occurrences(NamedTuple):
    """The number of answers in a recording that show a change, and the times of the first and the last."""

    matching: int
    """Answers that show it."""
    total: int
    """Answers of the same call and status."""
    first: Instant | None = None
    """The time at which its request was sent; None if the recording measured no times."""
    last: Instant | None = None

    def __str__(self) -> str:
        text = f"in {self.matching} of {self.total} answers"
        if self.first is None or self.last is None:
            return text
        if self.first == self.last:
            return f"{text}, at {rfc3339(self.first)}"
        return f"{text}, from {rfc3339(self.first)} to {rfc3339(self.last)}"

    def json(self) -> dict[str, Any]:
        """Return `{times, of, first, last}`: two numbers and two RFC 3339 times, or None for unmeasured ones."""
        first, last = (None if at is None else rfc3339(at) for at in (self.first, self.last))
        return {"times": self.matching, "of": self.total, "first": first, "last": last}


class ContractChange(NamedTuple):
    """One change, with all the places where a client meets it."""

    check: str
    """A key of `CHANGE_TYPES`."""
    message: str
    """One sentence."""
    pointer: str
    """The JSON pointer of what changed: in the newer document, or in the older one if it is gone."""
    before: str = ""
    """The documented value, or JSON text, shortened; empty for nothing."""
    after: str = ""
    """The same now; in a recording, an example of what was answered."""
    places: tuple[ChangePlace, ...] = ()
    occurrences: Occurrences | None = None
    """None between two documents."""

    @property
    def level(self) -> ChangeLevel:
        """The effect on clients."""
        return CHANGE_TYPES[self.check].level

    def text(self) -> str:
        """Render for a terminal: level, check and first place; before and after; occurrences; the other places."""
        lines = [f"{self.level:<4} {self.check} {self.places[0]}: {self.message}"]
        if self.before or self.after:
            lines.append(f"     {self.before or '(nothing)'} -> {self.after or '(nothing)'}")
        if self.occurrences:
            lines.append(f"     {self.occurrences}")
        others = [str(place) for place in self.places[1:]]
        if len(others) > 3:
            lines.append(f"     also {', '.join(others[:3])}, and {len(others) - 3} more")
        elif others:
            lines.append(f"     also {', '.join(others)}")
        # A line end in a quoted name must not begin a line of its own.
        return "\n".join(map(escape_unprintable, lines))

    def json(self) -> dict[str, Any]:
        """Return every field by its JSON name; `seen` is None between two documents."""
        return {
            "check": self.check,
            "level": self.level,
            "message": self.message,
            "pointer": self.pointer,
            "before": self.before,
            "after": self.after,
            "places": [place._asdict() for place in self.places],
            "seen": self.occurrences.json() if self.occurrences else None,
        }


Changes = Iterator[ContractChange]


def shorten(text: str) -> str:
    """Shorten a value so that it fits on a line of a report."""
    return truncate(text, _VALUE_LENGTH)


def change_at(
    check: str, message: str, place: ChangePlace, pointer: str, *, before: str = "", after: str = ""
) -> ContractChange:
    """Return a change at one place, its values shortened."""
    return ContractChange(check, message, pointer, shorten(before), shorten(after), places=(place,))


def render_changes(changes: Iterable[ContractChange]) -> str:
    """Render changes for a terminal; more than two of one check in fields of one object become one entry."""
    groups: dict[tuple[Any, ...], list[ContractChange]] = {}
    for change in changes:
        key: tuple[Any, ...] = change
        if all("/" in place.where for place in change.places):
            # All of the change but its fields: `/outputs/*/url` and `/outputs/*/status` are in one object.
            objects = (ChangePlace(operation, where.rpartition("/")[0]) for operation, where in change.places)
            key = (change.check, change.before, change.after, change.occurrences, *objects)
        groups.setdefault(key, []).append(change)
    entries = [entry for group in groups.values() for entry in _group_entries(group)]
    counts = Counter(text for text, _ in entries)
    # Calls may share an operationId, and alternatives their fields: then the pointer distinguishes equal lines.
    return "\n".join(f"{text}\n     at {pointer}" if counts[text] > 1 else text for text, pointer in entries)


def _group_entries(group: list[ContractChange]) -> list[tuple[str, str]]:
    """Return the texts for a group of changes, each with the pointer of what changed."""
    if len(group) <= 2:
        return [(change.text(), change.pointer) for change in group]
    first = group[0]
    places = tuple(place._replace(where=f"{place.where.rpartition('/')[0]}/...") for place in first.places)
    message = f"{len(group)} times: {CHANGE_TYPES[first.check].meaning}"
    head, *rest = first._replace(message=message, places=places).text().split("\n")
    names = ", ".join(change.places[0].where.rpartition("/")[2] for change in group)
    wrapped = textwrap.wrap(names, width=110, initial_indent="     ", subsequent_indent="     ")
    return [("\n".join((head, *wrapped, *rest)), first.pointer)]


def merge_changes(changes: Iterable[ContractChange]) -> list[ContractChange]:
    """Merge equal changes into one with all their places (many answers share a schema); the worst first."""
    groups: dict[tuple[str, ...], list[ContractChange]] = {}
    for change in changes:
        key = (change.check, change.message, change.pointer, change.before, change.after)
        groups.setdefault(key, []).append(change)
    merged = []
    for group in groups.values():
        places = {place for change in group for place in change.places}
        # By operation, the outermost place first.
        in_order = sorted(places, key=lambda place: (place.operation, place.where.count("/"), place.where))
        merged.append(group[0]._replace(places=tuple(in_order)))
    return sort_changes(merged)


def sort_changes(changes: Iterable[ContractChange]) -> list[ContractChange]:
    """Sort the worst first, in an order that does not depend on how the changes were found."""

    def sort_key(change: ContractChange) -> tuple[Any, ...]:
        where = (change.places, change.pointer, change.message, change.before, change.after)
        return (CHANGE_LEVELS.index(change.level), change.check, *where)

    return sorted(changes, key=sort_key)


def changes_of_operations(changes: Iterable[ContractChange], operations: Iterable[str]) -> list[ContractChange]:
    """Return the changes that a client of these operations meets, with those places only."""
    wanted = set(operations)
    found = []
    for change in changes:
        places = tuple(place for place in change.places if place.operation in wanted)
        if places:
            found.append(change._replace(places=places))
    return found


def changes_at_least(changes: Iterable[ContractChange], level: ChangeLevel) -> list[ContractChange]:
    """Return the changes of a level and of worse ones."""
    return [change for change in changes if CHANGE_LEVELS.index(change.level) <= CHANGE_LEVELS.index(level)]


def count_by_level(changes: Iterable[ContractChange]) -> dict[ChangeLevel, int]:
    """Return the number of changes of each level."""
    levels = [change.level for change in changes]
    return {level: levels.count(level) for level in CHANGE_LEVELS}
