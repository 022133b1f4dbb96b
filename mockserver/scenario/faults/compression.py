"""`content_encoding`: the body is compressed, rightly or not, whatever the client accepts."""

from dataclasses import dataclass
from typing import Final, Self

from mockserver.core.transmission import CODINGS, BrokenCoding, ContentCoding, Transmission
from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.container_shapes import MappingField, MappingShape, OneOfShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.nodes import Node
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.vendors.faults import SeededChoice

_CODING: Final = ChoiceShape(CODINGS)
_BROKEN: Final[dict[str, BrokenCoding]] = {"cut": "cut", "checksum": "checksum"}


@dataclass(frozen=True)
class ContentEncodingEffect(FaultEffect):
    """Names one coding in the header and sends the body in another, or breaks what it sends."""

    keyword = "content_encoding"
    shape = OneOfShape(
        (
            _CODING,
            MappingShape(
                "a mapping with `says`, `sends` and `broken`",
                (
                    MappingField("says", _CODING, "The coding that the header names; default gzip."),
                    MappingField("sends", _CODING, "The coding of the body; default the one that the header names."),
                    MappingField(
                        "broken",
                        ChoiceShape(tuple(_BROKEN)),
                        "The coded body lacks its second half, or its last byte is wrong.",
                    ),
                ),
                min_size=1,
            ),
        )
    )
    doc = "The body is compressed whatever the client accepts: rightly, broken, or unlike the header."
    example = "content_encoding: {says: gzip, sends: br}"
    trustworthy = False
    combinable = True

    coding: ContentCoding

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from a coding, or from the parts of a false one."""
        if node.node_type == "scalar":
            return cls(ContentCoding(node.text, node.text))
        says = values.as_text(node.get("says"), "gzip")
        broken = _BROKEN.get(values.as_text(node.get("broken")))
        return cls(ContentCoding(says, values.as_text(node.get("sends"), says), broken))

    def transmit(self, response: Response, transmission: Transmission, choice: SeededChoice) -> Transmission:
        """Send the body in the coding of the first such fault; a response without a body is sent as usual."""
        if not response.body or transmission.coding is not None:
            return transmission
        return transmission._replace(coding=self.coding)
