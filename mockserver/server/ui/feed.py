"""The events of one reader of a session's feed, as they are due; how they are sent is not known here.

Theory of operation. Nothing is stored for a reader but its position (`feed_position`): the journal and the log of
deliveries number their entries, and a job's row has its past and what time will bring, so that a row is sent again only
after an input of its job. Between two batches a reader costs nothing: it hears of the first change, and stops listening
until it has sent the batch. What is too much for one batch is left out and counted (requests, deliveries), or waits for
the next one (jobs).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import Instant, rfc3339
from mockserver.engine.context import JobRef
from mockserver.engine.handle import VendorContext
from mockserver.engine.journal import BoundedLog
from mockserver.engine.session import Session
from mockserver.server.feed_position import FeedOpening, FeedPosition, present_position
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.server.session_judge import SessionJudge
from mockserver.server.ui.rows import RowWriter

MAX_ROWS: Final = 200
"""Rows of one kind in one batch."""


class FeedEvent(NamedTuple):
    """One event of a feed."""

    name: str
    data: dict[str, Any]

    def encode(self, position: FeedPosition) -> bytes:
        """Return the event as `text/event-stream` has it, with the position behind it as its id."""
        return b"event: %b\nid: %b\ndata: %b\n\n" % (
            self.name.encode(),
            str(position).encode(),
            orjson.dumps(self.data),
        )


@dataclass(slots=True)
class FeedReader:
    """One reader of a session's feed."""

    session: Session
    holds: HoldRegistry
    judge: SessionJudge | None
    position: FeedPosition
    changed_jobs: dict[JobRef, None] = field(default_factory=dict)
    """The jobs whose rows are to be sent, in order."""
    newest_jobs: dict[tuple[str, str], str] = field(default_factory=dict)
    """By vendor and kind: the id of the newest job that is known."""
    shown: dict[str, Any] = field(default_factory=dict)
    """By the name of an event: what was shown last."""

    @classmethod
    def begin(cls, opening: FeedOpening, holds: HoldRegistry, judge: SessionJudge | None, now: Instant) -> "FeedReader":
        """Return a reader behind the position that an opening names, else behind the present."""
        session = opening.session
        reader = cls(session, holds, judge, opening.resumed or present_position(session, now))
        for context in session.contexts():
            for kind in context.era.kinds:
                newest = next(context.store.jobs_ever(kind), None)
                if newest is not None:
                    reader.newest_jobs[context.era.vendor, kind] = newest.id
        if opening.resumed is not None:
            since = opening.resumed.at
            for context, job in session.jobs():
                if job.created >= since or (job.inputs and job.inputs[-1].at >= since):
                    reader.changed_jobs[context.era.vendor, job.kind, job.id] = None
        session.job_listeners.append(reader.job_changed)
        return reader

    def close(self) -> None:
        """Stop listening."""
        if self.job_changed in self.session.job_listeners:
            self.session.job_listeners.remove(self.job_changed)

    def job_changed(self, job: JobRef, at: Instant) -> None:
        """Note that the row of a job is to be sent."""
        self.changed_jobs[job] = None

    @property
    def has_more(self) -> bool:
        """True if a batch was too small for all rows of jobs."""
        return bool(self.changed_jobs)

    def batch(self, now: Instant) -> bytes:
        """Return what has happened since the last batch; the reader has then got it."""
        rows = RowWriter(self.session.start, now)
        events = [*self._log_events(rows), *self._job_events(rows), *self._state_events(now)]
        at = self.position.at
        if not self.changed_jobs:
            at = now
        self.position = present_position(self.session, at)
        return b"".join(event.encode(self.position) for event in events)

    def _log_events(self, rows: RowWriter) -> Iterator[FeedEvent]:
        journal, log = self.session.journal, self.session.deliveries.log
        requests = newest_entries(journal, self.position.requests)
        deliveries = newest_entries(log, self.position.deliveries)
        skipped = journal.seq - self.position.requests - len(requests)
        if requests:
            yield FeedEvent("requests", {"rows": list(map(rows.request, requests)), "skipped": skipped})
        skipped = log.seq - self.position.deliveries - len(deliveries)
        if deliveries:
            yield FeedEvent("deliveries", {"rows": list(map(rows.delivery, deliveries)), "skipped": skipped})

    def _job_events(self, rows: RowWriter) -> Iterator[FeedEvent]:
        for context in self.session.contexts():
            self._note_new_jobs(context)
        due = list(islice(self.changed_jobs, MAX_ROWS))
        listed = []
        for ref in due:
            del self.changed_jobs[ref]
            vendor, kind, job_id = ref
            job = self.session.context(vendor).store.job(kind, job_id)
            if job is not None:
                listed.append(rows.job(vendor, job))
        if listed:
            yield FeedEvent("jobs", {"rows": listed})

    def _note_new_jobs(self, context: VendorContext) -> None:
        vendor = context.era.vendor
        for kind in context.era.kinds:
            known = self.newest_jobs.get((vendor, kind), "")
            for job in islice(context.store.jobs_ever(kind, known, oldest_first=True), MAX_ROWS):
                self.changed_jobs[vendor, kind, job.id] = None
                self.newest_jobs[vendor, kind] = job.id

    def _state_events(self, now: Instant) -> Iterator[FeedEvent]:
        """Yield what the session is set to, where that is not what was shown last."""
        for name, state in self.states().items():
            if self.shown.get(name) != state:
                self.shown[name] = state
                data = state
                if name == "clock":
                    data = {"now": rfc3339(now, digits=6), **state}
                yield FeedEvent(name, data)

    def states(self) -> dict[str, dict[str, Any]]:
        """Return what the session is set to, by the name of the event that says so."""
        session = self.session
        clock = session.clock
        held = self.holds.held_requests(session)
        states: dict[str, dict[str, Any]] = {
            # A running clock is not another one each time that it is read.
            "clock": {
                "rate": clock.rate,
                "frozen": clock.frozen,
                "auto": clock.poll_step,
                "set": [clock.session_start - session.start, clock.wall_start],
            },
            "faults": {"faults": [[each.id, each.vendor, each.occurrences] for each in session.faults]},
            "holds": {
                "holds": [[each.id, each.operation, each.point, each.remaining] for each in self.holds.holds(session)],
                "parked": [[each.id, each.operation, each.hold.id] for each in held],
            },
        }
        if self.judge is not None:
            judged = self.judge.findings_of(session.label)
            states["findings"] = {
                "findings": sum(len(each.findings) for each in judged),
                "conduct": sum(len(each.conduct) for each in judged),
            }
        return states


def newest_entries(log: BoundedLog[Any, Any], since: int) -> list[Any]:
    """Return the entries of a log behind the one of that number: the newest, at most as many as fit into a batch."""
    count = min(log.seq - since, MAX_ROWS, len(log))
    if not count:
        return []
    return list(log)[-count:]
