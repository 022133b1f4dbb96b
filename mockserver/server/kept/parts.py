"""What a session has besides its jobs, in parts: its clock, faults, limits, webhook endpoints and holds.

Each part can be compared, written as JSON, and put back. `SessionParts` knows what of a session the log has: only what
differs is written, whatever has changed it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mockserver.core.clock import MAX_RATE, Clock
from mockserver.core.ratelimit import RateLimit
from mockserver.engine.faults import ActiveFault
from mockserver.engine.notify.deliveries import DeliveryPosition
from mockserver.engine.session import Session
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.server.scheduling.holds import HoldRegistry
from mockserver.vendors.faults import Fault
from mockserver.vendors.script import Script
from mockserver.vendors.webhook_endpoint import DeliveryFault, ReceiverResponse, WebhookEndpoint


class _Part(NamedTuple):
    """One part of a session."""

    token: Callable[[Session], Any]
    """Returns a value that differs if and only if the part does."""
    json: Callable[[Any], Any]
    """Returns the part as JSON, from its token."""
    restore: Callable[[Session, Any], None]
    """Puts the part's JSON into a session."""


# The clock


def _clock_json(clock: Clock) -> list[Any]:
    return [clock.wall_start, clock.session_start, clock.rate, clock.resume_rate, clock.poll_step]


def _restore_clock(session: Session, value: list[Any]) -> None:
    wall_start, session_start, rate, resume_rate, step = value
    rates_fit = all(isinstance(each, int | float) and 0 <= each <= MAX_RATE for each in (rate, resume_rate))
    if not rates_fit or any(type(each) is not int for each in (wall_start, session_start, step)):
        raise ValueError(f"{value} is no clock")
    session.clock = Clock(*value)


# Limits and webhook endpoints

_ScriptToken = tuple[Mapping[str, RateLimit | None], Mapping[str, int], WebhookEndpoint | None]


def _script_token(script: Script) -> _ScriptToken:
    return script.limits, script.active_limits, script.webhook_endpoint


def _scripts_token(session: Session) -> dict[str, _ScriptToken]:
    """Return what was changed in scripts, by vendor: a vendor that is used for the first time changes nothing."""
    tokens = {vendor: _script_token(context.script) for vendor, context in session.vendors.items()}
    setup = session.setup
    return {vendor: token for vendor, token in tokens.items() if token != _script_token(setup.script(vendor))}


def _scripts_json(token: Mapping[str, _ScriptToken]) -> dict[str, Any]:
    return {
        vendor: [
            {name: None if limit is None else list(limit) for name, limit in limits.items()},
            dict(active_limits),
            None if endpoint is None else _endpoint_json(endpoint),
        ]
        for vendor, (limits, active_limits, endpoint) in token.items()
    }


def _endpoint_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    responses = [
        response._asdict() if isinstance(response, ReceiverResponse) else response
        for response in endpoint.receiver_responses
    ]
    faults = [fault._asdict() for fault in endpoint.delivery_faults]
    return {**endpoint._asdict(), "receiver_responses": responses, "delivery_faults": faults}


def _endpoint(value: dict[str, Any]) -> WebhookEndpoint:
    responses = (
        ReceiverResponse(**response) if isinstance(response, dict) else response
        for response in value["receiver_responses"]
    )
    changed = {
        "events": tuple(value["events"]),
        "old_secrets": tuple(value["old_secrets"]),
        "receiver_responses": tuple(responses),
        "delivery_faults": tuple(DeliveryFault(**fault) for fault in value["delivery_faults"]),
    }
    return WebhookEndpoint(**{**value, **changed})


def _restore_scripts(session: Session, value: Mapping[str, Any]) -> None:
    for vendor in {**value, **session.vendors}:
        context = session.context(vendor)
        before = context.script.webhook_endpoint
        context.script = _script(session.setup.script(vendor), value.get(vendor))
        if context.script.webhook_endpoint != before:
            for job in context.store.all_jobs():
                session.deliveries.reschedule(context, job)


def _script(script: Script, changed: list[Any] | None) -> Script:
    """Return a script with what was changed in it; None: nothing."""
    if changed is None:
        return script
    limits, active_limits, endpoint = changed
    return script._replace(
        limits={name: None if limit is None else RateLimit(*limit) for name, limit in limits.items()},
        active_limits=dict(active_limits),
        webhook_endpoint=None if endpoint is None else _endpoint(endpoint),
    )


# Faults


class _FaultsToken(NamedTuple):
    active: tuple[ActiveFault, ...]
    last_number: int


def _faults_token(session: Session) -> _FaultsToken:
    return _FaultsToken(tuple(session.faults.active), session.faults.last_number)


def _faults_json(token: _FaultsToken) -> dict[str, Any]:
    active = [[each.id, each.vendor, dict(each.fault.source)] for each in token.active]
    return {"active": active, "last_number": token.last_number}


def _restore_faults(session: Session, value: Mapping[str, Any]) -> None:
    known = {active.id: active for active in session.faults.active}
    faults = []
    for fault_id, vendor, source in value["active"]:
        active = known.get(fault_id)
        if active is None:
            active = ActiveFault(fault_id, _fault(session, fault_id, vendor, source), vendor)
        faults.append(active)
    session.faults.active = faults
    session.faults.last_number = value["last_number"]


def _fault(session: Session, fault_id: str, vendor: str, source: Mapping[str, Any]) -> Fault:
    """Return a fault by its id, if it is the scenario's; else as an admin call has described it."""
    scripted = [fault for script in session.setup.scripts.values() for fault in script.faults]
    number = int(fault_id.rpartition("-")[2])
    if number <= len(scripted):
        return scripted[number - 1]
    eras = tuple(era for era in session.setup.eras.values() if vendor in ("", era.vendor))
    return parse_fault(dict(source), FaultContext(eras, None))


# The names of jobs, holds, deliveries


def _restore_names(session: Session, value: Mapping[str, str]) -> None:
    session.faults.job_names = dict(value)


def _restore_deliveries(session: Session, value: list[Any]) -> None:
    session.deliveries.position = DeliveryPosition(*value)


_OWN_PARTS: Final[Mapping[str, _Part]] = {
    "clock": _Part(lambda session: session.lasting_clock, _clock_json, _restore_clock),
    "deliveries": _Part(lambda session: session.deliveries.position, list, _restore_deliveries),
    "scripts": _Part(_scripts_token, _scripts_json, _restore_scripts),
    "faults": _Part(_faults_token, _faults_json, _restore_faults),
    "names": _Part(lambda session: dict(session.faults.job_names), dict, _restore_names),
}


def _parts(holds: HoldRegistry) -> dict[str, _Part]:
    """Return the parts in the order in which they are put back."""

    def restore_holds(session: Session, value: list[list[Any]]) -> None:
        holds.restore(session, tuple((each[0], each[1], each[2], each[3]) for each in value))

    return {**_OWN_PARTS, "holds": _Part(holds.rows, list, restore_holds)}


class SessionParts:
    """The parts of one session as its log has them."""

    def __init__(self, session: Session, holds: HoldRegistry) -> None:
        self._session = session
        self._parts = _parts(holds)
        self._tokens: dict[str, Any] = {}
        self._pending_counts: dict[tuple[ActiveFault, str], tuple[int, int]] = {}
        """By how much the counts of the faults have grown since they were written."""
        session.faults.on_count = self._count

    def _count(self, active: ActiveFault, job_id: str, calls: int, occurrences: int) -> None:
        before = self._pending_counts.get((active, job_id), (0, 0))
        self._pending_counts[active, job_id] = (before[0] + calls, before[1] + occurrences)

    def changed(self) -> dict[str, Any]:
        """Return the parts that the log does not have, as JSON; empty: it has everything."""
        state: dict[str, Any] = {}
        for name, part in self._parts.items():
            token = part.token(self._session)
            if name not in self._tokens or token != self._tokens[name]:
                state[name] = part.json(token)
        if self._pending_counts:
            counts = self._pending_counts.items()
            state["counts"] = [[active.id, job_id, *grown] for (active, job_id), grown in counts]
        return state

    def note_saved(self) -> None:
        """Take note that the log has everything as it is now."""
        self._pending_counts = {}
        self.note_parts(self._parts)

    def note_parts(self, names: Mapping[str, Any]) -> None:
        """Take note that the log has these parts as they are now."""
        for name in names:
            if name in self._parts:
                self._tokens[name] = self._parts[name].token(self._session)

    def undo_counts(self) -> None:
        """Take back the counts that could not be written."""
        for (active, job_id), (calls, occurrences) in self._pending_counts.items():
            active.add_counts(job_id, -calls, -occurrences)
        self._pending_counts = {}

    def undo(self) -> None:
        """Put every part back as the log has it."""
        self.undo_counts()
        for name, part in self._parts.items():
            saved = self._tokens[name]
            if part.token(self._session) != saved:
                if isinstance(saved, _FaultsToken):
                    # The faults themselves, because they know their counts.
                    self._session.faults.active = list(saved.active)
                part.restore(self._session, part.json(saved))


def all_parts(session: Session, holds: HoldRegistry) -> dict[str, Any]:
    """Return every part of a session, with the counts of its faults since it began."""
    state = {name: part.json(part.token(session)) for name, part in _parts(holds).items()}
    state["counts"] = [row for active in session.faults for row in _counts_of(active)]
    return state


def _counts_of(active: ActiveFault) -> list[list[Any]]:
    rows: list[list[Any]] = [[active.id, job_id, *counts] for job_id, counts in active.counts_by_job.items()]
    forgotten = active.occurrences - sum(row[3] for row in rows)
    return [*rows, [active.id, None, 0, forgotten]] if forgotten else rows


def restore_parts(session: Session, holds: HoldRegistry, state: Mapping[str, Any]) -> None:
    """Put the parts that an entry has into a session, and add its counts."""
    for name, part in _parts(holds).items():
        if name in state:
            part.restore(session, state[name])
    by_id = {active.id: active for active in session.faults}
    for fault_id, job_id, calls, occurrences in state.get("counts", ()):
        if fault_id in by_id:
            by_id[fault_id].add_counts(job_id, calls, occurrences)
