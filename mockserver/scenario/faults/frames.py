"""`frames`: a websocket that breaks off, or says nothing more, after so many frames. It was opened as it should be."""

from dataclasses import dataclass
from typing import ClassVar, Final, cast

from mockserver.core.sending import End, Frames, Sending
from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice, Field, Integer, Mapping
from mockserver.vendors.faults import Draw, Effect


@dataclass(frozen=True)
class Broken(Effect):
    """`after` frames as usual, `then` the connection's end without a word, a reset, or silence."""

    word: ClassVar[str] = "frames"

    after: int
    then: End

    def sent(self, response: Response, sending: Sending, draw: Draw) -> Sending:
        """As usual: what comes later is not; an answer that opens no websocket is left alone."""
        return sending._replace(frames=Frames(self.after, self.then)) if response.status == 101 else sending


def _read(node: Node, do: Node, report: Report) -> Broken:
    after, then = node.get("after"), node.get("then")
    return Broken(0 if after is None else int(after.value), "close" if then is None else cast("End", then.text))


WORD: Final = Word(
    Broken,
    Mapping(
        "a mapping with `after` and `then`",
        (
            Field("after", Integer(0, 1_000_000), "Frames that are sent before.", required=True),
            Field("then", Choice(("close", "reset", "silence")), "The connection's end, a TCP reset, or nothing more."),
        ),
    ),
    "A websocket is opened, and after so many frames it ends without a word, is reset, or goes silent.",
    "frames: {after: 2, then: silence}",
    _read,
)
