"""`delay`: the response comes later on the session's clock; of a range or a distribution the seed chooses."""

from dataclasses import dataclass
from typing import Final, Self

from mockserver.core.instants import Duration
from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION, RANGE
from mockserver.scenario.container_shapes import MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.nodes import Node
from mockserver.vendors.faults import SeededChoice

_UNIFORM_DRAWS: Final = 12
"""The sum of this many uniform numbers is nearly normal, with a variance of exactly 1."""
_DISTRIBUTION: Final = MappingShape(
    "a mapping with `mean` and `spread`",
    (
        MappingField("mean", DURATION, "The mean of the delays.", required=True),
        MappingField("spread", DURATION, "Their standard deviation.", required=True),
    ),
)


@dataclass(frozen=True)
class DelayEffect(FaultEffect):
    """Delays by `low` to `high`; with a `spread`, by a normal distribution around `low`, never below 0."""

    keyword = "delay"
    shape = OneOfShape((RANGE, _DISTRIBUTION))
    doc = "The response comes later by this time on the session's clock. Combines with any other fault."
    example = "delay: 1s..5s"
    combinable = True

    low: Duration
    high: Duration
    spread: Duration = 0

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from a duration, a range, or a mean and a spread."""
        if node.node_type == "scalar":
            return cls(*values.as_duration_range(node, diagnostics))
        mean = values.as_duration(node.get("mean"), diagnostics)
        return cls(mean, mean, values.as_duration(node.get("spread"), diagnostics))

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Add the delay that the seed chooses to the delay so far."""
        if self.spread:
            # Each draw is 16 bits; the sum's mean is 12 * 32768, and 65536 is one standard deviation.
            draws = choice.bytes("delay", size=2 * _UNIFORM_DRAWS)
            total = sum(int.from_bytes(draws[at : at + 2]) for at in range(0, len(draws), 2))
            delay = max(0, self.low + self.spread * (total - _UNIFORM_DRAWS * 32768) // 65536)
        else:
            delay = self.low + int.from_bytes(choice.bytes("delay")) % (self.high - self.low + 1)
        return transmission._replace(delay=transmission.delay + delay)
