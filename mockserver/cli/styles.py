"""Colour on a terminal: texts with the name of a style, and whether styles are wanted at all.

A style is a name; its control sequence is written by `SafeStream` alone, which escapes every control code in a text.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

RESET: Final = "\x1b[0m"
SEQUENCES: Final = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "magenta": "\x1b[35m",
    "cyan": "\x1b[36m",
    "loud": "\x1b[1;33m",
    "alarm": "\x1b[1;31m",
}
"""The control sequence that begins each style."""


class Span(NamedTuple):
    """A text in one style; without a style it looks as the terminal has it."""

    text: str
    style: str = ""


Line = tuple[Span, ...]
"""A line of texts in styles."""


def status_span(status: int, text: str = "") -> Span:
    """Return a text about an answer, by default its status, in the style of the status."""
    return Span(text or str(status), {2: "green", 3: "cyan", 4: "yellow", 5: "red"}.get(status // 100, ""))


REPORT_WORDS: Final = {
    "ok": "green",
    "FAIL": "alarm",
    "?": "yellow",
    "error": "red",
    "warning": "yellow",
    "info": "cyan",
}
"""The words that begin a line of a report, and their styles."""


def report_line(line: str) -> Line:
    """Split a line of a report into styled texts: its first word, if that is a verdict, and the rest."""
    word, space, rest = line.partition(" ")
    if space and word in REPORT_WORDS:
        return (Span(word, REPORT_WORDS[word]), Span(f" {rest}"))
    return (Span(line),)


def wants_colour(environment: Mapping[str, str], is_terminal: bool) -> bool:
    """Return True if a stream gets colours.

    `NO_COLOR` (not empty) forbids them, `FORCE_COLOR` (neither empty nor 0) demands them; otherwise a terminal gets
    them, unless it is `TERM=dumb`.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR", "0") not in ("", "0", "false"):
        return True
    return is_terminal and environment.get("TERM") != "dumb"
