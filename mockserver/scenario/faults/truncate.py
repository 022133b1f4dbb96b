"""`truncate`: the head is right, the body stops short, and the connection closes."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import IntegerShape, OneOfShape, PatternShape, Shape
from mockserver.vendors.faults import SeededChoice


@dataclass(frozen=True)
class TruncateEffect(FaultEffect):
    """Sends `keep` bytes, or percent, of the body, and at least one byte less than all of it."""

    keyword: ClassVar[str] = "truncate"
    shape: ClassVar[Shape] = OneOfShape(
        (IntegerShape(0, 10_000_000), PatternShape("a part such as `50%`", "[0-9]{1,2}%"))
    )
    doc: ClassVar[str] = (
        "Only so many bytes or percent of the body are sent under its full Content-Length; then the connection closes."
    )
    example: ClassVar[str] = "truncate: 50%"
    trustworthy: ClassVar[bool] = False

    keep: int
    is_percent: bool

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from a number of bytes or a percentage."""
        if node.text.endswith("%"):
            return cls(int(node.text.removesuffix("%")), is_percent=True)
        return cls(int(node.value), is_percent=False)

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Cut the body, by one byte at least, and end the connection."""
        size = len(response.body)
        if not size:
            return transmission
        kept = size * self.keep // 100 if self.is_percent else self.keep
        return transmission._replace(cut_after=min(kept, size - 1), termination="close")
