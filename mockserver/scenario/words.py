"""The small words of the language, which every part of it uses: durations, states, names, headers."""

from typing import Final

from mockserver.scenario.shapes import Integer, Mapping, OneOf, Others, Pattern, Sequence, Text

_NUMBER: Final = r"[0-9]{1,12}(?:\.[0-9]{1,6})?"
STATE_FORM: Final = "[A-Za-z][A-Za-z0-9_-]{0,99}"
DURATION_FORM: Final = "(?=[0-9])" + "".join(f"(?:{_NUMBER}{unit})?" for unit in ("d", "h", "m", "s", "ms"))
_POLLS: Final = "[1-9][0-9]{0,5} polls?"
_PERCENT: Final = "(?:100|[0-9]{1,2})"

BARE: Final = "{} what? Write {}s for seconds."
DURATION: Final = Pattern("a duration such as `30s`, `1m30s` or `8h`", DURATION_FORM, BARE, name="duration")
AT: Final = Pattern(
    "an instant: `30s` after the session's start, or one of the job's course such as `1ms before completed`",
    f"{DURATION_FORM}|(?:{DURATION_FORM} (?:before|after) )?{STATE_FORM}",
    BARE,
    name="at",
)
RANGE: Final = Pattern(
    "a duration such as `20s` or a range such as `5s..30s`",
    rf"{DURATION_FORM}(?:\.\.{DURATION_FORM})?",
    BARE,
    name="range",
)
STAY: Final = Pattern(
    "a stay: a duration such as `30s`, `3 polls` or `manual`",
    f"{DURATION_FORM}|{_POLLS}|manual",
    "{} what? Write {}s for seconds, or `{} polls`.",
    name="stay",
)
PROGRESS: Final = OneOf(
    (Integer(0, 100), Pattern("a range of percents such as `5..95`", rf"{_PERCENT}\.\.{_PERCENT}")), name="progress"
)
STATE: Final = Text("the name of a state", name="state")
NAME: Final = Text("a name")

_HEADER_VALUE: Final = r"[\t\x20-\x7e]*"
"""Visible ASCII: what every server can write and every client can read back."""
_HEADER_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_FRAMING: Final = "|".join(
    "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in name)
    for name in ("content-length", "transfer-encoding")
)
HEADERS: Final = Mapping(
    "a mapping of header names to texts",
    others=Others(Text("one line of plain ASCII", _HEADER_VALUE, empty=True), "a header's name", _HEADER_NAME),
    name="headers",
)
SHOWN_HEADERS: Final = Mapping(
    "a mapping of header names to texts",
    others=Others(
        Text("one line of plain ASCII", _HEADER_VALUE, empty=True),
        "a header's name that says nothing of the body's length (the fault `length` does)",
        f"(?!(?:{_FRAMING})$){_HEADER_NAME}",
    ),
    name="shown_headers",
)
"""Headers of an answer: a second word on how long it is would make two answers of it."""
QUERY: Final = Mapping(
    "a mapping of parameters to texts",
    others=Others(OneOf((Text(empty=True), Sequence(Text(empty=True), "a list of texts", least=0)))),
    name="query",
)
STATUS: Final = Integer(100, 599)
