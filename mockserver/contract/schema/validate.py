"""Judges values against the schemas of a capture: one validator gives the verdict, another writes the message.

Theory of operation. jsonschema-rs judges first: it is two orders of magnitude faster, and its regular expressions are
linear, so that a hostile body cannot hang it. Only a value that fails is judged again by jsonschema, whose errors
say more. Patterns and formats are handed back to jsonschema-rs even then: Python's `re` backtracks, lets `$` stand
before a newline, and counts Arabic digits as `\\d`. Neither validator may fetch anything.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote

from mockserver.contract.documents.capture import Capture
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.core.pointer import escape_token
from mockserver.core.text import truncate
from mockserver.errors import Location, refuse

if TYPE_CHECKING:
    import jsonschema_rs

_BASE_URI: Final = "urn:capture"
_MAX_VIOLATIONS: Final = 20
"""Violations reported for one value: a body that is wrong in more places is wrong altogether."""
_MAX_MESSAGE: Final = 300
"""Characters of a validator's own message."""


def conforms(capture: Capture, pointer: str, value: Any) -> bool:
    """Whether a value is valid against the schema at a pointer of the capture."""
    return _validator_at(capture, pointer).is_valid(value)


def violations(capture: Capture, pointer: str, value: Any) -> list[Difference]:
    """Everything wrong with a value, at most `_MOST` places; empty when it conforms."""
    if conforms(capture, pointer, value):
        return []
    found = _reference_violations(capture, pointer, value) or _fast_violations(capture, pointer, value)
    return found[:_MAX_VIOLATIONS]


def reference_is_valid(capture: Capture, pointer: str, value: Any) -> bool:
    """jsonschema's own verdict, for the test that holds the two validators together."""
    return bool(_reference_validator(capture, pointer).is_valid(value))


def _refuse_fetch(uri: str) -> NoReturn:
    raise LookupError(f"a contract refers to nothing outside itself, and {uri} is never fetched")


def _schema_uri(pointer: str) -> str:
    return _BASE_URI + quote(pointer, safe="#/~")


def _validator_at(capture: Capture, pointer: str) -> "jsonschema_rs.Draft202012Validator":
    cache = capture._validators
    if pointer not in cache:
        cache[pointer] = _compile_validator(capture, pointer)
    validator: jsonschema_rs.Draft202012Validator = cache[pointer]
    return validator


def _compile_validator(capture: Capture, pointer: str) -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs as rs

    try:
        if "registry" not in capture._validators:
            resources = [(_BASE_URI, dict(capture.document))]
            capture._validators["registry"] = rs.Registry(resources, draft=rs.Draft202012, retriever=_refuse_fetch)
        return rs.Draft202012Validator(
            {"$ref": _schema_uri(pointer)},
            registry=capture._validators["registry"],
            retriever=_refuse_fetch,
            validate_formats=True,
            pattern_options=rs.RegexOptions(),
        )
    except (rs.ValidationError, rs.ReferencingError, ValueError) as error:
        what = str(error).splitlines()[0]
        message = f"{capture.name} {pointer}: this schema cannot be used: {what}"
        raise refuse("CON003", message, "", Location(pointer=pointer)) from None


def _reference_validator(capture: Capture, pointer: str) -> Any:
    """jsonschema's validator for a schema, its patterns and formats judged by jsonschema-rs."""
    import referencing
    from referencing.jsonschema import DRAFT202012

    if "reference" not in capture._validators:
        resource = DRAFT202012.create_resource(_without_dialect(capture.document))
        capture._validators["reference"] = referencing.Registry().with_resource(_BASE_URI, resource)
    return _reference_validator_class()({"$ref": _schema_uri(pointer)}, registry=capture._validators["reference"])


def _without_dialect(value: Any) -> Any:
    """The document without `$schema`: there jsonschema changes to a class that matches patterns with Python's `re`."""
    if isinstance(value, list):
        return [_without_dialect(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {key: inner for key, inner in value.items() if key != "$schema" or not isinstance(inner, str)}
    return {key: inner if key in ("enum", "const") else _without_dialect(inner) for key, inner in kept.items()}


@lru_cache(maxsize=1)
def _reference_validator_class() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    make: Callable[..., Any] = extend
    return make(
        Draft202012Validator, {"pattern": _delegated_keyword("pattern"), "format": _delegated_keyword("format")}
    )


def _delegated_keyword(keyword: str) -> Any:
    """A jsonschema keyword that asks jsonschema-rs."""

    def check(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[Any]:
        from jsonschema import ValidationError

        if not _keyword_validator(keyword, wanted).is_valid(instance):
            words = "does not match" if keyword == "pattern" else "is no"
            yield ValidationError(f"{short_json(instance)} {words} {wanted}")

    return check


@lru_cache(maxsize=256)
def _keyword_validator(keyword: str, wanted: Any) -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs as rs

    return rs.Draft202012Validator(
        {keyword: wanted}, retriever=_refuse_fetch, validate_formats=True, pattern_options=rs.RegexOptions()
    )


def keyword_test(keyword: str, wanted: Any) -> Callable[[Any], bool]:
    """A test of values by one keyword: `asking("minimum", 0)`."""
    return _keyword_validator(keyword, wanted).is_valid


def _reference_violations(capture: Capture, pointer: str, value: Any) -> list[Difference]:
    """jsonschema's account; empty where it cannot give one (it finds nothing, or may not be asked)."""
    if _document_has_key(capture, "patternProperties"):
        return []  # it would match their names with Python's `re`, which a hostile name can hang
    try:
        errors = [
            leaf
            for error in _reference_validator(capture, pointer).iter_errors(value)
            for leaf in _relevant_errors(error)
        ]
    except RecursionError:
        return []
    found = [_to_violation(error) for error in errors]
    return sorted(found, key=lambda each: (each.pointer, each.keyword, each.message))


def _fast_violations(capture: Capture, pointer: str, value: Any) -> list[Difference]:
    """jsonschema-rs's own account."""
    return [
        Difference(
            DifferenceKind.VIOLATION,
            _to_pointer(error.instance_path),
            error.instance,
            error.message[:_MAX_MESSAGE],
            error.kind.name,
        )
        for error in _validator_at(capture, pointer).iter_errors(value)
    ]


def _document_has_key(capture: Capture, key: str) -> bool:
    cache = capture._validators
    if key not in cache:
        cache[key] = f'"{key}":' in json.dumps(capture.document, separators=(",", ":"))
    return bool(cache[key])


def _relevant_errors(error: Any) -> Iterator[Any]:
    """The errors worth telling: those of the alternative that the value was most likely meant to be."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context or ():
        branches.setdefault(next(iter(inner.schema_path), None), []).append(inner)
    likely = [errors for errors in branches.values() if not any(map(_is_of_other_type, errors))]
    if not likely:
        yield error
        return
    for inner in min(likely, key=len):
        yield from _relevant_errors(inner)


def _is_of_other_type(error: Any) -> bool:
    """Whether the value is of another type than the alternative: that alternative was not meant."""
    return error.validator == "type" and not error.relative_path


def _to_violation(error: Any) -> Difference:
    keyword = str(error.validator or "false")  # the schema `false` has no keyword
    describe = _MESSAGE_BY_KEYWORD.get(keyword)
    message = describe(error) if describe else error.message[:_MAX_MESSAGE]
    return Difference(
        DifferenceKind.VIOLATION,
        _to_pointer(error.absolute_path),
        error.instance,
        message,
        keyword,
        allowed=_allowed_texts(keyword, error.validator_value),
    )


def _allowed_texts(keyword: str, wanted: Any) -> tuple[str, ...]:
    if keyword not in ("enum", "const", "type"):
        return ()
    values = wanted if isinstance(wanted, list) else [wanted]
    return tuple(value if isinstance(value, str) else short_json(value) for value in values)


def _describe_missing_field(error: Any) -> str:
    names = [name for name in error.validator_value if name not in error.instance]
    return next(
        (f"the required field {name!r} is missing" for name in names if error.message.startswith(repr(name))),
        error.message,
    )


_MESSAGE_BY_KEYWORD: Final[Mapping[str, Callable[[Any], str]]] = {
    "enum": lambda error: f"{short_json(error.instance)} is not a documented value",
    "const": lambda error: f"{short_json(error.instance)} is not the documented value",
    "type": lambda error: f"{short_json(error.instance)} is {_describe_type(error.instance)}",
    "required": _describe_missing_field,
    "not": lambda error: f"it is what is excluded here: {short_json(error.validator_value)}",
}


def short_json(value: Any, limit: int = 60) -> str:
    """Return a value as JSON text of at most `limit` characters."""
    return truncate(json.dumps(value, ensure_ascii=False), limit)


_TYPE_PHRASES: Final[tuple[tuple[type, str], ...]] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a number"),
    (str, "a string"),
    (list, "an array"),
    (dict, "an object"),
)


def _describe_type(value: Any) -> str:
    return next((words for kind, words in _TYPE_PHRASES if isinstance(value, kind)), "null")


def _to_pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + escape_token(str(part)) for part in path)
