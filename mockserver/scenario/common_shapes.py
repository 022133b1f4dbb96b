"""Shapes that every part of the language uses: durations, states, names, headers."""

from typing import Final

from mockserver.scenario.container_shapes import ExtraKeys, ListShape, MappingShape, OneOfShape
from mockserver.scenario.scalar_shapes import IntegerShape, PatternShape, TextShape

_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
NAME_PATTERN: Final = "[A-Za-z][A-Za-z0-9_-]{0,99}"
DURATION_PATTERN: Final = "(?=[0-9])" + "".join(f"(?:{_NUMBER}{unit})?" for unit in ("d", "h", "m", "s", "ms"))
_POLLS: Final = "[1-9][0-9]{0,5} polls?"
_PERCENT: Final = "(?:100|[0-9]{1,2})"

NO_UNIT_HINT: Final = "Write {}s for seconds."
DURATION: Final = PatternShape(
    "a duration such as `30s`, `1m30s` or `8h`", DURATION_PATTERN, NO_UNIT_HINT, definition_name="duration"
)
AT: Final = PatternShape(
    "a time: `30s` after the session's start, or relative to a state of the job such as `1ms before completed`",
    f"{DURATION_PATTERN}|(?:{DURATION_PATTERN} (?:before|after) )?{NAME_PATTERN}",
    NO_UNIT_HINT,
    definition_name="at",
)
RANGE: Final = PatternShape(
    "a duration such as `20s` or a range such as `5s..30s`",
    rf"{DURATION_PATTERN}(?:\.\.{DURATION_PATTERN})?",
    NO_UNIT_HINT,
    definition_name="range",
)
STAY: Final = PatternShape(
    "a stay: a duration such as `30s`, `3 polls` or `manual`",
    f"{DURATION_PATTERN}|{_POLLS}|manual",
    "Write {}s for seconds, or `{} polls`.",
    definition_name="stay",
)
PROGRESS: Final = OneOfShape(
    (IntegerShape(0, 100), PatternShape("a range of percentages such as `5..95`", rf"{_PERCENT}\.\.{_PERCENT}")),
    definition_name="progress",
)
STATE: Final = TextShape("the name of a state", definition_name="state")
NAME: Final = TextShape("a name")

_HEADER_VALUE: Final = TextShape("one line of plain ASCII", r"[\t\x20-\x7e]*", allow_empty=True)
"""Visible ASCII, which every server can write and every client can read."""
HEADER_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FRAMING: Final = "|".join(
    "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in name)
    for name in ("content-length", "transfer-encoding")
)
HEADERS: Final = MappingShape(
    "a mapping of header names to texts",
    extra_keys=ExtraKeys(_HEADER_VALUE, "a header's name", HEADER_NAME),
    definition_name="headers",
)
RESPONSE_HEADERS: Final = MappingShape(
    "a mapping of header names to texts",
    extra_keys=ExtraKeys(
        _HEADER_VALUE,
        "a header's name other than those of the body's length (for which there is the fault `length`)",
        f"(?!(?:{_FRAMING})$){HEADER_NAME}",
    ),
    definition_name="shown_headers",
)
"""Headers of a response: a second statement of its length would make two responses of it."""
QUERY: Final = MappingShape(
    "a mapping of parameters to texts",
    extra_keys=ExtraKeys(
        OneOfShape((TextShape(allow_empty=True), ListShape(TextShape(allow_empty=True), "a list of texts", min_size=0)))
    ),
    definition_name="query",
)
STATUS: Final = IntegerShape(100, 599)
POSITIVE: Final = IntegerShape(1, 1_000_000)
CALL_NUMBERS: Final = OneOfShape((POSITIVE, ListShape(POSITIVE, "a list of numbers")))
"""The n-th call, or several."""
