"""A fingerprint of the documentation of an answer, equal for captures by which an answer is judged alike.

Eras are captured one by one, and most of each is the same as in the era before, in other words or from another source.
Descriptions, and bases that are promises, make no difference to the judge.
"""

import json
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any, Final

from mockserver.contract.documents.capture import OFF_PAGE_BASES, Capture, DocumentedOperation


def answer_fingerprint(capture: Capture, operation: DocumentedOperation, status: int) -> str:
    """Return a hash of everything in a capture by which an answer of that status is judged."""
    answer = operation.answer(status)
    place = capture.document.get("x-error-schema") if answer is None else answer.pointer
    basis = (operation.id, answer and answer.status, _referenced_schemas_json(capture, place), capture.waivers)
    return blake2b(repr(basis).encode(), digest_size=16).hexdigest()


def _referenced_schemas_json(capture: Capture, place: str | None) -> str:
    """Return the value at a pointer of a capture, and at every pointer that it refers to, as JSON."""
    found: dict[str, Any] = {}
    pending = [place] if place else []
    while pending:
        pointer = pending.pop()
        if pointer not in found:
            found[pointer] = _without_annotations(capture.at(pointer))
            pending += _find_refs(found[pointer])
    return json.dumps(found, sort_keys=True)


_ANNOTATIONS: Final = ("description", "summary", "title", "x-note")


def _without_annotations(value: Any) -> Any:
    """Return a value without descriptions, and without bases that are promises of the vendor's."""
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
