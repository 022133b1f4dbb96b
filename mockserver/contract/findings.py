"""A finding: one place where an exchange and a capture differ, with what a tired reader needs to act on it.

It knows nothing of how it was found. Findings are values: they sort, count, and print the same way every time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, repeat
from typing import Any, Final, Literal

from mockserver.core.wire import NO_POSITION, SourcePosition

Level = Literal["error", "warning", "info"]

LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "info")
"""The worst first."""

EXCHANGE_RULES: Final[Mapping[str, str]] = {
    "S0": "the call is one the capture describes",
    "S1": "the status is documented for the call",
    "S2": "the content type is documented for the status",
    "S3": "the body is valid against its schema, formats included",
    "S4": "every field of the body is declared",
    "S5": "every value of an enumeration is a documented one",
    "S6": "null stands only where the schema allows it",
    "S7": "an error's body has the vendor's error shape",
    "S8": "the body is plain JSON: UTF-8, no byte order mark, no NaN, no duplicate keys",
    "S9": "identifiers and other patterned texts match from their first character to their last",
    "S11": "the value is one that the vendor's page knows, not only its service",
    "S12": "the headers documented as always present are there, and well formed",
}
"""The rules this room judges one exchange by; rules over several exchanges live elsewhere."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between an exchange and a capture."""

    rule: str
    """A key of `RULES`, or the id of a rule of `contracts/`."""
    level: Level
    message: str
    """One sentence: what was found."""
    where: str
    """`status`, `header NAME`, `body`, or a JSON pointer into the body (`line 3 /custom_id` in JSON Lines)."""
    source: str
    """The capture and the place in it that says otherwise, with its basis."""
    call: str = ""
    """The exchange: `POST /v1/videos/G-1/cancel -> 200`."""
    operation: str = ""
    """The capture's operationId; empty where the call is unknown."""
    allowed: str = ""
    """What would have been right; empty where the message says it."""
    hint: str = ""
    value: str = ""
    """The offending value as JSON text, cut; what a waiver is matched with."""
    resource: str = ""
    """The job it is about, `video G-1`; empty where it is about none, or about an exchange alone."""
    story: tuple[str, ...] = ()
    """The calls that prove it, numbered, with their times and answers; empty where `call` says it all."""
    possible: str = ""
    """The states the job could be in before the last call of the story."""
    observed: str = ""
    """What the last call of the story showed instead."""
    rerun: str = ""
    """A command that judges the whole story again."""
    spot: SourcePosition = NO_POSITION
    """Where in its recording the exchange stands that made it certain."""
    story_spots: tuple[SourcePosition, ...] = ()
    """The same for each line of the story."""

    @property
    def pointer(self) -> str:
        """The JSON pointer part of `where`: `""` where the finding is not about one place in a body."""
        return self.where[self.where.find("/") :] if "/" in self.where else ""

    @property
    def story_lines(self) -> Iterator[tuple[str, SourcePosition]]:
        """The lines of the story, each with its place."""
        return zip(self.story, chain(self.story_spots, repeat(NO_POSITION)), strict=False)

    def with_level(self, level: Level) -> "Finding":
        """The same finding at another level."""
        return replace(self, level=level)

    def text(self) -> str:
        """For a terminal: the verdict, then where, what is allowed, who says so, and what to do."""
        rows = (
            ("job", self.resource),
            ("call", self.call),
            ("where", self.where),
            ("found", self.value),
            ("allowed", self.allowed),
            ("possible", self.possible),
            ("observed", self.observed),
            ("source", self.source),
            ("hint", self.hint),
            ("rerun", self.rerun),
        )
        lines = [f"{self.level} {self.rule}: {self.message}", *(f"    {line}" for line in self.story)]
        return "\n".join([*lines, *(f"    {name:<8} {value}" for name, value in rows if value)])

    def json(self) -> dict[str, Any]:
        """For a program: every field by its name, the values as text; a place that is not known is None."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        told = [_spot_json(each) for each in self.story_spots if each.line]
        return {**fields, "spot": _spot_json(self.spot), "story_spots": told}


def _spot_json(spot: SourcePosition) -> dict[str, Any] | None:
    return spot._asdict() if spot.line else None


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first, then by rule, operation and place; the order never depends on how they were found."""
    return sorted(findings, key=_finding_sort_key)


def _finding_sort_key(finding: Finding) -> tuple[int | str, ...]:
    rest = (finding.operation, finding.where, finding.message, finding.call, finding.resource, *finding.story)
    return (LEVELS.index(finding.level), finding.rule, *rest, *finding.spot)


def render_findings(findings: Iterable[Finding]) -> str:
    """All findings as text, alike ones (one rule, operation, place and message) told once with their number."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in sort_findings(findings):
        key = (finding.level, finding.rule, finding.operation, finding.where, finding.message)
        groups.setdefault(key, []).append(finding)
    texts = [group[0].text() + (f"\n    (x{len(group)})" if len(group) > 1 else "") for group in groups.values()]
    return "\n\n".join(texts)
