"""What is the matter with the job that a refused request is about, in a few words: unknown, deleted, somebody else's.

It is said with the refusal itself (`X-Mock-Hint`, the journal's note), so it has to be cheap: a few look-ups, and ids
that differ by a slip of the finger among the newest. `why` takes its time and says more.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Instant, format_duration
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.engine.handle import VendorContext
from mockserver.engine.router import NoMatch
from mockserver.engine.store import Store
from mockserver.vendors.api import Call
from mockserver.vendors.commands import snapshot

HINT_HEADER: Final = "X-Mock-Hint"
MAX_HINT: Final = 200
"""Characters of the header."""
MAX_CANDIDATES: Final = 100
"""Jobs whose ids are compared with an unknown one."""
_MAX_TYPO: Final = 2
"""Characters in which a mistyped id may differ."""
_PLAIN_ID: Final = re.compile(r"[\w.:-]{1,80}", re.ASCII)
"""Ids that are repeated in a header; of others nothing gets there."""
_JOB_STATUSES: Final = frozenset({400, 404, 409, 410})
"""Statuses with which a vendor may mean the job."""


class JobHint(NamedTuple):
    """One reason, for machines in a word and for people in a sentence."""

    code: str
    text: str

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {"reason": self.code, "text": self.text}


VendorStores = Iterable[tuple[VendorContext, Store]]


def missing_job_hint(contexts: VendorStores, era: str, kind: str, job_id: str, now: Instant) -> JobHint | None:
    """Why a job cannot be found where it is looked for (an era's pin, a kind), or None: it can.

    `rooms` are the session's; what only its other sessions could tell is not known here.
    """
    newest: list[str] = []
    elsewhere: JobHint | None = None
    for room, store in contexts:
        mine = room.era.pin == era
        for name, rules in room.era.kinds.items():
            job = store.job(name, job_id)
            if job is not None and mine and name == kind:
                return _hint_deleted_or_expired(job, rules.retention, now)
            if job is not None:
                elsewhere = elsewhere or _hint_found_elsewhere(job_id, room.era.vendor if not mine else "", name, kind)
        item = store.item(job_id)
        if item is not None:
            elsewhere = elsewhere or JobHint("ITEM", f"{job_id} is item {item[1] + 1} of {item[0].kind} {item[0].id}")
        if mine:
            newest = [job.id for job in islice(store.jobs(kind, now), MAX_CANDIDATES)]
    return elsewhere or _hint_unknown_job(job_id, kind, newest)


def _hint_deleted_or_expired(job: Job, retention: int, now: Instant) -> JobHint | None:
    deleted = job.last_command("delete")
    if deleted is not None and deleted.at <= now:
        ago = format_duration(now - deleted.at)
        return JobHint("DELETED", f"{job.id} was deleted {ago} ago")
    if now >= job.created + retention:
        return JobHint("EXPIRED", f"{job.id} is older than the {format_duration(retention)} that the vendor keeps it")
    return None


def _hint_found_elsewhere(job_id: str, vendor: str, name: str, kind: str) -> JobHint:
    if vendor:
        return JobHint("OTHER_VENDOR", f"{job_id} is a {name} of {vendor}")
    return JobHint("OTHER_KIND", f"{job_id} is a {name}, not a {kind}")


def _hint_unknown_job(job_id: str, kind: str, newest: list[str]) -> JobHint:
    slip = next((known for known in newest if _is_typo(job_id, known)), "")
    near = f" (did you mean {slip!r}?)" if slip else "" if newest else f": it has no {kind} at all"
    named = f" {job_id!r}" if _PLAIN_ID.fullmatch(job_id) else " of that id"
    return JobHint("UNKNOWN_JOB", f"the session has no {kind}{named}{near}")


def _is_typo(one: str, other: str) -> bool:
    """Whether they differ in one place only, by a character or two, or in nothing but case and space."""
    if abs(len(one) - len(other)) > _MAX_TYPO:
        return one.strip().casefold() == other.casefold()
    same = _common_prefix_length(one, other)
    rest, also = one[same:], other[same:]
    return (
        max(len(rest), len(also)) - _common_prefix_length(rest[::-1], also[::-1]) <= _MAX_TYPO
        or one.casefold() == other.casefold()
    )


def _common_prefix_length(one: str, other: str) -> int:
    """How many characters they share at their start."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def state_hint(job: Job, now: Instant) -> JobHint:
    """What state a job is in, and since when."""
    seen = snapshot(job, now)
    ago = format_duration(now - seen.span.entered)
    return JobHint("TERMINAL" if seen.terminal else "STATE", f"{job.id} has been {seen.state!r} for {ago}")


def hint_for(
    contexts: VendorStores, call: Call, no_match: NoMatch | None, key_error: str, job_id: str, status: int
) -> str:
    """What to say with an answer: the near miss, the key that names no scenario, what is the matter with the job."""
    if no_match is not None:
        operation = no_match.nearest
        return (
            key_error if operation is None else f"nearest: {operation.method} {operation.path} ({no_match.difference})"
        )
    if (
        key_error
        or not job_id
        or call.operation is None
        or status not in _JOB_STATUSES
        or "prefer" in call.request.headers
    ):
        return key_error
    kind = call.operation.kind
    reason = missing_job_hint(contexts, call.era.pin, kind, job_id, call.now)
    job = call.view.job(kind, job_id) if reason is None else None
    return state_hint(job, call.now).text if job is not None else reason.text if reason is not None else ""


def with_hint(response: Response, hint: str) -> Response:
    """A refusal with the hint in a header; the vendor's body stays the vendor's."""
    if not hint or response.status < 400:
        return response
    return response._replace(headers=(*response.headers, (HINT_HEADER, hint[:MAX_HINT])))
