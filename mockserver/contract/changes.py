"""A change: one way in which a contract is no longer what it was, as a client of the API meets it.

`err` breaks a client that did nothing but follow the older contract, `warn` breaks one that was not tolerant, `info`
breaks nobody. A request is judged the other way round than an answer: what a server takes may only grow, what it
gives may only shrink. Changes are values: they sort, merge and print the same way every time.
"""

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from mockserver.core.instants import Instant, rfc3339

Level = Literal["err", "warn", "info"]

LEVELS: Final[tuple[Level, ...]] = ("err", "warn", "info")
"""The worst first."""


class Check(NamedTuple):
    """One kind of change."""

    level: Level
    meaning: str


_DIFF: Final[Mapping[str, Check]] = {
    "DIF001": Check("err", "a call is gone"),
    "DIF002": Check("info", "a call is new"),
    "DIF003": Check("err", "a call has another method or path"),
    "DIF004": Check("warn", "something is now deprecated"),
    "DIF005": Check("warn", "a call is authenticated in another way"),
    "DIF006": Check("warn", "a server's address is gone"),
    "DIF007": Check("info", "a server's address is new"),
    "DIF010": Check("err", "a parameter is new and required"),
    "DIF011": Check("info", "a parameter is new and optional"),
    "DIF012": Check("warn", "a parameter is gone"),
    "DIF013": Check("err", "a parameter has become required"),
    "DIF014": Check("info", "a parameter has become optional"),
    "DIF015": Check("warn", "a parameter is written in another way (style, explode)"),
    "DIF020": Check("err", "a body has become required"),
    "DIF021": Check("info", "a body has become optional, or may now be sent"),
    "DIF022": Check("warn", "a body is no longer taken"),
    "DIF023": Check("err", "a content type is no longer taken"),
    "DIF024": Check("info", "a content type is now taken"),
    "DIF030": Check("err", "a field of a request is new and required"),
    "DIF031": Check("info", "a field of a request is new and optional"),
    "DIF032": Check("err", "a field of a request has become required"),
    "DIF033": Check("info", "a field of a request has become optional"),
    "DIF034": Check("err", "a field of a request is gone, and unknown fields are refused"),
    "DIF035": Check("warn", "a field of a request is gone"),
    "DIF036": Check("err", "a value is no longer taken"),
    "DIF037": Check("info", "a value is now taken"),
    "DIF038": Check("err", "only listed values are taken now"),
    "DIF039": Check("info", "any value is taken now"),
    "DIF040": Check("err", "a request's type is another or a narrower one"),
    "DIF041": Check("info", "a request's type is a wider one"),
    "DIF042": Check("warn", "a request's type is documented now"),
    "DIF043": Check("err", "null is no longer taken"),
    "DIF044": Check("info", "null is now taken"),
    "DIF045": Check("err", "a limit on a request is tighter"),
    "DIF046": Check("info", "a limit on a request is looser"),
    "DIF047": Check("warn", "a limit on a request is another one"),
    "DIF048": Check("err", "one of several forms of a request is no longer taken"),
    "DIF049": Check("info", "another form of a request is now taken"),
    "DIF050": Check("err", "a success status is gone"),
    "DIF051": Check("info", "a call that could only fail can succeed"),
    "DIF052": Check("warn", "a success status is new beside others"),
    "DIF053": Check("warn", "a status other than a success is new"),
    "DIF054": Check("info", "a status other than a success is gone"),
    "DIF056": Check("err", "a content type of an answer is gone"),
    "DIF057": Check("warn", "a content type of an answer is new"),
    "DIF060": Check("err", "a header that was always there is gone"),
    "DIF061": Check("warn", "a header that was sometimes there is gone"),
    "DIF062": Check("info", "a header is new"),
    "DIF063": Check("warn", "a header is no longer always there"),
    "DIF064": Check("info", "a header is now always there"),
    "DIF070": Check("err", "a field that was always there is gone"),
    "DIF071": Check("warn", "a field that was sometimes there is gone"),
    "DIF072": Check("info", "a field of an answer is new"),
    "DIF073": Check("err", "a required field has become optional"),
    "DIF074": Check("warn", "a field that the service always sent is no longer always there"),
    "DIF075": Check("info", "a field is now always there"),
    "DIF076": Check("err", "a field may now be null"),
    "DIF077": Check("info", "a field is no longer null"),
    "DIF078": Check("err", "an answer's type is another or a wider one"),
    "DIF079": Check("info", "an answer's type is a narrower one"),
    "DIF080": Check("warn", "an answer's type is no longer documented"),
    "DIF081": Check("info", "an answer's type is documented now"),
    "DIF082": Check("warn", "an answer has a new value: clients must be tolerant"),
    "DIF083": Check("info", "a value is gone from answers"),
    "DIF084": Check("warn", "an answer's values are no longer listed"),
    "DIF085": Check("info", "an answer's values are listed now"),
    "DIF086": Check("warn", "a limit on an answer is looser or another one"),
    "DIF087": Check("info", "a limit on an answer is tighter"),
    "DIF088": Check("warn", "an answer has another form beside the known ones"),
    "DIF089": Check("info", "one of several forms of an answer is gone"),
    "DIF090": Check("info", "the same is known from another basis"),
    "DIF091": Check("warn", "an error code is new"),
    "DIF092": Check("info", "an error code is gone"),
    "DIF093": Check("warn", "a rule that cannot be compared is another one (not, if, dependentRequired, ...)"),
}

_DRIFT: Final[Mapping[str, Check]] = {
    "DIF100": Check("info", "seen: a call that the capture does not have"),
    "DIF101": Check("warn", "seen: a status that is not documented for the call"),
    "DIF102": Check("warn", "seen: a content type that is not documented"),
    "DIF103": Check("info", "seen: a field that is not declared"),
    "DIF104": Check("warn", "seen: a value that is not documented"),
    "DIF105": Check("err", "seen: null where none is allowed"),
    "DIF106": Check("err", "seen: another type than the documented one"),
    "DIF107": Check("warn", "seen: a value that breaks a documented format, pattern or limit"),
    "DIF108": Check("err", "seen: an answer without a required field"),
    "DIF109": Check("warn", "seen: an answer without a field that the service always sent"),
    "DIF110": Check("info", "never seen: a documented field"),
    "DIF111": Check("warn", "seen: an answer without a documented header"),
    "DIF112": Check("warn", "seen: an error code that is not known for this answer"),
    "DIF113": Check("warn", "seen: a body that is no clean JSON"),
    "DIF114": Check("info", "seen: what a waiver of the capture knows of"),
}

CHECKS: Final[Mapping[str, Check]] = {**_DIFF, **_DRIFT}
"""Every kind of change by its stable name; from DIF100 on they are seen in recordings."""


class Place(NamedTuple):
    """Where a client meets a change."""

    operation: str
    """The operationId, or `GET /path`; empty for the contract as a whole."""
    where: str
    """`response 200 /outputs/*/status`, `request /webhook/url`, `query limit`, `response 200 header Retry-After`."""

    def __str__(self) -> str:
        return f"{self.operation} {self.where}".strip()


class Seen(NamedTuple):
    """How often a recording shows it."""

    times: int
    """Answers that show it."""
    of: int
    """Answers of the same call and status."""
    first: Instant | None = None
    """When the first of them was asked for; None where the recording measured no times."""
    last: Instant | None = None

    def __str__(self) -> str:
        span = "" if self.first is None or self.last is None else f", {_span(self.first, self.last)}"
        return f"in {self.times} of {self.of} answers{span}"

    def json(self) -> dict[str, Any]:
        """The times as RFC 3339, or null."""
        first, last = (None if at is None else rfc3339(at) for at in (self.first, self.last))
        return {"times": self.times, "of": self.of, "first": first, "last": last}


def _span(first: Instant, last: Instant) -> str:
    return f"at {rfc3339(first)}" if first == last else f"from {rfc3339(first)} to {rfc3339(last)}"


class Change(NamedTuple):
    """One difference, with all the places where it is met."""

    check: str
    """A key of `CHECKS`."""
    message: str
    """One sentence."""
    pointer: str
    """The JSON pointer of what changed: in the newer document, in the older one where it is gone."""
    before: str
    """What it was: a value, or JSON text, cut; empty where there was nothing."""
    after: str
    places: tuple[Place, ...]
    seen: Seen | None = None
    """None between two documents."""

    @property
    def level(self) -> Level:
        """How bad it is for a client."""
        return CHECKS[self.check].level

    def text(self) -> str:
        """For a terminal: the verdict with the first place, then what it was and is, then the other places."""
        lines = [f"{self.level:<4} {self.check} {self.places[0]}: {self.message}"]
        if self.before or self.after:
            lines.append(f"     {self.before or '(nothing)'} -> {self.after or '(nothing)'}")
        if self.seen:
            lines.append(f"     {self.seen}")
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
            "seen": self.seen.json() if self.seen else None,
        }


def render(changes: Iterable[Change]) -> str:
    """All as text; where one check has many fields of one object, they are told together."""
    groups: dict[tuple[Any, ...], list[Change]] = {}
    for change in changes:
        groups.setdefault(_object(change), []).append(change)
    return "\n".join(
        _fields(group) if len(group) > 2 else "\n".join(map(Change.text, group)) for group in groups.values()
    )


def _object(change: Change) -> tuple[Any, ...]:
    """What is alike of changes that are told together: all but the field's name."""
    if not all("/" in place.where for place in change.places):
        return change
    places = (Place(operation, _above(where)) for operation, where in change.places)
    return (change.check, change.before, change.after, change.seen, *places)


def _above(where: str) -> str:
    return where.rpartition("/")[0]


def _fields(group: list[Change]) -> str:
    first = group[0]
    places = tuple(place._replace(where=f"{_above(place.where)}/...") for place in first.places)
    told = first._replace(message=f"{len(group)} times: {CHECKS[first.check].meaning}", places=places).text()
    head, _, rest = told.partition("\n")
    names = ", ".join(change.places[0].where.rpartition("/")[2] for change in group)
    lines = textwrap.wrap(names, width=110, initial_indent="     ", subsequent_indent="     ")
    return "\n".join([head, *lines, *filter(None, [rest])])


def merged(changes: Iterable[Change]) -> list[Change]:
    """The worst first; one change of a schema that many answers share is told once, with all its places."""
    groups: dict[tuple[str, ...], list[Change]] = {}
    for change in changes:
        key = (change.check, change.message, change.pointer, change.before, change.after)
        groups.setdefault(key, []).append(change)
    return ranked(map(_one, groups.values()))


def ranked(changes: Iterable[Change]) -> list[Change]:
    """The worst first, in an order that never depends on how they were found."""
    return sorted(changes, key=_rank)


def _one(group: list[Change]) -> Change:
    places = dict.fromkeys(place for change in group for place in change.places)
    return group[0]._replace(places=tuple(places))


def _rank(change: Change) -> tuple[Any, ...]:
    where = (change.places, change.pointer, change.message, change.before, change.after)
    return (LEVELS.index(change.level), change.check, *where)


def of_operation(changes: Iterable[Change], operations: Iterable[str]) -> list[Change]:
    """The changes that a client of these operations meets, with those places only."""
    wanted = set(operations)
    kept = ((change, tuple(each for each in change.places if each.operation in wanted)) for change in changes)
    return [change._replace(places=places) for change, places in kept if places]


def at_least(changes: Iterable[Change], level: Level) -> list[Change]:
    """The changes of a level and of worse ones."""
    return [change for change in changes if LEVELS.index(change.level) <= LEVELS.index(level)]


def tally(changes: Iterable[Change]) -> dict[Level, int]:
    """How many there are of each level."""
    levels = [change.level for change in changes]
    return {level: levels.count(level) for level in LEVELS}
