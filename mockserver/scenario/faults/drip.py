"""`drip`: the body is sent in small pieces, slowly. In real time: a slow line does not follow the session's clock."""

from dataclasses import dataclass

from mockserver.core.instants import Duration
from mockserver.core.transmission import Throttle, Transmission
from mockserver.core.wire import Response
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import IntegerShape
from mockserver.vendors.faults import SeededChoice


@dataclass(frozen=True)
class DripEffect(FaultEffect):
    """Sends `size` bytes, pauses for `every`, and so on."""

    keyword = "drip"
    shape = MappingShape(
        "a mapping with `size` and `every`",
        (
            MappingField("size", IntegerShape(1, 1_000_000), "Bytes of a piece.", required=True),
            MappingField("every", DURATION, "Real time between two pieces.", required=True),
        ),
    )
    doc = "The body is sent in small pieces, slowly, in real time whatever the session's clock says."
    example = "drip: {size: 64, every: 10ms}"

    size: int
    every: Duration

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Send the body in pieces."""
        return transmission._replace(throttle=Throttle(self.size, self.every))
