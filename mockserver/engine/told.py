"""An explanation as values: reasons, each with a word for machines, a sentence for people, and the facts in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant, format_duration, rfc3339
from mockserver.core.job import Job, Visit
from mockserver.core.timeline import NOTHING

PARTS: Final = ("asked", "job", "because", "before", "ahead", "instead", "note")
"""The order in which an explanation is told."""


class Why(NamedTuple):
    """One reason."""

    part: str
    """Which of `PARTS` it belongs to."""
    reason: str
    """For machines: TIMELINE, CANCEL_REFUSED, ..."""
    text: str
    facts: Mapping[str, Any] = NOTHING

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {"part": self.part, "reason": self.reason, "text": self.text, **self.facts}


@dataclass(frozen=True)
class Explanation:
    """Why a request got the answer it got."""

    title: str
    facts: Mapping[str, Any]
    reasons: tuple[Why, ...] = field(default=())

    def lines(self) -> Iterator[str]:
        """For people: the request, then its reasons part by part."""
        yield self.title
        before = ""
        for part, text in ((why.part, line) for why in self.reasons for line in why.text.splitlines()):
            yield f"    {part if part != before else '':<9}{text}"
            before = part

    def json(self) -> dict[str, Any]:
        """For a program; `text` is what a person reads."""
        return {**self.facts, "reasons": [why.json() for why in self.reasons], "text": "\n".join(self.lines())}


def age(job: Job, at: Instant) -> str:
    """How old a job was, as a timeline counts: `12s`."""
    return format_duration(at - job.created)


def span(job: Job, visit: Visit) -> str:
    """When a visit was, counted from the job's creation: `[3s, 40s)`, or `from 40s on`."""
    entered = age(job, visit.entered)
    return f"from {entered} on" if visit.until is None else f"[{entered}, {age(job, visit.until)})"


def stay(visit: Visit, job: Job) -> dict[str, Any]:
    """A visit's facts, for a program."""
    until: Duration | None = None if visit.until is None else visit.until
    return {
        "state": visit.step.state,
        "cause": visit.cause,
        "since": rfc3339(visit.entered, digits=6),
        "until": None if until is None else rfc3339(until, digits=6),
        "line": visit.step.line or None,
    }
