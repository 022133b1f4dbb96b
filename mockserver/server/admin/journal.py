"""The admin calls about the past of a session: its journal of requests, and the ledger of its jobs."""

from typing import Any

from mockserver.core.instants import rfc3339
from mockserver.core.wire import Response
from mockserver.server.admin.call import MAX_LISTED, AdminCall, choice_parameter, int_parameter, json_ok
from mockserver.server.admin.explain import existing_session, find_entry
from mockserver.server.admin.scope import own_scope
from mockserver.server.slices import in_slices
from mockserver.vendors.api import LedgerEntry


async def get_journal(call: AdminCall) -> Response:
    """List requests and their answers, oldest first: `?job=`, `?operation=`, `?since=SEQ`, `?status=`.

    `counts` counts all requests, also those whose entries were evicted; `stale` lists requests to an earlier epoch.
    Raises `MockError` ADM003 for an unknown operation and for a number that is none, and ADM046.
    """
    scope = own_scope(call.registry)
    session = call.session
    journal = session.journal
    known = (operation.name for era in session.setup.eras.values() for operation in era.operations)
    job = call.query.get("job") or None
    operation = choice_parameter(call, "operation", known)
    since = int_parameter(call, "since") or 0
    status = int_parameter(call, "status", 404) or None
    entries = [
        entry
        for entry in journal
        if entry.seq > since
        and job in (None, entry.job_id)
        and operation in (None, entry.operation)
        and status in (None, entry.response.status)
    ]
    counts = [
        {"vendor": vendor, "operation": operation, "status": status, "count": count}
        for (vendor, operation, status), count in sorted(journal.counts.items())
    ]
    return json_ok(
        {
            "total": len(entries),
            "evicted": journal.evicted,
            "entries": [entry.json() for entry in entries[:MAX_LISTED]],
            "counts": counts,
            "stale": [stale.json() for stale in journal.stale_requests],
            **scope,
        }
    )


async def get_entry(call: AdminCall) -> Response:
    """Return one request with its answer, and the request before it of the same operation and job (`previous`).

    Raises `MockError` ADM030-ADM032, ADM010 or SES003.
    """
    session = existing_session(call)
    entry = find_entry(call, session, call.path_params[0])
    previous = None
    for earlier in session.journal:
        if earlier.seq >= entry.seq:
            break
        if (earlier.vendor, earlier.operation, earlier.job_id) == (entry.vendor, entry.operation, entry.job_id):
            previous = earlier
    return json_ok({"entry": entry.json(), "previous": previous and previous.json(), **own_scope(call.registry)})


def ledger_row(job_id: str, entry: LedgerEntry) -> dict[str, Any]:
    """Return a ledger entry of a job as a JSON object."""
    return {
        "job": job_id,
        "at": rfc3339(entry.at, digits=6),
        "entry": entry.entry,
        "amount": entry.amount,
        "unit": entry.unit,
        "key": entry.key,
    }


async def get_ledger(call: AdminCall) -> Response:
    """List the ledger entries so far, of one job with `?job=`."""
    now = call.now
    listed: list[dict[str, Any]] = []
    total = 0
    async for context, job in in_slices(call.session.jobs(call.query.get("job", ""))):
        for entry in context.era.kinds[job.kind].ledger(job, now):
            total += 1
            if len(listed) < MAX_LISTED:
                listed.append(ledger_row(job.id, entry))
    return json_ok({"total": total, "entries": listed})
