"""`length`: the Content-Length is wrong.

Too long, the client waits for bytes that never come: the connection closes after the body. Too short, the rest of the
body stands on the connection, which stays open, before the next response.
"""

from dataclasses import dataclass
from typing import Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import IntegerShape
from mockserver.vendors.faults import SeededChoice

_BYTES: Final = IntegerShape(1, 1_000_000)


@dataclass(frozen=True)
class LengthEffect(FaultEffect):
    """Declares `more` or `less` bytes than the body has."""

    keyword = "length"
    shape = MappingShape(
        "`more` or `less`",
        (
            MappingField("more", _BYTES, "Bytes more than the body has; the connection closes after it."),
            MappingField("less", _BYTES, "Bytes less than the body has; the rest of it precedes the next response."),
        ),
        exclusive=(("more", "less"),),
        min_size=1,
    )
    doc = "The Content-Length is wrong by so many bytes."
    example = "length: {more: 10}"
    trustworthy = False
    combinable = True

    more: int = 0
    less: int = 0

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Declare the wrong length; with `more`, end the connection after the body."""
        declared = max(0, len(response.body) + self.more - self.less)
        transmission = transmission._replace(declared_length=declared)
        return transmission._replace(termination="close") if self.more else transmission
