"""`drop`: the connection closes instead of the response. The request has taken effect; the client cannot know."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.vendors.faults import SeededChoice

CUT_BEFORE_HEAD: Final = -1


def middle_of_body(response: Response) -> int:
    """Return half the body's length; an empty body has no middle, so then nothing at all is sent."""
    return len(response.body) // 2 if response.body else CUT_BEFORE_HEAD


@dataclass(frozen=True)
class DropEffect(FaultEffect):
    """Closes the connection at `point`."""

    keyword = "drop"
    shape = ChoiceShape(("before-headers", "mid-body", "reset"))
    doc = "The connection closes before the first byte or in the middle of the body, or is reset (TCP)."
    example = "drop: reset"
    trustworthy = False

    point: str

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """End the connection before the head, in the middle of the body, or with a reset."""
        cut = middle_of_body(response) if self.point == "mid-body" else CUT_BEFORE_HEAD
        return transmission._replace(cut_after=cut, termination="reset" if self.point == "reset" else "close")
