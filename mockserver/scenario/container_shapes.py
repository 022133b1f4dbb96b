"""The shapes that consist of others: alternatives, lists and mappings."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from mockserver.core.subset import is_number
from mockserver.core.text import pluralize
from mockserver.errors import closest_names, did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.scenario.shapes import SchemaDefinitions, Shape, anchor_pattern, matches_fully

_DEFAULT_MAX_SIZE: Final = 1_000
"""Entries of a list or mapping for which the language has no narrower limit."""


def _allowed_size(minimum: int, maximum: int) -> str:
    """Return how many entries a list or mapping may have: `3`, `1 to 5`, `at least 1`."""
    if minimum == maximum:
        return str(minimum)
    if maximum == _DEFAULT_MAX_SIZE:
        return f"at least {minimum}"
    return f"{minimum} to {maximum}"


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
            self.report("SCN025", node, diagnostics, did_you_mean(node.text, option.choices))
        else:
            option.validate(node, diagnostics)

    def mismatch_hint(self, node: Node) -> str:
        """Return the hint for a number, or that of one of the shapes."""
        if self.number_hint is not None and node.node_type == "scalar" and is_number(node.value):
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
            elif not matches_fully(self.extra_keys.key_pattern, key.text):
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
        if node.node_type == "scalar" and known and matches_fully(r"[A-Za-z_]+", node.text):
            return f"Write `{node.text}:`, with a colon."
        return ""

    def _check_key_rules(self, node: Node, given: dict[str, Node], diagnostics: Diagnostics) -> None:
        """Report what concerns several keys: missing ones, keys that exclude or need each other, and their number."""
        known = list(self.fields_by_name)
        unknown = [name for name in given if name not in known and self.extra_keys is None]
        # A key that is missing because its content stands here, or is misspelt, has been reported.
        meant = {each for name in unknown for each in closest_names(truncate_value(name), known)}
        reported = {*map(self._owner, unknown), *meant}
        for field in self.fields:
            if field.required and field.name not in given and field.name not in reported:
                diagnostics.add("SCN021", f"the key `{field.name}` is missing", node, field.doc)
        for one, other in self.exclusive:
            if one in given and other in given:
                message = f"`{one}` and `{other}` exclude each other"
                # The last one: of an entry that is laid over another, it is the one that was added.
                last = [value for name, value in given.items() if name in (one, other)][-1]
                diagnostics.add("SCN027", message, last, "Keep one of the two.", on_key=True)
        for name, needed in self.requires:
            if name in given and needed not in given:
                message = f"`{name}` needs the key `{needed}` beside it"
                diagnostics.add("SCN028", message, given[name], self.fields_by_name[needed].doc, on_key=True)
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
            key_pattern = {"pattern": anchor_pattern(self.extra_keys.key_pattern)}
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
