"""A small library of shapes: descriptions of what a value in a file may look like.

One table of shapes is used in two ways. `check` walks a tree of nodes and reports every place that does not fit;
`schema` renders the same table as JSON Schema (draft 2020-12) for editors. So the checker and the published schema
cannot diverge. A shape describes the form of a value, never its meaning.

Where text belongs, a scalar keeps the text of the file, whatever type YAML gives it: the schema therefore allows
numbers and booleans in place of text.
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node, number_error, truncate_value

_DEFAULT_MAX_SIZE: Final = 1_000
"""Entries of a list or mapping for which the language has no narrower limit."""
SchemaDefinitions = dict[str, dict[str, Any]]


class Shape(ABC):
    """Base of all shapes."""

    description: str
    """A noun phrase for messages: `a duration such as 30s`."""
    definition_name: str | None = None
    """Its name in the published schema's `$defs`, for a shape that is used in several places."""

    def expected(self) -> str:
        """Return a noun phrase for messages; a shape without a `description` derives it."""
        return self.description

    @abstractmethod
    def accepts(self, node: Node) -> bool:
        """Return whether the node has a type that the shape describes."""

    @abstractmethod
    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report what does not fit in a node that the shape accepts."""

    @abstractmethod
    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render the shape as JSON Schema."""

    def check(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report every place in the node that does not fit (SCN011, SCN020 to SCN030)."""
        # A node that the reader has reported already (an alias, a second key) gets no second problem.
        if diagnostics.has_error(node):
            return
        if self.accepts(node):
            self.validate(node, diagnostics)
        else:
            message = f"found {describe_node(node)}, expected {self.expected()}"
            diagnostics.add("SCN022", message, node, self.mismatch_hint(node))

    def mismatch_hint(self, node: Node) -> str:
        """Return what to write in place of a node that the shape does not accept; empty if nothing is likely."""
        return ""

    def schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render the shape as JSON Schema; a shape with a `definition_name` becomes a reference into `definitions`."""
        if not self.definition_name:
            return self.inline_schema(definitions)
        if self.definition_name not in definitions:
            # The name is taken first: a shape that contains itself then finds its own definition.
            definitions[self.definition_name] = {}
            definitions[self.definition_name] = self.inline_schema(definitions)
        return {"$ref": f"#/$defs/{self.definition_name}"}


def _anchor(pattern: str) -> str:
    """Return a pattern that matches whole texts, in Python (whose `$` allows a final line break) and in ECMAScript."""
    return f"^(?:{pattern})$(?!\\n)"


def _full_match(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def _allowed_size(minimum: int, maximum: int) -> str:
    """Return how many entries a list or mapping may have: `3`, `1 to 5`, `at least 1`."""
    if minimum == maximum:
        return str(minimum)
    if maximum == _DEFAULT_MAX_SIZE:
        return f"at least {minimum}"
    return f"{minimum} to {maximum}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class TextShape(Shape):
    """Any scalar but null, as text. `pattern` applies to texts only, so it must match every (unsigned) number."""

    description: str = "text"
    pattern: str | None = None
    allow_empty: bool = False
    allow_negative: bool = True
    """Whether a negative number is allowed in place of text."""
    definition_name: str | None = None

    def accepts(self, node: Node) -> bool:
        """Return True for a scalar other than null."""
        return node.node_type == "scalar" and not node.is_null

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a text that is empty or does not match the pattern (SCN023)."""
        value = node.value
        if _is_number(value):
            fits = self.allow_negative or value >= 0
        else:
            has_content = bool(node.text) or self.allow_empty
            fits = has_content and (self.pattern is None or _full_match(self.pattern, node.text))
        if not fits:
            diagnostics.add("SCN023", f"found {describe_node(node)}, expected {self.expected()}", node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render a string, or a number or boolean in its place."""
        schema: dict[str, Any] = {"type": ["string", "number", "boolean"]}
        if not self.allow_empty:
            schema["minLength"] = 1
        if self.pattern is not None:
            schema["pattern"] = _anchor(self.pattern)
        if not self.allow_negative:
            schema["minimum"] = 0
        return schema


@dataclass(frozen=True)
class PatternShape(Shape):
    """A text of one form. A number is not one; with a `no_unit_hint` it is reported as a number without a unit."""

    description: str
    pattern: str
    no_unit_hint: str | None = None
    """The hint for a number without a unit; `{}` stands for the number."""
    definition_name: str | None = None

    def accepts(self, node: Node) -> bool:
        """Return True for a text, and for a number if there is a hint about its unit."""
        if node.node_type != "scalar":
            return False
        return isinstance(node.value, str) or (self.no_unit_hint is not None and _is_number(node.value))

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a number without a unit (SCN026), or a text that does not match the pattern (SCN023)."""
        if not isinstance(node.value, str):
            message = f"found {describe_node(node)} without a unit, expected {self.expected()}"
            hint = (self.no_unit_hint or "").replace("{}", truncate_value(node.text))
            diagnostics.add("SCN026", message, node, hint)
        elif not _full_match(self.pattern, node.text):
            diagnostics.add("SCN023", f"found {describe_node(node)}, expected {self.expected()}", node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render a string with a pattern."""
        return {"type": "string", "pattern": _anchor(self.pattern)}


@dataclass(frozen=True)
class ChoiceShape(Shape):
    """One of a few words."""

    choices: tuple[str, ...]

    def expected(self) -> str:
        """Return the words."""
        return " or ".join(f"`{word}`" for word in self.choices)

    def accepts(self, node: Node) -> bool:
        """Return True for a text."""
        return node.node_type == "scalar" and isinstance(node.value, str)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a text that is not one of the words (SCN025)."""
        if node.text not in self.choices:
            close = did_you_mean(node.text, self.choices)
            diagnostics.add("SCN025", f"found {describe_node(node)}, expected {self.expected()}{close}", node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render an enumeration."""
        return {"enum": list(self.choices)}


@dataclass(frozen=True)
class IntegerShape(Shape):
    """A whole number in a range, both ends included."""

    minimum: int
    maximum: int

    def expected(self) -> str:
        """Return the range."""
        if self.minimum == self.maximum:
            return f"the number {self.minimum}"
        return f"a whole number from {self.minimum} to {self.maximum}"

    def accepts(self, node: Node) -> bool:
        """Return True for a number."""
        return node.node_type == "scalar" and _is_number(node.value)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a number that JSON lacks (SCN011), is not whole (SCN022) or is out of range (SCN024)."""
        value = node.value
        if error := number_error(node):
            diagnostics.add("SCN011", error, node, f"Write {self.expected()}.")
        elif value != int(value):
            diagnostics.add("SCN022", f"found {describe_node(node)}, expected {self.expected()}", node)
        elif not self.minimum <= value <= self.maximum:
            diagnostics.add("SCN024", f"found {describe_node(node)}, expected {self.expected()}", node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render an integer with its bounds."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True)
class JsonShape(Shape):
    """Any JSON value, or only objects."""

    objects_only: bool = False

    def expected(self) -> str:
        """Return `a mapping` or `any value`."""
        return "a mapping" if self.objects_only else "any value"

    def accepts(self, node: Node) -> bool:
        """Return True for any value, or for a mapping."""
        return node.node_type == "mapping" or not self.objects_only

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report numbers that JSON lacks (SCN011), at any depth."""
        waiting = [node]
        while waiting:
            inner = waiting.pop()
            if inner.node_type == "scalar" and (error := number_error(inner)):
                diagnostics.add("SCN011", error, inner, "Put it in quotes if it is text.")
            waiting += [*inner.items, *(value for _, value in inner.entries)]

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render any value, or any object."""
        return {"type": "object"} if self.objects_only else {}


@dataclass(frozen=True)
class NullShape(Shape):
    """Null, or no value at all."""

    description: str = "nothing"

    def accepts(self, node: Node) -> bool:
        """Return True for null."""
        return node.is_null

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report nothing: null has one form."""

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render the type null."""
        return {"type": "null"}


@dataclass(frozen=True)
class TrueFlag(Shape):
    """The value `true`; to say false, the key is left out."""

    description: str = "`true`, or no such key"

    def accepts(self, node: Node) -> bool:
        """Return True for `true` and `false`."""
        return node.node_type == "scalar" and isinstance(node.value, bool)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report `false` (SCN025)."""
        if not node.value:
            diagnostics.add("SCN025", f"found {describe_node(node)}, expected {self.expected()}", node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render the constant true."""
        return {"const": True}


@dataclass(frozen=True)
class OneOfShape(Shape):
    """Several shapes; the first that accepts a value validates it."""

    options: tuple[Shape, ...]
    definition_name: str | None = None
    number_hint: str | None = None
    """The hint for a number, where none is accepted; `{}` stands for the number."""

    def expected(self) -> str:
        """Return the phrases of all shapes."""
        return ", or ".join(option.expected() for option in self.options)

    def accepts(self, node: Node) -> bool:
        """Return True if one of the shapes accepts the node."""
        return any(option.accepts(node) for option in self.options)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report what the first shape that accepts the node reports; of a wrong word, all that is allowed."""
        option = next(option for option in self.options if option.accepts(node))
        if isinstance(option, ChoiceShape) and node.text not in option.choices:
            close = did_you_mean(node.text, option.choices)
            diagnostics.add("SCN025", f"found {describe_node(node)}, expected {self.expected()}{close}", node)
        else:
            option.validate(node, diagnostics)

    def mismatch_hint(self, node: Node) -> str:
        """Return the hint for a number, or that of one of the shapes."""
        if self.number_hint is not None and node.node_type == "scalar" and _is_number(node.value):
            return self.number_hint.replace("{}", truncate_value(node.text))
        return next(filter(None, (option.mismatch_hint(node) for option in self.options)), "")

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render `anyOf` with the schema of each shape."""
        return {"anyOf": [option.schema(definitions) for option in self.options]}


@dataclass(frozen=True)
class ListShape(Shape):
    """A list of values of one shape."""

    item: Shape
    description: str
    min_size: int = 1
    max_size: int = _DEFAULT_MAX_SIZE
    definition_name: str | None = None

    def accepts(self, node: Node) -> bool:
        """Return True for a list."""
        return node.node_type == "sequence"

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a wrong number of entries (SCN030), and the problems of each."""
        if not self.min_size <= len(node.items) <= self.max_size:
            size = pluralize(len(node.items), "entry")
            message = f"found {size}, expected {_allowed_size(self.min_size, self.max_size)}: {self.description}"
            diagnostics.add("SCN030", message, node)
        for item in node.items:
            self.item.check(item, diagnostics)

    def mismatch_hint(self, node: Node) -> str:
        """Return how a list is written, for a mapping."""
        return "Begin each entry with `- `." if node.node_type == "mapping" else ""

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render an array of the item's schema."""
        items = self.item.schema(definitions)
        return {"type": "array", "items": items, "minItems": self.min_size, "maxItems": self.max_size}


@dataclass(frozen=True)
class MappingField:
    """One key of a mapping."""

    name: str
    shape: Shape
    doc: str
    """One sentence for readers of the schema."""
    required: bool = False


@dataclass(frozen=True)
class ExtraKeys:
    """The keys of a mapping that the author of the file chooses."""

    shape: Shape
    key_description: str = "a name"
    key_pattern: str = r"[\s\S]+"
    """A pattern that each of these keys matches."""


@dataclass(frozen=True)
class MappingShape(Shape):
    """A mapping with known fields, and perhaps extra keys."""

    description: str
    fields: tuple[MappingField, ...] = ()
    extra_keys: ExtraKeys | None = None
    exclusive: tuple[tuple[str, str], ...] = ()
    """Pairs of keys that exclude each other."""
    requires: tuple[tuple[str, str], ...] = ()
    """Pairs of keys: the first makes sense only with the second."""
    min_size: int = 0
    max_size: int = _DEFAULT_MAX_SIZE
    definition_name: str | None = None

    @cached_property
    def fields_by_name(self) -> dict[str, MappingField]:
        """The known fields by name."""
        return {field.name: field for field in self.fields}

    def accepts(self, node: Node) -> bool:
        """Return True for a mapping."""
        return node.node_type == "mapping"

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report unknown keys (SCN020, SCN023), the problems of the values, and what concerns several keys."""
        for key, value in node.entries:
            if key.text in self.fields_by_name:
                self.fields_by_name[key.text].shape.check(value, diagnostics)
            elif self.extra_keys is None:
                message = f"unknown key {truncate_value(key.text)!r}{did_you_mean(key.text, self.fields_by_name)}"
                hint = f"Allowed: {', '.join(field.name for field in self.fields)}."
                owner = self._owner(key.text)
                if owner is not None:
                    hint = f"It belongs to `{owner}`: write `{owner}: {{{key.text}: ...}}`."
                if key.text == "<<":
                    hint = "Merge keys (`<<`) are not supported."
                diagnostics.add("SCN020", message, value, hint, on_key=True)
            elif not _full_match(self.extra_keys.key_pattern, key.text):
                message = f"{truncate_value(key.text)!r} is not {self.extra_keys.key_description}"
                diagnostics.add("SCN023", message, value, on_key=True)
            else:
                self.extra_keys.shape.check(value, diagnostics)
        self._check_key_rules(node, {key.text: value for key, value in node.entries}, diagnostics)

    def _owner(self, name: str) -> str | None:
        """Return the required field whose own keys include a name; None if there is none."""
        for field in self.fields:
            if field.required and isinstance(field.shape, MappingShape) and name in field.shape.fields_by_name:
                return field.name
        return None

    def mismatch_hint(self, node: Node) -> str:
        """Return how a key without a value is written, for a text that could be one."""
        known = node.text in self.fields_by_name or (self.extra_keys is not None and self.fields)
        if node.node_type == "scalar" and known and _full_match(r"[A-Za-z_]+", node.text):
            return f"Write `{node.text}:`, with a colon."
        return ""

    def _check_key_rules(self, node: Node, given: dict[str, Node], diagnostics: Diagnostics) -> None:
        """Report what concerns several keys: missing ones, keys that exclude or need each other, and their number."""
        misplaced = {self._owner(name) for name in given if name not in self.fields_by_name}
        for field in self.fields:
            # A key that is missing because its content stands here has been reported.
            if field.required and field.name not in given and field.name not in misplaced:
                diagnostics.add("SCN021", f"the key `{field.name}` is missing", node, field.doc)
        for one, other in self.exclusive:
            if one in given and other in given:
                message = f"`{one}` and `{other}` exclude each other"
                diagnostics.add("SCN027", message, given[other], "Keep one of the two.", on_key=True)
        for name, needed in self.requires:
            if name in given and needed not in given:
                diagnostics.add("SCN028", f"`{name}` needs the key `{needed}` beside it", given[name], on_key=True)
        if not self.min_size <= len(given) <= self.max_size:
            allowed = _allowed_size(self.min_size, self.max_size)
            message = f"found {pluralize(len(given), 'key')}, expected {allowed}: {self.description}"
            diagnostics.add("SCN030", message, node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render an object with its properties and the rules about several keys."""
        rest: Any = False
        key_pattern = {}
        if self.extra_keys is not None:
            rest = self.extra_keys.shape.schema(definitions)
            key_pattern = {"pattern": _anchor(self.extra_keys.key_pattern)}
        parts: dict[str, Any] = {
            "properties": {
                field.name: {"description": field.doc, **field.shape.schema(definitions)} for field in self.fields
            },
            "required": [field.name for field in self.fields if field.required],
            "propertyNames": key_pattern,
            "allOf": [{"not": {"required": list(pair)}} for pair in self.exclusive],
            "dependentRequired": {name: [needed] for name, needed in self.requires},
        }
        size = {"minProperties": self.min_size, "maxProperties": self.max_size}
        # A keyword without content would only lengthen the published schema.
        kept = {keyword: part for keyword, part in parts.items() if part}
        return {"type": "object", **kept, "additionalProperties": rest, **size}


OBJECT: Final = JsonShape(objects_only=True)
ANY: Final = JsonShape()
