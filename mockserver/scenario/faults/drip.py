"""`drip`: the body comes in small pieces, slowly. In real time: a line is slow whatever the session's clock says."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.instants import Duration
from mockserver.core.transmission import Throttle as Pieces
from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import IntegerShape, MappingField, MappingShape
from mockserver.vendors.faults import Effect, SeededChoice


@dataclass(frozen=True)
class DripEffect(Effect):
    """`size` bytes, then a pause of `every`, and so on."""

    keyword: ClassVar[str] = "drip"

    size: int
    every: Duration

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """In pieces."""
        return transmission._replace(throttle=Pieces(self.size, self.every))


def _parse_drip(node: Node, do_node: Node, diagnostics: Diagnostics) -> DripEffect:
    size, every = node.get("size"), node.get("every")
    return DripEffect(1 if size is None else int(size.value), values.as_duration(every, diagnostics))


FAULT_KIND: Final = FaultKind(
    DripEffect,
    MappingShape(
        "a mapping with `size` and `every`",
        (
            MappingField("size", IntegerShape(1, 1_000_000), "Bytes of the body a piece.", required=True),
            MappingField("every", DURATION, "The time between two pieces: real time.", required=True),
        ),
    ),
    "The body comes in small pieces, slowly, whatever the session's clock says.",
    "drip: {size: 64, every: 10ms}",
    _parse_drip,
)
