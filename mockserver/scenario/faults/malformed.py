"""`malformed`: a body that no JSON parser accepts, under a head that says JSON and the right length."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node
from mockserver.scenario.shapes import ChoiceShape
from mockserver.vendors.faults import Effect

_HTML_PAGE: Final = b"<html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
_BREAKERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "cut": lambda body: body[: len(body) // 2] or b"{",
    "comma": lambda body: (body[:1] or b"{") + b"," + body[1:],
    "html": lambda body: _HTML_PAGE,
}


@dataclass(frozen=True)
class MalformedEffect(Effect):
    """In one of the ways that are met in the wild."""

    keyword: ClassVar[str] = "malformed"

    form: str

    @property
    def may_break_contract(self) -> bool:
        """It does."""
        return True

    def transform(self, response: Response) -> Response:
        """The answer with a body that cannot be read."""
        return response._replace(body=_BREAKERS[self.form](response.body))


def _parse_malformed(node: Node, do_node: Node, diagnostics: Diagnostics) -> MalformedEffect:
    return MalformedEffect(node.text)


FAULT_KIND: Final = FaultKind(
    MalformedEffect,
    ChoiceShape(tuple(_BREAKERS)),
    "The JSON is cut in half, has a comma where none can be, or is a proxy's page of HTML.",
    "malformed: cut",
    _parse_malformed,
)
