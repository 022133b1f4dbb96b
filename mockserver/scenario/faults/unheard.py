"""`unheard`: the connection ends before the request has arrived. It takes no effect, and the client cannot know."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario.faults.drop import NOTHING_SENT
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice
from mockserver.vendors.commands import scripted
from mockserver.vendors.faults import Draw, Effect
from mockserver.vendors.script import Scripted

if TYPE_CHECKING:
    from mockserver.vendors.api import Call

_NOBODY: Final = Scripted(503)
"""What the journal shows of an answer that there is not."""


@dataclass(frozen=True)
class Unheard(Effect):
    """To the client it looks as `drop` does: by the connection's end, or by a reset."""

    word: ClassVar[str] = "unheard"
    true: ClassVar[bool] = False

    how: str

    def instead(self, call: "Call") -> Response:
        """Something that is never sent: the operation does nothing."""
        return scripted(call, _NOBODY)

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """Not at all."""
        return sending._replace(cut=NOTHING_SENT, end="reset" if self.how == "reset" else "close")


def _read(node: Node, do: Node, report: Report) -> Unheard:
    return Unheard(node.text)


WORD: Final = Word(
    Unheard,
    Choice(("close", "reset")),
    "The connection ends, by its end or by a TCP reset, before the request has arrived: it takes no effect.",
    "unheard: reset",
    _read,
)
