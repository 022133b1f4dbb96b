"""What a capture promises of an answer, as a text that is equal for captures that promise the same.

Eras are captured one by one, and most of each is what the era before had, in other words or from another source. What
is said for people, and where it is known from, makes no difference to the judge.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

from mockserver.contract.capture import Capture, Operation
from mockserver.contract.walk import OFF_PAGE


def promised(capture: Capture, operation: Operation, status: int) -> str:
    """All that a judge of that answer goes by, in short."""
    answer = operation.answer(status)
    place = capture.document.get("x-error-schema") if answer is None else answer.pointer
    said = (operation.id, answer and answer.status, _said(capture, place), capture.waivers)
    return blake2b(repr(said).encode(), digest_size=16).hexdigest()


def _said(capture: Capture, place: str | None) -> str:
    """What is said at a place of a document, and wherever that refers to, as text."""
    met: dict[str, Any] = {}
    waiting = [place] if place else []
    while waiting:
        pointer = waiting.pop()
        if pointer not in met:
            met[pointer] = _told(capture.at(pointer))
            waiting += _references(met[pointer])
    return json.dumps(met, sort_keys=True)


_FOR_PEOPLE: Final = ("description", "summary", "title", "x-note")


def _told(value: Any) -> Any:
    """A value without what is said for people, and without bases that make no difference."""
    if isinstance(value, list):
        return [_told(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {key: _told(inner) for key, inner in value.items() if not (isinstance(inner, str) and _idle(key, inner))}


def _idle(key: str, text: str) -> bool:
    return key in _FOR_PEOPLE or (key == "x-basis" and text not in OFF_PAGE)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
