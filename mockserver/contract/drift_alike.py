"""Tells which bodies show the same about a contract: those that differ only in what no schema asks.

    marks = Marks(capture, "#/components/schemas/Video", exact={"error"})
    marks.of({"id": "G-1", "progress": 5}) == marks.of({"id": "G-2", "progress": 6})

Theory of operation. The schema is looked through once for what is asked of single values: patterns, formats, bounds,
listed values. A body's mark has the names of its fields, the kind of each value and what it answers to those
questions; a value that must be a listed one is in it as it is, what nobody declares by its name alone. So what was
found in one body holds for every one of the same mark. Questions are kept by the name of the field, wherever it
stands: that asks more than is needed, and never less. A schema with a keyword that is not known here has no marks.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

from mockserver.contract.capture import Capture
from mockserver.contract.schemas import asking
from mockserver.contract.shape import text
from mockserver.core.pointer import escaped

ROOM: Final = 4_000_000
"""Characters of marks that are remembered, about; beyond, all are forgotten."""

_BOUNDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")
_ASKED: Final = frozenset(("pattern", "format", "multipleOf", *_BOUNDS))
_LISTED: Final = frozenset(("enum", "const"))
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLES: Final = ("not", "if", "then", "else", "items", "contains", "unevaluatedItems")
_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
_RESTS: Final = ("additionalProperties", "unevaluatedProperties")
_NUMBERS: Final = ("minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains")
_SEEN: Final = ("$ref", "type", "required", "dependentRequired", "propertyNames", *_NUMBERS)
"""What they ask is in every mark: kinds, names and numbers of things."""
_WORDS: Final = ("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly")
_SILENT: Final = (
    "$comment",
    "$defs",
    "contentMediaType",
    "contentEncoding",
    "discriminator",
    "xml",
    "nullable",
    *_WORDS,
)
_KNOWN: Final = frozenset((*_ASKED, *_LISTED, *_LISTS, *_SINGLES, *_MAPS, *_RESTS, *_SEEN, *_SILENT))

_Name = str | None
"""A declared field; None for the body itself, and for fields whose names nobody declared."""
_Question = tuple[str, Any]


class _Asked(NamedTuple):
    """What is asked of a value."""

    exact: bool
    """Everything: it must be a listed one."""
    tests: tuple[Callable[[Any], bool], ...]


class _UnknownError(ValueError):
    """The schema asks something that no mark would show."""


class Marks:
    """The marks of bodies under one schema; the fields named in `exact` (None: the body) are in them as they are."""

    def __init__(self, capture: Capture, pointer: str, exact: frozenset[str | None] = frozenset()) -> None:
        self._numbers = count()
        self._known: dict[Hashable, int] = {}
        self._room = ROOM
        self._others = False
        """Whether something is asked of fields that nobody declares."""
        self._fields: dict[_Name, _Asked] | None = None
        try:
            self._fields = self._asked(_questions(capture, pointer), exact)
        except (AttributeError, LookupError, TypeError, ValueError):
            return  # where the schema is malformed, whoever judges by it says so

    def of(self, value: Any) -> int | None:
        """The mark of a body, a number; None where it has none."""
        if self._fields is None:
            return None
        if self._room < 0:
            self._known.clear()
            self._room = ROOM
        return self._number(self._mark(self._fields, value, None, exact=False))

    def _asked(self, questions: Mapping[_Name, set[_Question]], exact: frozenset[_Name]) -> dict[_Name, _Asked]:
        common = questions[None]
        self._others = ("", "") in common
        return {name: _of(questions.get(name, common) | common, name in exact) for name in {*questions, *exact}}

    def _mark(self, fields: Mapping[_Name, _Asked], value: Any, name: _Name, *, exact: bool) -> Hashable:
        asked = fields.get(name)
        if asked is None:
            if not (exact or self._others):
                return ...
            asked = fields[None]
        exact = exact or asked.exact
        if isinstance(value, dict):
            inner = [(key, self._mark(fields, each, key, exact=exact)) for key, each in value.items()]
            return self._number((dict, *inner))
        if isinstance(value, list):
            return self._number((list, *[self._mark(fields, each, name, exact=exact) for each in value]))
        return (type(value), text(value)) if exact else _answers(value, asked.tests)

    def _number(self, mark: Hashable) -> int:
        """A short name for a mark; numbers are never used again."""
        known = self._known.get(mark)
        if known is None:
            known = self._known[mark] = next(self._numbers)
            self._room -= len(repr(mark))
        return known


def _answers(value: Any, tests: tuple[Callable[[Any], bool], ...]) -> Hashable:
    """The kind of a value that has nothing inside, and what it answers."""
    kind: Any = (float, value.is_integer()) if isinstance(value, float) else type(value)
    answers = [test(value) for test in tests]
    return kind if all(answers) else (kind, *answers)


def _of(questions: set[_Question], exact: bool) -> _Asked:
    tests = sorted((each for each in questions if each[0] in _ASKED), key=text)
    return _Asked(exact or any(key in _LISTED for key, _ in questions), tuple(asking(*each) for each in tests))


def _questions(capture: Capture, pointer: str) -> dict[_Name, set[_Question]]:
    """What is asked of each field, wherever in a schema, also in its alternatives and conditions.

    `("", "")` among the questions of None says that fields which nobody declares have schemas.
    """
    found: dict[_Name, set[_Question]] = {None: set()}
    waiting: list[tuple[str, _Name]] = [(pointer, None)]
    met = set(waiting)
    for at, name in waiting:
        schema = capture.at(at)
        asked = found.setdefault(name, set())
        if isinstance(schema, bool):
            continue
        if not isinstance(schema, dict) or not all(key in _KNOWN or key.startswith("x-") for key in schema):
            raise _UnknownError
        asked.update((key, schema[key] if key in _ASKED else "") for key in schema if key in _ASKED | _LISTED)
        if any(isinstance(schema.get(key), dict) for key in (*_RESTS, "patternProperties")):
            found[None].add(("", ""))
        new = [each for each in _inner(schema, at, name) if each not in met]
        met.update(new)
        waiting += new
    return found


def _inner(schema: Mapping[str, Any], at: str, name: _Name) -> Iterator[tuple[str, _Name]]:
    """The schemas in a schema, each with the field whose values it speaks of."""
    if "$ref" in schema:
        yield schema["$ref"], name
    for key in _LISTS:
        yield from ((f"{at}/{key}/{index}", name) for index in range(len(schema.get(key, ()))))
    yield from ((f"{at}/{key}", name) for key in _SINGLES if key in schema)
    yield from ((f"{at}/{key}", None) for key in _RESTS if key in schema)
    for key in _MAPS:
        for inner in schema.get(key, ()):
            field = inner if key == "properties" else name if key == "dependentSchemas" else None
            yield f"{at}/{key}/{escaped(inner)}", field
