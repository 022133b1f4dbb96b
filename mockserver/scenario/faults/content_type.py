"""`content_type`: the body is what it was, its header says something else."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import PatternShape
from mockserver.vendors.faults import Effect


def with_content_type(response: Response, content_type: str) -> Response:
    """The answer with another content type."""
    others = tuple(header for header in response.headers if header[0].lower() != "content-type")
    return response._replace(headers=(("Content-Type", content_type), *others))


@dataclass(frozen=True)
class ContentTypeEffect(Effect):
    """Says `kind`."""

    keyword: ClassVar[str] = "content_type"

    content_type: str

    @property
    def may_break_contract(self) -> bool:
        """It does."""
        return True

    def transform(self, response: Response) -> Response:
        """The answer under another name."""
        return with_content_type(response, self.content_type)


def _parse_content_type(node: Node, do_node: Node, diagnostics: Diagnostics) -> ContentTypeEffect:
    return ContentTypeEffect(node.text)


FAULT_KIND: Final = FaultKind(
    ContentTypeEffect,
    PatternShape("a content type such as `text/html`", r"[\x21-\x7e]+/[\x20-\x7e]+"),
    "The header says another content type; the body is as it was.",
    "content_type: text/html",
    _parse_content_type,
)
