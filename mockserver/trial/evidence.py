"""What a run of a client leaves behind, and what can be read from it without a judgement."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from mockserver.client.views import BookingView, CallView, FindingView, JobView
from mockserver.scenario.faults.table import FAULT_KINDS
from mockserver.trial.candidates import Candidate
from mockserver.trial.client_process import ClientEnd

FATAL_STATUSES: Final = frozenset({401, 403, 404, 410})
"""Refusals after which a client may rightly give up."""
FATAL_CREATE_STATUSES: Final = FATAL_STATUSES | {400, 413, 415, 422}
"""The same of a create."""
_WORD: Final = re.compile(r"[A-Za-z][\w-]{0,40}")
_CHARGES: Final = frozenset({"charge", "reserve"})
_RETURNS: Final = frozenset({"refund", "release"})


@dataclass(frozen=True, kw_only=True)
class TrialEvidence:
    """One run of a client in front of one scenario."""

    candidate: Candidate
    end: ClientEnd
    calls: tuple[CallView, ...]
    """The first calls of the session."""
    call_count: int
    """All of them."""
    jobs: tuple[JobView, ...]
    conduct: tuple[FindingView, ...]

    @property
    def reported(self) -> str:
        """The status that the client reports: the last line of stdout, a word or `{"status": ...}`; empty: none."""
        lines = [line.strip() for line in self.end.stdout.splitlines() if line.strip()]
        if not lines:
            return ""
        if _WORD.fullmatch(lines[-1]):
            return lines[-1]
        try:
            report = json.loads(lines[-1])
        except ValueError:
            return ""
        status = report.get("status") if isinstance(report, dict) else None
        return status if isinstance(status, str) else ""

    @property
    def known_jobs(self) -> tuple[JobView, ...]:
        """The jobs that the client knows: those it called by their ids, and those whose create was answered."""
        known = {call.job for call in self.calls if not (call.lost or call.status >= 300) or not self._creates(call)}
        return tuple(job for job in self.jobs if job.id in known)

    @property
    def last_job(self) -> JobView | None:
        """The job that the client called last, of those it knows; None: it knows none."""
        by_id = {job.id: job for job in self.known_jobs}
        return next((by_id[call.job] for call in reversed(self.calls) if call.job in by_id), None)

    @property
    def job_last_read(self) -> JobView | None:
        """The job that the last call read with success, unaltered by faults; None: the last call was no such read."""
        if not self.calls:
            return None
        last = self.calls[-1]
        operation = self.candidate.era.operation(last.operation)
        if operation is None or not operation.reads_only or last.faults or last.lost or last.status >= 300:
            return None
        return next((job for job in self.jobs if job.id == last.job), None)

    def succeeds(self, job: JobView) -> bool:
        """Return True if a job ends as the vendor's jobs do when nothing goes wrong."""
        return ends_as(job) == self.candidate.era.kinds[job.kind].timeline[-1].state

    def has_seen_end(self, job: JobView) -> bool:
        """Return True if an answer showed the client the state in which a job ends."""
        return any(call.job == job.id and call.shown_status == ends_as(job) and not call.lost for call in self.calls)

    @property
    def waited(self) -> timedelta:
        """The session's time between the first and the last call."""
        if not self.calls:
            return timedelta()
        return self.calls[-1].at - self.calls[0].at

    @property
    def is_refused_for_good(self) -> bool:
        """True if the last answer was one after which a client may rightly give up."""
        if not self.calls:
            return False
        last = self.calls[-1]
        # A stale 404 says nothing: the job was there a moment before.
        if any(name in FAULT_KINDS and not FAULT_KINDS[name].trustworthy for name in last.faults):
            return False
        return last.status in (FATAL_CREATE_STATUSES if self._creates(last) else FATAL_STATUSES)

    @property
    def is_told_of_failure(self) -> bool:
        """True if the last answer was the failure of a job that has ended: some vendors answer so for its result."""
        if not self.calls:
            return False
        last = self.calls[-1]
        operation = self.candidate.era.operation(last.operation)
        has_ended = any(job.id == last.job and job.terminal for job in self.jobs)
        reads = operation is not None and operation.reads_only
        return reads and has_ended and last.status >= 400 and not last.faults and not last.lost

    def repeated_creates(self) -> Iterator[tuple[CallView, CallView]]:
        """Yield two creates of equal jobs, of which the later one followed trouble instead of the first job's end."""
        creates = [call for call in self.calls if self._creates(call) and call.job and call.status < 300]
        for number, later in enumerate(creates):
            for earlier in creates[:number]:
                is_same = (earlier.path, earlier.body) == (later.path, later.body) and earlier.job != later.job
                if is_same and self._is_after_trouble(earlier, later):
                    yield earlier, later
                    break

    def _is_after_trouble(self, earlier: CallView, later: CallView) -> bool:
        between = self.calls[self.calls.index(earlier) : self.calls.index(later)]
        has_trouble = any(call.lost or call.status >= 400 for call in between)
        terminal = {state for kind in self.candidate.era.kinds.values() for state in kind.lifecycle.terminal}
        has_ended = any(call.job == earlier.job and call.shown_status in terminal for call in between)
        return has_trouble and not has_ended

    def is_charged(self, job_id: str) -> bool:
        """Return True if money was taken for a job and not given back."""
        booked: tuple[BookingView, ...] = next((job.ledger for job in self.jobs if job.id == job_id), ())
        entries = {booking.entry for booking in booked}
        return bool(entries & _CHARGES) and not entries & _RETURNS

    def _creates(self, call: CallView) -> bool:
        operation = self.candidate.era.operation(call.operation)
        return operation is not None and operation.creates


def ends_as(job: JobView) -> str:
    """Return the state in which a job ends by time alone."""
    return job.ahead[-1].state if job.ahead else job.state
