"""The JSON Schema of a pack's values: what a member is, as far as its name or its table says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.packs.ids import IdForm
from mockserver.packs.names import NAMES
from mockserver.packs.node_access import first_key, member
from mockserver.packs.values import cases_of, is_by_state
from mockserver.scenario.nodes import Node, node_to_json

Schema = Mapping[str, Any]
"""A JSON Schema; the empty one allows anything."""
ANYTHING: Final[Schema] = {}
_TEXT: Final[Schema] = {"type": "string"}
_NUMBER: Final[Schema] = {"type": "number"}
_ALWAYS_THERE: Final = frozenset({"created", "changed", "now"})
"""The instants that every job has."""
_SCHEMA_BY_NAME: Final[Mapping[str, Schema]] = {
    "number": {"type": "integer"},
    "past": {"type": "boolean"},
    "cause": _TEXT,
    "progress": _NUMBER,
    "count": {"type": "integer"},
    "ledger": _NUMBER,
    "url": _TEXT,
    "address": _TEXT,
    "key": _TEXT,
    "request_id": _TEXT,
    "webhook_secret": _TEXT,
}
_SCHEMA_BY_PART: Final[Mapping[str, Schema]] = {
    "error.status": {"type": "integer"},
    "error.message": _TEXT,
    "mistakes.text": _TEXT,
    "page.has_more": {"type": "boolean"},
    "page.number": {"type": "integer"},
    "page.size": {"type": "integer"},
    "page.pages": {"type": "integer"},
    "page.total": {"type": "integer"},
}


class DescribedValue(NamedTuple):
    """A value as a judge sees it."""

    schema: Schema
    is_optional: bool = False
    """True if there may be no such member."""


_ABSENT: Final = DescribedValue({}, is_optional=True)


@dataclass(frozen=True, kw_only=True)
class ValueScope:
    """What the names of a value stand for: a kind of job and the tables of its era."""

    ids: Mapping[str, IdForm]
    parts: Mapping[str, Node]
    time_format: str
    id_form: IdForm
    states: tuple[str, ...]
    body: Node
    """The kind's `body`."""


def describe_value(node: Node, scope: ValueScope) -> DescribedValue:
    """Describe a value of a pack that is sound."""
    if node.node_type == "sequence":
        return DescribedValue({"type": "array"})
    if node.node_type == "scalar":
        if isinstance(node.value, str):
            return _describe_text(node.text, scope)
        return DescribedValue(_schema_of_constant(node_to_json(node)))
    special = _SPECIAL_FORMS.get(first_key(node))
    if special is not None:
        return special(node, scope)
    members = {key.text: describe_value(value, scope) for key, value in node.entries}
    return DescribedValue(_object_with(members))


def describe_job(scope: ValueScope) -> Schema:
    """Return the schema of `$job`."""
    return describe_value(scope.body, scope).schema


def shows_state(schema: Schema, scope: ValueScope) -> bool:
    """Return True if a body of that schema may show the state of the job, where the job itself shows it."""
    if "anyOf" in schema:
        return any(shows_state(each, scope) for each in schema["anyOf"])
    names = [key.text for key, value in scope.body.entries if value.text == "$state"]
    shown = schema.get("properties", {})
    return any(shown.get(name) == _state_schema(scope) for name in names)


def _state_schema(scope: ValueScope) -> Schema:
    return {"type": "string", "enum": list(scope.states)}


def _schema_of_constant(value: int | float | None) -> Schema:
    match value:
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return _NUMBER
        case _:
            return {}


def _object_with(members: Mapping[str, DescribedValue]) -> Schema:
    properties = {name: each.schema for name, each in members.items() if each is not _ABSENT}
    required = [name for name, each in members.items() if not each.is_optional]
    return {"type": "object", "properties": properties, "required": required}


def _describe_text(text: str, scope: ValueScope) -> DescribedValue:
    if text == "$absent":
        return _ABSENT
    if not text.startswith("$") or text.startswith(("$$", "${")):
        return DescribedValue(_TEXT)
    name = text[1:].removesuffix("?")
    schema = _schema_of_name(name, scope)
    return DescribedValue(schema, is_optional=text.endswith("?"))


def _schema_of_name(name: str, scope: ValueScope) -> Schema:
    root, _, rest = name.partition(".")
    if root == "job":
        return describe_job(scope)
    if root == "part":
        return describe_value(scope.parts[rest], scope).schema
    if name == "page.jobs":
        return {"type": "array", "items": describe_job(scope)}
    if name in _SCHEMA_BY_PART:
        return _SCHEMA_BY_PART[name]
    if NAMES[root].is_instant:
        return _instant_schema(scope.time_format, is_nullable=root not in _ALWAYS_THERE)
    builders: Mapping[str, Callable[[], Schema]] = {
        "id": lambda: _id_schema(scope.id_form),
        "made": lambda: _id_schema(scope.ids[rest]),
        "state": lambda: _state_schema(scope),
    }
    return builders.get(root, lambda: _SCHEMA_BY_NAME.get(root, {}))()


def _id_schema(form: IdForm) -> Schema:
    return {"type": "string", "pattern": f"^{form.pattern}$"}


def _instant_schema(time_format: str, *, is_nullable: bool) -> Schema:
    name = "string" if time_format.startswith("iso") else "number"
    types: Any = [name, "null"] if is_nullable else name
    return {"type": types, "format": "date-time"} if name == "string" else {"type": types}


def _describe_choice(node: Node, scope: ValueScope) -> DescribedValue:
    cases = cases_of(node)
    described = [describe_value(case, scope) for case in cases.values()]
    is_complete = "else" in cases or {"$live", "$terminal"} <= cases.keys()
    if is_by_state(node):
        is_complete = is_complete or set(scope.states) <= cases.keys()
    return _any_of(described, is_optional=not is_complete or any(each.is_optional for each in described))


def _describe_first(node: Node, scope: ValueScope) -> DescribedValue:
    described = [describe_value(item, scope) for item in node.entries[0][1].items]
    return _any_of(described, is_optional=all(each.is_optional for each in described))


def _any_of(described: Iterable[DescribedValue], *, is_optional: bool) -> DescribedValue:
    return DescribedValue(any_of(each.schema for each in described if each is not _ABSENT), is_optional)


def any_of(schemas: Iterable[Schema]) -> Schema:
    """Return the schema of a value that one of these describes; anything, if there are none."""
    different: list[Schema] = []
    for schema in schemas:
        if schema not in different:
            different.append(schema)
    if len(different) == 1:
        return different[0]
    return {"anyOf": different} if different and ANYTHING not in different else ANYTHING


def _describe_time(node: Node, scope: ValueScope) -> DescribedValue:
    name = node.entries[0][1].text
    is_nullable = name.strip("$?").partition(".")[0] not in _ALWAYS_THERE
    schema = _instant_schema(member(node, "as").text, is_nullable=is_nullable)
    return DescribedValue(schema, is_optional=name.endswith("?"))


def _describe_with(node: Node, scope: ValueScope) -> DescribedValue:
    base = describe_value(node.entries[0][1], scope).schema
    laid_over = {key.text: describe_value(value, scope) for key, value in node.entries[1:]}
    if base.get("type") != "object":
        return DescribedValue(ANYTHING)
    properties = {name: schema for name, schema in base["properties"].items() if name not in laid_over}
    kept = {name: DescribedValue(schema, name not in base["required"]) for name, schema in properties.items()}
    return DescribedValue(_object_with({**kept, **laid_over}))


_SPECIAL_FORMS: Final[Mapping[str, Callable[[Node, ValueScope], DescribedValue]]] = {
    "$by": _describe_choice,
    "$first": _describe_first,
    "$time": _describe_time,
    "$with": _describe_with,
}
"""By the first key of the mapping."""
