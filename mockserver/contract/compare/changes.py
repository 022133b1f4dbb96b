"""A change: one way in which a contract is no longer what it was, as a client of the API meets it.

`err` breaks a client that did nothing but follow the older contract, `warn` breaks one that was not tolerant, `info`
breaks nobody. A request is judged the other way round than an answer: what a server takes may only grow, what it
gives may only shrink. Changes are values: they sort, merge and print the same way every time.
"""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.text import truncate

ChangeLevel = Literal["err", "warn", "info"]

CHANGE_LEVELS: Final[tuple[ChangeLevel, ...]] = ("err", "warn", "info")
"""The worst first."""
_VALUE_LENGTH: Final = 120
"""Characters of a value in a change."""


class ChangeType(NamedTuple):
    """One kind of change."""

    level: ChangeLevel
    meaning: str


_DIFF_TYPES: Final[Mapping[str, ChangeType]] = {
    "DIF001": ChangeType("err", "a call is gone"),
    "DIF002": ChangeType("info", "a call is new"),
    "DIF003": ChangeType("err", "a call has another method or path"),
    "DIF004": ChangeType("warn", "something is now deprecated"),
    "DIF005": ChangeType("warn", "a call is authenticated in another way"),
    "DIF006": ChangeType("warn", "a server's address is gone"),
    "DIF007": ChangeType("info", "a server's address is new"),
    "DIF010": ChangeType("err", "a parameter is new and required"),
    "DIF011": ChangeType("info", "a parameter is new and optional"),
    "DIF012": ChangeType("warn", "a parameter is gone"),
    "DIF013": ChangeType("err", "a parameter has become required"),
    "DIF014": ChangeType("info", "a parameter has become optional"),
    "DIF015": ChangeType("warn", "a parameter is written in another way (style, explode)"),
    "DIF020": ChangeType("err", "a body has become required"),
    "DIF021": ChangeType("info", "a body has become optional, or may now be sent"),
    "DIF022": ChangeType("warn", "a body is no longer taken"),
    "DIF023": ChangeType("err", "a content type is no longer taken"),
    "DIF024": ChangeType("info", "a content type is now taken"),
    "DIF030": ChangeType("err", "a field of a request is new and required"),
    "DIF031": ChangeType("info", "a field of a request is new and optional"),
    "DIF032": ChangeType("err", "a field of a request has become required"),
    "DIF033": ChangeType("info", "a field of a request has become optional"),
    "DIF034": ChangeType("err", "a field of a request is gone, and unknown fields are refused"),
    "DIF035": ChangeType("warn", "a field of a request is gone"),
    "DIF036": ChangeType("err", "a value is no longer taken"),
    "DIF037": ChangeType("info", "a value is now taken"),
    "DIF038": ChangeType("err", "only listed values are taken now"),
    "DIF039": ChangeType("info", "any value is taken now"),
    "DIF040": ChangeType("err", "a request's type is another or a narrower one"),
    "DIF041": ChangeType("info", "a request's type is a wider one"),
    "DIF042": ChangeType("warn", "a request's type is documented now"),
    "DIF043": ChangeType("err", "null is no longer taken"),
    "DIF044": ChangeType("info", "null is now taken"),
    "DIF045": ChangeType("err", "a limit on a request is tighter"),
    "DIF046": ChangeType("info", "a limit on a request is looser"),
    "DIF047": ChangeType("warn", "a limit on a request is another one"),
    "DIF048": ChangeType("err", "one of several forms of a request is no longer taken"),
    "DIF049": ChangeType("info", "another form of a request is now taken"),
    "DIF050": ChangeType("err", "a success status is gone"),
    "DIF051": ChangeType("info", "a call that could only fail can succeed"),
    "DIF052": ChangeType("warn", "a success status is new beside others"),
    "DIF053": ChangeType("warn", "a status other than a success is new"),
    "DIF054": ChangeType("info", "a status other than a success is gone"),
    "DIF056": ChangeType("err", "a content type of an answer is gone"),
    "DIF057": ChangeType("warn", "a content type of an answer is new"),
    "DIF060": ChangeType("err", "a header that was always there is gone"),
    "DIF061": ChangeType("warn", "a header that was sometimes there is gone"),
    "DIF062": ChangeType("info", "a header is new"),
    "DIF063": ChangeType("warn", "a header is no longer always there"),
    "DIF064": ChangeType("info", "a header is now always there"),
    "DIF070": ChangeType("err", "a field that was always there is gone"),
    "DIF071": ChangeType("warn", "a field that was sometimes there is gone"),
    "DIF072": ChangeType("info", "a field of an answer is new"),
    "DIF073": ChangeType("err", "a required field has become optional"),
    "DIF074": ChangeType("warn", "a field that the service always sent is no longer always there"),
    "DIF075": ChangeType("info", "a field is now always there"),
    "DIF076": ChangeType("err", "a field may now be null"),
    "DIF077": ChangeType("info", "a field is no longer null"),
    "DIF078": ChangeType("err", "an answer's type is another or a wider one"),
    "DIF079": ChangeType("info", "an answer's type is a narrower one"),
    "DIF080": ChangeType("warn", "an answer's type is no longer documented"),
    "DIF081": ChangeType("info", "an answer's type is documented now"),
    "DIF082": ChangeType("warn", "an answer has a new value: clients must be tolerant"),
    "DIF083": ChangeType("info", "a value is gone from answers"),
    "DIF084": ChangeType("warn", "an answer's values are no longer listed"),
    "DIF085": ChangeType("info", "an answer's values are listed now"),
    "DIF086": ChangeType("warn", "a limit on an answer is looser or another one"),
    "DIF087": ChangeType("info", "a limit on an answer is tighter"),
    "DIF088": ChangeType("warn", "an answer has another form beside the known ones"),
    "DIF089": ChangeType("info", "one of several forms of an answer is gone"),
    "DIF090": ChangeType("info", "the same is known from another basis"),
    "DIF091": ChangeType("warn", "an error code is new"),
    "DIF092": ChangeType("info", "an error code is gone"),
    "DIF093": ChangeType("warn", "a rule that cannot be compared is another one (not, if, dependentRequired, ...)"),
}

_DRIFT_TYPES: Final[Mapping[str, ChangeType]] = {
    "DIF100": ChangeType("info", "seen: a call that the capture does not have"),
    "DIF101": ChangeType("warn", "seen: a status that is not documented for the call"),
    "DIF102": ChangeType("warn", "seen: a content type that is not documented"),
    "DIF103": ChangeType("info", "seen: a field that is not declared"),
    "DIF104": ChangeType("warn", "seen: a value that is not documented"),
    "DIF105": ChangeType("err", "seen: null where none is allowed"),
    "DIF106": ChangeType("err", "seen: another type than the documented one"),
    "DIF107": ChangeType("warn", "seen: a value that breaks a documented format, pattern or limit"),
    "DIF108": ChangeType("err", "seen: an answer without a required field"),
    "DIF109": ChangeType("warn", "seen: an answer without a field that the service always sent"),
    "DIF110": ChangeType("info", "never seen: a documented field"),
    "DIF111": ChangeType("warn", "seen: an answer without a documented header"),
    "DIF112": ChangeType("warn", "seen: an error code that is not known for this answer"),
    "DIF113": ChangeType("warn", "seen: a body that is no clean JSON"),
    "DIF114": ChangeType("info", "seen: what a waiver of the capture knows of"),
}

CHANGE_TYPES: Final[Mapping[str, ChangeType]] = {**_DIFF_TYPES, **_DRIFT_TYPES}
"""Every kind of change by its stable name; from DIF100 on they are seen in recordings."""


class ChangePlace(NamedTuple):
    """Where a client meets a change."""

    operation: str
    """The operationId, or `GET /path`; empty for the contract as a whole."""
    where: str
    """`response 200 /outputs/*/status`, `request /webhook/url`, `query limit`, `response 200 header Retry-After`."""

    def __str__(self) -> str:
        return f"{self.operation} {self.where}".strip()


class Occurrences(NamedTuple):
    """How often a recording shows it."""

    matching: int
    """Answers that show it."""
    total: int
    """Answers of the same call and status."""
    first: Instant | None = None
    """When the first of them was asked for; None where the recording measured no times."""
    last: Instant | None = None

    def __str__(self) -> str:
        span = "" if self.first is None or self.last is None else f", {_format_span(self.first, self.last)}"
        return f"in {self.matching} of {self.total} answers{span}"

    def json(self) -> dict[str, Any]:
        """The times as RFC 3339, or null."""
        first, last = (None if at is None else rfc3339(at) for at in (self.first, self.last))
        return {"times": self.matching, "of": self.total, "first": first, "last": last}


def _format_span(first: Instant, last: Instant) -> str:
    return f"at {rfc3339(first)}" if first == last else f"from {rfc3339(first)} to {rfc3339(last)}"


class ContractChange(NamedTuple):
    """One difference, with all the places where it is met."""

    check: str
    """A key of `CHECKS`."""
    message: str
    """One sentence."""
    pointer: str
    """The JSON pointer of what changed: in the newer document, in the older one where it is gone."""
    before: str = ""
    """What it was: a value, or JSON text, shortened; empty where there was nothing."""
    after: str = ""
    places: tuple[ChangePlace, ...] = ()
    occurrences: Occurrences | None = None
    """None between two documents."""

    @property
    def level(self) -> ChangeLevel:
        """How bad it is for a client."""
        return CHANGE_TYPES[self.check].level

    def text(self) -> str:
        """For a terminal: the verdict with the first place, then what it was and is, then the other places."""
        lines = [f"{self.level:<4} {self.check} {self.places[0]}: {self.message}"]
        if self.before or self.after:
            lines.append(f"     {self.before or '(nothing)'} -> {self.after or '(nothing)'}")
        if self.occurrences:
            lines.append(f"     {self.occurrences}")
        others = [str(place) for place in self.places[1:]]
        if others:
            more = f", and {len(others) - 3} more" if len(others) > 3 else ""
            lines.append(f"     also {', '.join(others[:3])}{more}")
        return "\n".join(lines)

    def json(self) -> dict[str, Any]:
        """For a program."""
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


def shorten(text: str) -> str:
    """Shorten a value so that it fits on a line of a report."""
    return truncate(text, _VALUE_LENGTH)


def render_changes(changes: Iterable[ContractChange]) -> str:
    """All as text; where one check has many fields of one object, they are told together."""
    groups: dict[tuple[Any, ...], list[ContractChange]] = {}
    for change in changes:
        groups.setdefault(_grouping_key(change), []).append(change)
    return "\n".join(
        _render_field_group(group) if len(group) > 2 else "\n".join(map(ContractChange.text, group))
        for group in groups.values()
    )


def _grouping_key(change: ContractChange) -> tuple[Any, ...]:
    """What is alike of changes that are told together: all but the field's name."""
    if not all("/" in place.where for place in change.places):
        return change
    places = (ChangePlace(operation, _parent_place(where)) for operation, where in change.places)
    return (change.check, change.before, change.after, change.occurrences, *places)


def _parent_place(where: str) -> str:
    return where.rpartition("/")[0]


def _render_field_group(group: list[ContractChange]) -> str:
    first = group[0]
    places = tuple(place._replace(where=f"{_parent_place(place.where)}/...") for place in first.places)
    told = first._replace(message=f"{len(group)} times: {CHANGE_TYPES[first.check].meaning}", places=places).text()
    head, _, rest = told.partition("\n")
    names = ", ".join(change.places[0].where.rpartition("/")[2] for change in group)
    lines = textwrap.wrap(names, width=110, initial_indent="     ", subsequent_indent="     ")
    return "\n".join([head, *lines, *filter(None, [rest])])


def merge_changes(changes: Iterable[ContractChange]) -> list[ContractChange]:
    """The worst first; one change of a schema that many answers share is told once, with all its places."""
    groups: dict[tuple[str, ...], list[ContractChange]] = {}
    for change in changes:
        key = (change.check, change.message, change.pointer, change.before, change.after)
        groups.setdefault(key, []).append(change)
    return sort_changes(map(_merge_group, groups.values()))


def sort_changes(changes: Iterable[ContractChange]) -> list[ContractChange]:
    """The worst first, in an order that never depends on how they were found."""
    return sorted(changes, key=_change_sort_key)


def _merge_group(group: list[ContractChange]) -> ContractChange:
    places = dict.fromkeys(place for change in group for place in change.places)
    return group[0]._replace(places=tuple(places))


def _change_sort_key(change: ContractChange) -> tuple[Any, ...]:
    where = (change.places, change.pointer, change.message, change.before, change.after)
    return (CHANGE_LEVELS.index(change.level), change.check, *where)


def changes_of_operations(changes: Iterable[ContractChange], operations: Iterable[str]) -> list[ContractChange]:
    """The changes that a client of these operations meets, with those places only."""
    wanted = set(operations)
    kept = ((change, tuple(each for each in change.places if each.operation in wanted)) for change in changes)
    return [change._replace(places=places) for change, places in kept if places]


def changes_at_least(changes: Iterable[ContractChange], level: ChangeLevel) -> list[ContractChange]:
    """The changes of a level and of worse ones."""
    return [change for change in changes if CHANGE_LEVELS.index(change.level) <= CHANGE_LEVELS.index(level)]


def count_by_level(changes: Iterable[ContractChange]) -> dict[ChangeLevel, int]:
    """How many there are of each level."""
    levels = [change.level for change in changes]
    return {level: levels.count(level) for level in CHANGE_LEVELS}
