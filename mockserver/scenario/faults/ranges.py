"""`range`: the Range header of a request is ignored, or the part that is sent begins earlier than requested."""

import re
from dataclasses import dataclass
from typing import Final, Self

from mockserver.core.wire import Request
from mockserver.scenario.container_shapes import MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.nodes import Node
from mockserver.scenario.scalar_shapes import ChoiceShape, IntegerShape

_RANGE: Final = re.compile(r"\s*bytes=(\d{0,15})-(\d{0,15})\s*", re.ASCII)
"""One range: from a first byte, to a last one or the end; or, without a first byte, the last bytes of the file."""


def without_range(request: Request) -> Request:
    """Return the request without its Range header."""
    return request._replace(headers={name: value for name, value in request.headers.items() if name != "range"})


@dataclass(frozen=True)
class RangeEffect(FaultEffect):
    """Answers without regard to Range (`earlier` is None), or from `earlier` bytes before the first requested one."""

    keyword = "range"
    shape = OneOfShape(
        (
            ChoiceShape(("ignored",)),
            MappingShape(
                "a mapping with `earlier`",
                (MappingField("earlier", IntegerShape(1, 1_000_000), "How many bytes earlier.", required=True),),
            ),
        )
    )
    doc = "A Range is ignored, or the part begins earlier than requested, as its Content-Range says."
    example = "range: {earlier: 10}"
    reads_only = True
    trustworthy = False

    earlier: int | None

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from `ignored`, or a number of bytes."""
        earlier = node.get("earlier")
        return cls(None if earlier is None else int(earlier.value))

    def rewrite(self, request: Request) -> Request:
        """Return the request without its Range, or with an earlier one."""
        requested = _RANGE.fullmatch(request.headers.get("range", ""))
        if self.earlier is None:
            return without_range(request)
        if requested is None:
            return request
        first, last = requested.groups()
        if first:
            shifted = f"{max(0, int(first) - self.earlier)}-{last}"
        elif last:
            shifted = f"-{int(last) + self.earlier}"
        else:
            return request
        return request._replace(headers={**request.headers, "range": f"bytes={shifted}"})
