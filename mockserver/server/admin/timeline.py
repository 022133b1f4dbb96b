"""The admin calls that show a session on one time axis, now or at an earlier instant: jobs, requests and deliveries.

The past is computed, not kept: a job as of an instant is the fold of the inputs that it had then.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.core.instants import Instant, rfc3339
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.engine.session import Session
from mockserver.server.admin.call import MAX_LISTED, AdminCall, as_of, int_parameter, json_ok
from mockserver.server.admin.scope import process_scope
from mockserver.server.slices import in_slices
from mockserver.server.ui.rows import RowWriter, job_as_of
from mockserver.vendors.commands import snapshot

TIMELINE_PARAMETERS: Final = ("as_of", "job", "after", "limit")
MAX_JOBS_AT_LINE: Final = 20
"""Jobs that are named at one line of a scenario."""


async def get_timeline(call: AdminCall) -> Response:
    """Return the session's jobs as spans, with its requests and deliveries: `?as_of=`, `?job=`, `?after=`, `?limit=`.

    `as_of` shows the session as it was at that instant; `after` is the id of the last job of the page before. Raises
    `MockError` ADM003 for a value, also for an instant to come.
    """
    session = call.session
    now = call.now
    at = as_of(call)
    limit = min(int_parameter(call, "limit", MAX_LISTED) or MAX_LISTED, MAX_LISTED)
    wanted = call.query.get("job", "")
    rows = RowWriter(session.start, at)
    listed: list[dict[str, Any]] = []
    total = 0
    is_behind = "after" not in call.query
    async for context, job in in_slices(session.jobs(wanted)):
        if job.created > at:
            continue
        total += 1
        if is_behind and len(listed) < limit:
            row = rows.job(context.era.vendor, job)
            if wanted and job.plan.batch is not None:
                row["item_spans"] = rows.items(job)
            listed.append(row)
        is_behind = is_behind or job.id == call.query.get("after")
    log = session.deliveries.log
    answer = {
        "session": session.label,
        "start": rfc3339(session.start, digits=6),
        "now": rfc3339(now, digits=6),
        "as_of": rfc3339(at, digits=6),
        "total": total,
        **what_is_ahead(session, listed, at, now),
        "lifecycles": lifecycles_json(session),
        "jobs": listed,
        "requests": [
            rows.request(entry) for entry in session.journal if entry.at <= at and wanted in ("", entry.job_id)
        ],
        "deliveries": [rows.delivery(record) for record in log if record.at <= at and wanted in ("", record.job_id)],
        "evicted": {"requests": session.journal.evicted, "deliveries": log.evicted},
        **process_scope(call.registry),
    }
    return json_ok(answer)


def what_is_ahead(session: Session, listed: list[dict[str, Any]], at: Instant, now: Instant) -> dict[str, Any]:
    """Return when time next changes one of the jobs or something is due (`next`), and when the last change comes."""
    coming = [span[1] for row in listed for span in row["ahead"]]
    due = session.schedule.next_due
    if at == now and due is not None:
        coming.append(due - session.start)
    return {"next": min(coming, default=None), "horizon": max(coming, default=at - session.start)}


def lifecycles_json(session: Session) -> list[dict[str, Any]]:
    """Return the states of each kind of job of the vendors that the session uses."""
    return [
        {
            "vendor": context.era.vendor,
            "kind": kind.name,
            "states": list(kind.lifecycle.states),
            "terminal": sorted(kind.lifecycle.terminal),
        }
        for context in session.contexts()
        for kind in context.era.kinds.values()
    ]


async def get_playing_scenario(call: AdminCall) -> Response:
    """Return the text of the session's scenarios, with the jobs that are at each line: `?as_of=`.

    Raises `MockError` ADM003 for the instant.
    """
    session = call.session
    at = as_of(call)
    jobs_by_line: dict[tuple[str, int], list[str]] = {}
    async for context, job in in_slices(session.jobs()):
        if job.created > at:
            continue
        for line in lines_at_work(job, at):
            jobs_by_line.setdefault((context.era.vendor, line), []).append(job.id)
    entry = call.registry.entries[session.name]
    scenarios = [
        {
            "name": scenario.name,
            "vendor": scenario.vendor,
            "file": scenario.path or None,
            "title": scenario.title or None,
            "text": scenario.text,
            "lines": [
                [line, ids[:MAX_JOBS_AT_LINE], len(ids)]
                for (vendor, line), ids in sorted(jobs_by_line.items())
                if vendor == scenario.vendor
            ],
        }
        for scenario in entry.scenarios
    ]
    return json_ok({"session": session.label, "as_of": rfc3339(at, digits=6), "scenarios": scenarios})


def lines_at_work(job: Job, at: Instant) -> Iterator[int]:
    """Yield the lines of the scenario that a job is at: its own, or those of its items."""
    current = snapshot(job_as_of(job, at), at)
    lines = {spans[-1].step.line for spans in current.items} | {current.span.step.line}
    yield from sorted(line for line in lines if line)
