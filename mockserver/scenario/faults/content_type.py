"""`content_type`: the header names another type, and the body does not change."""

from dataclasses import dataclass

from mockserver.core.wire import Response
from mockserver.scenario.faults.effect import FaultEffect, with_headers
from mockserver.scenario.scalar_shapes import PatternShape
from mockserver.vendors.faults import AffectedCall


@dataclass(frozen=True)
class ContentTypeEffect(FaultEffect):
    """Replaces the Content-Type header."""

    keyword = "content_type"
    shape = PatternShape("a content type such as `text/html`", r"[\x21-\x7e]+/[\x20-\x7e]+")
    doc = "The Content-Type header names another type; the body does not change."
    example = "content_type: text/html"
    breaks_contract = True

    content_type: str

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the response with the other type."""
        return with_headers(response, ("Content-Type", self.content_type))
