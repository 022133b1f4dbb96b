"""`charset`: the header says one encoding, the bytes are in another."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.wire import Response
from mockserver.scenario.faults.content_type import relabelled
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice, Field, Mapping
from mockserver.vendors.faults import Effect

_KNOWN: Final = ("utf-8", "utf-16", "utf-32", "iso-8859-1", "windows-1252", "shift_jis")


@dataclass(frozen=True)
class Charset(Effect):
    """Says `says`, sends `sends`; what that cannot write is a question mark. A body that is no text stays as it is."""

    word: ClassVar[str] = "charset"

    says: str
    sends: str

    @property
    def speaks(self) -> bool:
        """It does."""
        return True

    def becomes(self, response: Response) -> Response:
        """The answer in another encoding."""
        try:
            body = response.body.decode().encode(self.sends, "replace")
        except UnicodeDecodeError:
            body = response.body
        kind = (response.header("Content-Type") or "application/json").partition(";")[0]
        return relabelled(response, f"{kind}; charset={self.says}")._replace(body=body)


def _read(node: Node, do: Node, report: Report) -> Charset:
    says, sends = (node.get(name) for name in ("says", "sends"))
    return Charset("utf-8" if says is None else says.text, "utf-8" if sends is None else sends.text)


WORD: Final = Word(
    Charset,
    Mapping(
        "a mapping with `says` and `sends`",
        (
            Field("says", Choice(_KNOWN), "The encoding that the header names; utf-8 unless given."),
            Field("sends", Choice(_KNOWN), "The encoding of the bytes; utf-8 unless given."),
        ),
        least=1,
    ),
    "The header names one encoding, the bytes are in another.",
    "charset: {sends: utf-16}",
    _read,
)
