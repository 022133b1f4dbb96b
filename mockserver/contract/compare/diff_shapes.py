"""What has changed between two shapes, and whether it breaks a client: one way round in requests, the other in answers.

Theory of operation. Pairs of places wait in a queue; each is compared once in a body, so that a schema which contains
itself ends, and one which is used twice is told once. Alternatives have no names: they are paired by what they have
most in common, and what is left over is gone or new.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, ContractChange
from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import (
    LIMIT_KEYWORDS,
    LOWER_BOUNDS,
    NULL_TYPE,
    UPPER_BOUNDS,
    VERBATIM_KEYWORDS,
    Pointers,
    SchemaShape,
    canonical_json,
    shape_of,
    types_within,
)
from mockserver.core.pointer import escape_token

MAX_ALTERNATIVE_PAIRS: Final = 2_500
"""Pairs of alternatives that are tried with one another; more are paired in their order."""

SHAPE_CHANGES: Final[Mapping[str, tuple[str, str, str]]] = {
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


class ChangeSite(NamedTuple):
    """Where the comparison is."""

    where: str
    pointer: str


class CapturePair(NamedTuple):
    """The two contracts, and which side of their calls is looked at."""

    old: Capture
    new: Capture
    is_answer: bool
    """Whether it is what the server gives, and not what it takes."""

    def change(
        self, kind: str, site: ChangeSite, before: str = "", after: str = "", name: object = ""
    ) -> Iterator[ContractChange]:
        """The change of that kind, if this side has it."""
        request, answer, sentence = SHAPE_CHANGES[kind]
        check = answer if self.is_answer else request
        if check:
            yield change_at(check, sentence.format(name), "", site, before, after)


def change_at(
    check: str, message: str, operation: str, site: ChangeSite, before: str = "", after: str = ""
) -> ContractChange:
    """A change at one place."""
    return ContractChange(
        check, message, site.pointer, shorten(before), shorten(after), (ChangePlace(operation, site.where),)
    )


def shorten(text: str) -> str:
    """Cut, so that a line holds it."""
    return text if len(text) <= 120 else text[:117] + "..."


def diff_schemas(captures: CapturePair, old: Pointers, new: Pointers) -> Iterator[ContractChange]:
    """Every change of a schema, from the outermost place inwards; places are within it, and of no operation."""
    waiting = deque([(old, new, "")])
    met = set()
    while waiting:
        before, after, place = waiting.popleft()
        if (before, after) in met:
            continue
        met.add((before, after))
        site = ChangeSite(place, (after or before)[0])
        pair = _ShapePair(captures, before, after, shape_of(captures.old, before), shape_of(captures.new, after), site)
        yield from pair.diff()
        waiting.extend(pair.inner_pairs())


PendingPair = tuple[Pointers, Pointers, str]


class _ShapePair(NamedTuple):
    """Two shapes, side by side."""

    captures: CapturePair
    old: Pointers
    new: Pointers
    before: SchemaShape
    after: SchemaShape
    site: ChangeSite

    def diff(self) -> Iterator[ContractChange]:
        """What is different here."""
        yield from self.diff_types()
        if not self.is_comparable:
            return
        yield from self.diff_values()
        yield from self.diff_limits()
        yield from self.diff_verbatim()
        yield from self.diff_provenance()
        if not self.is_one_sided:
            yield from self.diff_fields()
        yield from self.diff_alternatives()

    def inner_pairs(self) -> Iterator[PendingPair]:
        """What is to be compared further in."""
        if not self.is_comparable:
            return
        where = self.site.where
        if self.before.items or self.after.items:
            yield self.before.items, self.after.items, f"{where}/*"
        if self.before.additional and self.after.additional:
            yield self.before.additional, self.after.additional, f"{where}/*"
        for name in () if self.is_one_sided else self.before.fields:
            here, there = self.before.fields[name], self.after.fields.get(name, ())
            if name in self.after.fields and (here or there):
                yield here, there, f"{where}/{escape_token(name)}"
        for old, new in _match_alternatives(self.captures, *self.pairable_alternatives())[0]:
            yield old, new, where

    def change(self, kind: str, before: str = "", after: str = "", name: object = "") -> Iterator[ContractChange]:
        return self.captures.change(kind, self.site, before, after, name)

    @property
    def is_comparable(self) -> bool:
        """Whether some value could be of both types; else nothing further can be compared."""
        old, new = self.before.types, self.after.types
        return old is None or new is None or old == new or bool(_common_types(old, new))

    def diff_types(self) -> Iterator[ContractChange]:
        old, new = self.before.types, self.after.types
        if old == new:
            return
        if old is None or new is None:
            yield from self.change("type said" if old is None else "type unsaid", _type_names(old), _type_names(new))
            return
        if NULL_TYPE & (old ^ new) and (old | new) != NULL_TYPE:
            yield from self.change("null" if "null" in new else "no null", _type_names(old), _type_names(new))
        gained, lost = new - types_within(new, old) - NULL_TYPE, old - types_within(old, new) - NULL_TYPE
        if gained or lost:
            kind = "type other" if gained and lost else "type wider" if gained else "type narrower"
            yield from self.change(kind, _type_names(old), _type_names(new))

    def diff_values(self) -> Iterator[ContractChange]:
        old, new = self.before.values, self.after.values
        if old is None or new is None:
            if old != new:
                yield from self.change("listed" if old is None else "unlisted", _join_values(old), _join_values(new))
            return
        for value in (each for each in old if each not in new):
            yield from self.change("value gone", before=value, name=value)
        for value in (each for each in new if each not in old):
            yield from self.change("value new", after=value, name=value)

    def diff_limits(self) -> Iterator[ContractChange]:
        for key in LIMIT_KEYWORDS:
            old, new = self.before.limits.get(key), self.after.limits.get(key)
            kind = _limit_direction(key, old, new)
            if key == "format" and kind == "tighter" and not self.captures.is_answer:
                kind = "other"  # it says what was meant all along, as often as not
            if kind and not (key == "default" and (self.captures.is_answer or old is None)):
                yield from self.change(kind, _limit_text(old), _limit_text(new), key)
        if self.before.is_closed != self.after.is_closed:
            words = ("undeclared fields taken", "undeclared fields refused")
            before, after = words[self.before.is_closed], words[self.after.is_closed]
            yield from self.change(
                "tighter" if self.after.is_closed else "looser", before, after, "additionalProperties"
            )

    def diff_verbatim(self) -> Iterator[ContractChange]:
        for key in VERBATIM_KEYWORDS:
            old, new = self.before.verbatim.get(key, ""), self.after.verbatim.get(key, "")
            if old != new:
                yield from self.change("rule", old, new, key)
        if bool(self.before.additional) != bool(self.after.additional):
            yield from self.change("rule", name="additionalProperties")
        if self.is_one_sided and not self.may_match_alternative:
            yield from self.change("rule", name="oneOf")

    def diff_provenance(self) -> Iterator[ContractChange]:
        if self.before.basis != self.after.basis:
            yield from self.change("basis", self.before.basis, self.after.basis)
        if self.after.deprecated and not self.before.deprecated:
            yield from self.change("deprecated")

    def diff_fields(self) -> Iterator[ContractChange]:
        for name, pointers in self.before.fields.items():
            if name in self.after.fields:
                yield from self.diff_presence(name)
            else:
                sure = self.presence_rank(self.before, name) > 0 if self.captures.is_answer else self.after.is_closed
                site = self.field_site(name, pointers or self.old)
                yield from self.captures.change("gone, sure" if sure else "gone", site, name=name)
        for name, pointers in self.after.fields.items():
            if name not in self.before.fields:
                kind = "new, required" if name in self.after.required else "new"
                yield from self.captures.change(kind, self.field_site(name, pointers or self.new), name=name)

    def diff_presence(self, name: str) -> Iterator[ContractChange]:
        old, new = self.presence_rank(self.before, name), self.presence_rank(self.after, name)
        site = self.field_site(name, self.after.fields[name] or self.new)
        if (old == _REQUIRED_RANK) != (new == _REQUIRED_RANK):
            yield from self.captures.change("required" if new == _REQUIRED_RANK else "optional", site, name=name)
        elif old != new:
            yield from self.captures.change("sure" if new else "unsure", site, name=name)

    def presence_rank(self, side: SchemaShape, name: str) -> int:
        return _REQUIRED_RANK if name in side.required else int(name in side.always_present)

    def field_site(self, name: str, pointers: Pointers) -> ChangeSite:
        return ChangeSite(f"{self.site.where}/{escape_token(name)}", (pointers or (self.site.pointer,))[0])

    @property
    def is_one_sided(self) -> bool:
        """Whether one side has alternatives and the other has none."""
        return bool(self.before.alternatives) != bool(self.after.alternatives)

    @property
    def may_match_alternative(self) -> bool:
        """Whether what has no alternatives on one side can be one of those on the other."""
        side = self.before if self.before.alternatives else self.after
        return self.is_one_sided and not side.fields

    def pairable_alternatives(self) -> tuple[Pointers, Pointers]:
        """The alternatives of both sides, as far as they can be paired."""
        if self.may_match_alternative:
            return self.before.alternatives or self.old[:1], self.after.alternatives or self.new[:1]
        return ((), ()) if self.is_one_sided else (self.before.alternatives, self.after.alternatives)

    def diff_alternatives(self) -> Iterator[ContractChange]:
        _, gone, new = _match_alternatives(self.captures, *self.pairable_alternatives())
        for pointer in gone:
            if self.may_share_type(shape_of(self.captures.old, (pointer,)), self.after):
                yield from self.change("form gone", name=_alternative_name(self.captures.old, pointer))
        for pointer in new:
            if self.may_share_type(shape_of(self.captures.new, (pointer,)), self.before):
                yield from self.change("form new", name=_alternative_name(self.captures.new, pointer))

    def may_share_type(self, form: SchemaShape, other: SchemaShape) -> bool:
        """Whether a form is not gone, or new, with its type."""
        return form.types is None or other.types is None or bool(_common_types(form.types, other.types))


_REQUIRED_RANK: Final = 2


def _common_types(old: frozenset[str], new: frozenset[str]) -> frozenset[str]:
    return (types_within(old, new) | types_within(new, old)) - NULL_TYPE


def _type_names(types: frozenset[str] | None) -> str:
    return "any type" if types is None else " or ".join(sorted(types)) or "nothing"


def _join_values(values: Pointers | None) -> str:
    return "any value" if values is None else ", ".join(values)


def _limit_text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else canonical_json(value)


def _limit_direction(key: str, old: Any, new: Any) -> str:
    """Whether a limit is tighter, looser, another one or the same."""
    if old == new:
        return ""
    if key == "default":
        return "other"
    if old is None or new is None:
        return "tighter" if old is None else "looser"
    if key in UPPER_BOUNDS or key in LOWER_BOUNDS:
        return "tighter" if (new < old) == (key in UPPER_BOUNDS) else "looser"
    return "other"


def _alternative_name(capture: Capture, pointer: str) -> str:
    """What an alternative is called: its schema's name, its title, or its type."""
    schema = capture.at(pointer)
    named = isinstance(schema, dict) and (schema.get("title") or str(schema.get("$ref", "")).rpartition("/")[2])
    return repr(named) if named else _type_names(shape_of(capture, (pointer,)).types)


MatchedAlternatives = tuple[list[tuple[Pointers, Pointers]], list[str], list[str]]


def _match_alternatives(captures: CapturePair, old: Pointers, new: Pointers) -> MatchedAlternatives:
    """The alternatives in pairs, then those that are gone, then those that are new."""
    if len(old) * len(new) > MAX_ALTERNATIVE_PAIRS:
        likely = [(0.0, index, index) for index in range(min(len(old), len(new)))]
    else:
        likely = sorted(_match_scores(captures, old, new))
    left, right = dict(enumerate(old)), dict(enumerate(new))
    pairs: list[tuple[Pointers, Pointers]] = []
    for _, i, j in likely:
        if i in left and j in right:
            pairs.append(((left.pop(i),), (right.pop(j),)))
    return pairs, list(left.values()), list(right.values())


def _match_scores(captures: CapturePair, old: Pointers, new: Pointers) -> Iterator[tuple[float, int, int]]:
    """How unlike two alternatives are, for those that can be the same."""
    befores = [shape_of(captures.old, (pointer,)) for pointer in old]
    afters = [shape_of(captures.new, (pointer,)) for pointer in new]
    for i, before in enumerate(befores):
        for j, after in enumerate(afters):
            alike = _shape_similarity(before, after)
            if alike and not _are_distinguished(captures, before, after):
                named = _alternative_name(captures.old, old[i]) == _alternative_name(captures.new, new[j])
                yield -alike - 2 * named, i, j


def _shape_similarity(before: SchemaShape, after: SchemaShape) -> float:
    """How much two alternatives have in common; 0 where no value can be both."""
    if before.types is not None and after.types is not None and not _common_types(before.types, after.types):
        return 0.0
    values = _overlap(set(before.values or ()), set(after.values or ()))
    return 1.0 + (before.types == after.types) + 2 * _overlap(set(before.fields), set(after.fields)) + 2 * values


def _overlap(old: set[str], new: set[str]) -> float:
    return len(old & new) / len(old | new) if old | new else 0.0


def _are_distinguished(captures: CapturePair, before: SchemaShape, after: SchemaShape) -> bool:
    """Whether a field of one value says that they are not the same (`type: completed` and `type: failed`)."""
    for name in before.fields.keys() & after.fields.keys():
        old = shape_of(captures.old, before.fields[name]).values
        new = shape_of(captures.new, after.fields[name]).values
        if old and new and len(old) == len(new) == 1 and old != new:
            return True
    return False
