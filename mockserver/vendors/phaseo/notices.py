"""How the gateway tells of a video unasked: its events, their bodies and their headers.

Events, keys, ids, the schedule and the signature follow the source of 2026-08-22. The delivery of a status says it in
the words of the service's own table, where a video at work is `in_progress`. In the source a status change is first
told in August 2026; that earlier eras told it, too, is inferred from the events that a create could name there. Before
2026-06-11 a delivery had neither an id nor the headers that name the event (source of 2026-05-04).
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import MINUTE, SECOND, Instant, unix
from mockserver.core.job import POLL, Course, Job, Visit, settle
from mockserver.core.timeline import Polls
from mockserver.vendors.api import FOREVER
from mockserver.vendors.hooks import SECRET, Hook
from mockserver.vendors.notices import Destination, Event, Letter, Notices, Written
from mockserver.vendors.phaseo.told import data
from mockserver.vendors.phaseo.traits import Traits
from mockserver.vendors.signatures import Signature, sign

DELAYS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
TIMEOUT: Final = 30 * SECOND

PHASES: Final = ("created", "status_changed", "progress", "completed", "failed", "cancelled", "expired")
TYPES: Final = tuple(f"video.{phase}" for phase in PHASES)
DEFAULT: Final = tuple(f"video.{phase}" for phase in PHASES if phase not in ("created", "progress"))

_TABLE_WORDS: Final = {"processing": "in_progress"}
_LONGEST_ID: Final = 160


def type_of(word: str) -> str:
    """The type that a subscription's word means: `job.completed`, `completed`, `video.canceled`."""
    kind, _, phase = word.rpartition(".")
    phase = "cancelled" if phase == "canceled" else phase
    return f"video.{phase}" if kind in ("", "job", "video") else word


def bucket(percent: int) -> int | None:
    """The ten that a progress is told as, 5 at the least and 95 at the most; None at either end."""
    return max(5, min(95, (percent + 5) // 10 * 10)) if 0 < percent < 100 else None


def events(job: Job, wanted: frozenset[str]) -> Iterator[Event]:
    """Everything that is told of a video, in order: a change of its state before the end that it comes to."""
    course = settle(job, FOREVER)
    told = [
        Event(job.created, "video.created", "video.created"),
        *(event for place, visit in enumerate(course) for event in _entered(course[:place], visit)),
    ]
    if "video.progress" in wanted:
        told = sorted([*told, *_progressed(job, course)], key=lambda event: event.at)
    seen: set[str] = set()
    for event in told:
        if event.type in wanted and event.key not in seen:
            seen.add(event.key)
            yield event


def _entered(before: Course, visit: Visit) -> Iterator[Event]:
    if not before or before[-1].state == visit.state:
        return
    old, new = (_TABLE_WORDS.get(state, state) for state in (before[-1].state, visit.state))
    change = {"previous_status": old, "status": new}
    yield Event(visit.entered, f"video.status_changed:{old}:{new}", "video.status_changed", {"status_change": change})
    if visit.state in PHASES:
        yield Event(visit.entered, f"video.{visit.state}", f"video.{visit.state}")


def _progressed(job: Job, course: Course) -> Iterator[Event]:
    """The first instant at which each ten is reached."""
    polls = iter([happened.at for happened in job.inputs if happened.kind == POLL])
    for visit in course:
        for at, percent in _shown(visit, list(islice(polls, visit.polls))):
            told = bucket(percent)
            if told is not None:
                yield Event(at, f"video.progress:{told}", "video.progress", {"progress": told})


def _shown(visit: Visit, asked: list[Instant]) -> Iterator[tuple[Instant, int]]:
    """The percents that a visit shows, each with its first instant; over a stay of polls they come with the polls."""
    if isinstance(visit.step.stay, Polls):
        yield from ((at, visit._replace(polls=number).progress(at) or 0) for number, at in enumerate(asked, 1))
        return
    at: Instant | None = visit.entered
    while at is not None and (visit.until is None or at < visit.until):
        yield at, visit.progress(at) or 0
        later = visit.steady_until(at)
        at = later if later is not None and later > at else None


def where(job: Job, hook: Hook | None, notices: Notices) -> Destination | None:
    """Whom a video's events are told: the address of its create, or the endpoint that the create names.

    The session's endpoint, where there is one, takes what would go to an address: nothing here reaches the internet.
    An endpoint that nobody has is told nothing, and nothing is said about it (source of 2026-08-22).
    """
    asked = job.spec["webhook"]
    if asked is None:
        return None
    own = asked["events"] if asked["chosen"] else ()
    if asked["endpoint_id"] is None:
        if asked["url"] is None:
            return None
        url, secret = (asked["url"], "") if hook is None else (hook.url, hook.secret)
        return Destination(url, asked["secret"] or secret, notices.chosen(own))
    if hook is None or hook.id not in ("", asked["endpoint_id"]):
        return None
    return Destination(hook.url, hook.secret or SECRET, notices.chosen(own, hook.events))


class _Origin(NamedTuple):
    base_url: str
    seed: str


def write(letter: Letter, traits: Traits) -> Written:
    """A delivery: signed wherever there is a secret, with the letter's stamp."""
    event, attempt = letter.event, letter.attempt
    event_id = re.sub(r"[^a-zA-Z0-9_-]+", "_", f"evt_video_{letter.job.id}_{event.key}")[:_LONGEST_ID]
    payload: dict[str, Any] = {
        "id": event_id,
        "type": event.type,
        "created_at": unix(letter.at),
        "delivery": {"key": event.key, "attempt": attempt, "max_attempts": len(DELAYS) + 1},
        "data": data(letter.job, letter.at, _Origin(letter.base_url, letter.seed), traits, event.more.get("progress")),
    }
    if "status_change" in event.more:
        payload["status_change"] = event.more["status_change"]
    brand = "x-phaseo" if traits.rebranded else "x-ai-stats"
    agent = "Phaseo" if traits.rebranded else "AI-Stats"
    headers = [("Content-Type", "application/json"), ("User-Agent", f"{agent}-Async-Webhook/1.0")]
    if traits.asynchronous:
        headers += _named(brand, event_id, letter)
    else:
        del payload["id"], payload["delivery"]
    body = orjson.dumps(payload)
    if letter.secret:
        stamp = str(unix(letter.stamp))
        signed = sign(letter.secret, stamp, body)
        headers += [(f"{brand}-timestamp", stamp), (f"{brand}-signature", signed)]
    return Written(tuple(headers), body, event_id)


def _named(brand: str, event_id: str, letter: Letter) -> list[tuple[str, str]]:
    return [
        (f"{brand}-event-id", event_id),
        (f"{brand}-event-type", letter.event.type),
        (f"{brand}-delivery-key", letter.event.key),
        (f"{brand}-attempt", str(letter.attempt)),
        (f"{brand}-max-attempts", str(len(DELAYS) + 1)),
    ]


def accepts(status: int, body: bytes) -> str:
    """Any 2xx; a redirect is never followed."""
    if 300 <= status < 400:
        return "Webhook redirects are not allowed"
    return "" if 200 <= status < 300 else f"Webhook returned HTTP {status}"


def signature(headers: Mapping[str, str]) -> Signature | None:
    """The signature of a delivery of either brand."""
    for brand in ("x-phaseo", "x-ai-stats"):
        stamp, value = headers.get(f"{brand}-timestamp"), headers.get(f"{brand}-signature")
        if stamp and value:
            return Signature(stamp, value)
    return None


def notices(traits: Traits) -> Notices:
    """How an era tells of its videos."""

    def addressed(job: Job, hook: Hook | None) -> Destination | None:
        return where(job, hook, told)

    told = Notices(
        types=TYPES,
        default=DEFAULT,
        events=events,
        where=addressed,
        write=partial(write, traits=traits),
        delays=DELAYS,
        timeout=TIMEOUT,
        accepts=accepts,
        names=type_of,
        signature=signature,
        named=traits.endpoints,
    )
    return told
