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
    pending = [capture.document.get("x-error-schema")]
    if answer is not None:
        pending = [answer.pointer]
    # The documentation of the answer, and of everything that it refers to.
    documentation: dict[str, Any] = {}
    while pending:
        pointer = pending.pop()
        if pointer and pointer not in documentation:
            documentation[pointer] = _without_annotations(capture.at(pointer))
            pending += _find_refs(documentation[pointer])
    text = json.dumps(documentation, sort_keys=True)
    basis = (operation.id, answer and answer.status, text, capture.waivers)
    return blake2b(repr(basis).encode(), digest_size=16).hexdigest()


_ANNOTATIONS: Final = ("description", "summary", "title", "x-note")


def _without_annotations(value: Any) -> Any:
    """Return a value without descriptions, and without bases that are promises of the vendor's."""
    if isinstance(value, list):
        return [_without_annotations(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        is_annotation = key in _ANNOTATIONS or (key == "x-basis" and inner not in OFF_PAGE_BASES)
        # A property may have the name of an annotation: then there is a schema under it.
        if not (is_annotation and isinstance(inner, str)):
            kept[key] = _without_annotations(inner)
    return kept


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
