"""`silence`: the answer never comes, or stops in its middle, and the connection stays open."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.drop import CUT_BEFORE_HEAD, middle_of_body
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ChoiceShape
from mockserver.vendors.faults import Effect, SeededChoice


@dataclass(frozen=True)
class SilenceEffect(Effect):
    """From `where` on."""

    keyword: ClassVar[str] = "silence"
    trustworthy: ClassVar[bool] = False

    point: str

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Nothing, or half of it, and no end."""
        cut = middle_of_body(response) if self.point == "mid-body" else CUT_BEFORE_HEAD
        return transmission._replace(cut_after=cut, termination="silence")


def _parse_silence(node: Node, do_node: Node, diagnostics: Diagnostics) -> SilenceEffect:
    return SilenceEffect(node.text)


FAULT_KIND: Final = FaultKind(
    SilenceEffect,
    ChoiceShape(("before-headers", "mid-body")),
    "Nothing comes from there on, and the connection stays open: half-open, as behind a dead proxy.",
    "silence: before-headers",
    _parse_silence,
)
