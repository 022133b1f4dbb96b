"""Why a refused request failed, in a few words: the nearest operation, or the trouble with its job.

The hint is sent with the refusal itself (`X-Mock-Hint`, the journal's note), so it has to be cheap: a few look-ups, and
a comparison of the id with the newest ones. `explain.request` takes its time and finds more.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from mockserver.core.instants import Instant, format_duration
from mockserver.core.job import Job
from mockserver.engine.handle import HandledRequest, VendorContext
from mockserver.engine.reasons import Reason
from mockserver.vendors.commands import snapshot

HINT_HEADER: Final = "X-Mock-Hint"
MAX_HINT: Final = 200
"""Characters of the header."""
MAX_CANDIDATES: Final = 100
"""Jobs whose ids are compared with an unknown one."""
_MAX_TYPO: Final = 2
"""Characters in which a mistyped id may differ."""
_PLAIN_ID: Final = re.compile(r"[\w.:-]{1,80}", re.ASCII)
"""Ids that a header repeats; others do not get there."""
_JOB_STATUSES: Final = frozenset({400, 404, 409, 410})
"""Statuses with which a vendor may mean the job."""


def hint_for(
    contexts: Iterable[VendorContext], handled: HandledRequest, key_error: str | None, job_id: str
) -> str | None:
    """Return the hint for a refused request; None where there is none.

    In order of precedence: the methods of the path, the nearest operation, the key that names no scenario, the trouble
    with the job.
    """
    call = handled.call
    if handled.no_match is not None:
        if handled.no_match.allowed:
            return f"this path accepts {' and '.join(handled.no_match.allowed)}, not {call.request.method[:20]}"
        nearest = handled.no_match.nearest
        if nearest is None:
            return key_error
        return f"nearest: {nearest.method} {nearest.path} ({handled.no_match.difference})"
    if key_error or not job_id or call.operation is None or handled.answer.response.status not in _JOB_STATUSES:
        return key_error
    if "prefer" in call.request.headers:
        return None  # the refusal may be the one that was requested
    kind = call.operation.kind
    reason = missing_job_hint(contexts, call.era.pin, kind, job_id, call.now)
    if reason is not None:
        return reason.text
    job = call.view.job(kind, job_id)
    assert job is not None  # noqa: S101 -- else there is a reason
    now = snapshot(job, call.now)
    return f"{job.id} has been {now.state!r} for {format_duration(call.now - now.span.entered)}"


def missing_job_hint(
    contexts: Iterable[VendorContext], pin: str, kind: str, job_id: str, now: Instant
) -> Reason | None:
    """Return why an era (by its pin) has no such job of a kind; None if it has.

    Only the jobs of these contexts are known here: those of other sessions are not.
    """
    newest: list[str] = []
    elsewhere: Reason | None = None
    for context in contexts:
        same_era = context.era.pin == pin
        for name, rules in context.era.kinds.items():
            job = context.store.job(name, job_id)
            if job is None:
                continue
            if same_era and name == kind:
                return _hint_deleted_or_expired(job, rules.retention, now)
            if elsewhere is None and same_era:
                elsewhere = _because("OTHER_KIND", f"{job_id} is a {name}, not a {kind}")
            elif elsewhere is None:
                elsewhere = _because("OTHER_VENDOR", f"{job_id} is a {name} of {context.era.vendor}")
        item = context.store.item(job_id)
        if item is not None and elsewhere is None:
            elsewhere = _because("ITEM", f"{job_id} is item {item[1] + 1} of {item[0].kind} {item[0].id}")
        if same_era:
            newest = [job.id for job in islice(context.store.jobs(kind, now), MAX_CANDIDATES)]
    return elsewhere or _hint_unknown_job(job_id, kind, newest)


def _because(code: str, text: str) -> Reason:
    return Reason("because", code, text)


def _hint_deleted_or_expired(job: Job, retention: int, now: Instant) -> Reason | None:
    deleted = job.deletion
    if deleted is not None and deleted.at <= now:
        return _because("DELETED", f"{job.id} was deleted {format_duration(now - deleted.at)} ago")
    if now >= job.created + retention:
        return _because("EXPIRED", f"{job.id} is older than the {format_duration(retention)} that the vendor keeps it")
    return None


def _hint_unknown_job(job_id: str, kind: str, newest: list[str]) -> Reason:
    named = " of that id"
    if _PLAIN_ID.fullmatch(job_id):
        named = f" {job_id!r}"
    similar = next((known for known in newest if _is_typo(job_id, known)), None)
    if similar is not None:
        return _because("UNKNOWN_JOB", f"the session has no {kind}{named} (did you mean {similar!r}?)")
    if not newest:
        return _because("UNKNOWN_JOB", f"the session has no {kind}{named}, and no other {kind}")
    return _because("UNKNOWN_JOB", f"the session has no {kind}{named}")


def _is_typo(one: str, other: str) -> bool:
    """Test whether two ids differ in one place only, by a character or two, or in nothing but case and white space."""
    if abs(len(one) - len(other)) > _MAX_TYPO:
        return one.strip().casefold() == other.casefold()
    # What is left between the common start and the common end is the slip.
    start = _common_prefix_length(one, other)
    one_rest, other_rest = one[start:], other[start:]
    end = _common_prefix_length(one_rest[::-1], other_rest[::-1])
    return max(len(one_rest), len(other_rest)) - end <= _MAX_TYPO or one.casefold() == other.casefold()


def _common_prefix_length(one: str, other: str) -> int:
    for position, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return position
    return min(len(one), len(other))
