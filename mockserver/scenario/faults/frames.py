"""`frames`: a websocket that breaks off, or says nothing more, after so many frames. It was opened as it should be."""

from dataclasses import dataclass
from typing import ClassVar, Final, cast

from mockserver.core.transmission import FrameCutoff, Termination, Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ChoiceShape, IntegerShape, MappingField, MappingShape
from mockserver.vendors.faults import Effect, SeededChoice


@dataclass(frozen=True)
class FramesEffect(Effect):
    """`after` frames as usual, `then` the connection's end without a word, a reset, or silence."""

    keyword: ClassVar[str] = "frames"

    after: int
    termination: Termination

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """As usual: what comes later is not; an answer that opens no websocket is left alone."""
        return (
            transmission._replace(frame_cutoff=FrameCutoff(self.after, self.termination))
            if response.status == 101
            else transmission
        )


def _parse_frames(node: Node, do_node: Node, diagnostics: Diagnostics) -> FramesEffect:
    after, then = node.get("after"), node.get("then")
    return FramesEffect(
        0 if after is None else int(after.value), "close" if then is None else cast("Termination", then.text)
    )


FAULT_KIND: Final = FaultKind(
    FramesEffect,
    MappingShape(
        "a mapping with `after` and `then`",
        (
            MappingField("after", IntegerShape(0, 1_000_000), "Frames that are sent before.", required=True),
            MappingField(
                "then",
                ChoiceShape(("close", "reset", "silence")),
                "The connection's end, a TCP reset, or nothing more.",
            ),
        ),
    ),
    "A websocket is opened, and after so many frames it ends without a word, is reset, or goes silent.",
    "frames: {after: 2, then: silence}",
    _parse_frames,
)
