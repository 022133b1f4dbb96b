"""`frames`: a WebSocket opens as usual, and breaks off or goes silent after some frames."""

from dataclasses import dataclass

from mockserver.core.transmission import FrameCutoff, Termination, Transmission
from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import ChoiceShape, IntegerShape
from mockserver.vendors.faults import SeededChoice


@dataclass(frozen=True)
class FramesEffect(FaultEffect):
    """Sends `after` frames, then the connection's end without a close frame, a reset, or nothing more."""

    keyword = "frames"
    shape = MappingShape(
        "a mapping with `after` and `then`",
        (
            MappingField("after", IntegerShape(0, 1_000_000), "Frames that are sent before.", required=True),
            MappingField(
                "then",
                ChoiceShape(("close", "reset", "silence")),
                "The connection's end, a TCP reset, or nothing more; default `close`.",
            ),
        ),
    )
    doc = "A WebSocket opens, and after so many frames it ends without a close frame, is reset, or goes silent."
    example = "frames: {after: 2, then: silence}"
    websockets_only = True

    after: int
    then: Termination = "close"

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Cut off the WebSocket that a 101 opens; any other response is sent as usual."""
        if response.status != 101:
            return transmission  # no WebSocket was opened
        return transmission._replace(frame_cutoff=FrameCutoff(self.after, self.then))
