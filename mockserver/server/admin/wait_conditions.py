"""The conditions that a call can wait for: a job's state, polls, requests, a delivery.

A condition only looks at a session; `scheduling.wait_until` decides when to look again.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant, format_duration, rfc3339
from mockserver.core.job import Job, StateSpan
from mockserver.core.subset import contains
from mockserver.core.text import pluralize
from mockserver.engine.faults import FAULT_HEADER
from mockserver.engine.journal import JournalEntry
from mockserver.engine.session import Session
from mockserver.engine.verification import RequestPattern, nearest_requests
from mockserver.errors import refuse_unknown
from mockserver.server.admin.call import AdminCall, instant_json, int_field, invalid_value, required_text
from mockserver.server.admin.patterns import MAX_COUNT, PATTERN_FIELDS, parse_pattern
from mockserver.vendors.commands import future_states, history, snapshot

MAX_REPORTED_MATCHES: Final = 100
"""Requests that the answer of a met condition names: the latest ones."""


class WaitCondition(ABC):
    """Something to wait for in a session; by default it can always still come, but not by time alone."""

    @abstractmethod
    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """Return the facts to answer with if the condition is met, else None."""

    def impossible_because(self, now: Instant) -> str | None:
        """Return the reason why the condition can no longer be met; None while it can."""
        return None

    def due_at(self, now: Instant) -> Instant | None:
        """Return the instant at which time alone will meet the condition; None if time alone does not."""
        return None

    @abstractmethod
    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Describe the present situation of an unmet condition: a sentence, and facts for a program."""


class JobInState(WaitCondition):
    """A job is, or was, in a state: a call that comes late must not miss a short state."""

    def __init__(self, session: Session, job_id: str, state: str) -> None:
        """Raise `MockError` ADM004 for an unknown job, ADM005 for a state that such a job does not have."""
        self._session = session
        self._job_id = job_id
        self._state = state
        lifecycle = self._job.plan.lifecycle
        if state not in lifecycle.states:
            hint = f"states: {', '.join(lifecycle.states)}"
            raise refuse_unknown("ADM005", f"{lifecycle.kind} state", state, lifecycle.states, hint)

    @classmethod
    def parse(cls, call: AdminCall) -> "JobInState":
        """Parse `{state, job}`. Raises `MockError` ADM002-ADM005."""
        return cls(call.session, required_text(call, "job"), required_text(call, "state"))

    @property
    def _job(self) -> Job:
        return self._session.find_job(self._job_id)[1]

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """Return `{job, state, entered}` of the latest time in the state."""
        spans = history(self._job, now)
        latest: StateSpan | None = next((span for span in reversed(spans) if span.state == self._state), None)
        if latest is None:
            return None
        return {"job": self._job_id, "state": spans[-1].state, "entered": rfc3339(latest.entered, digits=6)}

    def impossible_because(self, now: Instant) -> str | None:
        """Return a reason once the job has ended in another state."""
        current = snapshot(self._job, now)
        return f"{self._job_id} has ended as {current.state!r}" if current.terminal else None

    def due_at(self, now: Instant) -> Instant | None:
        """Return the instant at which the job's timeline enters the state."""
        return next((span.entered for span in future_states(self._job, now) if span.state == self._state), None)

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Return the job's present state, and `comes_at`: when time will bring the awaited one."""
        state = snapshot(self._job, now).state
        due = self.due_at(now)
        if due is None:
            outlook = "does not come by time alone: a poll, a command or a move may bring it"
        else:
            left = format_duration(due - now)
            outlook = f"comes at {rfc3339(due, digits=3)}, in {left} of the session's clock"
        facts = {"job": self._job_id, "state": state, "comes_at": instant_json(due)}
        return f"{self._job_id} is {state!r}; {self._state!r} {outlook}", facts


class RequestCount(WaitCondition):
    """At least `count` matching requests were answered after the journal's entry `since`."""

    def __init__(
        self, session: Session, count: int, matches: Callable[[JournalEntry], bool], since: int, noun: str
    ) -> None:
        self._session = session
        self._count = count
        self._matches = matches
        self._noun = noun
        self._since = since
        self._last_seq = since
        """The last entry that was looked at: a long journal is read only once."""
        self._matching_ids: list[str] = []

    @classmethod
    def parse_polls(cls, call: AdminCall) -> "RequestCount":
        """Parse `{polls, job, since}`. Raises `MockError` ADM002-ADM004."""
        session = call.session
        job_id = required_text(call, "job")
        session.find_job(job_id)
        polls = {(name, one.name) for name, era in session.setup.eras.items() for one in era.operations if one.polls}

        def is_answered_poll(entry: JournalEntry) -> bool:
            polled = entry.job_id == job_id and (entry.vendor, entry.operation) in polls
            # A fault that replaced the status has hidden the job's state: such a poll showed the client nothing.
            replaced = "status" in (entry.response.header(FAULT_HEADER) or "")
            return polled and entry.response.status < 300 and not replaced

        count = int_field(call, "polls", 1, MAX_COUNT, 1)
        return cls(session, count, is_answered_poll, int_field(call, "since", 0, MAX_COUNT, 0), "polls")

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """Return `{count, matches}` with the ids of the latest matching requests."""
        for entry in self._session.journal.since(self._last_seq):
            if self._matches(entry):
                self._matching_ids.append(entry.request_id)
            self._last_seq = entry.seq
        count = len(self._matching_ids)
        if count < self._count:
            return None
        return {"count": count, "matches": self._matching_ids[-MAX_REPORTED_MATCHES:]}

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Return how many requests came (`count`)."""
        count = len(self._matching_ids)
        return f"{count} of {self._count} {self._noun} came", {"count": count}


class PatternCount(RequestCount):
    """At least `count` requests that match a pattern were answered."""

    def __init__(self, session: Session, count: int, pattern: RequestPattern, since: int) -> None:
        super().__init__(session, count, pattern.matches, since, "requests")
        self._pattern = pattern

    @classmethod
    def parse(cls, call: AdminCall) -> "PatternCount":
        """Parse `{requests, since}` and the fields of a pattern. Raises `MockError` ADM002 or ADM003."""
        count = int_field(call, "requests", 1, MAX_COUNT, 1)
        return cls(call.session, count, parse_pattern(call), int_field(call, "since", 0, MAX_COUNT, 0))

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Return how many requests came, and those that nearly match (`near`)."""
        text, facts = super().describe(now)
        near = nearest_requests(self._session.journal.since(self._since), self._pattern)
        if near:
            text += f"; {near[0].entry.request_id} nearly fits"
        return text, {**facts, "near": [miss.json() for miss in near]}


class DeliveryArrived(WaitCondition):
    """A delivery was made whose description contains the expected members."""

    def __init__(self, session: Session, expected: Mapping[str, Any]) -> None:
        self._session = session
        self._expected = expected
        self._last_seq = 0
        self._match: Mapping[str, Any] | None = None

    @classmethod
    def parse(cls, call: AdminCall) -> "DeliveryArrived":
        """Parse `{delivery}`. Raises `MockError` ADM003."""
        expected = call.fields["delivery"]
        if not isinstance(expected, dict) or not expected:
            hint = '{"delivery": {"event": "video.completed"}}'
            raise invalid_value("delivery must be a part of a delivery as `deliveries` shows it", expected, hint)
        return cls(call.session, expected)

    def result(self, now: Instant) -> Mapping[str, Any] | None:
        """Return `{delivery}` with the first matching delivery."""
        log = self._session.deliveries.log
        new_count = log.seq - self._last_seq
        self._last_seq = log.seq
        # Only new entries are compared. The log may have evicted some of them; the slice then has fewer. A slice
        # `[-0:]` would be the whole log, hence the condition.
        if self._match is None and new_count:
            for record in tuple(log)[-new_count:]:
                shown = record.json()
                if contains(shown, self._expected):
                    self._match = shown
                    break
        if self._match is None:
            return None
        return {"delivery": self._match}

    def describe(self, now: Instant) -> tuple[str, Mapping[str, Any]]:
        """Return how many deliveries were made (`deliveries`), and when the next item of the schedule is due."""
        records = list(self._session.deliveries.log)
        due = self._session.schedule.next_due
        was = "was" if len(records) == 1 else "were"
        text = f"{pluralize(len(records), 'delivery')} {was} made"
        events = sorted({record.event.type for record in records})
        if events:
            text += f" ({', '.join(events)})"
        upcoming = "nothing is due" if due is None else f"the next thing is due at {rfc3339(due, digits=3)}"
        return f"{text}, none as expected; {upcoming}", {"deliveries": len(records)}


class ConditionType(NamedTuple):
    """One type of condition, as a call names it."""

    parse: Callable[[AdminCall], WaitCondition]
    """Raises `MockError` ADM002-ADM005 for wrong fields."""
    other_fields: tuple[str, ...]
    """The fields that may be given beside its own name and `timeout`."""


CONDITIONS: Final[Mapping[str, ConditionType]] = {
    "state": ConditionType(JobInState.parse, ("job",)),
    "polls": ConditionType(RequestCount.parse_polls, ("job", "since")),
    "requests": ConditionType(PatternCount.parse, (*PATTERN_FIELDS, "since")),
    "delivery": ConditionType(DeliveryArrived.parse, ()),
}
"""Every condition, by the field that asks for it."""
