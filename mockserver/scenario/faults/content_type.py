"""`content_type`: the body is what it was, its header says something else."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import Pattern
from mockserver.vendors.faults import Effect


def relabelled(response: Response, kind: str) -> Response:
    """The answer with another content type."""
    others = tuple(header for header in response.headers if header[0].lower() != "content-type")
    return response._replace(headers=(("Content-Type", kind), *others))


@dataclass(frozen=True)
class ContentType(Effect):
    """Says `kind`."""

    word: ClassVar[str] = "content_type"

    kind: str

    @property
    def speaks(self) -> bool:
        """It does."""
        return True

    def becomes(self, response: Response) -> Response:
        """The answer under another name."""
        return relabelled(response, self.kind)


def _read(node: Node, do: Node, report: Report) -> ContentType:
    return ContentType(node.text)


WORD: Final = Word(
    ContentType,
    Pattern("a content type such as `text/html`", r"[\x21-\x7e]+/[\x20-\x7e]+"),
    "The header says another content type; the body is as it was.",
    "content_type: text/html",
    _read,
)
