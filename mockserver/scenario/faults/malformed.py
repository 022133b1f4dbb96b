"""`malformed`: a body that no JSON parser accepts, under a head with the JSON type and the right length."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.core.wire import Response
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.scalar_shapes import ChoiceShape
from mockserver.vendors.faults import AffectedCall

_HTML_PAGE: Final = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
_BREAKERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "cut": lambda body: body[: len(body) // 2] or b"{",
    "comma": lambda body: (body[:1] or b"{") + b"," + body[1:],
    "html": lambda body: _HTML_PAGE,
}


@dataclass(frozen=True)
class MalformedEffect(FaultEffect):
    """Breaks the body in one of the ways that occur in practice."""

    keyword = "malformed"
    shape = ChoiceShape(tuple(_BREAKERS))
    doc = "The JSON is cut in half, has a misplaced comma, or is a proxy's HTML page."
    example = "malformed: cut"
    breaks_contract = True

    form: str

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return the response with a broken body."""
        return response._replace(body=_BREAKERS[self.form](response.body))
