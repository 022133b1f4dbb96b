"""A fault as a line of a draft: which calls it acts on, by their numbers or by their time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.core.instants import format_duration
from mockserver.distill.calls import RecordedCall
from mockserver.distill.draft import DraftLine, ScenarioDraft
from mockserver.distill.playback import CallMismatch
from mockserver.distill.recorded_jobs import RecordedJob
from mockserver.distill.round_duration import roundest_duration
from mockserver.distill.translation import RecordedJobNames
from mockserver.distill.vocabulary import Vocabulary
from mockserver.vendors.api import Era

MAX_NUMBERED_CALLS: Final = 3
"""Calls that a fault names by their numbers; more are described by the time between the first and the last."""


@dataclass(frozen=True)
class RepairContext:
    """What a repair may look at."""

    era: Era
    calls: Sequence[RecordedCall]
    """In their order of handling."""
    jobs: Mapping[str, RecordedJob]
    """By recorded id."""
    names: RecordedJobNames
    vocabulary: Vocabulary
    has_all_reads: bool = True
    """False if reads are left out of `calls`, so that their numbers mean nothing."""

    def job_reference(self, call: RecordedCall) -> dict[str, str]:
        """Return the `job` of a fault that is about the call's job; empty where the scenario has one job."""
        if len(self.jobs) < 2 or call.job_id is None or (call.view is not None and call.view.created_id):
            return {}
        name = self.names.seeded.get(call.job_id) or self.names.created.get(call.job_id)
        return {"job": name} if name else {}

    def number_of(self, call: RecordedCall) -> int:
        """Return the number of a call among the calls of its operation about its job, from 1."""
        alike = [each for each in self.calls if same_counter(each, call)]
        return [each.number for each in alike].index(call.number) + 1


def same_counter(left: RecordedCall, right: RecordedCall) -> bool:
    """Return True for calls that one fault counts together: those about one job, else those of the session."""
    if left.operation is not right.operation or left.operation is None:
        return False
    return not left.operation.about_one_job or left.job_id == right.job_id


@dataclass(frozen=True)
class RepairTask:
    """A draft to repair: what it leaves unexplained, and what a repair may look at."""

    draft: ScenarioDraft
    mismatches: Sequence[CallMismatch]
    """The one to explain in front."""
    context: RepairContext

    @property
    def call(self) -> RecordedCall:
        """The call to explain."""
        return self.mismatches[0].call

    @property
    def aspects(self) -> frozenset[str]:
        """The aspects in which its answers differ."""
        return frozenset(self.mismatches[0].aspects)

    def with_fault(self, do: Mapping[str, Any]) -> Iterator[ScenarioDraft]:
        """Propose a fault for the call and those like it after it: by the calls' numbers, and by their time."""
        first = self.call
        operation = first.operation
        assert operation is not None  # noqa: S101 -- calls without an operation are not played back
        run = self._run()
        numbered = [call for call in run if same_counter(call, first)]
        by_number: list[dict[str, Any]] = []
        if len(numbered) <= MAX_NUMBERED_CALLS and (first.is_command or self.context.has_all_reads):
            numbers = [self.context.number_of(call) for call in numbered]
            number: Any = numbers if numbers[1:] else numbers[0]
            by_number.append({"on": operation.name, **self.context.job_reference(first), "when": {"call": number}})
        by_time = [{"on": operation.name, **window} for window in windows(run, self.context)]
        # A client that polls at another interval meets a time, not a number; a command is one of few.
        choices = [*by_number, *by_time] if first.is_command else [*by_time, *by_number]
        for choice in choices:
            yield self.draft.with_line("faults", DraftLine({**choice, "do": dict(do)}))

    def _run(self) -> list[RecordedCall]:
        """Return the calls in a row, of one operation, that have the call's aspects and recorded answer."""
        first = self.mismatches[0]
        alike = {
            each.call.number
            for each in self.mismatches
            if each.aspects == first.aspects and _status(each.call) == _status(first.call)
        }
        run: list[RecordedCall] = []
        for call in self.context.calls:
            if call.operation is not first.call.operation or call.at < first.call.at:
                continue
            if call.number in alike:
                run.append(call)
            elif run:
                break
        return run


def _status(call: RecordedCall) -> int | None:
    return call.view and call.view.status


def windows(run: Sequence[RecordedCall], context: RepairContext) -> Iterator[dict[str, Any]]:
    """Yield the `when` of a time that has these calls in it, and no other of their operation; none if it has all."""
    numbers = {call.number for call in run}
    others = [call.at for call in context.calls if call.operation is run[0].operation and call.number not in numbers]
    first, last = run[0].at, run[-1].at
    before = max((at for at in others if at <= first), default=None)
    after = min((at for at in others if at >= last), default=None)
    if before == first or after == last or any(first < at < last for at in others):
        return
    start = None if before is None else format_duration(roundest_duration(before, first))
    end = None if after is None else format_duration(roundest_duration(last, after))
    if start is not None and end is not None:
        yield {"when": {"between": [start, end]}}
    elif start is not None:
        yield {"when": {"after": start}}
    elif end is not None:
        yield {"when": {"until": end}}
    else:
        yield {}
