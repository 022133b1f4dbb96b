"""The admin calls about a session's clock."""

import heapq
from collections import Counter
from typing import Any, Final

from mockserver.core.clock import MAX_RATE, Clock
from mockserver.core.instants import MAX_DURATION, Instant, format_duration, parse_instant, rfc3339
from mockserver.core.job import StateSpan
from mockserver.core.wire import Response
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.notify.outgoing_delivery import OutgoingDelivery
from mockserver.engine.schedule import ScheduleEntry
from mockserver.engine.session import Session
from mockserver.engine.transitions import TransitionFinder
from mockserver.errors import refuse
from mockserver.server.admin.call import MAX_LISTED, AdminCall, check_field, duration_field, invalid_value, json_ok
from mockserver.server.problem import problem_response
from mockserver.server.slices import in_slices
from mockserver.vendors.checks import boolean, number

_CLOCK_HINT: Final = 'one of advance, freeze, scale, auto and set: {"advance": "8h"}'
CLOCK_VERBS: Final = ("advance", "freeze", "scale", "auto", "set")
MAX_NAMED_RECEIVERS: Final = 5
"""Receivers without an answer that a message names."""
MAX_LISTED_OPEN: Final = 20
"""Entries still open that a stopped move lists."""
MAX_KEPT_CHANGES: Final = 2 * MAX_LISTED
"""Changes of state that are kept until the earliest of them are chosen."""


async def get_clock(call: AdminCall) -> Response:
    """Report the session's clock."""
    return json_ok(_clock_json(call.session, call.wall_clock()))


async def set_clock(call: AdminCall) -> Response:
    """Change the session's clock: `{"advance": "8h"}`, `{"freeze": true}`, `{"scale": 60}`, `{"auto": "5s"}`
    or `{"set": INSTANT}`.

    Answers when everything that fell due has happened; the answer lists the state changes and counts the deliveries.
    Raises `MockError` ADM002 unless there is exactly one verb, ADM003 for its value, ADM006 for an instant in the past
    and for a clock that is being moved, and ADM035 if the session was reset or deleted while its clock moved. Answers
    504 (ADM042) if receivers that do not answer, or all that was due together, have stopped the move on its way.
    """
    if len(call.fields) != 1:
        found = f"the body has {' and '.join(call.fields)}" if call.fields else "the body says nothing"
        raise refuse("ADM002", f"{found}; the clock takes one change at a time", _CLOCK_HINT)
    session = call.session
    wall_now = call.wall_clock()
    before = session.clock.now(wall_now)
    deliveries_before = session.deliveries.log.seq
    delivered_before = session.deliveries.log.delivered_count
    verb, value = next(iter(call.fields.items()))
    new_clock = _next_clock(session, wall_now, verb, value)
    after = new_clock.now(wall_now)
    if after == before:
        call.scheduler.refuse_during_move(session)
        session.clock = new_clock
        session.journal.notify()
        call.scheduler.rearm(session)
        await call.scheduler.drain(session)
        return json_ok(_clock_json(session, call.wall_clock()))
    # The scheduler moves the clock itself, from one due item to the next, and puts `new_clock` in place at the end.
    arrived = await call.scheduler.advance_clock(session, new_clock)
    if call.registry.get(session.name) is not session:
        message = f"session {session.name!r} was reset or deleted while its clock moved"
        raise refuse("ADM035", message, "Move the clock of the new session.")
    if not arrived:
        return _stopped_response(session, call.wall_clock(), after, deliveries_before)
    answer = _clock_json(session, call.wall_clock()) | await _state_changes(session, before, after)
    answer["deliveries"] = session.deliveries.log.seq - deliveries_before
    answer["delivered"] = session.deliveries.log.delivered_count - delivered_before
    return json_ok(answer)


def _clock_json(session: Session, wall_now: Instant) -> dict[str, Any]:
    now = session.clock.now(wall_now)
    return {
        "session": session.name,
        "now": rfc3339(now, digits=6),
        "elapsed": format_duration(now - session.start),
        "frozen": session.clock.frozen,
        "rate": session.clock.rate,
        **auto_json(session.clock),
    }


def auto_json(clock: Clock) -> dict[str, str]:
    """Return `{"auto": "5s"}` for a clock that polls move, else nothing."""
    return {"auto": format_duration(clock.poll_step)} if clock.poll_step else {}


def _stopped_response(session: Session, wall_now: Instant, target: Instant, deliveries_before: int) -> Response:
    """Return 504 for a move that was stopped: where the clock is, and which receivers did not answer."""
    now = session.clock.now(wall_now)
    log = session.deliveries.log
    made = log.seq - deliveries_before
    unanswered = Counter(record.url for record in tuple(log)[-made:] if record.outcome.status is None) if made else {}
    names = ", ".join(url or "the session's own receiver" for url in list(unanswered)[:MAX_NAMED_RECEIVERS])
    cause = f"no answer from {names}" if names else "what was due has taken too long"
    detail = f"the clock has reached {rfc3339(now, digits=3)}, {format_duration(target - now)} before the end: {cause}"
    members = {
        "now": rfc3339(now, digits=6),
        "left": format_duration(target - now),
        "deliveries": made,
        "unanswered": dict(unanswered),
        "open": session.schedule.count_due(target),
        "next": [_open_entry(entry) for entry in session.schedule.first_due(target, MAX_LISTED_OPEN)],
    }
    hint = "repeat the call to go on; DELETE /__mock/webhooks removes the endpoints"
    return problem_response(504, "ADM042", detail, hint, **members)


def _open_entry(entry: ScheduleEntry) -> dict[str, Any]:
    """Return the instant of an entry, and the job whose delivery it is; None for another one."""
    job_id = None
    if isinstance(entry.item, (DueDelivery, OutgoingDelivery)):
        job_id = entry.item.job_key[2]
    return {"at": rfc3339(entry.at, digits=6), "job": job_id}


def _next_clock(session: Session, wall_now: Instant, verb: str, value: Any) -> Clock:
    """Return the clock that a verb leads to. Raises `MockError` ADM003 for the value, ADM006 for a past instant."""
    clock = session.clock
    now = clock.now(wall_now)
    match verb:
        case "freeze":
            freeze = check_field(verb, value, boolean, "true")
            return clock.freeze(wall_now) if freeze else clock.resume(wall_now)
        case "scale":
            rate = check_field(verb, value, number(0, MAX_RATE, exclusive=True), "60")
            return clock.scale(wall_now, float(rate))
        case "auto":
            step = duration_field(verb, value)
            if not step:
                raise invalid_value("auto must be longer than 0", value, '"5s"; freeze stops the clock')
            return clock.step_on_polls(wall_now, step)
        case "advance":
            by = duration_field(verb, value)
            new_clock = clock.advance(wall_now, by)
        case _:
            if not isinstance(value, str) or (to := parse_instant(value)) is None:
                raise invalid_value("set must be an instant", value, "RFC 3339 with an offset: 2026-05-06T12:00:00Z")
            if to < now:
                message = f"the session's clock is already at {rfc3339(now, digits=6)}"
                raise refuse(
                    "ADM006", message, "Time only moves forward. To begin again, reset the session: POST /__mock/reset."
                )
            new_clock = clock.set(wall_now, to)
    if new_clock.now(wall_now) - session.start > MAX_DURATION:
        raise refuse("ADM003", "a session cannot be longer than a century", "Advance it by less.")
    return new_clock


async def _state_changes(session: Session, before: Instant, after: Instant) -> dict[str, Any]:
    """Return `{total, happened}`: the number of state changes in (before, after], and the earliest of them in order."""
    changes: list[tuple[str, StateSpan]] = []
    total = 0
    finder = TransitionFinder(before, after)
    async for _, job in in_slices(session.jobs()):
        for span in finder.transitions(job):
            total += 1
            changes.append((job.id, span))
        if len(changes) > MAX_KEPT_CHANGES:
            # A large session would otherwise keep millions of them. Those of one instant keep the order of the jobs.
            changes = heapq.nsmallest(MAX_LISTED, changes, key=lambda change: change[1].entered)
    listed = [
        {"at": rfc3339(span.entered, digits=6), "job": job_id, "state": span.step.state, "cause": span.cause}
        for job_id, span in heapq.nsmallest(MAX_LISTED, changes, key=lambda change: change[1].entered)
    ]
    return {"total": total, "happened": listed}
