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
from mockserver.engine.handle import Room
from mockserver.engine.routing import Miss
from mockserver.engine.store import Store
from mockserver.vendors.api import Call
from mockserver.vendors.commands import look

HINT: Final = "X-Mock-Hint"
LONGEST: Final = 200
"""Characters of the header."""
NEWEST: Final = 100
"""Jobs whose ids are compared with an unknown one."""
_SLIP: Final = 2
"""Characters in which a mistyped id may differ."""
_PLAIN: Final = re.compile(r"[\w.:-]{1,80}", re.ASCII)
"""Ids that are repeated in a header; of others nothing gets there."""
_ABOUT_THE_JOB: Final = frozenset({400, 404, 409, 410})
"""Statuses with which a vendor may mean the job."""


class Reason(NamedTuple):
    """One reason, for machines in a word and for people in a sentence."""

    reason: str
    text: str

    def json(self) -> dict[str, Any]:
        """For a program."""
        return {"reason": self.reason, "text": self.text}


Rooms = Iterable[tuple[Room, Store]]


def whereabouts(rooms: Rooms, era: str, kind: str, job_id: str, now: Instant) -> Reason | None:
    """Why a job cannot be found where it is looked for (an era's pin, a kind), or None: it can.

    `rooms` are the session's; what only its other sessions could tell is not known here.
    """
    newest: list[str] = []
    elsewhere: Reason | None = None
    for room, store in rooms:
        mine = room.era.pin == era
        for name, rules in room.era.kinds.items():
            job = store.job(name, job_id)
            if job is not None and mine and name == kind:
                return _gone(job, rules.retention, now)
            if job is not None:
                elsewhere = elsewhere or _elsewhere(job_id, room.era.vendor if not mine else "", name, kind)
        item = store.item(job_id)
        if item is not None:
            elsewhere = elsewhere or Reason("ITEM", f"{job_id} is item {item[1] + 1} of {item[0].kind} {item[0].id}")
        if mine:
            newest = [job.id for job in islice(store.jobs(kind, now), NEWEST)]
    return elsewhere or _unknown(job_id, kind, newest)


def _gone(job: Job, retention: int, now: Instant) -> Reason | None:
    deleted = job.last("delete")
    if deleted is not None and deleted.at <= now:
        ago = format_duration(now - deleted.at)
        return Reason("DELETED", f"{job.id} was deleted {ago} ago")
    if now >= job.created + retention:
        return Reason("EXPIRED", f"{job.id} is older than the {format_duration(retention)} that the vendor keeps it")
    return None


def _elsewhere(job_id: str, vendor: str, name: str, kind: str) -> Reason:
    if vendor:
        return Reason("OTHER_VENDOR", f"{job_id} is a {name} of {vendor}")
    return Reason("OTHER_KIND", f"{job_id} is a {name}, not a {kind}")


def _unknown(job_id: str, kind: str, newest: list[str]) -> Reason:
    slip = next((known for known in newest if _slipped(job_id, known)), "")
    near = f" (did you mean {slip!r}?)" if slip else "" if newest else f": it has no {kind} at all"
    named = f" {job_id!r}" if _PLAIN.fullmatch(job_id) else " of that id"
    return Reason("UNKNOWN_JOB", f"the session has no {kind}{named}{near}")


def _slipped(one: str, other: str) -> bool:
    """Whether they differ in one place only, by a character or two, or in nothing but case and space."""
    if abs(len(one) - len(other)) > _SLIP:
        return one.strip().casefold() == other.casefold()
    same = _common(one, other)
    rest, also = one[same:], other[same:]
    return max(len(rest), len(also)) - _common(rest[::-1], also[::-1]) <= _SLIP or one.casefold() == other.casefold()


def _common(one: str, other: str) -> int:
    """How many characters they share at their start."""
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def since(job: Job, now: Instant) -> Reason:
    """What state a job is in, and since when."""
    seen = look(job, now)
    ago = format_duration(now - seen.visit.entered)
    return Reason("TERMINAL" if seen.terminal else "STATE", f"{job.id} has been {seen.state!r} for {ago}")


def notice(rooms: Rooms, call: Call, miss: Miss | None, stranger: str, job_id: str, status: int) -> str:
    """What to say with an answer: the near miss, the key that names no scenario, what is the matter with the job."""
    if miss is not None:
        operation = miss.nearest
        return stranger if operation is None else f"nearest: {operation.method} {operation.path} ({miss.differs})"
    if (
        stranger
        or not job_id
        or call.operation is None
        or status not in _ABOUT_THE_JOB
        or "prefer" in call.request.headers
    ):
        return stranger
    kind = call.operation.kind
    reason = whereabouts(rooms, call.era.pin, kind, job_id, call.now)
    job = call.view.job(kind, job_id) if reason is None else None
    return since(job, call.now).text if job is not None else reason.text if reason is not None else ""


def hinted(response: Response, note: str) -> Response:
    """A refusal with the hint in a header; the vendor's body stays the vendor's."""
    if not note or response.status < 400:
        return response
    return response._replace(headers=(*response.headers, (HINT, note[:LONGEST])))
