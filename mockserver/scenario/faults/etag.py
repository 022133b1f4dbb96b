"""`etag`: the answer has an entity tag, and conditional requests are answered by it (RFC 9110, section 13)."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.wire import Request, Response
from mockserver.scenario.faults.effect import FaultEffect, with_headers
from mockserver.scenario.faults.ranges import without_range
from mockserver.scenario.scalar_shapes import PatternShape
from mockserver.vendors.faults import AffectedCall

_HEADERS_OF_304: Final = frozenset({"cache-control", "content-location", "date", "etag", "expires", "vary"})
"""What a 304 repeats of the answer that it stands for (RFC 9110, section 15.4.5)."""


@dataclass(frozen=True)
class EtagEffect(FaultEffect):
    """Adds the ETag; an If-Range with another tag gets the whole body, an If-None-Match with this one a 304."""

    keyword = "etag"
    shape = PatternShape("a tag such as `v1`, without quotes", r"[A-Za-z0-9_.:+/=-]{1,100}")
    doc = "The response has this ETag, and If-Range and If-None-Match are answered by it."
    example = "etag: v1"
    reads_only = True
    trustworthy = False
    combinable = True

    tag: str

    @property
    def header(self) -> str:
        """The header's value, in quotes."""
        return f'"{self.tag}"'

    def rewrite(self, request: Request) -> Request:
        """Return the request without its Range if the part that the client has is of another version.

        An If-Range with this tag is left out: the operation knows other tags, or none.
        """
        condition = request.headers.get("if-range")
        if condition is None:
            return request
        if condition != self.header:
            return without_range(request)
        return request._replace(headers={name: value for name, value in request.headers.items() if name != "if-range"})

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return a successful response with the tag, or a 304 to a client that has this version."""
        if response.status not in (200, 206):
            return response
        tagged = with_headers(response, ("ETag", self.header))
        # The comparison is weak: a `W/` before a tag does not count.
        known = [tag.strip().removeprefix("W/") for tag in call.request.headers.get("if-none-match", "").split(",")]
        if self.header not in known and "*" not in known:
            return tagged
        kept = tuple((name, value) for name, value in tagged.headers if name.lower() in _HEADERS_OF_304)
        return Response(304, kept)
