"""`truncate`: the head is right, the body stops short, the connection ends."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Integer, OneOf, Pattern
from mockserver.vendors.faults import Draw, Effect


@dataclass(frozen=True)
class Truncate(Effect):
    """After `keep` bytes, or percent of the body; at least one byte is missing. An empty body cannot be truncated."""

    word: ClassVar[str] = "truncate"
    true: ClassVar[bool] = False

    keep: int
    percent: bool

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """A part of it."""
        size = len(response.body)
        if not size:
            return sending
        kept = size * self.keep // 100 if self.percent else self.keep
        return sending._replace(cut=min(kept, size - 1), end="close")


def _read(node: Node, do: Node, report: Report) -> Truncate:
    percent = node.text.endswith("%")
    return Truncate(int(node.text.removesuffix("%")) if percent else int(node.value), percent)


WORD: Final = Word(
    Truncate,
    OneOf((Integer(0, 10_000_000), Pattern("a part such as `50%`", "[0-9]{1,2}%"))),
    "Only so many bytes or percent of the body are sent under its true length; then the connection ends.",
    "truncate: 50%",
    _read,
)
