"""`unheard`: the connection ends before the request has arrived. It takes no effect, and the client cannot know."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.drop import CUT_BEFORE_HEAD
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ChoiceShape
from mockserver.vendors.faults import Effect, ErrorRenderer, SeededChoice
from mockserver.vendors.script import ScriptedResponse

_UNSENT_ANSWER: Final = ScriptedResponse(503)
"""What the journal shows of an answer that there is not."""


@dataclass(frozen=True)
class UnheardEffect(Effect):
    """To the client it looks as `drop` does: by the connection's end, or by a reset."""

    keyword: ClassVar[str] = "unheard"
    trustworthy: ClassVar[bool] = False

    termination: str

    def replace(self, call: ErrorRenderer) -> Response:
        """Something that is never sent: the operation does nothing."""
        return call.render_scripted(_UNSENT_ANSWER)

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Not at all."""
        return transmission._replace(
            cut_after=CUT_BEFORE_HEAD, termination="reset" if self.termination == "reset" else "close"
        )


def _parse_unheard(node: Node, do_node: Node, diagnostics: Diagnostics) -> UnheardEffect:
    return UnheardEffect(node.text)


FAULT_KIND: Final = FaultKind(
    UnheardEffect,
    ChoiceShape(("close", "reset")),
    "The connection ends, by its end or by a TCP reset, before the request has arrived: it takes no effect.",
    "unheard: reset",
    _parse_unheard,
)
