"""`truncate`: the head is right, the body stops short, and the connection closes."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import OneOfShape
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import IntegerShape, PatternShape
from mockserver.vendors.faults import SeededChoice

BODY_PART: Final = OneOfShape((IntegerShape(0, 10_000_000), PatternShape("a part such as `50%`", "[0-9]{1,2}%")))
"""A part of a body: a number of bytes, or a percentage."""


def kept_bytes(part: str, size: int) -> int:
    """Return the bytes of a part of a body of `size` bytes: one less than all of them at most."""
    kept = int(part) if part.isdecimal() else size * int(part.removesuffix("%")) // 100
    return min(kept, size - 1)


@dataclass(frozen=True)
class TruncateEffect(FaultEffect):
    """Sends a part of the body, and at least one byte less than all of it."""

    keyword = "truncate"
    shape = BODY_PART
    doc = (
        "Only so many bytes or percent of the body are sent under its full Content-Length; then the connection closes."
    )
    example = "truncate: 50%"
    trustworthy = False

    part: str

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Cut the body, by one byte at least, and end the connection."""
        if not response.body:
            return transmission
        return transmission._replace(cut_after=kept_bytes(self.part, len(response.body)), termination="close")
