"""A session as a file: what it began with and every input of its jobs, from which the same jobs follow.

Jobs are folds, so a file has no states: the scenarios, the seed and the eras make the same timelines, and the inputs
lead along them. A job's create body is not known any more; its spec and its origin (`vendors.answer.JobOrigin`) stand
for it. The journal, rate limits and holds are no part of a file.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.core.instants import Instant
from mockserver.core.job import Input, Job
from mockserver.engine.handle import VendorContext
from mockserver.engine.session import Session
from mockserver.engine.store import VersionConflict
from mockserver.errors import MockError, refuse
from mockserver.vendors.answer import JobOrigin
from mockserver.vendors.api import AppendInput, CreateJob

FORMAT: Final = 1
"""The version of the format, in the member `mockserver_session`."""
JOB_MEMBERS: Final[Mapping[str, type | tuple[type, ...]]] = {
    "kind": str,
    "id": str,
    "number": int,
    "created": int,
    "rule": (int, type(None)),
    "counted": list,
    "spec": dict,
    "inputs": list,
}
"""The members of a job, and their types; instants are microseconds since the session's start."""
WRONG: Final = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, StopIteration, VersionConflict,
)  # fmt: skip
"""The exceptions of code that reads values of another form than was written."""
_MAX_NUMBER: Final = 2**63
_INPUT_TYPES: Final = (int, int, str, str, dict)


def file_error(where: str, detail: str) -> MockError:
    """Return SES006 for a part of a session file."""
    return refuse("SES006", f"{where}: {detail}", "write the file with `GET /__mock/sessions/NAME/export`")


def wrong_text(error: Exception) -> str:
    """Return what one of `WRONG` says of the value."""
    return f"{error} is missing" if isinstance(error, KeyError) else f"it is damaged: {error}"


def checked_members(value: Any, members: Mapping[str, type | tuple[type, ...]], where: str) -> dict[str, Any]:
    """Return an object that has exactly these members, each of its type. Raises `MockError` SES006."""
    if not isinstance(value, dict):
        raise file_error(where, "this must be an object")
    wrong = sorted(set(value).symmetric_difference(members))
    if wrong:
        state = "is unknown" if wrong[0] in value else "is missing"
        raise file_error(f"{where}/{wrong[0]}", f"this member {state}; members: {', '.join(members)}")
    for name, kind in members.items():
        if not isinstance(value[name], kind) or isinstance(value[name], bool):
            raise file_error(f"{where}/{name}", f"{json.dumps(value[name])[:80]} has the wrong type")
    return value


def job_json(context: VendorContext, job: Job, start: Instant) -> dict[str, Any]:
    """Return a job as a session file has it."""
    origin = context.job_factory.origin_of(job)
    return {
        "kind": job.kind,
        "id": job.id,
        "number": job.number,
        "created": job.created - start,
        "rule": origin.rule,
        "counted": list(origin.counted),
        "spec": job.spec,
        "inputs": [input_json(event, start) for event in job.inputs],
    }


def input_json(event: Input, start: Instant) -> list[Any]:
    """Return an input as a session file has it: [at, seq, kind, name, data]."""
    return [event.at - start, event.seq, event.kind, event.name, dict(event.data)]


def is_input(listed: Any) -> bool:
    """Return True for what `input_json` returns."""
    fits = isinstance(listed, list) and len(listed) == len(_INPUT_TYPES)
    # A larger number would come out of the file as another one.
    return fits and all(map(isinstance, listed, _INPUT_TYPES)) and max(map(abs, listed[:2])) < _MAX_NUMBER


def input_from_json(listed: list[Any], start: Instant) -> Input:
    """Return the input of `input_json`. Raises `ValueError` for anything else."""
    if not is_input(listed):
        raise ValueError("an input is [at, seq, kind, name, data]")
    at, seq, kind, name, data = listed
    return Input(start + at, seq, kind, name, data)


def restore_jobs(session: Session, vendor: str, listed: list[Any]) -> None:
    """Make the jobs of one vendor that a session file lists. Raises `MockError` SES006.

    The jobs that the scenario seeded are there already.
    """
    context = session.context(vendor)
    changes: list[AppendInput] = []
    for index, each in enumerate(listed):
        where = f"/vendors/{vendor}/{index}"
        job = restore_job(session, context, each, where)
        for version, event in enumerate(_inputs(each["inputs"], session.start, where)):
            changes.append(AppendInput(job.kind, job.id, version, event))
    changes.sort(key=lambda change: change.new_input.seq)
    for change in changes:
        context.store.replay([change])


def restore_job(session: Session, context: VendorContext, listed: Any, where: str) -> Job:
    """Make a job that a session file lists, without its inputs, unless it is there. Raises `MockError` SES006."""
    described = checked_members(listed, JOB_MEMBERS, where)
    kind, number, created = described["kind"], described["number"], session.start + described["created"]
    if kind not in context.era.kinds:
        raise file_error(where, f"{context.era.pin} has no kind {kind[:80]!r}")
    rules = range(len(context.script.timeline_rules))
    rule, counted = described["rule"], described["counted"]
    named = [place for place in (rule, *counted) if place is not None]
    if not all(place in rules for place in named):
        raise file_error(where, f"it names timelines {named}, and the scenario has {len(rules)}")
    origin = JobOrigin(rule, tuple(counted))
    job = context.store.job(kind, described["id"])
    if job is None:
        if number != context.store.next_number(kind):
            raise file_error(where, f"number {number} is not the next one, {context.store.next_number(kind)}")
        try:
            job = context.job_factory.restore_job(kind, described["spec"], number, created, origin)
        except WRONG as error:
            raise file_error(f"{where}/spec", f"{context.era.pin} cannot read it") from error
        if job.id == described["id"]:
            context.store.replay([CreateJob(job)])
    if (job.id, job.number, job.created) != (described["id"], number, created):
        raise file_error(where, f"{described['id'][:80]!r} comes out as {job.id!r}, number {job.number}")
    return job


def _inputs(listed: list[Any], start: Instant, where: str) -> Iterator[Input]:
    latest: tuple[int, int] | None = None
    for index, each in enumerate(listed):
        if not is_input(each):
            raise file_error(f"{where}/inputs/{index}", "an input is [at, seq, kind, name, data]")
        event = input_from_json(each, start)
        if latest is not None and (event.at, event.seq) <= latest:
            raise file_error(f"{where}/inputs/{index}", "it is not later than the input before it")
        latest = (event.at, event.seq)
        yield event
