"""`delay`: the answer comes later, by the session's clock; of a range or a distribution the seed chooses."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.instants import Duration
from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION, RANGE
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import MappingField, MappingShape, OneOfShape
from mockserver.vendors.faults import Effect, SeededChoice

_UNIFORM_DRAWS: Final = 12
"""Uniform numbers of which one bell-shaped one is made: so many have a variance of exactly 1."""


@dataclass(frozen=True)
class DelayEffect(Effect):
    """Between `low` and `high`; with a `spread`, around the middle of the two in the shape of a bell, never below 0."""

    keyword: ClassVar[str] = "delay"
    combinable: ClassVar[bool] = True

    low: Duration
    high: Duration
    spread: Duration = 0

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Later than otherwise."""
        return transmission._replace(
            delay=transmission.delay + (self._bell_shaped(choice) if self.spread else self._uniform(choice))
        )

    def _uniform(self, choice: SeededChoice) -> Duration:
        return self.low + int.from_bytes(choice.bytes("delay")) % (self.high - self.low + 1)

    def _bell_shaped(self, choice: SeededChoice) -> Duration:
        dice = choice.bytes("delay", size=2 * _UNIFORM_DRAWS)
        total = sum(int.from_bytes(dice[place : place + 2]) for place in range(0, 2 * _UNIFORM_DRAWS, 2))
        return max(0, self.low + self.spread * (total - _UNIFORM_DRAWS * 32768) // 65536)


def _parse_delay(node: Node, do_node: Node, diagnostics: Diagnostics) -> DelayEffect:
    if node.node_type == "scalar":
        return DelayEffect(*values.as_duration_range(node, diagnostics))
    mean = values.as_duration(node.get("mean"), diagnostics)
    return DelayEffect(mean, mean, values.as_duration(node.get("spread"), diagnostics))


_DISTRIBUTION: Final = MappingShape(
    "a mapping with `mean` and `spread`",
    (
        MappingField("mean", DURATION, "The middle of the delays.", required=True),
        MappingField("spread", DURATION, "How far they lie from it: the standard deviation.", required=True),
    ),
)
FAULT_KIND: Final = FaultKind(
    DelayEffect,
    OneOfShape((RANGE, _DISTRIBUTION)),
    "The answer comes so much later on the session's clock; goes with any other fault.",
    "delay: 1s..5s",
    _parse_delay,
)
