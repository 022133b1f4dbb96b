"""`chunked`: the body is sent in chunks, without a Content-Length, and may end before its last chunk."""

from dataclasses import dataclass

from mockserver.core.transmission import Transmission
from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.faults.truncate import BODY_PART, kept_bytes
from mockserver.scenario.scalar_shapes import IntegerShape
from mockserver.vendors.faults import SeededChoice


@dataclass(frozen=True)
class ChunkedEffect(FaultEffect):
    """Sends chunks of `size` bytes; with `cut`, so much of the body, no last chunk, and the connection's end."""

    keyword = "chunked"
    shape = MappingShape(
        "a mapping with `size` and `cut`",
        (
            MappingField("size", IntegerShape(1, 1_000_000), "Bytes of a chunk; default 1024."),
            MappingField("cut", BODY_PART, "How much of the body is sent before the connection closes; default all."),
        ),
    )
    doc = "The body is sent in chunks, without a Content-Length; with `cut` it ends early."
    example = "chunked: {size: 100, cut: 50%}"
    trustworthy = False

    size: int = 1024
    cut: str | None = None

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Send the body in chunks; a response without a body is sent as usual."""
        if not response.body:
            return transmission
        transmission = transmission._replace(chunk_size=self.size)
        if self.cut is None:
            return transmission
        return transmission._replace(cut_after=kept_bytes(self.cut, len(response.body)), termination="close")
