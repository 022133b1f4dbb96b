"""`corrupt`: a field of a successful answer's JSON that is off contract: another value, or none."""

from collections.abc import Mapping as Values
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import orjson

from mockserver.core.pointer import steps
from mockserver.core.wire import Response
from mockserver.scenario.faults.word import Word
from mockserver.scenario.nodes import Node, plain
from mockserver.scenario.report import Report
from mockserver.scenario.shapes import ANY, Mapping, Others
from mockserver.vendors.faults import Effect

ABSENT: Final = "absent"
"""The value that takes a field away."""


@dataclass(frozen=True)
class Corrupt(Effect):
    """By JSON pointer (RFC 6901); a place whose surroundings are not there is left out, an error left alone."""

    word: ClassVar[str] = "corrupt"

    places: Values[str, Any]

    @property
    def speaks(self) -> bool:
        """It does."""
        return True

    def becomes(self, response: Response) -> Response:
        """The answer with other values."""
        if not 200 <= response.status < 300:
            return response
        try:
            body = orjson.loads(response.body)
        except orjson.JSONDecodeError:
            return response
        for pointer, value in self.places.items():
            _put(body, list(steps(pointer)), value)
        return response._replace(body=orjson.dumps(body))


def _put(body: Any, steps: list[str], value: Any) -> None:
    *way, last = steps
    for step in way:
        body = _inside(body, step)
    if isinstance(body, list):
        _put_in_list(body, last, value)
    elif isinstance(body, dict) and value == ABSENT:
        body.pop(last, None)
    elif isinstance(body, dict):
        body[last] = value


def _inside(body: Any, step: str) -> Any:
    if isinstance(body, list):
        return body[int(step)] if _is_place(body, step) else None
    return body.get(step) if isinstance(body, dict) else None


def _put_in_list(body: list[Any], step: str, value: Any) -> None:
    if _is_place(body, step):
        body[int(step) : int(step) + 1] = [] if value == ABSENT else [value]


def _is_place(body: list[Any], step: str) -> bool:
    return step.isascii() and step.isdecimal() and len(step) < 10 and int(step) < len(body)


def _read(node: Node, do: Node, report: Report) -> Corrupt:
    return Corrupt(plain(node))


WORD: Final = Word(
    Corrupt,
    Mapping(
        "a mapping of JSON pointers to values",
        others=Others(ANY, "a JSON pointer such as `/progress`", r"(?:/[^/]*)+"),
        least=1,
    ),
    "Fields of a successful answer have other values; `absent` takes one away.",
    "corrupt: {/progress: 250}",
    _read,
)
