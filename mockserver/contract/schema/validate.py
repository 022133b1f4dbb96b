"""Validates values against the schemas of a capture: one validator gives the verdict, another the messages.

Theory of operation. jsonschema-rs validates first: it is two orders of magnitude faster, and its regular expressions
are linear, so that a hostile body cannot hang it. Only a value that fails is validated again by jsonschema, whose
errors have more detail. Patterns and formats are delegated to jsonschema-rs even then: Python's `re` backtracks, lets
`$` match before a newline, and counts Arabic digits as `\\d`. Neither validator may fetch anything.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import quote

from mockserver.contract.documents.capture import Capture
from mockserver.contract.documents.refs import without_keys
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.json_values import json_type
from mockserver.core.pointer import render_pointer
from mockserver.core.text import truncate, with_article
from mockserver.errors import Location, refuse

if TYPE_CHECKING:
    import jsonschema_rs

_BASE_URI: Final = "urn:capture"
_MAX_VIOLATIONS: Final = 20
"""Violations reported for one value."""
_MAX_MESSAGE: Final = 300
"""Characters of a validator's own message."""
_MAX_VALUE: Final = 60
"""Characters of a value in a message."""


def conforms(capture: Capture, pointer: str, value: Any) -> bool:
    """Return True if a value is valid against the schema at a pointer. Raises `MockError` CON003 for a bad schema."""
    return _validator_at(capture, pointer).is_valid(value)


def violations(capture: Capture, pointer: str, value: Any) -> list[Difference]:
    """Return the violations of a value, at most 20; none if it conforms. Raises `MockError` CON003."""
    if conforms(capture, pointer, value):
        return []
    found = _reference_violations(capture, pointer, value)
    if not found:
        found = [
            Difference(
                kind=DifferenceKind.VIOLATION,
                pointer=_to_pointer(error.instance_path),
                value=error.instance,
                message=error.message[:_MAX_MESSAGE],
                keyword=error.kind.name,
                names=(error.kind.as_dict()["property"],) if error.kind.name == "required" else (),
            )
            for error in _validator_at(capture, pointer).iter_errors(value)
        ]
    return found[:_MAX_VIOLATIONS]


def reference_is_valid(capture: Capture, pointer: str, value: Any) -> bool:
    """Return the verdict of jsonschema alone; a test compares it with that of jsonschema-rs."""
    return bool(_reference_validator(capture, pointer).is_valid(value))


def _refuse_fetch(uri: str) -> NoReturn:
    raise LookupError(f"a contract must not refer outside itself: {uri} is not fetched")


def _schema_uri(pointer: str) -> str:
    return _BASE_URI + quote(pointer, safe="#/~")


def _validator_at(capture: Capture, pointer: str) -> "jsonschema_rs.Draft202012Validator":
    cache = capture.cache("validators")
    if pointer not in cache:
        import jsonschema_rs as rs

        try:
            if "registry" not in cache:
                resources = [(_BASE_URI, dict(capture.document))]
                cache["registry"] = rs.Registry(resources, draft=rs.Draft202012, retriever=_refuse_fetch)
            cache[pointer] = rs.Draft202012Validator(
                {"$ref": _schema_uri(pointer)},
                registry=cache["registry"],
                retriever=_refuse_fetch,
                validate_formats=True,
                pattern_options=rs.RegexOptions(),
            )
        except (rs.ValidationError, rs.ReferencingError, ValueError) as error:
            message = f"{capture.name} {pointer}: this schema cannot be used: {str(error).splitlines()[0]}"
            raise refuse("CON003", message, "", Location(pointer=pointer)) from None
    validator: jsonschema_rs.Draft202012Validator = cache[pointer]
    return validator


def _reference_validator(capture: Capture, pointer: str) -> Any:
    """Return jsonschema's validator for a schema, with patterns and formats delegated to jsonschema-rs."""
    import referencing
    from referencing.jsonschema import DRAFT202012

    cache = capture.cache("validators")
    if "reference" not in cache:
        # By `$schema` jsonschema would change to a class that uses Python's `re`. A property may have that name, too.
        document = without_keys(
            capture.document, lambda key, inner: key == "$schema" and isinstance(inner, str), verbatim=("enum", "const")
        )
        resource = DRAFT202012.create_resource(document)
        cache["reference"] = referencing.Registry().with_resource(_BASE_URI, resource)
    return _reference_validator_class()({"$ref": _schema_uri(pointer)}, registry=cache["reference"])


_MISMATCH: Final = {"pattern": "does not match", "format": "is not a valid"}


@lru_cache(maxsize=1)
def _reference_validator_class() -> Any:
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def delegated_keyword(keyword: str) -> Any:
        def errors_of_keyword(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[Any]:
            if not keyword_test(keyword, wanted)(instance):
                yield ValidationError(f"{_short_json(instance)} {_MISMATCH[keyword]} {wanted}")

        return errors_of_keyword

    extend_validator: Callable[..., Any] = extend
    return extend_validator(Draft202012Validator, {keyword: delegated_keyword(keyword) for keyword in _MISMATCH})


@lru_cache(maxsize=256)
def keyword_test(keyword: str, wanted: Any) -> Callable[[Any], bool]:
    """Return a test of values by one keyword: `keyword_test("minimum", 0)`."""
    import jsonschema_rs as rs

    return rs.Draft202012Validator(
        {keyword: wanted}, retriever=_refuse_fetch, validate_formats=True, pattern_options=rs.RegexOptions()
    ).is_valid


def _reference_violations(capture: Capture, pointer: str, value: Any) -> list[Difference]:
    """Return jsonschema's violations; none if it finds nothing, or cannot be used."""
    cache = capture.cache("validators")
    if "patternProperties" not in cache:
        cache["patternProperties"] = '"patternProperties":' in json.dumps(capture.document, separators=(",", ":"))
    if cache["patternProperties"]:
        return []  # it would match the names with Python's `re`, which a hostile name can hang
    found: list[Difference] = []
    try:
        for error in _reference_validator(capture, pointer).iter_errors(value):
            found += map(_to_violation, _relevant_errors(error))
    except RecursionError:
        return []
    return sorted(found, key=lambda each: (each.pointer, each.keyword, each.message))


def _relevant_errors(error: Any) -> Iterator[Any]:
    """Yield the errors worth reporting: those of the alternative that the value was most likely meant to be."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context or ():
        branches.setdefault(next(iter(inner.schema_path), None), []).append(inner)
    # An alternative of another type was not meant; of the others, the one with the fewest errors was.
    likely = [
        errors
        for errors in branches.values()
        if not any(each.validator == "type" and not each.relative_path for each in errors)
    ]
    if not likely:
        yield error
        return
    for inner in min(likely, key=len):
        yield from _relevant_errors(inner)


def _to_violation(error: Any) -> Difference:
    keyword = str(error.validator or "false")  # the schema `false` has no keyword
    missing = _missing_field(error) if keyword == "required" else None
    message = error.message[:_MAX_MESSAGE]
    if missing is not None:
        message = f"the required field {missing!r} is missing"
    elif keyword in _MESSAGE_BY_KEYWORD:
        message = _MESSAGE_BY_KEYWORD[keyword](error)
    allowed: list[Any] = []
    if keyword in ("enum", "const", "type"):
        wanted = error.validator_value
        allowed = wanted if isinstance(wanted, list) else [wanted]
    return Difference(
        kind=DifferenceKind.VIOLATION,
        pointer=_to_pointer(error.absolute_path),
        value=error.instance,
        message=message,
        keyword=keyword,
        allowed=tuple(each if isinstance(each, str) else _short_json(each) for each in allowed),
        names=() if missing is None else (missing,),
    )


def _missing_field(error: Any) -> str | None:
    """Return the name of the field that an error misses: jsonschema has it only in the message."""
    missing = (name for name in error.validator_value if name not in error.instance)
    return next((name for name in missing if error.message.startswith(repr(name))), None)


_MESSAGE_BY_KEYWORD: Final[Mapping[str, Callable[[Any], str]]] = {
    "enum": lambda error: f"{_short_json(error.instance)} is not a documented value",
    "const": lambda error: f"{_short_json(error.instance)} is not the documented value",
    "type": lambda error: f"{_short_json(error.instance)} is {_describe_type(error.instance)}",
    "not": lambda error: f"it matches an excluded schema: {_short_json(error.validator_value)}",
}


def _short_json(value: Any) -> str:
    return truncate(json.dumps(value, ensure_ascii=False), _MAX_VALUE)


def _describe_type(value: Any) -> str:
    return "null" if value is None else with_article(json_type(value))


def _to_pointer(path: Iterable[str | int]) -> str:
    return render_pointer(map(str, path))
