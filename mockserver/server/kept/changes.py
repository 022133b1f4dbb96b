"""The changes of a store as JSON, and back: a created job, an input, a rate-limit bucket.

A job is written as a session file has it, and made again from its spec and its origin.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.core.ratelimit import LimitWindow
from mockserver.engine.handle import VendorContext
from mockserver.engine.session import Session
from mockserver.server.session_file import input_from_json, input_json, job_json, restore_job
from mockserver.vendors.api import AppendInput, ConsumeLimit, CreateJob, StoreChange

JOB = "job"
INPUT = "input"
LIMIT = "limit"


def change_json(session: Session, context: VendorContext, change: StoreChange) -> list[Any]:
    """Return one change: its word, and its parts."""
    if isinstance(change, CreateJob):
        return [JOB, job_json(context, change.job, session.start)]
    if isinstance(change, AppendInput):
        return [INPUT, change.kind, change.job_id, change.version, input_json(change.new_input, session.start)]
    return [LIMIT, *change.bucket, list(change.window)]


def replay_changes(session: Session, vendor: str, listed: Iterable[list[Any]]) -> list[StoreChange]:
    """Commit changes of one vendor that a log has; returns them. Raises `MockError` SES006 for a job."""
    context = session.context(vendor)
    return [_replay(session, context, word, parts) for word, *parts in listed]


def _replay(session: Session, context: VendorContext, word: str, parts: list[Any]) -> StoreChange:
    change: StoreChange
    if word == JOB:
        return CreateJob(restore_job(session, context, parts[0], f"/{context.era.vendor}"))
    if word == INPUT:
        kind, job_id, version, event = parts
        change = AppendInput(kind, job_id, version, input_from_json(event, session.start))
    else:
        key, operation, (start, used, partial, taken) = parts
        change = ConsumeLimit((key, operation), LimitWindow(start, used, partial, tuple(taken)))
    context.store.replay([change])
    return change


def stores_json(session: Session) -> dict[str, Any]:
    """Return everything in the stores of a session, by vendor: its jobs with their inputs, its buckets."""
    return {
        context.era.vendor: {
            "jobs": [job_json(context, job, session.start) for job in context.store.all_jobs()],
            "limits": [change_json(session, context, bucket) for bucket in context.store.windows()],
        }
        for context in session.contexts()
    }


def restore_limits(session: Session, stores: Mapping[str, Mapping[str, Any]]) -> None:
    """Restore the buckets of `stores_json`."""
    for vendor, stored in stores.items():
        replay_changes(session, vendor, stored["limits"])
