"""What the admin API shows, as small values for assertions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.core.instants import format_duration, parse_instant
from mockserver.core.wire import json_or_none
from mockserver.engine.faults import FAULT_HEADER


@dataclass(frozen=True)
class StateView:
    """One state that a job was in, or will be in by time alone."""

    state: str
    entered: datetime
    until: datetime | None
    """None: it lasts."""
    cause: str
    """What brought it: time, poll, a command, a move."""
    after: str
    """How long after the job's creation: `5s`."""


@dataclass(frozen=True)
class BookingView:
    """One booking for a job."""

    job: str
    at: datetime
    entry: str
    """charge, reserve, settle, release or refund."""
    amount: float
    unit: str


@dataclass(frozen=True, repr=False)
class JobView:
    """A job as the server has it, which is no poll."""

    id: str
    vendor: str
    kind: str
    state: str
    """In the vendor's spelling."""
    terminal: bool
    progress: int | None
    created: datetime
    deleted: bool
    states: tuple[StateView, ...]
    """The states so far, the present one last."""
    ahead: tuple[StateView, ...]
    """Those that follow by time alone."""
    ledger: tuple[BookingView, ...]
    items: Mapping[str, int] | None
    """How many items of a batch are in each state; None for a job without items."""

    @property
    def story(self) -> str:
        """The states so far with their times: `queued 0s, processing 5s, cancelled 12s (command)`."""
        shown = []
        for each in self.states:
            cause = "" if each.cause == "time" else f" ({each.cause})"
            shown.append(f"{each.state} {each.after}{cause}")
        return ", ".join(shown)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id} of {self.vendor}: {self.story}>"


@dataclass(frozen=True, repr=False)
class CallView:
    """One request and its answer."""

    request_id: str
    at: datetime
    vendor: str
    operation: str
    """The vendor's operation: create, get, cancel; empty for a path that the vendor does not have."""
    job: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: str
    status: int
    answer: str
    """The body of the answer, cut if it is long."""
    note: str
    """Remarks of the server: faults, the hint of a refusal, broken rules."""
    faults: tuple[str, ...] = ()
    """The faults that altered the answer: `drop`, `status`."""
    lost: bool = False
    """True if the client got no whole answer."""

    @property
    def json(self) -> Any:
        """The decoded answer. Raises `ValueError` if it is no JSON."""
        return json.loads(self.answer)

    @property
    def shown_status(self) -> Any:
        """The member `status` of the answer; None if it has none."""
        body = json_or_none(self.answer.encode())
        return body.get("status") if isinstance(body, dict) else None

    def __repr__(self) -> str:
        return f"<{self.request_id} {self.method} {self.path} -> {self.status}>"


@dataclass(frozen=True, repr=False)
class FindingView:
    """One finding about the answers, or about the client."""

    vendor: str
    """The era whose rules found it: `phaseo@2026-06-11`."""
    rule: str
    level: str
    message: str
    request: str | None
    """The id of the request that made it certain."""
    call: str | None
    job: str | None
    allowed: str | None
    story: tuple[str, ...]
    """The calls that prove it."""
    rules: tuple[str, ...]
    """All rules that find the same fault, `rule` first."""
    undeclared: tuple[str, ...]
    """Its errors that no scenario lists under `off_contract`."""
    text: str
    """All of it."""

    def __repr__(self) -> str:
        return f"<{self.rule} {self.message}: {self.call}>"


@dataclass(frozen=True)
class ChangeView:
    """One change of a job's state while the clock moved."""

    at: datetime
    job: str
    state: str
    cause: str


def instant(text: str | None) -> datetime:
    """Return an RFC 3339 instant of the admin API as a datetime in UTC."""
    return datetime.fromisoformat(str(text))


def as_job(shown: Mapping[str, Any]) -> JobView:
    """Return a job from `GET jobs/ID`."""
    created = parse_instant(shown["created"]) or 0

    def states(spans: Any) -> tuple[StateView, ...]:
        """Return spans of a job's course, each with its time after the job's creation."""
        return tuple(
            StateView(
                state=span["state"],
                entered=instant(span["entered"]),
                until=span["until"] and instant(span["until"]),
                cause=span["cause"],
                after=format_duration((parse_instant(span["entered"]) or 0) - created),
            )
            for span in spans
        )

    return JobView(
        id=shown["id"],
        vendor=shown["vendor"],
        kind=shown["kind"],
        state=shown["state"],
        terminal=shown["terminal"],
        progress=shown["progress"],
        created=instant(shown["created"]),
        deleted=shown["deleted"],
        states=states(shown["course"]),
        ahead=states(shown["ahead"]),
        ledger=tuple(map(as_booking, shown["ledger"])),
        items=shown.get("items"),
    )


def as_booking(shown: Mapping[str, Any]) -> BookingView:
    """Return a booking from `GET ledger`."""
    # A job that was never worked on has no seconds to charge.
    return BookingView(shown["job"], instant(shown["at"]), shown["entry"], shown["amount"] or 0.0, shown["unit"])


def as_call(shown: Mapping[str, Any]) -> CallView:
    """Return a call from `GET journal`."""
    request, response = shown["request"], shown["response"]
    return CallView(
        request_id=shown["request_id"],
        at=instant(shown["at"]),
        vendor=shown["vendor"],
        operation=shown["operation"],
        job=shown["job"],
        method=request["method"],
        path=request["path"],
        query=request["query"],
        headers=request["headers"],
        body=request["body"],
        status=response["status"],
        answer=response["body"],
        note=shown["note"],
        faults=tuple(
            fault for name, value in response["headers"] if name == FAULT_HEADER for fault in value.split(", ")
        ),
        lost=shown.get("lost", False),
    )


def as_finding(shown: Mapping[str, Any]) -> FindingView:
    """Return a finding from `GET findings`."""
    return FindingView(
        vendor=shown["vendor"],
        rule=shown["rule"],
        level=shown["level"],
        message=shown["message"],
        request=shown["request"],
        call=shown["call"],
        job=shown["job"],
        allowed=shown["allowed"],
        story=tuple(each["text"] for each in shown["story"]),
        rules=(shown["rule"], *(each["rule"] for each in shown["also"])),
        undeclared=tuple(shown.get("undeclared", ())),
        text=shown["text"],
    )


def as_change(shown: Mapping[str, Any]) -> ChangeView:
    """Return a change of state from `POST clock`."""
    return ChangeView(instant(shown["at"]), shown["job"], shown["state"], shown["cause"])


def list_reader(name: str, convert: Callable[[Mapping[str, Any]], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads a list from an answer: the values of its member `name`, each converted."""
    return lambda answer: tuple(convert(each) for each in answer[name])
