"""A finding: one difference between exchanges and a contract, with everything that a reader needs to act on it.

Findings are values: they sort, count and print the same way every time. How they are found is not known here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final, Literal, NamedTuple

from mockserver.core.wire import NO_POSITION, SourcePosition

Level = Literal["error", "warning", "info"]

LEVELS: Final[tuple[Level, ...]] = ("error", "warning", "info")
"""All levels, the worst first."""

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
    "S12": "headers have documented values; one that is documented as always present is there",
    "S13": "fields that nothing requires and that the service was seen to send are there",
}
"""The rules by which one exchange is judged; the rules over several exchanges are in `contracts/`."""


INTERNAL_FIELDS: Final = frozenset({"place", "needs_closed_world", "story_sendings"})
"""The fields of a finding that only the judge needs: no report has them."""


class AnswerPlace(NamedTuple):
    """A place in one answer of a history."""

    sent: int
    """The sending of its request in the order of all sendings and answers."""
    where: str
    """As in `Finding.where`, but from the root of the answer's body also for a job in a list: `/data/3/status`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between an exchange, or a history of them, and a contract."""

    rule: str
    """A key of `EXCHANGE_RULES`, or the id of a rule in `contracts/`."""
    level: Level
    message: str
    """The difference, one sentence."""
    where: str
    """`status`, `header NAME`, `body`, or a JSON pointer into the body (`line 3 /custom_id` in JSON Lines)."""
    source: str
    """The capture and the place in it that documents otherwise, with its basis."""
    call: str | None = None
    """The exchange: `POST /v1/videos/G-1/cancel -> 200`."""
    operation: str | None = None
    """The capture's operationId; None for an unknown call."""
    allowed: str | None = None
    """The documented values; None if the message names them."""
    hint: str | None = None
    value: str | None = None
    """The offending value as JSON text, shortened; waivers are matched with it."""
    resource: str | None = None
    """The job, `video G-1`; None for a finding about a single exchange or the whole run."""
    story: tuple[str, ...] = ()
    """The calls that prove it, numbered, with their times and answers; empty if `call` is the whole proof."""
    possible: str | None = None
    """The states in which the job could be before the last call of the story."""
    observed: str | None = None
    """The contradicting observation of the story's last call."""
    rerun: str | None = None
    """A command that judges the whole story again."""
    is_absence: bool = False
    """True if `where` is the place of something that is not there."""
    also: tuple["Finding", ...] = ()
    """Findings of other rules about the same fault, the worst first."""
    place: AnswerPlace | None = field(default=None, repr=False, compare=False)
    """The place of the fault in the history; None outside of a history."""
    needs_closed_world: bool = field(default=False, repr=False, compare=False)
    """True if it holds only if no other client used the job; the message says so."""
    spot: SourcePosition = NO_POSITION
    """The position, in its recording, of the exchange that made the finding certain."""
    story_spots: tuple[SourcePosition, ...] = ()
    """The position of each line of the story."""
    story_sendings: tuple[int, ...] = field(default=(), repr=False, compare=False)
    """The sending of each call of the story, as in `AnswerPlace.sent`."""

    @property
    def members(self) -> tuple["Finding", ...]:
        """The finding itself, and those of other rules about the same fault."""
        return (self, *self.also)

    @property
    def worst_level(self) -> Level:
        """The worst level among the rules that find the fault."""
        return min((each.level for each in self.members), key=LEVELS.index)

    @property
    def pointer(self) -> str:
        """The JSON pointer in `where`; empty if the finding is not about one place in a body."""
        _, slash, rest = self.where.partition("/")
        return slash + rest

    @property
    def story_lines(self) -> Iterator[tuple[str, SourcePosition]]:
        """The lines of the story, each with its position."""
        return zip(self.story, chain(self.story_spots, repeat(NO_POSITION)), strict=False)

    def text(self) -> str:
        """Render for a terminal: level, rule and message, the story, then every field that is set."""
        rows = (
            ("job", self.resource),
            ("call", self.call),
            ("where", self.where),
            ("found", self.value),
            ("allowed", self.allowed),
            ("possible", self.possible),
            ("observed", self.observed),
            ("source", self.source),
            ("also", ", ".join(map(describe_briefly, self.also))),
            ("hint", self.hint),
            ("rerun", self.rerun),
        )
        lines = [f"{self.worst_level} {self.rule}: {self.message}", *(f"    {line}" for line in self.story)]
        return "\n".join([*lines, *(f"    {name:<8} {value}" for name, value in rows if value)])

    def json(self) -> dict[str, Any]:
        """Return every field by its name, "" for a text that is not set, without `INTERNAL_FIELDS`.

        A position is `{file, line, ...}`, or None if it is not known.
        """
        fields = {name: getattr(self, name) for name in self.__slots__ if name not in INTERNAL_FIELDS}
        fields = {name: "" if value is None else value for name, value in fields.items()}
        story_spots = [_spot_json(each) for each in self.story_spots if each.line]
        also = [each.json() for each in self.also]
        return {**fields, "spot": _spot_json(self.spot), "story_spots": story_spots, "also": also}


_INDEX: Final = re.compile(r"(?<![^/ ])\d+(?![^/ ])")


def mask_indexes(where: str) -> str:
    """Return a place with every list index and line number as `*`: `/outputs/0/url` is `/outputs/*/url`."""
    return _INDEX.sub("*", where)


def _spot_json(spot: SourcePosition) -> dict[str, Any] | None:
    return spot._asdict() if spot.line else None


def describe_briefly(finding: Finding) -> str:
    """Return rule, place and level of a finding that stands beside another: `T13 at /completed_at (error)`."""
    return f"{finding.rule} at {finding.where} ({finding.level})"


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Sort the worst first, then by rule, operation and place: an order independent of how they were found."""

    def sort_key(finding: Finding) -> tuple[int | str, ...]:
        rest = (finding.operation, finding.where, finding.message, finding.call, finding.resource)
        texts = (text or "" for text in rest)
        return (LEVELS.index(finding.worst_level), finding.rule, *texts, *finding.story, *finding.spot)

    return sorted(findings, key=sort_key)
