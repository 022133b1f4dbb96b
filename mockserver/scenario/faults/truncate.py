"""`truncate`: the head is right, the body stops short, the connection ends."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import IntegerShape, OneOfShape, PatternShape
from mockserver.vendors.faults import Effect, SeededChoice


@dataclass(frozen=True)
class TruncateEffect(Effect):
    """After `keep` bytes, or percent of the body; at least one byte is missing. An empty body cannot be truncated."""

    keyword: ClassVar[str] = "truncate"
    trustworthy: ClassVar[bool] = False

    keep: int
    is_percent: bool

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """A part of it."""
        size = len(response.body)
        if not size:
            return transmission
        kept = size * self.keep // 100 if self.is_percent else self.keep
        return transmission._replace(cut_after=min(kept, size - 1), termination="close")


def _parse_truncate(node: Node, do_node: Node, diagnostics: Diagnostics) -> TruncateEffect:
    percent = node.text.endswith("%")
    return TruncateEffect(int(node.text.removesuffix("%")) if percent else int(node.value), percent)


FAULT_KIND: Final = FaultKind(
    TruncateEffect,
    OneOfShape((IntegerShape(0, 10_000_000), PatternShape("a part such as `50%`", "[0-9]{1,2}%"))),
    "Only so many bytes or percent of the body are sent under its true length; then the connection ends.",
    "truncate: 50%",
    _parse_truncate,
)
