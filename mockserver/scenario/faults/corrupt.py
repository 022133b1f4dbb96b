"""`corrupt`: a field of a successful answer's JSON that is off contract: another value, or none."""

from collections.abc import Mapping as Values
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import orjson

from mockserver.core.pointer import parse_pointer
from mockserver.core.wire import Response
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.fault_kind import FaultKind
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.scenario.shapes import ANY, ExtraKeys, MappingShape
from mockserver.vendors.faults import Effect

ABSENT: Final = "absent"
"""The value that takes a field away."""


@dataclass(frozen=True)
class CorruptEffect(Effect):
    """By JSON pointer (RFC 6901); a place whose surroundings are not there is left out, an error left alone."""

    keyword: ClassVar[str] = "corrupt"

    values: Values[str, Any]

    @property
    def may_break_contract(self) -> bool:
        """It does."""
        return True

    def transform(self, response: Response) -> Response:
        """The answer with other values."""
        if not 200 <= response.status < 300:
            return response
        try:
            body = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            return response
        for pointer, value in self.values.items():
            _set_at(body, list(parse_pointer(pointer)), value)
        return response._replace(body=orjson.dumps(body))


def _set_at(body: Any, steps: list[str], value: Any) -> None:
    *way, last = steps
    for step in way:
        body = _child_of(body, step)
    if isinstance(body, list):
        _set_list_item(body, last, value)
    elif isinstance(body, dict) and value == ABSENT:
        body.pop(last, None)
    elif isinstance(body, dict):
        body[last] = value


def _child_of(body: Any, step: str) -> Any:
    if isinstance(body, list):
        return body[int(step)] if _is_index(body, step) else None
    return body.get(step) if isinstance(body, dict) else None


def _set_list_item(body: list[Any], step: str, value: Any) -> None:
    if _is_index(body, step):
        body[int(step) : int(step) + 1] = [] if value == ABSENT else [value]


def _is_index(body: list[Any], step: str) -> bool:
    return step.isascii() and step.isdecimal() and len(step) < 10 and int(step) < len(body)


def _parse_corrupt(node: Node, do_node: Node, diagnostics: Diagnostics) -> CorruptEffect:
    return CorruptEffect(node_to_json(node))


FAULT_KIND: Final = FaultKind(
    CorruptEffect,
    MappingShape(
        "a mapping of JSON pointers to values",
        extra_keys=ExtraKeys(ANY, "a JSON pointer such as `/progress`", r"(?:/[^/]*)+"),
        min_size=1,
    ),
    "Fields of a successful answer have other values; `absent` takes one away.",
    "corrupt: {/progress: 250}",
    _parse_corrupt,
)
