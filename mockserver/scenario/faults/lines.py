"""`lines`: the lines of a JSON Lines body come in another order, or some are missing or there twice."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.media_type import JSON_LINES_TYPES, parse_media_type
from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import IntegerShape, TrueFlag
from mockserver.vendors.faults import AffectedCall, SeededChoice

_COUNT: Final = IntegerShape(1, 10_000)


@dataclass(frozen=True)
class LinesEffect(FaultEffect):
    """Drops lines, then doubles some of the rest, then shuffles; the seed chooses which. Other bodies stay the same."""

    keyword = "lines"
    shape = MappingShape(
        "a mapping with `shuffle`, `drop` and `double`",
        (
            MappingField("shuffle", TrueFlag(), "The lines come in an order that the seed chooses."),
            MappingField("drop", _COUNT, "How many lines are missing."),
            MappingField("double", _COUNT, "How many lines are there twice."),
        ),
        min_size=1,
    )
    doc = "Lines of results (JSON Lines) are reordered, missing or doubled; the seed chooses which."
    example = "lines: {shuffle: true, drop: 2}"
    trustworthy = False
    breaks_contract = True

    shuffle: bool = False
    drop: int = 0
    double: int = 0

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the response with other lines."""
        if parse_media_type(response.header("Content-Type")) not in JSON_LINES_TYPES:
            return response
        lines = response.body.splitlines(keepends=True)
        gone = frozenset(_shuffled(len(lines), call.choice, "dropped lines")[: self.drop])
        kept = [line for place, line in enumerate(lines) if place not in gone]
        twice = frozenset(_shuffled(len(kept), call.choice, "doubled lines")[: self.double])
        lines = [line for place, line in enumerate(kept) for _ in range(1 + (place in twice))]
        if self.shuffle:
            lines = [lines[place] for place in _shuffled(len(lines), call.choice, "order of lines")]
        return response._replace(body=b"".join(lines))


def _shuffled(count: int, choice: SeededChoice, purpose: str) -> list[int]:
    """Return the numbers from 0 in an order that the seed chooses; of two or more, never the sorted one."""
    order = sorted(range(count), key=lambda place: choice.bytes(f"{purpose} {place}"))
    if order == sorted(order):
        order.reverse()
    return order
