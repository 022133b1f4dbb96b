"""`silence`: the response never comes, or stops in the middle, and the connection stays open."""

from dataclasses import dataclass

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.faults.drop import CUT_BEFORE_HEAD, middle_of_body
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.vendors.faults import SeededChoice


@dataclass(frozen=True)
class SilenceEffect(FaultEffect):
    """Sends nothing from `point` on."""

    keyword = "silence"
    shape = ChoiceShape(("before-headers", "mid-body"))
    doc = "Nothing is sent from there on and the connection stays open, as behind a dead proxy."
    example = "silence: before-headers"
    trustworthy = False

    point: str

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Send nothing more from the point on, and keep the connection open."""
        cut = middle_of_body(response) if self.point == "mid-body" else CUT_BEFORE_HEAD
        return transmission._replace(cut_after=cut, termination="silence")
