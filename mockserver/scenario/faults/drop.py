"""`drop`: the connection ends instead of the answer. The request has taken effect; the client cannot know."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ChoiceShape
from mockserver.vendors.faults import Effect, SeededChoice

CUT_BEFORE_HEAD: Final = -1


def middle_of_body(response: Response) -> int:
    """Where a body's middle is; an empty body has none, and then nothing at all is sent."""
    return len(response.body) // 2 if response.body else CUT_BEFORE_HEAD


@dataclass(frozen=True)
class DropEffect(Effect):
    """At `where`: before the first byte, in the middle of the body, or by a reset."""

    keyword: ClassVar[str] = "drop"
    trustworthy: ClassVar[bool] = False

    point: str

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Not at all, or half of it."""
        cut = middle_of_body(response) if self.point == "mid-body" else CUT_BEFORE_HEAD
        return transmission._replace(cut_after=cut, termination="reset" if self.point == "reset" else "close")


def _parse_drop(node: Node, do_node: Node, diagnostics: Diagnostics) -> DropEffect:
    return DropEffect(node.text)


FAULT_KIND: Final = FaultKind(
    DropEffect,
    ChoiceShape(("before-headers", "mid-body", "reset")),
    "The connection ends: before the first byte, in the middle of the body, or by a TCP reset.",
    "drop: reset",
    _parse_drop,
)
