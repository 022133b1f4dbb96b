"""`corrupt`: fields of a successful response's JSON have values that break the contract, or are absent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import orjson

from mockserver.core.pointer import parse_pointer
from mockserver.core.wire import Response
from mockserver.scenario.container_shapes import ExtraKeys, MappingShape
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.faults.effect import FaultEffect
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.scenario.scalar_shapes import ANY
from mockserver.vendors.faults import ABSENT, AffectedCall


@dataclass(frozen=True)
class CorruptEffect(FaultEffect):
    """Sets values by JSON pointer (RFC 6901); skips a pointer whose parent is missing, and leaves errors alone."""

    keyword = "corrupt"
    shape = MappingShape(
        "a mapping of JSON pointers to values",
        extra_keys=ExtraKeys(ANY, "a JSON pointer such as `/progress`", r"(?:/[^/]*)+"),
        min_size=1,
    )
    doc = "Fields of a successful response have other values; `absent` removes a field."
    example = "corrupt: {/progress: 250}"
    breaks_contract = True

    values: Mapping[str, Any]

    @classmethod
    def parse(cls, node: Node, do_node: Node, diagnostics: Diagnostics) -> Self:
        """Build from the mapping of pointers to values."""
        return cls(node_to_json(node))

    def transform(self, response: Response, call: AffectedCall) -> Response:
        """Return a successful JSON response with the other values."""
        if not 200 <= response.status < 300:
            return response
        try:
            body = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            return response
        for pointer, value in self.values.items():
            _set_at(body, parse_pointer(pointer), value)
        return response._replace(body=orjson.dumps(body))


def _set_at(body: Any, tokens: tuple[str, ...], value: Any) -> None:
    """Set, or remove, the value at a pointer; where its parent is missing or no container, do nothing."""
    *parents, last = tokens
    for token in parents:
        if isinstance(body, dict):
            body = body.get(token)
        elif isinstance(body, list) and _is_index(body, token):
            body = body[int(token)]
        else:
            return
    if isinstance(body, list) and _is_index(body, last):
        if value == ABSENT:
            del body[int(last)]
        else:
            body[int(last)] = value
    elif isinstance(body, dict):
        if value == ABSENT:
            body.pop(last, None)
        else:
            body[last] = value


def _is_index(body: list[Any], token: str) -> bool:
    # Ten digits are more than any list has items, and parsing a number takes the square of its length.
    return token.isascii() and token.isdecimal() and len(token) < 10 and int(token) < len(body)
