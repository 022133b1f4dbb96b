"""What has changed between two shapes, and whether it breaks a client: one way round in requests, the other in answers.

Theory of operation. Pairs of places wait in a queue; each is compared once in a body, so that a schema which contains
itself ends, and one which is used twice is told once. Alternatives have no names: they are paired by what they have
most in common, and what is left over is gone or new.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.capture import Capture
from mockserver.contract.changes import Change, Place
from mockserver.contract.shape import LIMITS, LOWER, NULL, RULES, UPPER, Shape, narrow, shape, text
from mockserver.contract.shape import Place as Pointers
from mockserver.core.pointer import escaped

MOST_PAIRS: Final = 2_500
"""Pairs of alternatives that are tried with one another; more are paired in their order."""

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "new": ("DIF031", "DIF072", "the field {!r} is new"),
    "new, required": ("DIF030", "DIF072", "the field {!r} is new and required"),
    "gone": ("DIF035", "DIF071", "the field {!r} is gone"),
    "gone, sure": ("DIF034", "DIF070", "the field {!r} is gone"),
    "required": ("DIF032", "DIF075", "the field {!r} has become required"),
    "optional": ("DIF033", "DIF073", "the field {!r} has become optional"),
    "sure": ("", "DIF075", "the service now always sends {!r}"),
    "unsure": ("", "DIF074", "the service no longer always sends {!r}"),
    "value new": ("DIF037", "DIF082", "{} is a new value"),
    "value gone": ("DIF036", "DIF083", "{} is no longer a value"),
    "listed": ("DIF038", "DIF085", "only listed values are possible now"),
    "unlisted": ("DIF039", "DIF084", "the values are no longer listed"),
    "type other": ("DIF040", "DIF078", "the type is another one"),
    "type narrower": ("DIF040", "DIF079", "the type is narrower"),
    "type wider": ("DIF041", "DIF078", "the type is wider"),
    "type said": ("DIF042", "DIF081", "the type is documented now"),
    "type unsaid": ("DIF041", "DIF080", "the type is no longer documented"),
    "no null": ("DIF043", "DIF077", "it can no longer be null"),
    "null": ("DIF044", "DIF076", "it can now be null"),
    "tighter": ("DIF045", "DIF087", "{} is tighter"),
    "looser": ("DIF046", "DIF086", "{} is looser"),
    "other": ("DIF047", "DIF086", "{} is another one"),
    "form gone": ("DIF048", "DIF089", "the form {} is gone"),
    "form new": ("DIF049", "DIF088", "the form {} is new"),
    "rule": ("DIF093", "DIF093", "the rule {!r} is another one"),
    "basis": ("DIF090", "DIF090", "it is known from another basis"),
    "deprecated": ("DIF004", "DIF004", "it is now deprecated"),
}
"""The checks of each kind of change, in a request and in an answer, and its sentence."""


class Site(NamedTuple):
    """Where the comparison is."""

    where: str
    pointer: str


class Sides(NamedTuple):
    """The two contracts, and which side of their calls is looked at."""

    old: Capture
    new: Capture
    answers: bool
    """Whether it is what the server gives, and not what it takes."""

    def change(self, kind: str, site: Site, before: str = "", after: str = "", name: object = "") -> Iterator[Change]:
        """The change of that kind, if this side has it."""
        request, answer, sentence = KINDS[kind]
        check = answer if self.answers else request
        if check:
            yield told(check, sentence.format(name), "", site, before, after)


def told(check: str, message: str, operation: str, site: Site, before: str = "", after: str = "") -> Change:
    """A change at one place."""
    return Change(check, message, site.pointer, short(before), short(after), (Place(operation, site.where),))


def short(said: str) -> str:
    """Cut, so that a line holds it."""
    return said if len(said) <= 120 else said[:117] + "..."


def compare(sides: Sides, old: Pointers, new: Pointers) -> Iterator[Change]:
    """Every change of a schema, from the outermost place inwards; places are within it, and of no operation."""
    waiting = deque([(old, new, "")])
    met = set()
    while waiting:
        before, after, place = waiting.popleft()
        if (before, after) in met:
            continue
        met.add((before, after))
        site = Site(place, (after or before)[0])
        pair = _Pair(sides, before, after, shape(sides.old, before), shape(sides.new, after), site)
        yield from pair.changes()
        waiting.extend(pair.inner())


Waiting = tuple[Pointers, Pointers, str]


class _Pair(NamedTuple):
    """Two shapes, side by side."""

    sides: Sides
    old: Pointers
    new: Pointers
    before: Shape
    after: Shape
    site: Site

    def changes(self) -> Iterator[Change]:
        """What is different here."""
        yield from self.types()
        if not self.akin:
            return
        yield from self.values()
        yield from self.limits()
        yield from self.rules()
        yield from self.knowledge()
        if not self.lopsided:
            yield from self.fields()
        yield from self.forms()

    def inner(self) -> Iterator[Waiting]:
        """What is to be compared further in."""
        if not self.akin:
            return
        where = self.site.where
        if self.before.items or self.after.items:
            yield self.before.items, self.after.items, f"{where}/*"
        if self.before.rest and self.after.rest:
            yield self.before.rest, self.after.rest, f"{where}/*"
        for name in () if self.lopsided else self.before.fields:
            here, there = self.before.fields[name], self.after.fields.get(name, ())
            if name in self.after.fields and (here or there):
                yield here, there, f"{where}/{escaped(name)}"
        for old, new in _matched(self.sides, *self.alternatives())[0]:
            yield old, new, where

    def found(self, kind: str, before: str = "", after: str = "", name: object = "") -> Iterator[Change]:
        return self.sides.change(kind, self.site, before, after, name)

    @property
    def akin(self) -> bool:
        """Whether some value could be of both types; else nothing further can be compared."""
        old, new = self.before.types, self.after.types
        return old is None or new is None or old == new or bool(_common(old, new))

    def types(self) -> Iterator[Change]:
        old, new = self.before.types, self.after.types
        if old == new:
            return
        if old is None or new is None:
            yield from self.found("type said" if old is None else "type unsaid", _names(old), _names(new))
            return
        if NULL & (old ^ new) and (old | new) != NULL:
            yield from self.found("null" if "null" in new else "no null", _names(old), _names(new))
        gained, lost = new - narrow(new, old) - NULL, old - narrow(old, new) - NULL
        if gained or lost:
            kind = "type other" if gained and lost else "type wider" if gained else "type narrower"
            yield from self.found(kind, _names(old), _names(new))

    def values(self) -> Iterator[Change]:
        old, new = self.before.values, self.after.values
        if old is None or new is None:
            if old != new:
                yield from self.found("listed" if old is None else "unlisted", _list(old), _list(new))
            return
        for value in (each for each in old if each not in new):
            yield from self.found("value gone", before=value, name=value)
        for value in (each for each in new if each not in old):
            yield from self.found("value new", after=value, name=value)

    def limits(self) -> Iterator[Change]:
        for key in LIMITS:
            old, new = self.before.limits.get(key), self.after.limits.get(key)
            kind = _sense(key, old, new)
            if key == "format" and kind == "tighter" and not self.sides.answers:
                kind = "other"  # it says what was meant all along, as often as not
            if kind and not (key == "default" and (self.sides.answers or old is None)):
                yield from self.found(kind, _said(old), _said(new), key)
        if self.before.closed != self.after.closed:
            words = ("undeclared fields taken", "undeclared fields refused")
            before, after = words[self.before.closed], words[self.after.closed]
            yield from self.found("tighter" if self.after.closed else "looser", before, after, "additionalProperties")

    def rules(self) -> Iterator[Change]:
        for key in RULES:
            old, new = self.before.rules.get(key, ""), self.after.rules.get(key, "")
            if old != new:
                yield from self.found("rule", old, new, key)
        if bool(self.before.rest) != bool(self.after.rest):
            yield from self.found("rule", name="additionalProperties")
        if self.lopsided and not self.mixed:
            yield from self.found("rule", name="oneOf")

    def knowledge(self) -> Iterator[Change]:
        if self.before.basis != self.after.basis:
            yield from self.found("basis", self.before.basis, self.after.basis)
        if self.after.deprecated and not self.before.deprecated:
            yield from self.found("deprecated")

    def fields(self) -> Iterator[Change]:
        for name, pointers in self.before.fields.items():
            if name in self.after.fields:
                yield from self.presence(name)
            else:
                sure = self.rank(self.before, name) > 0 if self.sides.answers else self.after.closed
                site = self.within(name, pointers or self.old)
                yield from self.sides.change("gone, sure" if sure else "gone", site, name=name)
        for name, pointers in self.after.fields.items():
            if name not in self.before.fields:
                kind = "new, required" if name in self.after.required else "new"
                yield from self.sides.change(kind, self.within(name, pointers or self.new), name=name)

    def presence(self, name: str) -> Iterator[Change]:
        old, new = self.rank(self.before, name), self.rank(self.after, name)
        site = self.within(name, self.after.fields[name] or self.new)
        if (old == _REQUIRED) != (new == _REQUIRED):
            yield from self.sides.change("required" if new == _REQUIRED else "optional", site, name=name)
        elif old != new:
            yield from self.sides.change("sure" if new else "unsure", site, name=name)

    def rank(self, side: Shape, name: str) -> int:
        return _REQUIRED if name in side.required else int(name in side.always)

    def within(self, name: str, pointers: Pointers) -> Site:
        return Site(f"{self.site.where}/{escaped(name)}", (pointers or (self.site.pointer,))[0])

    @property
    def lopsided(self) -> bool:
        """Whether one side has alternatives and the other has none."""
        return bool(self.before.options) != bool(self.after.options)

    @property
    def mixed(self) -> bool:
        """Whether what has no alternatives on one side can be one of those on the other."""
        side = self.before if self.before.options else self.after
        return self.lopsided and not side.fields

    def alternatives(self) -> tuple[Pointers, Pointers]:
        """The alternatives of both sides, as far as they can be paired."""
        if self.mixed:
            return self.before.options or self.old[:1], self.after.options or self.new[:1]
        return ((), ()) if self.lopsided else (self.before.options, self.after.options)

    def forms(self) -> Iterator[Change]:
        _, gone, new = _matched(self.sides, *self.alternatives())
        for pointer in gone:
            if self.untold(shape(self.sides.old, (pointer,)), self.after):
                yield from self.found("form gone", name=_form(self.sides.old, pointer))
        for pointer in new:
            if self.untold(shape(self.sides.new, (pointer,)), self.before):
                yield from self.found("form new", name=_form(self.sides.new, pointer))

    def untold(self, form: Shape, other: Shape) -> bool:
        """Whether a form is not gone, or new, with its type."""
        return form.types is None or other.types is None or bool(_common(form.types, other.types))


_REQUIRED: Final = 2


def _common(old: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    return (narrow(old, new) | narrow(new, old)) - NULL


def _names(types: frozenset[str] | None) -> str:
    return "any type" if types is None else " or ".join(sorted(types)) or "nothing"


def _list(values: Pointers | None) -> str:
    return "any value" if values is None else ", ".join(values)


def _said(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else text(value)


def _sense(key: str, old: Any, new: Any) -> str:
    """Whether a limit is tighter, looser, another one or the same."""
    if old == new:
        return ""
    if key == "default":
        return "other"
    if old is None or new is None:
        return "tighter" if old is None else "looser"
    if key in UPPER or key in LOWER:
        return "tighter" if (new < old) == (key in UPPER) else "looser"
    return "other"


def _form(capture: Capture, pointer: str) -> str:
    """What an alternative is called: its schema's name, its title, or its type."""
    schema = capture.at(pointer)
    named = isinstance(schema, dict) and (schema.get("title") or str(schema.get("$ref", "")).rpartition("/")[2])
    return repr(named) if named else _names(shape(capture, (pointer,)).types)


Pairs = tuple[list[tuple[Pointers, Pointers]], list[str], list[str]]


def _matched(sides: Sides, old: Pointers, new: Pointers) -> Pairs:
    """The alternatives in pairs, then those that are gone, then those that are new."""
    if len(old) * len(new) > MOST_PAIRS:
        likely = [(0.0, index, index) for index in range(min(len(old), len(new)))]
    else:
        likely = sorted(_scores(sides, old, new))
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: list[tuple[Pointers, Pointers]] = []
    for _, i, j in likely:
        if i in left and j in right:
            pairs.append(((left.pop(i),), (right.pop(j),)))
    return pairs, list(left.values()), list(right.values())


def _scores(sides: Sides, old: Pointers, new: Pointers) -> Iterator[tuple[float, int, int]]:
    """How unlike two alternatives are, for those that can be the same."""
    befores = [shape(sides.old, (pointer,)) for pointer in old]
    afters = [shape(sides.new, (pointer,)) for pointer in new]
    for i, before in enumerate(befores):
        for j, after in enumerate(afters):
            alike = _alike(before, after)
            if alike and not _told_apart(sides, before, after):
                named = _form(sides.old, old[i]) == _form(sides.new, new[j])
                yield -alike - 2 * named, i, j


def _alike(before: Shape, after: Shape) -> float:
    """How much two alternatives have in common; 0 where no value can be both."""
    if before.types is not None and after.types is not None and not _common(before.types, after.types):
        return 0.0
    values = _overlap(set(before.values or ()), set(after.values or ()))
    return 1.0 + (before.types == after.types) + 2 * _overlap(set(before.fields), set(after.fields)) + 2 * values


def _overlap(old: set[str], new: set[str]) -> float:
    return len(old & new) / len(old | new) if old | new else 0.0


def _told_apart(sides: Sides, before: Shape, after: Shape) -> bool:
    """Whether a field of one value says that they are not the same (`type: completed` and `type: failed`)."""
    for name in before.fields.keys() & after.fields.keys():
        old = shape(sides.old, before.fields[name]).values
        new = shape(sides.new, after.fields[name]).values
        if old and new and len(old) == len(new) == 1 and old != new:
            return True
    return False
