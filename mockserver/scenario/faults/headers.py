"""`headers`: headers of the response have other values, are added, or are absent; nothing else changes."""

from dataclasses import dataclass
from typing import Any, Self

from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import RESPONSE_HEADERS
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect, placeholder_values, with_headers
from mockserver.scenario.nodes import Node
from mockserver.scenario.placeholders import interpolate
from mockserver.scenario.play_model import NameValuePairs
from mockserver.vendors.faults import ABSENT, AffectedCall


@dataclass(frozen=True)
class HeadersEffect(FaultEffect):
    """Sets headers, or removes them."""

    keyword = "headers"
    shape = RESPONSE_HEADERS
    doc = "Headers that the response gets, in place of its own of that name; `absent` removes one."
    example = "headers: {Retry-After: 30, Cache-Control: absent}"
    combinable = True
    breaks_contract = True

    pairs: NameValuePairs

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from the mapping of names to texts."""
        return cls(values.as_pairs(node))

    @property
    def texts(self) -> Any:
        """The values of the headers."""
        return dict(self.pairs)

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the response with the other headers."""
        lookup = placeholder_values(call).__getitem__
        removed = {name.lower() for name, value in self.pairs if value == ABSENT}
        kept = tuple(header for header in response.headers if header[0].lower() not in removed)
        changed = ((name, interpolate(value, lookup)) for name, value in self.pairs if value != ABSENT)
        return with_headers(response._replace(headers=kept), *changed)
