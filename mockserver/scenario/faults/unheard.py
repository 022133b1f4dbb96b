"""`unheard`: the connection closes before the request arrives. It takes no effect, and the client cannot know."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.transmission import Termination, Transmission
from mockserver.core.wire import Response
from mockserver.scenario.faults.drop import CUT_BEFORE_HEAD
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.vendors.faults import AffectedCall, SeededChoice
from mockserver.vendors.script import ScriptedResponse

_UNSENT_RESPONSE: Final = ScriptedResponse(503)
"""What the journal shows in place of a response."""


@dataclass(frozen=True)
class UnheardEffect(FaultEffect):
    """Looks to the client as `drop` does: the connection's end, or a reset."""

    keyword = "unheard"
    shape = ChoiceShape(("close", "reset"))
    doc = "The connection closes, or is reset (TCP), before the request arrives: it takes no effect."
    example = "unheard: reset"
    trustworthy = False

    termination: Termination

    def replace(self, call: AffectedCall) -> Response:
        """Return a response that is never sent, so that the operation is not run."""
        # Replacing the response keeps the operation from being handled; `transmit` then sends none of it.
        return call.renderer.render_scripted(_UNSENT_RESPONSE)

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """End the connection before the head."""
        return transmission._replace(cut_after=CUT_BEFORE_HEAD, termination=self.termination)
