"""What a capture promises of an answer, as a text that is equal for captures that promise the same.

Eras are captured one by one, and most of each is what the era before had, in other words or from another source. What
is said for people, and where it is known from, makes no difference to the judge.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

from mockserver.contract.documents.capture import OFF_PAGE_BASES, Capture, DocumentedOperation


def answer_fingerprint(capture: Capture, operation: DocumentedOperation, status: int) -> str:
    """All that a judge of that answer goes by, in short."""
    answer = operation.answer(status)
    place = capture.document.get("x-error-schema") if answer is None else answer.pointer
    said = (operation.id, answer and answer.status, _referenced_schemas_json(capture, place), capture.waivers)
    return blake2b(repr(said).encode(), digest_size=16).hexdigest()


def _referenced_schemas_json(capture: Capture, place: str | None) -> str:
    """What is said at a place of a document, and wherever that refers to, as text."""
    met: dict[str, Any] = {}
    waiting = [place] if place else []
    while waiting:
        pointer = waiting.pop()
        if pointer not in met:
            met[pointer] = _without_annotations(capture.at(pointer))
            waiting += _find_refs(met[pointer])
    return json.dumps(met, sort_keys=True)


_ANNOTATIONS: Final = ("description", "summary", "title", "x-note")


def _without_annotations(value: Any) -> Any:
    """A value without what is said for people, and without bases that make no difference."""
    if isinstance(value, list):
        return [_without_annotations(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _without_annotations(inner)
        for key, inner in value.items()
        if not (isinstance(inner, str) and _is_annotation(key, inner))
    }


def _is_annotation(key: str, text: str) -> bool:
    return key in _ANNOTATIONS or (key == "x-basis" and text not in OFF_PAGE_BASES)


def _find_refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref" and isinstance(inner, str):
                yield inner
            else:
                yield from _find_refs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _find_refs(inner)
