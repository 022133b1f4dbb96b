"""A small library of shapes: what a value in a file may look like.

One table of shapes is read in two ways. `check` walks a tree of nodes and reports every place that does not fit;
`schema` writes the same table as JSON Schema (draft 2020-12) for editors. So the checker and the published schema
cannot part. A shape knows how a value looks, never what it means.

A scalar where text belongs keeps the text of the file, whatever YAML would make of it: the schema therefore lets
numbers and booleans stand for text.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from mockserver.core.counting import count
from mockserver.errors import nearest
from mockserver.scenario.nodes import Node, clip, describe, doubt
from mockserver.scenario.report import Report

Definitions = dict[str, dict[str, Any]]


class Shape(ABC):
    """What every shape can do."""

    says: str
    """What it wants, for messages: `a duration such as 30s`."""
    name: str = ""
    """Where the published schema defines it, for a shape that is used in several places."""

    def wants(self) -> str:
        """What `says` says, or what the shape says of itself."""
        return self.says

    @abstractmethod
    def takes(self, node: Node) -> bool:
        """Whether the node is of a type that the shape is about."""

    @abstractmethod
    def inside(self, node: Node, report: Report) -> None:
        """Report what does not fit in a node of the right type."""

    @abstractmethod
    def body(self, definitions: Definitions) -> dict[str, Any]:
        """The shape as JSON Schema."""

    def check(self, node: Node, report: Report) -> None:
        """Report every place in the node that does not fit."""
        if report.bad(node):
            return
        if self.takes(node):
            self.inside(node, report)
        else:
            report.add("SCN022", f"found {describe(node)}, wanted {self.wants()}", node)

    def schema(self, definitions: Definitions) -> dict[str, Any]:
        """The shape as JSON Schema, by reference where it has a name."""
        if not self.name:
            return self.body(definitions)
        if self.name not in definitions:
            definitions[self.name] = {}
            definitions[self.name] = self.body(definitions)
        return {"$ref": f"#/$defs/{self.name}"}


def _anchored(pattern: str) -> str:
    """A full match, for both Python (whose `$` lets a last line break pass) and ECMAScript."""
    return f"^(?:{pattern})$(?!\\n)"


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.ASCII) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Text(Shape):
    """Any scalar but null, as text; a pattern is for texts only, so it must let every (unsigned) number pass."""

    says: str = "text"
    pattern: str = ""
    empty: bool = False
    signed: bool = True
    """Whether a negative number may stand for text."""
    name: str = ""

    def takes(self, node: Node) -> bool:
        return node.kind == "scalar" and not node.is_null

    def inside(self, node: Node, report: Report) -> None:
        value = node.value
        if _is_number(value):
            fits = self.signed or value >= 0
        else:
            fits = bool(node.text or self.empty) and (not self.pattern or _matches(self.pattern, node.text))
        if not fits:
            report.add("SCN023", f"found {describe(node)}, wanted {self.wants()}", node)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        length = {} if self.empty else {"minLength": 1}
        pattern = {"pattern": _anchored(self.pattern)} if self.pattern else {}
        sign = {} if self.signed else {"minimum": 0}
        return {"type": ["string", "number", "boolean"], **length, **pattern, **sign}


@dataclass(frozen=True)
class Pattern(Shape):
    """A text of one form; a number is none, and `bare` says what its writer may have meant."""

    says: str
    pattern: str
    bare: str = ""
    """A hint for a number without a unit, where that is the usual slip: `{} what? ...`."""
    name: str = ""

    def takes(self, node: Node) -> bool:
        return node.kind == "scalar" and (isinstance(node.value, str) or (bool(self.bare) and _is_number(node.value)))

    def inside(self, node: Node, report: Report) -> None:
        if not isinstance(node.value, str):
            message = f"found {describe(node)} without a unit, wanted {self.wants()}"
            report.add("SCN026", message, node, self.bare.replace("{}", clip(node.text)))
        elif not _matches(self.pattern, node.text):
            report.add("SCN023", f"found {describe(node)}, wanted {self.wants()}", node)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": "string", "pattern": _anchored(self.pattern)}


@dataclass(frozen=True)
class Choice(Shape):
    """One of a few words."""

    words: tuple[str, ...]

    def wants(self) -> str:
        return " or ".join(f"`{word}`" for word in self.words)

    def takes(self, node: Node) -> bool:
        return node.kind == "scalar" and isinstance(node.value, str)

    def inside(self, node: Node, report: Report) -> None:
        if node.text not in self.words:
            close = nearest(node.text, self.words)
            report.add("SCN025", f"found {describe(node)}, wanted {self.wants()}{close}", node)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class Integer(Shape):
    """A whole number in a range, both ends included."""

    low: int
    high: int

    def wants(self) -> str:
        return f"a whole number from {self.low} to {self.high}" if self.low < self.high else f"the number {self.low}"

    def takes(self, node: Node) -> bool:
        return node.kind == "scalar" and _is_number(node.value)

    def inside(self, node: Node, report: Report) -> None:
        value = node.value
        if trouble := doubt(node):
            report.add("SCN011", trouble, node, f"Write {self.wants()}.")
        elif value != int(value):
            report.add("SCN022", f"found {describe(node)}, wanted {self.wants()}", node)
        elif not self.low <= value <= self.high:
            report.add("SCN024", f"found {describe(node)}, wanted {self.wants()}", node)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Json(Shape):
    """Any JSON value, or only objects."""

    objects: bool = False

    def wants(self) -> str:
        return "a mapping" if self.objects else "any value"

    def takes(self, node: Node) -> bool:
        return node.kind == "mapping" or not self.objects

    def inside(self, node: Node, report: Report) -> None:
        for scalar in _scalars(node):
            if trouble := doubt(scalar):
                report.add("SCN011", trouble, scalar, "Put it in quotes if it is text.")

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": "object"} if self.objects else {}


def _scalars(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.kind == "scalar":
            yield node
        waiting += node.items
        waiting += [value for _, value in node.entries]


@dataclass(frozen=True)
class Null(Shape):
    """Nothing."""

    says: str = "nothing"

    def takes(self, node: Node) -> bool:
        return node.is_null

    def inside(self, node: Node, report: Report) -> None:
        """Nothing can be wrong with nothing."""

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": "null"}


@dataclass(frozen=True)
class Yes(Shape):
    """The word `true`: what is not so is left out."""

    says: str = "`true`, or no such key"

    def takes(self, node: Node) -> bool:
        return node.kind == "scalar" and isinstance(node.value, bool)

    def inside(self, node: Node, report: Report) -> None:
        if not node.value:
            report.add("SCN025", f"found {describe(node)}, wanted {self.wants()}", node)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"const": True}


@dataclass(frozen=True)
class OneOf(Shape):
    """The first of several shapes that takes the value's type."""

    options: tuple[Shape, ...]
    name: str = ""

    def wants(self) -> str:
        return ", or ".join(option.wants() for option in self.options)

    def takes(self, node: Node) -> bool:
        return any(option.takes(node) for option in self.options)

    def inside(self, node: Node, report: Report) -> None:
        next(option for option in self.options if option.takes(node)).inside(node, report)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        return {"anyOf": [option.schema(definitions) for option in self.options]}


@dataclass(frozen=True)
class Sequence(Shape):
    """A list of alike values."""

    each: Shape
    says: str
    least: int = 1
    most: int = 1_000
    name: str = ""

    def takes(self, node: Node) -> bool:
        return node.kind == "sequence"

    def inside(self, node: Node, report: Report) -> None:
        if not self.least <= len(node.items) <= self.most:
            report.add("SCN030", f"found {count(len(node.items), 'entry')}, wanted {self.least} to {self.most}", node)
        for item in node.items:
            self.each.check(item, report)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        items = self.each.schema(definitions)
        return {"type": "array", "items": items, "minItems": self.least, "maxItems": self.most}


@dataclass(frozen=True)
class Field:
    """One key of a mapping."""

    name: str
    shape: Shape
    doc: str
    """One sentence for the reader of the schema."""
    required: bool = False


@dataclass(frozen=True)
class Others:
    """The keys of a mapping that are the writer's own."""

    shape: Shape
    says: str = "a name"
    pattern: str = r"[\s\S]+"
    """What every key of the mapping matches."""


@dataclass(frozen=True)
class Mapping(Shape):
    """Keys and values: known fields, and perhaps others."""

    says: str
    fields: tuple[Field, ...] = ()
    others: Others | None = None
    apart: tuple[tuple[str, str], ...] = ()
    """Pairs of keys that exclude each other."""
    needs: tuple[tuple[str, str], ...] = ()
    """Pairs: the first key makes sense only with the second."""
    least: int = 0
    most: int = 1_000
    name: str = ""

    @cached_property
    def known(self) -> dict[str, Field]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    def takes(self, node: Node) -> bool:
        return node.kind == "mapping"

    def inside(self, node: Node, report: Report) -> None:
        for key, value in node.entries:
            if key.text in self.known:
                self.known[key.text].shape.check(value, report)
            elif self.others is None:
                self._unknown(key, value, report)
            elif not _matches(self.others.pattern, key.text):
                message = f"{clip(key.text)!r} is not {self.others.says}"
                report.add("SCN023", message, value, on_key=True)
            else:
                self.others.shape.check(value, report)
        self._as_a_whole(node, {key.text: value for key, value in node.entries}, report)

    def _unknown(self, key: Node, value: Node, report: Report) -> None:
        message = f"there is no key {clip(key.text)!r} here{nearest(key.text, self.known)}"
        allowed = ", ".join(field.name for field in self.fields)
        hint = "Merge keys (`<<`) are not read." if key.text == "<<" else f"Allowed: {allowed}."
        report.add("SCN020", message, value, hint, on_key=True)

    def _as_a_whole(self, node: Node, given: dict[str, Node], report: Report) -> None:
        """What concerns several keys: missing ones, quarrelling ones, their number."""
        for field in self.fields:
            if field.required and field.name not in given:
                report.add("SCN021", f"the key `{field.name}` is missing", node, field.doc)
        for one, other in self.apart:
            if one in given and other in given:
                message = f"`{one}` and `{other}` exclude each other"
                report.add("SCN027", message, given[other], "Keep one of the two.", on_key=True)
        for name, needed in self.needs:
            if name in given and needed not in given:
                report.add("SCN028", f"`{name}` needs `{needed}` beside it", given[name], on_key=True)
        if not self.least <= len(given) <= self.most:
            wanted = str(self.least) if self.least == self.most else f"{self.least} to {self.most}"
            report.add("SCN030", f"found {count(len(given), 'key')}, wanted {wanted}: {self.says}", node)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        apart = [{"not": {"required": list(pair)}} for pair in self.apart]
        parts: dict[str, Any] = {
            "properties": {
                field.name: {"description": field.doc, **field.shape.schema(definitions)} for field in self.fields
            },
            "required": [field.name for field in self.fields if field.required],
            "propertyNames": {"pattern": _anchored(self.others.pattern)} if self.others else {},
            "allOf": apart,
            "dependentRequired": {name: [needed] for name, needed in self.needs},
        }
        rest = self.others.shape.schema(definitions) if self.others else False
        size = {"minProperties": self.least, "maxProperties": self.most}
        kept = {keyword: part for keyword, part in parts.items() if part}
        return {"type": "object", **kept, "additionalProperties": rest, **size}


OBJECT: Final = Json(objects=True)
ANY: Final = Json()
