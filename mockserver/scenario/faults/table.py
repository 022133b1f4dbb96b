"""Every kind of fault, and the keys of `faults:` as tables. A new kind is a file beside this one, and its line here."""

from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Any, Final

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
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node, describe, doubt
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Definitions, Field, Integer, Mapping, OneOf, Sequence, Shape, Text
from mockserver.scenario.words import DURATION, NAME

WORDS: Final[Table[str, Word]] = {
    word.name: word
    for word in (
        status.WORD,
        delay.WORD,
        drop.WORD,
        unheard.WORD,
        silence.WORD,
        drip.WORD,
        truncate.WORD,
        length.WORD,
        malformed.WORD,
        content_type.WORD,
        charset.WORD,
        stale.WORD,
        unwritten.WORD,
        corrupt.WORD,
        frames.WORD,
    )
}


@dataclass(frozen=True)
class Rate(Shape):
    """A part of the whole: a number above 0, up to 1."""

    says: str = "a number above 0, up to 1"

    def takes(self, node: Node) -> bool:
        """Whether it is a number."""
        return node.kind == "scalar" and isinstance(node.value, int | float) and not isinstance(node.value, bool)

    def inside(self, node: Node, report: Report) -> None:
        """Whether it can come up at all."""
        if trouble := doubt(node):
            report.add("SCN011", trouble, node, f"Write {self.wants()}.")
        elif not 0 < node.value <= 1:
            hint = "A fault that never happens is none: leave it out." if node.value == 0 else "Half of them: 0.5."
            report.add("SCN024", f"found {describe(node)}, wanted {self.wants()}", node, hint)

    def body(self, definitions: Definitions) -> dict[str, Any]:
        """The shape as JSON Schema."""
        return {"type": "number", "exclusiveMinimum": 0, "maximum": 1}


_NTH: Final = Integer(1, 1_000_000)
_NUMBERS: Final = OneOf((_NTH, Sequence(_NTH, "a list of numbers")))
WHEN: Final = Mapping(
    "a mapping with `call`, `poll`, `every`, `times`, `between`, `after`, `until` or `rate`",
    (
        Field("call", _NUMBERS, "The n-th call that it concerns, or a list of them; counted for each job."),
        Field("poll", _NUMBERS, "The n-th poll of a job, or a list of them."),
        Field("every", Integer(2, 1_000_000), "Each n-th call that it concerns."),
        Field("times", _NTH, "At most so often; for each job, where the operation is about one."),
        Field("between", Sequence(DURATION, "a list of two durations", least=2, most=2), "From here to there."),
        Field("after", DURATION, "From here on, counted from the session's start."),
        Field("until", DURATION, "Before there, counted from the session's start."),
        Field("rate", Rate(), "How likely each call is met; the seed chooses."),
    ),
    apart=(("call", "poll"), ("between", "after"), ("between", "until")),
    least=1,
)
_FIELDS: Final = tuple(Field(word.name, word.shape, word.says) for word in WORDS.values())
_BESIDE: Final = tuple((field, word.name) for word in WORDS.values() for field in word.beside)
DO: Final = Mapping(
    "one fault, such as `status: 503` or `drop: reset`",
    (*_FIELDS, *(field for field, _ in _BESIDE)),
    needs=tuple((field.name, name) for field, name in _BESIDE),
    least=1,
)
OPERATION: Final = Text("an operation of the vendor, or `*`")
FAULT: Final = Mapping(
    "a mapping with `on` and `do`",
    (
        Field("on", OneOf((OPERATION, Sequence(OPERATION, "a list of operations"))), "What it concerns.", True),
        Field("job", NAME, "The only job that it concerns: its id, or the name that the play gives it."),
        Field("when", WHEN, "On which occasions it happens; always unless given."),
        Field("do", DO, "What goes wrong.", True),
    ),
    name="fault",
)
FAULTS: Final = Sequence(FAULT, "a list of faults", least=0)
