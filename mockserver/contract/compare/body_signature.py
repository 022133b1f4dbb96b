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

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.shape import canonical_json
from mockserver.contract.schema.validate import keyword_test
from mockserver.core.pointer import escape_token

MAX_SIGNATURE_CHARACTERS: Final = 4_000_000
"""Characters of marks that are remembered, about; beyond, all are forgotten."""

_BOUND_KEYWORDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")
_TESTED_KEYWORDS: Final = frozenset(("pattern", "format", "multipleOf", *_BOUND_KEYWORDS))
_LISTING_KEYWORDS: Final = frozenset(("enum", "const"))
_SCHEMA_LIST_KEYWORDS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE_SCHEMA_KEYWORDS: Final = ("not", "if", "then", "else", "items", "contains", "unevaluatedItems")
_SCHEMA_MAP_KEYWORDS: Final = ("properties", "patternProperties", "dependentSchemas")
_UNDECLARED_FIELD_KEYWORDS: Final = ("additionalProperties", "unevaluatedProperties")
_COUNT_KEYWORDS: Final = ("minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains")
_STRUCTURAL_KEYWORDS: Final = ("$ref", "type", "required", "dependentRequired", "propertyNames", *_COUNT_KEYWORDS)
"""What they ask is in every mark: kinds, names and numbers of things."""
_ANNOTATION_KEYWORDS: Final = (
    "title",
    "description",
    "default",
    "example",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
)
_IGNORED_KEYWORDS: Final = (
    "$comment",
    "$defs",
    "contentMediaType",
    "contentEncoding",
    "discriminator",
    "xml",
    "nullable",
    *_ANNOTATION_KEYWORDS,
)
_KNOWN_KEYWORDS: Final = frozenset(
    (
        *_TESTED_KEYWORDS,
        *_LISTING_KEYWORDS,
        *_SCHEMA_LIST_KEYWORDS,
        *_SINGLE_SCHEMA_KEYWORDS,
        *_SCHEMA_MAP_KEYWORDS,
        *_UNDECLARED_FIELD_KEYWORDS,
        *_STRUCTURAL_KEYWORDS,
        *_IGNORED_KEYWORDS,
    )
)

_FieldName = str | None
"""A declared field; None for the body itself, and for fields whose names nobody declared."""
_KeywordConstraint = tuple[str, Any]


class _FieldConstraints(NamedTuple):
    """What is asked of a value."""

    is_exact: bool
    """Everything: it must be a listed one."""
    tests: tuple[Callable[[Any], bool], ...]


class _UnknownKeywordError(ValueError):
    """The schema asks something that no mark would show."""


class BodySignatures:
    """The marks of bodies under one schema; the fields named in `exact` (None: the body) are in them as they are."""

    def __init__(self, capture: Capture, pointer: str, exact: frozenset[str | None] = frozenset()) -> None:
        self._next_id = count()
        self._ids: dict[Hashable, int] = {}
        self._budget = MAX_SIGNATURE_CHARACTERS
        self._constrains_undeclared = False
        """Whether something is asked of fields that nobody declares."""
        self._constraints: dict[_FieldName, _FieldConstraints] | None = None
        try:
            self._constraints = self._compile_constraints(_collect_constraints(capture, pointer), exact)
        except (AttributeError, LookupError, TypeError, ValueError):
            return  # where the schema is malformed, whoever judges by it says so

    def signature_of(self, value: Any) -> int | None:
        """The mark of a body, a number; None where it has none."""
        if self._constraints is None:
            return None
        if self._budget < 0:
            self._ids.clear()
            self._budget = MAX_SIGNATURE_CHARACTERS
        return self._intern(self._signature(self._constraints, value, None, exact=False))

    def _compile_constraints(
        self, constraints: Mapping[_FieldName, set[_KeywordConstraint]], exact: frozenset[_FieldName]
    ) -> dict[_FieldName, _FieldConstraints]:
        common = constraints[None]
        self._constrains_undeclared = ("", "") in common
        return {
            name: _compile_field_constraints(constraints.get(name, common) | common, name in exact)
            for name in {*constraints, *exact}
        }

    def _signature(
        self, constraints: Mapping[_FieldName, _FieldConstraints], value: Any, name: _FieldName, *, exact: bool
    ) -> Hashable:
        asked = constraints.get(name)
        if asked is None:
            if not (exact or self._constrains_undeclared):
                return ...
            asked = constraints[None]
        exact = exact or asked.is_exact
        if isinstance(value, dict):
            inner = [(key, self._signature(constraints, each, key, exact=exact)) for key, each in value.items()]
            return self._intern((dict, *inner))
        if isinstance(value, list):
            return self._intern((list, *[self._signature(constraints, each, name, exact=exact) for each in value]))
        return (type(value), canonical_json(value)) if exact else _scalar_signature(value, asked.tests)

    def _intern(self, signature: Hashable) -> int:
        """A short name for a mark; numbers are never used again."""
        known = self._ids.get(signature)
        if known is None:
            known = self._ids[signature] = next(self._next_id)
            self._budget -= len(repr(signature))
        return known


def _scalar_signature(value: Any, tests: tuple[Callable[[Any], bool], ...]) -> Hashable:
    """The kind of a value that has nothing inside, and what it answers."""
    kind: Any = (float, value.is_integer()) if isinstance(value, float) else type(value)
    answers = [test(value) for test in tests]
    return kind if all(answers) else (kind, *answers)


def _compile_field_constraints(constraints: set[_KeywordConstraint], exact: bool) -> _FieldConstraints:
    tests = sorted((each for each in constraints if each[0] in _TESTED_KEYWORDS), key=canonical_json)
    return _FieldConstraints(
        exact or any(key in _LISTING_KEYWORDS for key, _ in constraints), tuple(keyword_test(*each) for each in tests)
    )


def _collect_constraints(capture: Capture, pointer: str) -> dict[_FieldName, set[_KeywordConstraint]]:
    """What is asked of each field, wherever in a schema, also in its alternatives and conditions.

    `("", "")` among the questions of None says that fields which nobody declares have schemas.
    """
    found: dict[_FieldName, set[_KeywordConstraint]] = {None: set()}
    waiting: list[tuple[str, _FieldName]] = [(pointer, None)]
    met = set(waiting)
    for at, name in waiting:
        schema = capture.at(at)
        asked = found.setdefault(name, set())
        if isinstance(schema, bool):
            continue
        if not isinstance(schema, dict) or not all(key in _KNOWN_KEYWORDS or key.startswith("x-") for key in schema):
            raise _UnknownKeywordError
        asked.update(
            (key, schema[key] if key in _TESTED_KEYWORDS else "")
            for key in schema
            if key in _TESTED_KEYWORDS | _LISTING_KEYWORDS
        )
        if any(isinstance(schema.get(key), dict) for key in (*_UNDECLARED_FIELD_KEYWORDS, "patternProperties")):
            found[None].add(("", ""))
        new = [each for each in _subschemas(schema, at, name) if each not in met]
        met.update(new)
        waiting += new
    return found


def _subschemas(schema: Mapping[str, Any], at: str, name: _FieldName) -> Iterator[tuple[str, _FieldName]]:
    """The schemas in a schema, each with the field whose values it speaks of."""
    if "$ref" in schema:
        yield schema["$ref"], name
    for key in _SCHEMA_LIST_KEYWORDS:
        yield from ((f"{at}/{key}/{index}", name) for index in range(len(schema.get(key, ()))))
    yield from ((f"{at}/{key}", name) for key in _SINGLE_SCHEMA_KEYWORDS if key in schema)
    yield from ((f"{at}/{key}", None) for key in _UNDECLARED_FIELD_KEYWORDS if key in schema)
    for key in _SCHEMA_MAP_KEYWORDS:
        for inner in schema.get(key, ()):
            field = inner if key == "properties" else name if key == "dependentSchemas" else None
            yield f"{at}/{key}/{escape_token(inner)}", field
