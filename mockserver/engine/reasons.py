"""An explanation as values: reasons, each with a code for programs, a sentence for people, and the facts in it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.job import Job, StateSpan
from mockserver.core.timeline import EMPTY_MAPPING

PARTS: Final = ("asked", "job", "because", "before", "ahead", "instead", "note")
"""The parts of an explanation, in their order."""


class Reason(NamedTuple):
    """One reason why a request got its answer."""

    part: str
    """One of `PARTS`."""
    code: str
    """TIMELINE, CANCEL_REFUSED, ..."""
    text: str
    facts: Mapping[str, Any] = EMPTY_MAPPING

    def json(self) -> dict[str, Any]:
        """Return {part, reason, text} and the facts, for the admin API."""
        return {"part": self.part, "reason": self.code, "text": self.text, **self.facts}


class Explanation(NamedTuple):
    """The explanation of one answer."""

    title: str
    facts: Mapping[str, Any]
    reasons: tuple[Reason, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the request, then its reasons part by part, for people."""
        yield self.title
        before = ""
        for reason in self.reasons:
            for line in reason.text.splitlines():
                # A part is named at its first line only.
                name = "" if reason.part == before else reason.part
                yield f"    {name:<9}{line}"
                before = reason.part

    def json(self) -> dict[str, Any]:
        """Return facts and reasons for the admin API; `text` is for people."""
        return {**self.facts, "reasons": [reason.json() for reason in self.reasons], "text": "\n".join(self.lines())}


def age_text(job: Job, at: Instant) -> str:
    """Return the age of a job at an instant, as timelines count: `12s`."""
    return format_duration(at - job.created)


def span_text(job: Job, state_span: StateSpan) -> str:
    """Return a span in the age of its job: `[3s, 40s)`, or `from 40s on`."""
    entered = age_text(job, state_span.entered)
    if state_span.until is None:
        return f"from {entered} on"
    return f"[{entered}, {age_text(job, state_span.until)})"


def span_facts(state_span: StateSpan, job: Job) -> dict[str, Any]:
    """Return {state, cause, since, until, line} of a span, for the admin API."""
    until = state_span.until
    return {
        "state": state_span.step.state,
        "cause": state_span.cause,
        "since": rfc3339(state_span.entered, digits=6),
        "until": None if until is None else rfc3339(until, digits=6),
        "line": state_span.step.line or None,
    }
