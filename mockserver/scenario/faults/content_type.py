"""`content_type`: the header names another type, and the body does not change."""

from dataclasses import dataclass
from typing import ClassVar

from mockserver.core.wire import Response
from mockserver.scenario.faults.effect import FaultEffect, with_headers
from mockserver.scenario.scalar_shapes import PatternShape
from mockserver.scenario.shapes import Shape
from mockserver.vendors.faults import AffectedCall


@dataclass(frozen=True)
class ContentTypeEffect(FaultEffect):
    """Replaces the Content-Type header."""

    keyword: ClassVar[str] = "content_type"
    shape: ClassVar[Shape] = PatternShape("a content type such as `text/html`", r"[\x21-\x7e]+/[\x20-\x7e]+")
    doc: ClassVar[str] = "The Content-Type header names another type; the body does not change."
    example: ClassVar[str] = "content_type: text/html"
    breaks_contract: ClassVar[bool] = True

    content_type: str

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the response with the other type."""
        return with_headers(response, ("Content-Type", self.content_type))
