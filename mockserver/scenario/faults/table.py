"""Every kind of fault, and the keys of `faults:` as tables. A new kind is a file beside this one, and a line here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.core.subset import is_number
from mockserver.scenario.common_shapes import CALL_NUMBERS, DURATION, HEADER_NAME, NAME, POSITIVE
from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.charset import CharsetEffect
from mockserver.scenario.faults.chunked import ChunkedEffect
from mockserver.scenario.faults.compression import ContentEncodingEffect
from mockserver.scenario.faults.content_type import ContentTypeEffect
from mockserver.scenario.faults.corrupt import CorruptEffect
from mockserver.scenario.faults.delay import DelayEffect
from mockserver.scenario.faults.drip import DripEffect
from mockserver.scenario.faults.drop import DropEffect
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.faults.etag import EtagEffect
from mockserver.scenario.faults.frames import FramesEffect
from mockserver.scenario.faults.headers import HeadersEffect
from mockserver.scenario.faults.length import LengthEffect
from mockserver.scenario.faults.lines import LinesEffect
from mockserver.scenario.faults.malformed import MalformedEffect
from mockserver.scenario.faults.ranges import RangeEffect
from mockserver.scenario.faults.silence import SilenceEffect
from mockserver.scenario.faults.stale import StaleEffect
from mockserver.scenario.faults.status import StatusEffect
from mockserver.scenario.faults.truncate import TruncateEffect
from mockserver.scenario.faults.unheard import UnheardEffect
from mockserver.scenario.faults.unwritten import UnwrittenEffect
from mockserver.scenario.nodes import Node, number_error
from mockserver.scenario.scalar_shapes import OBJECT, IntegerShape, TextShape
from mockserver.scenario.shapes import SchemaDefinitions, Shape

FAULT_KINDS: Final[Mapping[str, type[FaultEffect]]] = {
    effect.keyword: effect
    for effect in (
        StatusEffect, HeadersEffect, DelayEffect, DropEffect, UnheardEffect, SilenceEffect, DripEffect, TruncateEffect,
        LengthEffect, ChunkedEffect, ContentEncodingEffect, MalformedEffect, ContentTypeEffect, CharsetEffect,
        RangeEffect, EtagEffect, StaleEffect, UnwrittenEffect, CorruptEffect, LinesEffect, FramesEffect,
    )
}  # fmt: skip
"""Every kind of fault by its keyword, in the order of the documentation."""


@dataclass(frozen=True)
class RateShape(Shape):
    """A probability: a number above 0, up to 1."""

    description: str = "a number above 0, up to 1"

    def accepts(self, node: Node) -> bool:
        """Return True for a number."""
        return node.node_type == "scalar" and is_number(node.value)

    def validate(self, node: Node, diagnostics: Diagnostics) -> None:
        """Report a number that JSON lacks (SCN011) or that is not a probability (SCN024)."""
        if error := number_error(node):
            diagnostics.add("SCN011", error, node, f"Write {self.expected()}.")
        elif not 0 < node.value <= 1:
            hint = "For half of the calls, write 0.5."
            if node.value == 0:
                hint = "Leave the fault out if it must never happen."
            self.report("SCN024", node, diagnostics, hint=hint)

    def inline_schema(self, definitions: SchemaDefinitions) -> dict[str, Any]:
        """Render a number with its bounds."""
        return {"type": "number", "exclusiveMinimum": 0, "maximum": 1}


WHEN: Final = MappingShape(
    "a mapping with `call`, `poll`, `every`, `times`, `between`, `after`, `until` or `rate`",
    (
        MappingField("call", CALL_NUMBERS, "The n-th matching call, or a list of such numbers; counted for each job."),
        MappingField("poll", CALL_NUMBERS, "The n-th poll of a job, or a list of such numbers."),
        MappingField("every", IntegerShape(2, 1_000_000), "Every n-th matching call."),
        MappingField("times", POSITIVE, "At most this often; for each job, where the operation is about one job."),
        MappingField(
            "between",
            ListShape(DURATION, "a list of two durations", min_size=2, max_size=2),
            "From the first to the second, counted from the session's start.",
        ),
        MappingField("after", DURATION, "From here on, counted from the session's start."),
        MappingField("until", DURATION, "Before this time, counted from the session's start."),
        MappingField("rate", RateShape(), "The probability for each call; the seed chooses."),
    ),
    exclusive=(("call", "poll"), ("between", "after"), ("between", "until")),
    min_size=1,
)
_EXTRA_FIELDS: Final = tuple(
    (field, effect.keyword) for effect in FAULT_KINDS.values() for field in effect.extra_fields
)
DO: Final = MappingShape(
    "one fault, such as `status: 503` or `drop: reset`",
    (
        *(MappingField(effect.keyword, effect.shape, effect.doc) for effect in FAULT_KINDS.values()),
        *(field for field, _ in _EXTRA_FIELDS),
    ),
    requires=tuple((field.name, keyword) for field, keyword in _EXTRA_FIELDS),
    min_size=1,
)
_EXPECTED_TEXT: Final = OneOfShape((TextShape(allow_empty=True), OBJECT))
"""An expected text, `absent`, or a mapping of comparisons such as `{$like: "bytes=*"}`."""
REQUEST: Final = MappingShape(
    "a mapping with `headers`, `query` and `body`",
    (
        MappingField(
            "headers",
            MappingShape(
                "a mapping of header names to texts",
                extra_keys=ExtraKeys(_EXPECTED_TEXT, "a header's name", HEADER_NAME),
                min_size=1,
            ),
            "Headers that the request must have: a text, a comparison, or `absent`.",
        ),
        MappingField(
            "query",
            MappingShape("a mapping of parameters to texts", extra_keys=ExtraKeys(_EXPECTED_TEXT), min_size=1),
            "Query parameters that it must have: a text, a comparison, or `absent`.",
        ),
        MappingField("body", OBJECT, "A part of its JSON body, with comparisons."),
    ),
    min_size=1,
)
OPERATION: Final = TextShape("an operation of the vendor, or `*`")
FAULT: Final = MappingShape(
    "a mapping with `on` and `do`",
    (
        MappingField(
            "on",
            OneOfShape((OPERATION, ListShape(OPERATION, "a list of operations"))),
            "The operations whose calls match; `*` is all of them.",
            required=True,
        ),
        MappingField("job", NAME, "Only calls about this job: its id, or the name that the play gives it."),
        MappingField("request", REQUEST, "Only requests that are like this."),
        MappingField("when", WHEN, "Which of the matching calls are affected; default all."),
        MappingField("do", DO, "The fault, such as `do: {status: 503}`.", required=True),
    ),
    definition_name="fault",
)
FAULTS: Final = ListShape(FAULT, "a list of faults", min_size=0)
