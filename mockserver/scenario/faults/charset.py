"""`charset`: the header says one encoding, the bytes are in another."""

from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.content_type import with_content_type
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ChoiceShape, MappingField, MappingShape
from mockserver.vendors.faults import Effect

_ENCODINGS: Final = ("utf-8", "utf-16", "utf-32", "iso-8859-1", "windows-1252", "shift_jis")


@dataclass(frozen=True)
class CharsetEffect(Effect):
    """Says `says`, sends `sends`; what that cannot write is a question mark. A body that is no text stays as it is."""

    keyword: ClassVar[str] = "charset"

    declared: str
    actual: str

    @property
    def may_break_contract(self) -> bool:
        """It does."""
        return True

    def transform(self, response: Response) -> Response:
        """The answer in another encoding."""
        try:
            body = response.body.decode().encode(self.actual, "replace")
        except UnicodeDecodeError:
            body = response.body
        kind = (response.header("Content-Type") or "application/json").partition(";")[0]
        return with_content_type(response, f"{kind}; charset={self.declared}")._replace(body=body)


def _parse_charset(node: Node, do_node: Node, diagnostics: Diagnostics) -> CharsetEffect:
    says, sends = (node.get(name) for name in ("says", "sends"))
    return CharsetEffect("utf-8" if says is None else says.text, "utf-8" if sends is None else sends.text)


FAULT_KIND: Final = FaultKind(
    CharsetEffect,
    MappingShape(
        "a mapping with `says` and `sends`",
        (
            MappingField("says", ChoiceShape(_ENCODINGS), "The encoding that the header names; utf-8 unless given."),
            MappingField("sends", ChoiceShape(_ENCODINGS), "The encoding of the bytes; utf-8 unless given."),
        ),
        min_size=1,
    ),
    "The header names one encoding, the bytes are in another.",
    "charset: {sends: utf-16}",
    _parse_charset,
)
