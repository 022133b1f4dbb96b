"""A session's jobs, requests and deliveries as rows on one time axis: compact, because a page draws thousands of them.

Instants in rows are integers: microseconds since the session's start. A job's row has its past and what time alone will
bring, so that a page draws a running clock without asking again: the row changes only with an input of the job.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import POLL, Job, StateSpan
from mockserver.engine.journal import JournalEntry
from mockserver.engine.notify.delivery_log import DeliveryRecord
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import history, snapshot

MAX_MARKS: Final = 1_000
"""Inputs of one job in its row: the newest."""
MAX_ITEMS: Final = 1_000
"""Items of a batch whose spans are in its row."""

Row = list[Any]


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writes rows of one session, as it was at one instant."""

    start: Instant
    """The session's start, from which instants count."""
    at: Instant
    """The instant that is shown."""

    def job(self, vendor: str, job: Job) -> dict[str, Any]:
        """Return the row of a job that was created by then."""
        known = job_as_of(job, self.at)
        current = snapshot(known, self.at)
        whole = history(known, FOREVER)
        row = {
            "id": job.id,
            "vendor": vendor,
            "kind": job.kind,
            "number": job.number,
            "created": job.created - self.start,
            "state": current.state,
            "terminal": current.terminal,
            "deleted": known.deletion is not None,
            "polls": sum(event.kind == POLL for event in known.inputs),
            "spans": self._spans(span for span in whole if span.entered <= self.at),
            "ahead": self._spans(span for span in whole if span.entered > self.at),
            "marks": [[event.at - self.start, event.kind, event.name] for event in known.inputs if event.kind != POLL][
                -MAX_MARKS:
            ],
        }
        if current.batch is not None:
            row["items"] = dict(current.batch.counts())
        return row

    def items(self, job: Job) -> list[Row]:
        """Return the past spans and those ahead of each item of a batch; of another job, none."""
        histories = snapshot(job_as_of(job, self.at), FOREVER).items[:MAX_ITEMS]
        return [
            [
                index,
                self._spans(span for span in spans if span.entered <= self.at),
                self._spans(span for span in spans if span.entered > self.at),
            ]
            for index, spans in enumerate(histories)
        ]

    def request(self, entry: JournalEntry) -> Row:
        """Return the row of a request and its answer, without headers and bodies."""
        return [
            entry.seq,
            entry.request_id,
            entry.at - self.start,
            entry.vendor,
            entry.operation,
            entry.job_id,
            entry.request.method,
            entry.request.path,
            entry.response.status,
            entry.note,
            len(entry.response.body),
            int(entry.incomplete),
        ]

    def delivery(self, record: DeliveryRecord) -> Row:
        """Return the row of a delivery, without its headers and body, and without the query of its URL."""
        return [
            record.id,
            record.at - self.start,
            record.vendor,
            record.job_id,
            record.event.type,
            record.attempt,
            record.state,
            record.outcome.status,
            record.signature,
            record.cause or None,
            record.url.partition("?")[0] or None,
        ]

    def _spans(self, spans: Iterable[StateSpan]) -> list[Row]:
        return [
            [
                span.step.state,
                span.entered - self.start,
                since_start(span.until, self.start),
                span.cause,
                span.step.line,
            ]
            for span in spans
        ]


def since_start(at: Instant | None, start: Instant) -> int | None:
    """Return an instant as microseconds since a session's start; None for none."""
    if at is None:
        return None
    return at - start


def job_as_of(job: Job, at: Instant) -> Job:
    """Return a job with the inputs that it had at an instant."""
    if not job.inputs or job.inputs[-1].at <= at:
        return job
    return replace(job, inputs=tuple(event for event in job.inputs if event.at <= at))
