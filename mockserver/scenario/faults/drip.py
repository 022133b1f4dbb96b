"""`drip`: the body comes in small pieces, slowly. In real time: a line is slow whatever the session's clock says."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.instants import Duration
from mockserver.core.sending import Drip as Pieces
from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Field, Integer, Mapping
from mockserver.scenario.words import DURATION
from mockserver.vendors.faults import Draw, Effect


@dataclass(frozen=True)
class Drip(Effect):
    """`size` bytes, then a pause of `every`, and so on."""

    word: ClassVar[str] = "drip"

    size: int
    every: Duration

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """In pieces."""
        return sending._replace(drip=Pieces(self.size, self.every))


def _read(node: Node, do: Node, report: Report) -> Drip:
    size, every = node.get("size"), node.get("every")
    return Drip(1 if size is None else int(size.value), values.duration(every, report))


WORD: Final = Word(
    Drip,
    Mapping(
        "a mapping with `size` and `every`",
        (
            Field("size", Integer(1, 1_000_000), "Bytes of the body a piece.", required=True),
            Field("every", DURATION, "The time between two pieces: real time.", required=True),
        ),
    ),
    "The body comes in small pieces, slowly, whatever the session's clock says.",
    "drip: {size: 64, every: 10ms}",
    _read,
)
