"""A scenario on its way to be written: sections of lines, each a value with a comment, and their rendering as YAML.

A draft is a value: a repair returns another draft. Lines are written in flow style, one fact a line, so that a line can
be dropped and tried without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from mockserver.yamlio import yaml_scalar

MAX_WIDTH: Final = 110
"""Columns of a line before its comment; a longer timeline gets a line for each state."""
LISTS: Final = ("jobs", "timelines", "items", "faults", "play")
"""Sections of which each line is an element."""
MAPPINGS: Final = ("limits", "off_contract")
"""Sections of which each line is a pair."""
SECTIONS: Final = (
    "jobs", "timeline", "timelines", "items", "cancel", "limits", "webhooks", "faults", "off_contract", "play",
)  # fmt: skip
"""All sections in the order of the file."""


class DraftLine(NamedTuple):
    """One line of a section: its value, and what a reader should know of it."""

    value: Any
    comment: str = ""


@dataclass(frozen=True)
class ScenarioDraft:
    """The parts of a scenario file."""

    name: str
    vendor: str
    """The era's pin: `reap@2026-07-07`."""
    title: str = ""
    notes: tuple[str, ...] = ()
    """Comments above the file."""
    sections: Mapping[str, tuple[DraftLine, ...]] = field(default_factory=dict)

    def lines(self, section: str) -> tuple[DraftLine, ...]:
        """Return the lines of a section; none if the draft does not have it."""
        return self.sections.get(section, ())

    def with_lines(self, section: str, *lines: DraftLine) -> "ScenarioDraft":
        """Return the draft with these lines as the whole section."""
        return replace(self, sections={**self.sections, section: lines})

    def with_line(self, section: str, line: DraftLine) -> "ScenarioDraft":
        """Return the draft with one more line, the last of its section."""
        return self.with_lines(section, *self.lines(section), line)

    def without_line(self, section: str, index: int) -> "ScenarioDraft":
        """Return the draft without one line of a section."""
        lines = self.lines(section)
        return self.with_lines(section, *lines[:index], *lines[index + 1 :])

    def with_value(self, section: str, index: int, value: Any) -> "ScenarioDraft":
        """Return the draft with another value of one line; the comment was about the value before."""
        lines = self.lines(section)
        return self.with_lines(section, *lines[:index], DraftLine(value), *lines[index + 1 :])

    @property
    def line_count(self) -> int:
        """The number of lines of the file, comments not counted."""
        return sum(1 for line in self.text().splitlines() if line and not line.startswith("#"))

    def text(self) -> str:
        """Write the scenario as YAML."""
        written = [f"# {note}" for note in self.notes]
        written.append(f"scenario: {flow_text(self.name)}")
        if self.title:
            written.append(f"title: {flow_text(self.title)}")
        written.append(f"vendor: {self.vendor}")
        for section in SECTIONS:
            if self.lines(section):
                written += section_text(section, self.lines(section))
        return "\n".join(written) + "\n"


def section_text(section: str, lines: tuple[DraftLine, ...]) -> list[str]:
    """Return a section as YAML: on one line if it is a list of one short element."""
    if section in LISTS:
        if section != "play" and len(lines) == 1:
            text = f"{section}: {flow_text([lines[0].value])}"
            if len(text) <= MAX_WIDTH:
                return [with_comment(text, lines[0].comment)]
        return [f"{section}:", *(f"  - {with_comment(element_text(line.value), line.comment)}" for line in lines)]
    if section in MAPPINGS:
        pairs = [with_comment(pair_text(line.value), line.comment) for line in lines]
        return [f"{section}:", *(f"  {pair}" for pair in pairs)]
    written = []
    for line in lines:
        text = f"{section}: {flow_text(line.value)}"
        if len(text) > MAX_WIDTH and isinstance(line.value, list):
            written += [with_comment(f"{section}:", line.comment), *(f"  - {element_text(v)}" for v in line.value)]
        else:
            written.append(with_comment(text, line.comment))
    return written


def with_comment(text: str, comment: str) -> str:
    return f"{text}  # {comment}" if comment else text


def element_text(value: Any) -> str:
    """Write an element of a list: `create:` and `queued: 2s` need no braces."""
    if isinstance(value, dict) and len(value) == 1:
        return pair_text(value)
    return flow_text(value)


def pair_text(value: Mapping[str, Any]) -> str:
    ((key, inner),) = value.items()
    return f"{flow_text(key)}: {flow_text(inner)}".rstrip()


def flow_text(value: Any) -> str:
    """Write a JSON value in YAML's flow style; an empty value (None) is written as nothing."""
    if value is None:
        return ""
    if isinstance(value, dict):
        pairs = (f"{flow_text(key)}: {'null' if v is NULL else flow_text(v)}" for key, v in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(element_text(inner) for inner in value) + "]"
    return yaml_scalar(value)


class _Null:
    """The type of `NULL`."""


NULL: Final = _Null()
"""A JSON null: an empty value means "any 2xx" in a play."""
