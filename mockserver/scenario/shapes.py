"""Shapes: descriptions of what a value in a file may look like.

One table of shapes is used in two ways. `check` walks a tree of nodes and reports every place that does not fit;
`schema` renders the same table as JSON Schema (draft 2020-12) for editors. So the checker and the published schema
cannot diverge. A shape describes the form of a value, never its meaning. `scalar_shapes` and `container_shapes` have
the kinds of shapes.

Where text belongs, a scalar keeps the text of the file, whatever type YAML gives it: the schema therefore allows
numbers and booleans in place of text.
"""

import re
from abc import ABC, abstractmethod
from typing import Any

from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, describe_node

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
            self.report("SCN022", node, diagnostics, hint=self.mismatch_hint(node))

    def report(self, code: str, node: Node, diagnostics: Diagnostics, detail: str = "", hint: str = "") -> None:
        """Report what was found in place of what the shape describes; `detail` ends the sentence."""
        diagnostics.add(code, f"found {describe_node(node)}, expected {self.expected()}{detail}", node, hint)

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


def anchor_pattern(pattern: str) -> str:
    """Return a pattern that matches whole texts, in Python (whose `$` allows a final line break) and in ECMAScript."""
    return f"^(?:{pattern})$(?!\\n)"


def matches_fully(pattern: str, text: str) -> bool:
    """Return True if the whole text matches the pattern, whose classes are those of ASCII."""
    return re.fullmatch(pattern, text, re.ASCII) is not None
