"""`delay`: the answer comes later, by the session's clock; of a range or a distribution the seed chooses."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.instants import Duration
from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Field, Mapping, OneOf
from mockserver.scenario.words import DURATION, RANGE
from mockserver.vendors.faults import Draw, Effect

_DICE: Final = 12
"""Uniform numbers of which one bell-shaped one is made: so many have a variance of exactly 1."""


@dataclass(frozen=True)
class Delay(Effect):
    """Between `low` and `high`; with a `spread`, around the middle of the two in the shape of a bell, never below 0."""

    word: ClassVar[str] = "delay"
    combines: ClassVar[bool] = True

    low: Duration
    high: Duration
    spread: Duration = 0

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """Later than otherwise."""
        return sending._replace(delay=sending.delay + (self._bell(draw) if self.spread else self._even(draw)))

    def _even(self, draw: Draw) -> Duration:
        return self.low + int.from_bytes(draw.bytes("delay")) % (self.high - self.low + 1)

    def _bell(self, draw: Draw) -> Duration:
        dice = draw.bytes("delay", size=2 * _DICE)
        total = sum(int.from_bytes(dice[place : place + 2]) for place in range(0, 2 * _DICE, 2))
        return max(0, self.low + self.spread * (total - _DICE * 32768) // 65536)


def _read(node: Node, do: Node, report: Report) -> Delay:
    if node.kind == "scalar":
        return Delay(*values.span(node, report))
    mean = values.duration(node.get("mean"), report)
    return Delay(mean, mean, values.duration(node.get("spread"), report))


_BELL: Final = Mapping(
    "a mapping with `mean` and `spread`",
    (
        Field("mean", DURATION, "The middle of the delays.", required=True),
        Field("spread", DURATION, "How far they lie from it: the standard deviation.", required=True),
    ),
)
WORD: Final = Word(
    Delay,
    OneOf((RANGE, _BELL)),
    "The answer comes so much later on the session's clock; goes with any other fault.",
    "delay: 1s..5s",
    _read,
)
