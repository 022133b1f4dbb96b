"""Signatures of bodies: bodies with equal signatures differ only in what their schema does not constrain.

    signatures = BodySignatures(capture, "#/components/schemas/Video", exact={"error"})
    signatures.signature_of({"id": "G-1", "progress": 5}) == signatures.signature_of({"id": "G-2", "progress": 6})

Theory of operation. The schema is searched once for the constraints on single values: patterns, formats, bounds, listed
values. A signature holds the names of the fields, the type of each value, and which constraints the value fulfils. A
value that must be a listed one is in it literally, an undeclared field by its name alone. So the differences found in
one body hold for every body with the same signature. Constraints are kept by the name of the field, wherever it stands:
that tests more than is needed, and never less. A schema with an unknown keyword has no signatures.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import count
from typing import Any, Final, NamedTuple

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.json_values import canonical_json
from mockserver.contract.schema.validate import keyword_test
from mockserver.core.pointer import escape_token

MAX_SIGNATURE_CHARACTERS: Final = 4_000_000
"""Characters of signatures that are remembered, roughly; beyond that, all are forgotten."""

_BOUND_KEYWORDS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")
_TESTED_KEYWORDS: Final = frozenset(("pattern", "format", "multipleOf", *_BOUND_KEYWORDS))
_LISTING_KEYWORDS: Final = frozenset(("enum", "const"))
_SCHEMA_LIST_KEYWORDS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE_SCHEMA_KEYWORDS: Final = ("not", "if", "then", "else", "items", "contains", "unevaluatedItems")
_SCHEMA_MAP_KEYWORDS: Final = ("properties", "patternProperties", "dependentSchemas")
_UNDECLARED_FIELD_KEYWORDS: Final = ("additionalProperties", "unevaluatedProperties")
_COUNT_KEYWORDS: Final = ("minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains")
_STRUCTURAL_KEYWORDS: Final = ("$ref", "type", "required", "dependentRequired", "propertyNames", *_COUNT_KEYWORDS)
"""Keywords that constrain types, names and numbers of things: those are in every signature."""
_IGNORED_KEYWORDS: Final = (
    *("title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly"),
    *("$comment", "$defs", "contentMediaType", "contentEncoding", "discriminator", "xml", "nullable"),
)
_KNOWN_KEYWORDS: Final = _TESTED_KEYWORDS.union(
    *(_LISTING_KEYWORDS, _SCHEMA_LIST_KEYWORDS, _SINGLE_SCHEMA_KEYWORDS, _SCHEMA_MAP_KEYWORDS),
    *(_UNDECLARED_FIELD_KEYWORDS, _STRUCTURAL_KEYWORDS, _IGNORED_KEYWORDS),
)

_FieldName = str | None
"""A declared field; None for the body itself, and for undeclared fields."""
_KeywordConstraint = tuple[str, Any]


class _FieldConstraints(NamedTuple):
    """The constraints on the values of a field."""

    is_exact: bool
    """True if the value must be a listed one: the whole value matters."""
    tests: tuple[Callable[[Any], bool], ...]


class _UnknownKeywordError(ValueError):
    """The schema has a constraint that signatures do not show."""


class BodySignatures:
    """The signatures of bodies under one schema; fields named in `exact` (None: the body) are in them literally."""

    def __init__(self, capture: Capture, pointer: str, exact: frozenset[str | None] = frozenset()) -> None:
        self._next_id = count()
        self._ids: dict[Hashable, int] = {}
        self._budget = MAX_SIGNATURE_CHARACTERS
        self._constrains_undeclared = False
        """True if undeclared fields have a schema."""
        self._constraints: dict[_FieldName, _FieldConstraints] | None = None
        try:
            constraints = _collect_constraints(capture, pointer)
            compiled = {}
            for name in {*constraints, *exact}:
                of_field = constraints.get(name, set()) | constraints[None]
                tests = sorted((each for each in of_field if each[0] in _TESTED_KEYWORDS), key=canonical_json)
                is_exact = name in exact or any(key in _LISTING_KEYWORDS for key, _ in of_field)
                compiled[name] = _FieldConstraints(is_exact, tuple(keyword_test(*each) for each in tests))
        except ValueError:
            return  # an unusable schema is reported when a value is judged by it
        self._constrains_undeclared = ("", "") in constraints[None]
        self._constraints = compiled

    def signature_of(self, value: Any) -> int | None:
        """Return the signature of a body, a number that is never reused; None if the schema has no signatures."""
        if self._constraints is None:
            return None
        if self._budget < 0:
            self._ids.clear()
            self._budget = MAX_SIGNATURE_CHARACTERS
        return self._intern(self._signature(self._constraints, value, None, exact=False))

    def _signature(
        self, constraints: Mapping[_FieldName, _FieldConstraints], value: Any, name: _FieldName, *, exact: bool
    ) -> Hashable:
        of_field = constraints.get(name)
        if of_field is None:
            # An undeclared field: only its name matters, unless its value is compared literally or has a schema.
            if not (exact or self._constrains_undeclared):
                return ...
            of_field = constraints[None]
        exact = exact or of_field.is_exact
        if isinstance(value, dict):
            inner = [(key, self._signature(constraints, each, key, exact=exact)) for key, each in value.items()]
            return self._intern((dict, *inner))
        if isinstance(value, list):
            return self._intern((list, *[self._signature(constraints, each, name, exact=exact) for each in value]))
        if exact:
            return type(value), canonical_json(value)
        # The type, and the tests passed unless all are. 2.0 is an integer in JSON Schema, 2.5 is not.
        signature: list[Any] = [type(value)]
        if isinstance(value, float):
            signature.append(value.is_integer())
        passed = tuple(test(value) for test in of_field.tests)
        if not all(passed):
            signature.append(passed)
        return tuple(signature)

    def _intern(self, signature: Hashable) -> int:
        """Return the number of a signature; numbers are not reused, even after signatures were forgotten."""
        known = self._ids.get(signature)
        if known is None:
            known = self._ids[signature] = next(self._next_id)
            self._budget -= len(repr(signature))
        return known


def _collect_constraints(capture: Capture, pointer: str) -> dict[_FieldName, set[_KeywordConstraint]]:
    """Return the constraints on each field, wherever in a schema, its alternatives and conditions included.

    The constraint `("", "")` on None means that undeclared fields have a schema. Raises `_UnknownKeywordError`.
    """
    found: dict[_FieldName, set[_KeywordConstraint]] = {None: set()}
    pending: list[tuple[str, _FieldName]] = [(pointer, None)]
    queued = set(pending)
    for at, name in pending:  # the list grows while it is walked
        schema = capture.at(at)
        constraints = found.setdefault(name, set())
        if isinstance(schema, bool):
            continue
        if not isinstance(schema, dict) or not all(key in _KNOWN_KEYWORDS or key.startswith("x-") for key in schema):
            raise _UnknownKeywordError
        constraints.update((key, schema[key]) for key in schema if key in _TESTED_KEYWORDS)
        constraints.update((key, "") for key in schema if key in _LISTING_KEYWORDS)
        if any(isinstance(schema.get(key), dict) for key in (*_UNDECLARED_FIELD_KEYWORDS, "patternProperties")):
            found[None].add(("", ""))
        new = [each for each in _subschemas(schema, at, name) if each not in queued]
        queued.update(new)
        pending += new
    return found


def _subschemas(schema: Mapping[str, Any], at: str, name: _FieldName) -> Iterator[tuple[str, _FieldName]]:
    """Yield the pointers of the schemas in a schema, each with the field whose values it constrains."""
    if "$ref" in schema:
        yield schema["$ref"], name
    for key in _SCHEMA_LIST_KEYWORDS:
        yield from ((f"{at}/{key}/{index}", name) for index in range(len(schema.get(key, ()))))
    yield from ((f"{at}/{key}", name) for key in _SINGLE_SCHEMA_KEYWORDS if key in schema)
    yield from ((f"{at}/{key}", None) for key in _UNDECLARED_FIELD_KEYWORDS if key in schema)
    for key in _SCHEMA_MAP_KEYWORDS:
        for inner in schema.get(key, ()):
            of_field = {"properties": inner, "patternProperties": None}.get(key, name)
            yield f"{at}/{key}/{escape_token(inner)}", of_field
