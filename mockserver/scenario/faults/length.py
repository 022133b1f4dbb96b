"""`length`: the `Content-Length` lies.

Too long, the client waits for bytes that never come: the connection ends behind the body. Too short, what is left over
stands on the connection, which stays open, before the next answer.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import IntegerShape, MappingField, MappingShape
from mockserver.vendors.faults import Effect, SeededChoice


@dataclass(frozen=True)
class LengthEffect(Effect):
    """By `more` bytes; fewer where it is negative."""

    keyword: ClassVar[str] = "length"
    trustworthy: ClassVar[bool] = False

    extra_bytes: int

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Under another length than its own."""
        said = max(0, len(response.body) + self.extra_bytes)
        return transmission._replace(
            declared_length=said, termination="close" if self.extra_bytes > 0 else transmission.termination
        )


def _parse_length(node: Node, do_node: Node, diagnostics: Diagnostics) -> LengthEffect:
    more, less = node.get("more"), node.get("less")
    return LengthEffect(int(more.value) if more is not None else -int(less.value) if less is not None else 0)


_BYTES: Final = IntegerShape(1, 1_000_000)
FAULT_KIND: Final = FaultKind(
    LengthEffect,
    MappingShape(
        "`more` or `less`",
        (
            MappingField("more", _BYTES, "So many bytes more than the body has; the connection ends behind it."),
            MappingField(
                "less", _BYTES, "So many bytes less than the body has; the rest of it precedes the next answer."
            ),
        ),
        exclusive=(("more", "less"),),
        min_size=1,
    ),
    "The Content-Length is wrong by so many bytes.",
    "length: {more: 10}",
    _parse_length,
)
