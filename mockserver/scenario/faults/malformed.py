"""`malformed`: a body that no JSON parser accepts, under a head that says JSON and the right length."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Choice
from mockserver.vendors.faults import Effect

_PAGE: Final = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
_WAYS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "cut": lambda body: body[: len(body) // 2] or b"{",
    "comma": lambda body: (body[:1] or b"{") + b"," + body[1:],
    "html": lambda body: _PAGE,
}


@dataclass(frozen=True)
class Malformed(Effect):
    """In one of the ways that are met in the wild."""

    word: ClassVar[str] = "malformed"

    way: str

    @property
    def speaks(self) -> bool:
        """It does."""
        return True

    def becomes(self, response: Response) -> Response:
        """The answer with a body that cannot be read."""
        return response._replace(body=_WAYS[self.way](response.body))


def _read(node: Node, do: Node, report: Report) -> Malformed:
    return Malformed(node.text)


WORD: Final = Word(
    Malformed,
    Choice(tuple(_WAYS)),
    "The JSON is cut in half, has a comma where none can be, or is a proxy's page of HTML.",
    "malformed: cut",
    _read,
)
