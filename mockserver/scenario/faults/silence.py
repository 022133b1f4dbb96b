"""`silence`: the answer never comes, or stops in its middle, and the connection stays open."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario.faults.drop import NOTHING_SENT, half
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice
from mockserver.vendors.faults import Draw, Effect


@dataclass(frozen=True)
class Silence(Effect):
    """From `where` on."""

    word: ClassVar[str] = "silence"
    true: ClassVar[bool] = False

    where: str

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """Nothing, or half of it, and no end."""
        cut = half(response) if self.where == "mid-body" else NOTHING_SENT
        return sending._replace(cut=cut, end="silence")


def _read(node: Node, do: Node, report: Report) -> Silence:
    return Silence(node.text)


WORD: Final = Word(
    Silence,
    Choice(("before-headers", "mid-body")),
    "Nothing comes from there on, and the connection stays open: half-open, as behind a dead proxy.",
    "silence: before-headers",
    _read,
)
