"""`charset`: the header names one encoding, and the body is in another."""

from dataclasses import dataclass
from typing import Final

from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.faults.effect import FaultEffect, with_headers
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.vendors.faults import AffectedCall

_ENCODINGS: Final = ("utf-8", "utf-16", "utf-32", "iso-8859-1", "windows-1252", "shift_jis")


@dataclass(frozen=True)
class CharsetEffect(FaultEffect):
    """Names `says` and sends `sends`; a character that `sends` lacks becomes a question mark."""

    keyword = "charset"
    shape = MappingShape(
        "a mapping with `says` and `sends`",
        (
            MappingField("says", ChoiceShape(_ENCODINGS), "The encoding that the header names; default utf-8."),
            MappingField("sends", ChoiceShape(_ENCODINGS), "The encoding of the body; default utf-8."),
        ),
        min_size=1,
    )
    doc = "The header names one encoding, and the body is in another."
    example = "charset: {sends: utf-16}"
    breaks_contract = True

    says: str = "utf-8"
    sends: str = "utf-8"

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the response in another encoding than the one that its header names."""
        try:
            body = response.body.decode().encode(self.sends, "replace")
        except UnicodeDecodeError:
            body = response.body  # not text: it stays as it is
        media_type = (response.header("Content-Type") or "application/json").partition(";")[0]
        return with_headers(response, ("Content-Type", f"{media_type}; charset={self.says}"))._replace(body=body)
