"""The shapes of single values: texts, words, numbers, flags, and any JSON value."""

from dataclasses import dataclass
from typing import Any, Final

from mockserver.core.subset import is_number
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node, number_error, truncate_value
from mockserver.scenario.shapes import SchemaDefinitions, Shape, anchor_pattern, matches_fully


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
        if is_number(value):
            fits = self.allow_negative or value >= 0
        else:
            has_content = bool(node.text) or self.allow_empty
            fits = has_content and (self.pattern is None or matches_fully(self.pattern, node.text))
        if not fits:
            self.report("SCN023", node, diagnostics)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render a string, or a number or boolean in its place."""
        schema: dict[str, Any] = {"type": ["string", "number", "boolean"]}
        if not self.allow_empty:
            schema["minLength"] = 1
        if self.pattern is not None:
            schema["pattern"] = anchor_pattern(self.pattern)
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
        return isinstance(node.value, str) or (self.no_unit_hint is not None and is_number(node.value))

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a number without a unit (SCN026), or a text that does not match the pattern (SCN023)."""
        if not isinstance(node.value, str):
            message = f"found {describe_node(node)} without a unit, expected {self.expected()}"
            hint = (self.no_unit_hint or "").replace("{}", truncate_value(node.text))
            diagnostics.add("SCN026", message, node, hint)
        elif not matches_fully(self.pattern, node.text):
            self.report("SCN023", node, diagnostics)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render a string with a pattern."""
        return {"type": "string", "pattern": anchor_pattern(self.pattern)}


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
            self.report("SCN025", node, diagnostics, did_you_mean(node.text, self.choices))

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
        return node.node_type == "scalar" and is_number(node.value)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a number that JSON lacks (SCN011), is not whole (SCN022) or is out of range (SCN024)."""
        value = node.value
        if error := number_error(node):
            diagnostics.add("SCN011", error, node, f"Write {self.expected()}.")
        elif value != int(value):
            self.report("SCN022", node, diagnostics)
        elif not self.minimum <= value <= self.maximum:
            self.report("SCN024", node, diagnostics)

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
        for inner in node.walk():
            if inner.node_type == "scalar" and (error := number_error(inner)):
                diagnostics.add("SCN011", error, inner, "Put it in quotes if it is text.")

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
            self.report("SCN025", node, diagnostics)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render the constant true."""
        return {"const": True}


OBJECT: Final = JsonShape(objects_only=True)
ANY: Final = JsonShape()
