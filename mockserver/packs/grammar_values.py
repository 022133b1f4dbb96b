"""The shapes that every section of a pack uses: values, sources, answers, tables by a value."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mockserver.packs.node_access import first_key
from mockserver.packs.samples import SAMPLES
from mockserver.scenario.common_shapes import STATUS
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node
from mockserver.scenario.scalar_shapes import ANY, ChoiceShape, PatternShape, TextShape
from mockserver.scenario.shapes import SchemaDefinitions, Shape

BY: Final = "$by"
GROUP_PATTERN: Final = r"[^\s|]+(?:\|[^\s|]+)*"
GROUP_DESCRIPTION: Final = "a name, or names joined by `|`"
VALUE_NAME: Final = PatternShape("the name of a value such as `$state`", r"\$[A-Za-z_][A-Za-z0-9_.|-]*\??")
SAMPLE_NAMES: Final = tuple(SAMPLES)
"""The files that an answer can have."""
DATE: Final = PatternShape("a date such as `2026-08-08`", r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class DeferredShape(Shape):
    """A shape that is looked up when it is used, for one that contains itself."""

    find: Callable[[], Shape]

    def expected(self) -> str:
        """Return the phrase of the shape."""
        return self.find().expected()

    def accepts(self, node: Node) -> bool:
        """Return whether the shape accepts the node."""
        return self.find().accepts(node)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report what the shape reports."""
        self.find().validate(node, diagnostics)

    def mismatch_hint(self, node: Node) -> str:
        """Return the hint of the shape."""
        return self.find().mismatch_hint(node)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render the shape."""
        return self.find().schema(definitions)


@dataclass(frozen=True)
class TableShape(Shape):
    """A table by a value: `{$by: $state, running: ..., else: ...}`; each case has one shape."""

    case: Shape
    description: str = "a table: `{$by: $state, STATE: ..., else: ...}`"

    def accepts(self, node: Node) -> bool:
        """Return True for a mapping whose first key is `$by`."""
        return first_key(node) == BY

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a selector that is no name (SCN023), a table without cases (SCN030), and the problems of the cases."""
        VALUE_NAME.check(node.entries[0][1], diagnostics)
        if len(node.entries) == 1:
            diagnostics.add("SCN030", "found no case, expected at least 1: a table by a value", node)
        for _, value in node.entries[1:]:
            self.case.check(value, diagnostics)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render an object with `$by`, whose other members have the shape of a case."""
        return {
            "type": "object",
            "properties": {BY: VALUE_NAME.schema(definitions)},
            "required": [BY],
            "additionalProperties": self.case.schema(definitions),
            "minProperties": 2,
        }


FIRST: Final = MappingShape(
    "the first of several values",
    (MappingField("$first", ListShape(DeferredShape(lambda: VALUE), "a list of values"), "Values.", required=True),),
)
WITH: Final = MappingShape(
    "a mapping with others laid over it",
    (MappingField("$with", VALUE_NAME, "The name of a mapping: `$job`, `$part.NAME`.", required=True),),
    extra_keys=ExtraKeys(DeferredShape(lambda: VALUE)),
)
TIME: Final = MappingShape("an instant in another format", (
    MappingField("$time", VALUE_NAME, "The instant.", required=True),
    MappingField("as", ChoiceShape(("iso-s", "iso-ms", "iso-us", "unix", "unix-ms")), "Its format.", required=True),
))  # fmt: skip


@dataclass(frozen=True)
class ValueShape(Shape):
    """Any JSON value, in which the mappings that begin with `$` have their own forms."""

    description: str = "a value"
    definition_name: str | None = "value"

    def accepts(self, node: Node) -> bool:
        """Return True for anything."""
        return True

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report numbers that JSON lacks, unknown forms (SCN020), and what a form reports, at any depth."""
        if node.node_type == "scalar":
            ANY.validate(node, diagnostics)
        elif node.node_type == "sequence":
            for item in node.items:
                self.check(item, diagnostics)
        else:
            self._validate_mapping(node, diagnostics)

    def _validate_mapping(self, node: Node, diagnostics: Diagnostics) -> None:
        forms: dict[str, Shape] = {BY: TableShape(self), "$first": FIRST, "$time": TIME, "$with": WITH}
        form = forms.get(first_key(node))
        if form is not None:
            form.check(node, diagnostics)
            return
        for key, value in node.entries:
            if key.text in forms:
                diagnostics.add("SCN020", f"`{key.text}` must be the first key of its mapping", value, on_key=True)
            elif key.text.startswith("$") and not key.text.startswith("$$"):
                message = f"no form of a value begins with {describe_node(key)}"
                diagnostics.add("SCN020", message, value, f"Forms: {', '.join(forms)}.", on_key=True)
            else:
                self.check(value, diagnostics)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render any value."""
        return {"description": "A JSON value; `$NAME` in it stands for a value of the job or the call."}


VALUE: Final[Shape] = ValueShape()
VALUES: Final = MappingShape("a mapping of names to values", extra_keys=ExtraKeys(VALUE), definition_name="values")
SOURCE: Final = OneOfShape(
    (
        TextShape("the name of an entry of `sources`"),
        MappingShape(
            "a mapping with `from`, and `says` or `inferred`",
            (
                MappingField("from", TextShape(), "An entry of `sources`."),
                MappingField("says", TextShape(), "What the source says, in your words."),
                MappingField("inferred", TextShape(), "Why this was chosen, where no source says so."),
            ),
            min_size=1,
        ),
    ),
    definition_name="source",
)
SOURCE_FIELD: Final = MappingField("source", SOURCE, "Where it is written, or that it is inferred.")
HEADER_VALUES: Final = MappingShape(
    "a mapping of header names to values",
    extra_keys=ExtraKeys(VALUE, "a header's name", r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"),
    definition_name="header_values",
)
STATUS_VALUE: Final = OneOfShape((STATUS, TableShape(STATUS)), definition_name="status")
ANSWER_MAPPING: Final = MappingShape(
    "an answer",
    (
        MappingField("status", STATUS_VALUE, "The HTTP status; default 200."),
        MappingField("headers", HEADER_VALUES, "Headers besides the content type."),
        MappingField("body", VALUE, "The JSON body; without it the answer has none."),
        MappingField("lines", VALUE, "A line of JSON for each item of a batch."),
        MappingField("text", VALUE, "A body that is plain text."),
        MappingField("file", ChoiceShape(SAMPLE_NAMES), "A small file of this type."),
        MappingField("content_type", TextShape(), "The content type; default that of the body."),
        MappingField("error", TextShape(), "An error of `errors` in place of an answer."),
    ),
    exclusive=(
        ("body", "lines"),
        ("body", "file"),
        ("lines", "file"),
        *(("text", name) for name in ("body", "lines", "file")),
        *(("error", name) for name in ("status", "headers", "body", "lines", "text", "file", "content_type")),
    ),
    min_size=1,
)
ANSWER: Final[Shape] = OneOfShape((TableShape(DeferredShape(lambda: ANSWER)), ANSWER_MAPPING), definition_name="answer")
