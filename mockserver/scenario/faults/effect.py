"""The base class of every kind of fault: keyword, shape of the value, a sentence, an example, and a parser."""

from collections.abc import Callable
from typing import Any, ClassVar, Self, cast

from mockserver.core.wire import Response
from mockserver.scenario import values
from mockserver.scenario.common_shapes import DURATION
from mockserver.scenario.container_shapes import MappingField, MappingShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.scenario.placeholders import BASE, JOB
from mockserver.scenario.scalar_shapes import IntegerShape
from mockserver.scenario.shapes import Shape
from mockserver.vendors.faults import AffectedCall, Effect


class FaultEffect(Effect):
    """An effect that `faults:` can name. A kind of fault is a frozen dataclass that derives from it."""

    shape: ClassVar[Shape]
    """The value after the keyword."""
    doc: ClassVar[str]
    """One sentence for the schema."""
    example: ClassVar[str]
    """A line under `do`, without the braces: `drop: reset`."""
    extra_fields: ClassVar[tuple[MappingField, ...]] = ()
    """Keys beside the keyword that make sense only with it."""

    @property
    def texts(self) -> Any:
        """The texts in which `{job}` and `{base}` are replaced, as a JSON value."""
        return None

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build the effect from its value (`node`) and the whole of `do`, both of the right shape.

        Unless a kind overrides this, the keys of a mapping are the fields; any other value is the only field.
        """
        # The arguments are the fields of the derived dataclass, which the type checker cannot see.
        build = cast("Callable[..., Self]", cls)
        if isinstance(cls.shape, MappingShape):
            fields = cls.shape.fields_by_name
            given = {key.text: _convert(fields[key.text].shape, value, diagnostics) for key, value in node.entries}
            return build(**given)
        return build(_convert(cls.shape, node, diagnostics))


def placeholder_values(call: AffectedCall) -> dict[str, str]:
    """Return the values of the placeholders in a fault's texts."""
    return {BASE: call.base_url, JOB: call.job_id}


def with_headers(response: Response, *headers: tuple[str, str]) -> Response:
    """Return the response with other values of these headers: in the places of the old ones, else at the end."""
    names = {name.lower() for name, _ in headers}
    added = {name.lower(): (name, value) for name, value in headers}
    placed = []
    for header in response.headers:
        name = header[0].lower()
        # Of a header that is there several times, only the first gets the new value.
        if name not in names:
            placed.append(header)
        elif name in added:
            placed.append(added.pop(name))
    return response._replace(headers=(*placed, *added.values()))


def _convert(shape: Shape, node: Node, diagnostics: Diagnostics) -> Any:
    if shape is DURATION:
        return values.as_duration(node, diagnostics)
    if isinstance(shape, IntegerShape):
        return int(node.value)
    return node.text
