"""One flat view of a schema: its references followed, its parts merged, its alternatives listed.

A schema may contain itself, and may be of a size that no pack should have. So a view is made of one level at a time,
and a caller that goes deeper counts the levels.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from mockserver.contract.documents.capture import Capture

MAX_CHAIN: Final = 20
"""References and parts that are followed for one view."""
MAX_MEMBERS: Final = 200
"""Members of one object, and alternatives of one schema, that are looked at."""
_ALTERNATIVES: Final = ("oneOf", "anyOf")
_OTHER_PARTS: Final = ("$ref", "allOf", "properties", "required", "enum", "const", "type", *_ALTERNATIVES)
_SCALAR: Final = (str, int, float)

Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FlatSchema:
    """A schema as one level: what its parts say together."""

    type: str = ""
    """The JSON type besides null; empty where it is open."""
    nullable: bool = False
    options: tuple[Any, ...] = ()
    """The values of `enum` and `const`, without null."""
    members: Mapping[str, Any] = field(default_factory=dict)
    """The schemas of an object's members."""
    required: frozenset[str] = frozenset()
    alternatives: tuple["FlatSchema", ...] = ()
    """Those of `oneOf` and `anyOf`, without null, if there are at least two."""
    keywords: Schema = field(default_factory=dict)
    """Every other keyword: `format`, `pattern`, `example`, `items` ..."""
    names: frozenset[str] = frozenset()
    """The references that led here."""

    def keyword(self, name: str) -> Any:
        """Return the value of a keyword; None without it."""
        return self.keywords.get(name)

    @property
    def is_null(self) -> bool:
        """True for `{type: "null"}`: nothing but null."""
        return self.nullable and not (self.type or self.options or self.members or self.alternatives)


EMPTY: Final = FlatSchema()


class SchemaReader:
    """Makes flat views of the schemas of one document."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._known: dict[int, tuple[Any, FlatSchema]] = {}
        """By identity, the schema and its view; the schema is held, so that no other gets its identity."""

    def follow(self, value: Any) -> Mapping[str, Any]:
        """Return a value with its chain of `$ref`s followed; empty where that is no object."""
        for _ in range(MAX_CHAIN):
            if not isinstance(value, dict) or not isinstance(value.get("$ref"), str):
                break
            value = self._capture.at(value["$ref"])
        if not isinstance(value, dict) or "$ref" in value:
            return {}
        return value

    def flat(self, schema: Any, depth: int = 0) -> FlatSchema:
        """Return the flat view of a schema; one that extends itself ends at MAX_CHAIN."""
        if not isinstance(schema, dict) or depth > MAX_CHAIN:
            return EMPTY
        if depth:
            return self._merged(schema, depth)
        known = self._known.get(id(schema))
        if known is None:
            known = self._known[id(schema)] = schema, self._merged(schema, depth)
        return known[1]

    def _merged(self, schema: Schema, depth: int) -> FlatSchema:
        merged = _own_part(schema)
        target = schema.get("$ref")
        if isinstance(target, str):
            referred = self.flat(self._capture.at(target), depth + 1)
            merged = _merge(_merge(referred, FlatSchema(names=frozenset({target}))), merged)
        for part in islice(schema.get("allOf", ()), MAX_MEMBERS):
            merged = _merge(merged, self.flat(part, depth + 1))
        for key in _ALTERNATIVES:
            if key in schema:
                views = [self.flat(part, depth + 1) for part in islice(schema[key], MAX_MEMBERS)]
                merged = _merge(merged, _one_of_several(views))
        return merged

    def member(self, schema: FlatSchema, name: str) -> FlatSchema:
        """Return the flat view of a member of an object; the empty one where it has none."""
        return self.flat(schema.members.get(name))

    def each_member(self, schema: FlatSchema) -> Iterator[tuple[str, FlatSchema]]:
        """Yield the members of an object with their views, in the document's order."""
        for name in islice(schema.members, MAX_MEMBERS):
            yield name, self.member(schema, name)


def _own_part(schema: Schema) -> FlatSchema:
    """Return the view of what a schema says itself."""
    listed = schema.get("type") or ()
    if isinstance(listed, str):
        listed = (listed,)
    options = list(schema.get("enum", ()))
    if "const" in schema:
        options = [schema["const"]]
    members = schema.get("properties", {})
    json_type = _only_type([each for each in listed if each != "null"])
    if members and not json_type:
        json_type = "object"
    return FlatSchema(
        type=json_type,
        nullable="null" in listed or None in options,
        options=tuple(each for each in options if each is not None),
        members=members,
        required=frozenset(schema.get("required", ())),
        keywords={key: value for key, value in schema.items() if key not in _OTHER_PARTS},
    )


def _only_type(types: Collection[str]) -> str:
    """Return the type; empty where there are several, or none."""
    if len(types) != 1:
        return ""
    return next(iter(types))


def _merge(one: FlatSchema, other: FlatSchema) -> FlatSchema:
    """Return the view of a value for which both views hold; where they differ, the second wins."""
    return FlatSchema(
        type=other.type or one.type,
        nullable=one.nullable or other.nullable,
        options=other.options or one.options,
        members={**one.members, **other.members},
        required=one.required | other.required,
        alternatives=other.alternatives or one.alternatives,
        keywords={**one.keywords, **other.keywords},
        names=one.names | other.names,
    )


def _one_of_several(views: list[FlatSchema]) -> FlatSchema:
    """Return the view of alternatives: of objects, all members; of values, all options."""
    others = [view for view in views if not view.is_null]
    nullable = len(others) < len(views) or any(view.nullable for view in others)
    if len(others) == 1:
        return _merge(others[0], FlatSchema(nullable=nullable))
    members: dict[str, list[Any]] = {}
    for view in others:
        for name, schema in view.members.items():
            known = members.setdefault(name, [])
            if schema not in known:
                known.append(schema)
    required = [view.required for view in others] or [frozenset()]
    options: tuple[Any, ...] = ()
    if others and all(view.options for view in others):
        options = tuple(
            dict.fromkeys(option for view in others for option in view.options if isinstance(option, _SCALAR))
        )
    return FlatSchema(
        type=_only_type({view.type for view in others}),
        nullable=nullable,
        options=options,
        members={name: _any_of_schemas(known) for name, known in members.items()},
        required=frozenset.intersection(*required),
        alternatives=tuple(others),
        names=frozenset().union(*(view.names for view in others)),
    )


def _any_of_schemas(schemas: list[Any]) -> Any:
    if len(schemas) == 1:
        return schemas[0]
    return {"anyOf": schemas}
