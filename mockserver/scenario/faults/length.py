"""`length`: the `Content-Length` lies.

Too long, the client waits for bytes that never come: the connection ends behind the body. Too short, what is left over
stands on the connection, which stays open, before the next answer.
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.sending import Sending
from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Field, Integer, Mapping
from mockserver.vendors.faults import Draw, Effect


@dataclass(frozen=True)
class Length(Effect):
    """By `more` bytes; fewer where it is negative."""

    word: ClassVar[str] = "length"
    true: ClassVar[bool] = False

    more: int

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """Under another length than its own."""
        said = max(0, len(response.body) + self.more)
        return sending._replace(length=said, end="close" if self.more > 0 else sending.end)


def _read(node: Node, do: Node, report: Report) -> Length:
    more, less = node.get("more"), node.get("less")
    return Length(int(more.value) if more is not None else -int(less.value) if less is not None else 0)


_BYTES: Final = Integer(1, 1_000_000)
WORD: Final = Word(
    Length,
    Mapping(
        "`more` or `less`",
        (
            Field("more", _BYTES, "So many bytes more than the body has; the connection ends behind it."),
            Field("less", _BYTES, "So many bytes less than the body has; the rest of it precedes the next answer."),
        ),
        apart=(("more", "less"),),
        least=1,
    ),
    "The Content-Length is wrong by so many bytes.",
    "length: {more: 10}",
    _read,
)
