"""What each operation accepts: tables of fields, and the checks they are made of.

The fields of create-clips are those of the live service's openapi.json (2026-07-07), which also says that every create
operation takes a source URL or an upload; the others' fields are those of their documentation pages. Unknown fields
are ignored and an optional field may be null, as FastAPI does (inferred). A JSON string where a number belongs is
refused, where the service itself may read the number out of it (inferred); 720.0 is 720, as it is in JSON.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.vendors.reap.errors import ValidationError

FieldValidator = Callable[[Any], Iterable[ValidationError]]
"""A value -> what is wrong with it; places are relative to the value."""


class FieldSpec(NamedTuple):
    """One field of a body or a query."""

    check: FieldValidator
    default: Any = None
    required: bool = False


FieldTable = Mapping[str, FieldSpec]

MAX_PAGE_SIZE: Final = 100
"""Entries of a page at the most (the page of get-project-clips)."""
_DIGITS: Final = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def string(value: Any) -> Iterator[ValidationError]:
    """A string."""
    if not isinstance(value, str):
        yield ValidationError((), "string_type", "Input should be a valid string")


def non_empty_string(value: Any) -> Iterator[ValidationError]:
    """A string with something in it."""
    yield from string(value)
    if value == "":
        yield ValidationError((), "string_too_short", "String should have at least 1 character")


def boolean(value: Any) -> Iterator[ValidationError]:
    """A boolean."""
    if not isinstance(value, bool):
        yield ValidationError((), "bool_type", "Input should be a valid boolean")


def integer(value: Any) -> Iterator[ValidationError]:
    """An integer, also one that is written with a fraction of nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        yield ValidationError((), "int_type", "Input should be a valid integer")


def non_negative_number(value: Any) -> Iterator[ValidationError]:
    """A number of seconds, not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield ValidationError((), "float_type", "Input should be a valid number")
    else:
        yield from _at_least(value, 0)


def _at_least(value: float, low: int) -> Iterator[ValidationError]:
    if not value >= low:
        yield ValidationError((), "greater_than_equal", f"Input should be greater than or equal to {low}")


def _at_most(value: int, high: int) -> Iterator[ValidationError]:
    if value > high:
        yield ValidationError((), "less_than_equal", f"Input should be less than or equal to {high}")


def literal(*options: str | int) -> FieldValidator:
    """One of the options; true is not 1."""
    named = ", ".join(repr(option) for option in options[:-1]) + f" or {options[-1]!r}"

    def check(value: Any) -> Iterator[ValidationError]:
        if isinstance(value, bool) or value not in options:
            yield ValidationError((), "literal_error", f"Input should be {named}")

    return check


def list_of(inner: FieldValidator) -> FieldValidator:
    """A list whose every entry passes `inner`."""

    def check(value: Any) -> Iterator[ValidationError]:
        if not isinstance(value, list | tuple):
            yield ValidationError((), "list_type", "Input should be a valid list")
            return
        for place, entry in enumerate(value):
            yield from (flaw._replace(loc=(place, *flaw.loc)) for flaw in inner(entry))

    return check


def integer_text(low: int, high: int) -> FieldValidator:
    """The decimal text of an integer in [low, high]: a query has nothing but text."""

    def check(value: Any) -> Iterator[ValidationError]:
        if _DIGITS.fullmatch(value):
            yield from _at_least(int(value), low)
            yield from _at_most(int(value), high)
        else:
            message = "Input should be a valid integer, unable to parse string as an integer"
            yield ValidationError((), "int_parsing", message)

    return check


def find_errors(location: str, values: Mapping[str, Any], fields: FieldTable) -> list[ValidationError]:
    """Everything that is wrong with a body or a query (`place`), in the order of the table."""
    found: list[ValidationError] = []
    for name, field in fields.items():
        value = values.get(name)
        if name not in values and field.required:
            found.append(ValidationError((location, name), "missing", "Field required"))
        elif value is not None or (name in values and field.required):
            found += (flaw._replace(loc=(location, name, *flaw.loc)) for flaw in field.check(value))
    return found


def with_defaults(values: Mapping[str, Any], fields: FieldTable) -> dict[str, Any]:
    """Every field of a table, at its default where it is absent, null or unfit."""
    return {name: _value_or_default(values.get(name), field) for name, field in fields.items()}


def _value_or_default(value: Any, field: FieldSpec) -> Any:
    return field.default if value is None or any(field.check(value)) else value


_STRING: Final = FieldSpec(string)
_FALSE: Final = FieldSpec(boolean, default=False)
_SOURCE_FIELDS: Final[FieldTable] = {"sourceUrl": _STRING, "uploadId": _STRING}
_UPLOAD_FIELDS: Final[FieldTable] = {"uploadId": FieldSpec(string, required=True)}
_RESOLUTION: Final = FieldSpec(literal(720, 1080, 1440, 2160), default=720)
_GENRE: Final = FieldSpec(literal("talking", "screenshare", "gaming", "cinema"), default="talking")
"""`cinema` is in the live service's enum and on no page."""
_SCRIPT: Final = FieldSpec(literal("native", "roman"), default="native")

CREATE_FIELDS: Final[Mapping[str, FieldTable]] = {
    "clipping": {
        **_SOURCE_FIELDS,
        "reframeClips": _FALSE,
        "exportOrientation": FieldSpec(literal("landscape", "portrait", "square"), default="landscape"),
        "exportResolution": _RESOLUTION,
        "captionsPreset": _STRING,
        "enableEmojis": _FALSE,
        "enableHighlights": _FALSE,
        "language": _STRING,
        "translationLanguage": _STRING,
        "transcriptionScript": _SCRIPT,
        "genre": _GENRE,
        "selectedStart": FieldSpec(non_negative_number),
        "selectedEnd": FieldSpec(non_negative_number),
        "clipDurations": FieldSpec(list_of(list_of(integer)), default=()),
        "topics": FieldSpec(list_of(string), default=()),
        "prompt": _STRING,
    },
    "captions": {
        **_SOURCE_FIELDS,
        "captionsPreset": FieldSpec(string, default="system_beasty"),
        "language": _STRING,
        "translationLanguage": _STRING,
        "transcriptionScript": _SCRIPT,
        "enableEmojis": _FALSE,
        "enableHighlights": _FALSE,
        "resolution": _RESOLUTION,
    },
    "reframe": {
        **_UPLOAD_FIELDS,
        "genre": _GENRE,
        "orientation": FieldSpec(literal("portrait", "square"), default="portrait"),
        "disableAutoSplit": _FALSE,
    },
    "dubbing": {
        **_SOURCE_FIELDS,
        "sourceLanguage": FieldSpec(string, required=True),
        "targetLanguage": FieldSpec(string, required=True),
    },
    "transcription": {
        **_SOURCE_FIELDS,
        "language": _STRING,
        "translationLanguage": _STRING,
        "transcriptionScript": _SCRIPT,
    },
}
"""The body of each create operation, by the type of project it makes. The page of create-reframe wants an upload."""

PROJECT_ID_FIELDS: Final[FieldTable] = {"projectId": FieldSpec(string, required=True)}
UPDATE_FIELDS: Final[FieldTable] = {**PROJECT_ID_FIELDS, "title": FieldSpec(string, required=True)}
CLIP_FIELDS: Final[FieldTable] = {**PROJECT_ID_FIELDS, "clipId": FieldSpec(string, required=True)}
PAGE_FIELDS: Final[FieldTable] = {
    "page": FieldSpec(integer_text(1, 999_999_999), default="1"),
    "pageSize": FieldSpec(integer_text(1, MAX_PAGE_SIZE), default="100"),
}
CLIP_LIST_FIELDS: Final[FieldTable] = {**PROJECT_ID_FIELDS, **PAGE_FIELDS}
UPLOAD_URL_FIELDS: Final[FieldTable] = {"filename": FieldSpec(non_empty_string, required=True)}
