"""What each operation accepts: tables of fields, and the checks they are made of.

The fields of create-clips are those of the live service's openapi.json (2026-07-07), which also says that every create
operation takes a source URL or an upload; the others' fields are those of their documentation pages. Unknown fields
are ignored and an optional field may be null, as FastAPI does (inferred). A JSON string where a number belongs is
refused, where the service itself may read the number out of it (inferred); 720.0 is 720, as it is in JSON.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.vendors.reap.errors import Flaw

Check = Callable[[Any], Iterable[Flaw]]
"""A value -> what is wrong with it; places are relative to the value."""


class Field(NamedTuple):
    """One field of a body or a query."""

    check: Check
    default: Any = None
    required: bool = False


Fields = Mapping[str, Field]

LARGEST_PAGE: Final = 100
"""Entries of a page at the most (the page of get-project-clips)."""
_DIGITS: Final = re.compile(r"[+-]?\d{1,9}", re.ASCII)


def text(value: Any) -> Iterator[Flaw]:
    """A string."""
    if not isinstance(value, str):
        yield Flaw((), "string_type", "Input should be a valid string")


def filled(value: Any) -> Iterator[Flaw]:
    """A string with something in it."""
    yield from text(value)
    if value == "":
        yield Flaw((), "string_too_short", "String should have at least 1 character")


def flag(value: Any) -> Iterator[Flaw]:
    """A boolean."""
    if not isinstance(value, bool):
        yield Flaw((), "bool_type", "Input should be a valid boolean")


def whole(value: Any) -> Iterator[Flaw]:
    """An integer, also one that is written with a fraction of nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value % 1 != 0:
        yield Flaw((), "int_type", "Input should be a valid integer")


def seconds(value: Any) -> Iterator[Flaw]:
    """A number of seconds, not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Flaw((), "float_type", "Input should be a valid number")
    else:
        yield from _at_least(value, 0)


def _at_least(value: float, low: int) -> Iterator[Flaw]:
    if not value >= low:
        yield Flaw((), "greater_than_equal", f"Input should be greater than or equal to {low}")


def _at_most(value: int, high: int) -> Iterator[Flaw]:
    if value > high:
        yield Flaw((), "less_than_equal", f"Input should be less than or equal to {high}")


def one_of(*options: str | int) -> Check:
    """One of the options; true is not 1."""
    named = ", ".join(repr(option) for option in options[:-1]) + f" or {options[-1]!r}"

    def check(value: Any) -> Iterator[Flaw]:
        if isinstance(value, bool) or value not in options:
            yield Flaw((), "literal_error", f"Input should be {named}")

    return check


def list_of(inner: Check) -> Check:
    """A list whose every entry passes `inner`."""

    def check(value: Any) -> Iterator[Flaw]:
        if not isinstance(value, list | tuple):
            yield Flaw((), "list_type", "Input should be a valid list")
            return
        for place, entry in enumerate(value):
            yield from (flaw._replace(loc=(place, *flaw.loc)) for flaw in inner(entry))

    return check


def digits(low: int, high: int) -> Check:
    """The decimal text of an integer in [low, high]: a query has nothing but text."""

    def check(value: Any) -> Iterator[Flaw]:
        if _DIGITS.fullmatch(value):
            yield from _at_least(int(value), low)
            yield from _at_most(int(value), high)
        else:
            message = "Input should be a valid integer, unable to parse string as an integer"
            yield Flaw((), "int_parsing", message)

    return check


def flaws(place: str, values: Mapping[str, Any], fields: Fields) -> list[Flaw]:
    """Everything that is wrong with a body or a query (`place`), in the order of the table."""
    found: list[Flaw] = []
    for name, field in fields.items():
        value = values.get(name)
        if name not in values and field.required:
            found.append(Flaw((place, name), "missing", "Field required"))
        elif value is not None or (name in values and field.required):
            found += (flaw._replace(loc=(place, name, *flaw.loc)) for flaw in field.check(value))
    return found


def tidy(values: Mapping[str, Any], fields: Fields) -> dict[str, Any]:
    """Every field of a table, at its default where it is absent, null or unfit."""
    return {name: _fit(values.get(name), field) for name, field in fields.items()}


def _fit(value: Any, field: Field) -> Any:
    return field.default if value is None or any(field.check(value)) else value


_TEXT: Final = Field(text)
_OFF: Final = Field(flag, default=False)
_SOURCE: Final[Fields] = {"sourceUrl": _TEXT, "uploadId": _TEXT}
_UPLOAD: Final[Fields] = {"uploadId": Field(text, required=True)}
_RESOLUTION: Final = Field(one_of(720, 1080, 1440, 2160), default=720)
_GENRE: Final = Field(one_of("talking", "screenshare", "gaming", "cinema"), default="talking")
"""`cinema` is in the live service's enum and on no page."""
_SCRIPT: Final = Field(one_of("native", "roman"), default="native")

CREATE: Final[Mapping[str, Fields]] = {
    "clipping": {
        **_SOURCE,
        "reframeClips": _OFF,
        "exportOrientation": Field(one_of("landscape", "portrait", "square"), default="landscape"),
        "exportResolution": _RESOLUTION,
        "captionsPreset": _TEXT,
        "enableEmojis": _OFF,
        "enableHighlights": _OFF,
        "language": _TEXT,
        "translationLanguage": _TEXT,
        "transcriptionScript": _SCRIPT,
        "genre": _GENRE,
        "selectedStart": Field(seconds),
        "selectedEnd": Field(seconds),
        "clipDurations": Field(list_of(list_of(whole)), default=()),
        "topics": Field(list_of(text), default=()),
        "prompt": _TEXT,
    },
    "captions": {
        **_SOURCE,
        "captionsPreset": Field(text, default="system_beasty"),
        "language": _TEXT,
        "translationLanguage": _TEXT,
        "transcriptionScript": _SCRIPT,
        "enableEmojis": _OFF,
        "enableHighlights": _OFF,
        "resolution": _RESOLUTION,
    },
    "reframe": {
        **_UPLOAD,
        "genre": _GENRE,
        "orientation": Field(one_of("portrait", "square"), default="portrait"),
        "disableAutoSplit": _OFF,
    },
    "dubbing": {
        **_SOURCE,
        "sourceLanguage": Field(text, required=True),
        "targetLanguage": Field(text, required=True),
    },
    "transcription": {
        **_SOURCE,
        "language": _TEXT,
        "translationLanguage": _TEXT,
        "transcriptionScript": _SCRIPT,
    },
}
"""The body of each create operation, by the type of project it makes. The page of create-reframe wants an upload."""

PROJECT_ID: Final[Fields] = {"projectId": Field(text, required=True)}
UPDATE: Final[Fields] = {**PROJECT_ID, "title": Field(text, required=True)}
CLIP: Final[Fields] = {**PROJECT_ID, "clipId": Field(text, required=True)}
PAGES: Final[Fields] = {
    "page": Field(digits(1, 999_999_999), default="1"),
    "pageSize": Field(digits(1, LARGEST_PAGE), default="100"),
}
CLIPS: Final[Fields] = {**PROJECT_ID, **PAGES}
UPLOAD_URL: Final[Fields] = {"filename": Field(filled, required=True)}
