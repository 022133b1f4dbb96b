"""Judges values against the schemas of a capture: one validator gives the verdict, another writes the message.

Theory of operation. jsonschema-rs judges first: it is two orders of magnitude faster, and its regular expressions are
linear, so that a hostile body cannot hang it. Only a value that fails is judged again by jsonschema, whose errors
say more. Patterns and formats are handed back to jsonschema-rs even then: Python's `re` backtracks, lets `$` stand
before a newline, and counts Arabic digits as `\\d`. Neither validator may fetch anything.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn
from urllib.parse import quote

from mockserver.contract.capture import Capture
from mockserver.core.pointer import escaped
from mockserver.errors import Location, refuse

if TYPE_CHECKING:
    import jsonschema_rs

_BASE: Final = "urn:capture"
_MOST: Final = 20
"""Violations reported for one value: a body that is wrong in more places is wrong altogether."""


class Violation(NamedTuple):
    """One place where a value breaks its schema."""

    keyword: str
    """The JSON Schema keyword: enum, type, required, pattern, format, ..."""
    pointer: str
    """Where in the value."""
    message: str
    value: Any
    allowed: tuple[str, ...] = ()
    """For an enumeration its values, for a type the types, else nothing."""


def conforms(capture: Capture, pointer: str, value: Any) -> bool:
    """Whether a value is valid against the schema at a pointer of the capture."""
    return _compiled(capture, pointer).is_valid(value)


def violations(capture: Capture, pointer: str, value: Any) -> list[Violation]:
    """Everything wrong with a value, at most `_MOST` places; empty when it conforms."""
    if conforms(capture, pointer, value):
        return []
    found = _explained(capture, pointer, value) or _unexplained(capture, pointer, value)
    return found[:_MOST]


def explains(capture: Capture, pointer: str, value: Any) -> bool:
    """jsonschema's own verdict, for the test that holds the two validators together."""
    return bool(_reference(capture, pointer).is_valid(value))


def _deny(uri: str) -> NoReturn:
    raise LookupError(f"a contract refers to nothing outside itself, and {uri} is never fetched")


def _address(pointer: str) -> str:
    return _BASE + quote(pointer, safe="#/~")


def _compiled(capture: Capture, pointer: str) -> "jsonschema_rs.Draft202012Validator":
    cache = capture._compiled
    if pointer not in cache:
        cache[pointer] = _compile(capture, pointer)
    validator: jsonschema_rs.Draft202012Validator = cache[pointer]
    return validator


def _compile(capture: Capture, pointer: str) -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs as rs

    try:
        if "registry" not in capture._compiled:
            resources = [(_BASE, dict(capture.document))]
            capture._compiled["registry"] = rs.Registry(resources, draft=rs.Draft202012, retriever=_deny)
        return rs.Draft202012Validator(
            {"$ref": _address(pointer)},
            registry=capture._compiled["registry"],
            retriever=_deny,
            validate_formats=True,
            pattern_options=rs.RegexOptions(),
        )
    except (rs.ValidationError, rs.ReferencingError, ValueError) as error:
        what = str(error).splitlines()[0]
        message = f"{capture.name} {pointer}: this schema cannot be used: {what}"
        raise refuse("CON003", message, "", Location(pointer=pointer)) from None


def _reference(capture: Capture, pointer: str) -> Any:
    """jsonschema's validator for a schema, its patterns and formats judged by jsonschema-rs."""
    import referencing
    from referencing.jsonschema import DRAFT202012

    if "reference" not in capture._compiled:
        resource = DRAFT202012.create_resource(_in_our_dialect(capture.document))
        capture._compiled["reference"] = referencing.Registry().with_resource(_BASE, resource)
    return _reference_class()({"$ref": _address(pointer)}, registry=capture._compiled["reference"])


def _in_our_dialect(value: Any) -> Any:
    """The document without `$schema`: there jsonschema changes to a class that matches patterns with Python's `re`."""
    if isinstance(value, list):
        return [_in_our_dialect(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kept = {key: inner for key, inner in value.items() if key != "$schema" or not isinstance(inner, str)}
    return {key: inner if key in ("enum", "const") else _in_our_dialect(inner) for key, inner in kept.items()}


@lru_cache(maxsize=1)
def _reference_class() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    make: Callable[..., Any] = extend
    return make(Draft202012Validator, {"pattern": _by_rs("pattern"), "format": _by_rs("format")})


def _by_rs(keyword: str) -> Any:
    """A jsonschema keyword that asks jsonschema-rs."""

    def check(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Iterator[Any]:
        from jsonschema import ValidationError

        if not _single(keyword, wanted).is_valid(instance):
            words = "does not match" if keyword == "pattern" else "is no"
            yield ValidationError(f"{_short(instance)} {words} {wanted}")

    return check


@lru_cache(maxsize=256)
def _single(keyword: str, wanted: Any) -> "jsonschema_rs.Draft202012Validator":
    import jsonschema_rs as rs

    return rs.Draft202012Validator(
        {keyword: wanted}, retriever=_deny, validate_formats=True, pattern_options=rs.RegexOptions()
    )


def asking(keyword: str, wanted: Any) -> Callable[[Any], bool]:
    """A test of values by one keyword: `asking("minimum", 0)`."""
    return _single(keyword, wanted).is_valid


def _explained(capture: Capture, pointer: str, value: Any) -> list[Violation]:
    """jsonschema's account; empty where it cannot give one (it finds nothing, or may not be asked)."""
    if _has_key(capture, "patternProperties"):
        return []  # it would match their names with Python's `re`, which a hostile name can hang
    try:
        errors = [leaf for error in _reference(capture, pointer).iter_errors(value) for leaf in _leaves(error)]
    except RecursionError:
        return []
    found = [_violation(error) for error in errors]
    return sorted(found, key=lambda violation: (violation.pointer, violation.keyword, violation.message))


def _unexplained(capture: Capture, pointer: str, value: Any) -> list[Violation]:
    """jsonschema-rs's own account."""
    return [
        Violation(error.kind.name, _pointer(error.instance_path), error.message[:300], error.instance)
        for error in _compiled(capture, pointer).iter_errors(value)
    ]


def _has_key(capture: Capture, key: str) -> bool:
    cache = capture._compiled
    if key not in cache:
        cache[key] = f'"{key}":' in json.dumps(capture.document, separators=(",", ":"))
    return bool(cache[key])


def _leaves(error: Any) -> Iterator[Any]:
    """The errors worth telling: those of the alternative that the value was most likely meant to be."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context or ():
        branches.setdefault(next(iter(inner.schema_path), None), []).append(inner)
    likely = [errors for errors in branches.values() if not any(map(_other_kind, errors))]
    if not likely:
        yield error
        return
    for inner in min(likely, key=len):
        yield from _leaves(inner)


def _other_kind(error: Any) -> bool:
    """Whether the value is of another type than the alternative: that alternative was not meant."""
    return error.validator == "type" and not error.relative_path


def _violation(error: Any) -> Violation:
    keyword = str(error.validator or "false")  # the schema `false` has no keyword
    describe = _WORDS.get(keyword)
    message = describe(error) if describe else error.message[:300]
    return Violation(
        keyword, _pointer(error.absolute_path), message, error.instance, _allowed(keyword, error.validator_value)
    )


def _allowed(keyword: str, wanted: Any) -> tuple[str, ...]:
    if keyword not in ("enum", "const", "type"):
        return ()
    values = wanted if isinstance(wanted, list) else [wanted]
    return tuple(value if isinstance(value, str) else _short(value) for value in values)


def _missing(error: Any) -> str:
    names = [name for name in error.validator_value if name not in error.instance]
    return next(
        (f"the required field {name!r} is missing" for name in names if error.message.startswith(repr(name))),
        error.message,
    )


_WORDS: Final[Mapping[str, Callable[[Any], str]]] = {
    "enum": lambda error: f"{_short(error.instance)} is not a documented value",
    "const": lambda error: f"{_short(error.instance)} is not the documented value",
    "type": lambda error: f"{_short(error.instance)} is {_kind(error.instance)}",
    "required": _missing,
    "not": lambda error: f"it is what is excluded here: {_short(error.validator_value)}",
}


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a number"),
    (str, "a string"),
    (list, "an array"),
    (dict, "an object"),
)


def _kind(value: Any) -> str:
    return next((words for kind, words in _KINDS if isinstance(value, kind)), "null")


def _pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + escaped(str(part)) for part in path)
