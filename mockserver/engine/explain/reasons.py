"""An explanation as values: reasons, each with a word for machines, a sentence for people, and the facts in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant, format_duration, rfc3339
from mockserver.core.job import Job, StateSpan
from mockserver.core.timeline import EMPTY_MAPPING

PARTS: Final = ("asked", "job", "because", "before", "ahead", "instead", "note")
"""The order in which an explanation is told."""


class Reason(NamedTuple):
    """One reason."""

    part: str
    """Which of `PARTS` it belongs to."""
    code: str
    """For machines: TIMELINE, CANCEL_REFUSED, ..."""
    text: str
    facts: Mapping[str, Any] = EMPTY_MAPPING

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {"part": self.part, "reason": self.code, "text": self.text, **self.facts}


@dataclass(frozen=True)
class Explanation:
    """Why a request got the answer it got."""

    title: str
    facts: Mapping[str, Any]
    reasons: tuple[Reason, ...] = field(default=())

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


def age_text(job: Job, at: Instant) -> str:
    """How old a job was, as a timeline counts: `12s`."""
    return format_duration(at - job.created)


def span_text(job: Job, state_span: StateSpan) -> str:
    """When a visit was, counted from the job's creation: `[3s, 40s)`, or `from 40s on`."""
    entered = age_text(job, state_span.entered)
    return f"from {entered} on" if state_span.until is None else f"[{entered}, {age_text(job, state_span.until)})"


def span_facts(state_span: StateSpan, job: Job) -> dict[str, Any]:
    """A visit's facts, for a program."""
    until: Duration | None = None if state_span.until is None else state_span.until
    return {
        "state": state_span.step.state,
        "cause": state_span.cause,
        "since": rfc3339(state_span.entered, digits=6),
        "until": None if until is None else rfc3339(until, digits=6),
        "line": state_span.step.line or None,
    }
