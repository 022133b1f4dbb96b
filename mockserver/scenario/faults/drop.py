"""`drop`: the connection ends instead of the answer. The request has taken effect; the client cannot know."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice
from mockserver.vendors.faults import Draw, Effect

NOTHING_SENT: Final = -1


def half(response: Response) -> int:
    """Where a body's middle is; an empty body has none, and then nothing at all is sent."""
    return len(response.body) // 2 if response.body else NOTHING_SENT


@dataclass(frozen=True)
class Drop(Effect):
    """At `where`: before the first byte, in the middle of the body, or by a reset."""

    word: ClassVar[str] = "drop"
    true: ClassVar[bool] = False

    where: str

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """Not at all, or half of it."""
        cut = half(response) if self.where == "mid-body" else NOTHING_SENT
        return sending._replace(cut=cut, end="reset" if self.where == "reset" else "close")


def _read(node: Node, do: Node, report: Report) -> Drop:
    return Drop(node.text)


WORD: Final = Word(
    Drop,
    Choice(("before-headers", "mid-body", "reset")),
    "The connection ends: before the first byte, in the middle of the body, or by a TCP reset.",
    "drop: reset",
    _read,
)
