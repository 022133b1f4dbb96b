"""Every kind of fault, and the keys of `faults:` as tables. A new kind is a file beside this one, and its line here."""

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final

from mockserver.scenario.common_shapes import DURATION, NAME
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults import (
    charset,
    content_type,
    corrupt,
    delay,
    drip,
    drop,
    frames,
    length,
    malformed,
    silence,
    stale,
    status,
    truncate,
    unheard,
    unwritten,
)
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node, describe_node, number_error
from mockserver.scenario.shapes import (
    IntegerShape,
    ListShape,
    MappingField,
    MappingShape,
    OneOfShape,
    SchemaDefinitions,
    Shape,
    TextShape,
)

FAULT_KINDS: Final[Table[str, FaultKind]] = {
    word.keyword: word
    for word in (
        status.FAULT_KIND,
        delay.FAULT_KIND,
        drop.FAULT_KIND,
        unheard.FAULT_KIND,
        silence.FAULT_KIND,
        drip.FAULT_KIND,
        truncate.FAULT_KIND,
        length.FAULT_KIND,
        malformed.FAULT_KIND,
        content_type.FAULT_KIND,
        charset.FAULT_KIND,
        stale.FAULT_KIND,
        unwritten.FAULT_KIND,
        corrupt.FAULT_KIND,
        frames.FAULT_KIND,
    )
}


@dataclass(frozen=True)
class RateShape(Shape):
    """A part of the whole: a number above 0, up to 1."""

    description: str = "a number above 0, up to 1"

    def accepts(self, node: Node) -> bool:
        """Whether it is a number."""
        return node.node_type == "scalar" and isinstance(node.value, int | float) and not isinstance(node.value, bool)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Whether it can come up at all."""
        if trouble := number_error(node):
            diagnostics.add("SCN011", trouble, node, f"Write {self.expected()}.")
        elif not 0 < node.value <= 1:
            hint = "A fault that never happens is none: leave it out." if node.value == 0 else "Half of them: 0.5."
            diagnostics.add("SCN024", f"found {describe_node(node)}, wanted {self.expected()}", node, hint)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """The shape as JSON Schema."""
        return {"type": "number", "exclusiveMinimum": 0, "maximum": 1}


_POSITIVE: Final = IntegerShape(1, 1_000_000)
_NUMBERS: Final = OneOfShape((_POSITIVE, ListShape(_POSITIVE, "a list of numbers")))
WHEN: Final = MappingShape(
    "a mapping with `call`, `poll`, `every`, `times`, `between`, `after`, `until` or `rate`",
    (
        MappingField("call", _NUMBERS, "The n-th call that it concerns, or a list of them; counted for each job."),
        MappingField("poll", _NUMBERS, "The n-th poll of a job, or a list of them."),
        MappingField("every", IntegerShape(2, 1_000_000), "Each n-th call that it concerns."),
        MappingField("times", _POSITIVE, "At most so often; for each job, where the operation is about one."),
        MappingField(
            "between", ListShape(DURATION, "a list of two durations", min_size=2, max_size=2), "From here to there."
        ),
        MappingField("after", DURATION, "From here on, counted from the session's start."),
        MappingField("until", DURATION, "Before there, counted from the session's start."),
        MappingField("rate", RateShape(), "How likely each call is met; the seed chooses."),
    ),
    exclusive=(("call", "poll"), ("between", "after"), ("between", "until")),
    min_size=1,
)
_FIELDS: Final = tuple(MappingField(word.keyword, word.shape, word.description) for word in FAULT_KINDS.values())
_EXTRA_FIELDS: Final = tuple((field, word.keyword) for word in FAULT_KINDS.values() for field in word.extra_fields)
DO: Final = MappingShape(
    "one fault, such as `status: 503` or `drop: reset`",
    (*_FIELDS, *(field for field, _ in _EXTRA_FIELDS)),
    requires=tuple((field.name, name) for field, name in _EXTRA_FIELDS),
    min_size=1,
)
OPERATION: Final = TextShape("an operation of the vendor, or `*`")
FAULT: Final = MappingShape(
    "a mapping with `on` and `do`",
    (
        MappingField(
            "on", OneOfShape((OPERATION, ListShape(OPERATION, "a list of operations"))), "What it concerns.", True
        ),
        MappingField("job", NAME, "The only job that it concerns: its id, or the name that the play gives it."),
        MappingField("when", WHEN, "On which occasions it happens; always unless given."),
        MappingField("do", DO, "What goes wrong.", True),
    ),
    definition_name="fault",
)
FAULTS: Final = ListShape(FAULT, "a list of faults", min_size=0)
