"""How TwelveLabs tells of tasks and batches unasked; endpoints are registered in its Playground, for the account.

Sources: the page on the requirements for webhooks (signature, any 2xx, ids that retries keep) and the models of SDK
1.3.5 (types and data of tasks). That a batch is told of is documented by the `webhooks` of its object; the name of its
event, what its data holds, that its tasks are not told of one by one, and when a failed delivery is tried again, is
inferred.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from mockserver.core.ids import digest
from mockserver.core.instants import MINUTE, SECOND, Instant, rfc3339, unix
from mockserver.core.job import Job
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import course_of, look
from mockserver.vendors.hooks import SECRET, Hook
from mockserver.vendors.notices import Destination, Event, Letter, Notices, Written
from mockserver.vendors.signatures import Signature, sign
from mockserver.vendors.twelvelabs.render import single_task, task_status
from mockserver.vendors.twelvelabs.traits import Traits

DELAYS: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
TIMEOUT: Final = 10 * SECOND
HEADER: Final = "TL-Signature"

_BATCH: Final = ("completed", "canceled", "expired")


def _types(job_kind: str, traits: Traits) -> tuple[str, ...]:
    ends = _BATCH if job_kind == "batch" else ("ready", "failed", *(("canceled",) if traits.task_cancel else ()))
    return tuple(f"analyze.{job_kind}.{end}" for end in ends)


def events(job: Job, wanted: frozenset[str]) -> Iterator[Event]:
    """The end of a task or a batch; nothing is told before."""
    seen: set[str] = set()
    for place, visit in enumerate(course_of(job, FOREVER)):
        name = f"analyze.{job.kind}.{visit.state}"
        if place and name in wanted and name not in seen:
            seen.add(name)
            yield Event(visit.entered, name, name)


def _data(job: Job, at: Instant, traits: Traits) -> dict[str, Any]:
    now = look(job, at)
    body: dict[str, Any] = {"id": job.id}
    if job.plan.batch is not None:
        return body | {"created_at": rfc3339(job.created), "status": now.state}
    task = single_task(now)
    body |= {"custom_id": job.spec["custom_id"], "created_at": rfc3339(job.created)}
    body["status"] = task_status(task, traits)
    video = job.spec["video"]
    if video is not None:
        body["video_source"] = {name: value for name, value in video.items() if name in ("type", "url", "asset_id")}
    if now.state == "failed":
        error = now.visit.step.fields.get("error", {})
        body["error"] = {"message": error.get("message", "The video could not be analyzed.")}
    return body


def _write(letter: Letter, traits: Traits) -> Written:
    event_id = "whe_" + digest(letter.seed, letter.job.id, letter.event.key).hex()
    payload = {
        "id": event_id,
        "created_at": rfc3339(letter.event.at),
        "type": letter.event.type,
        "data": _data(letter.job, letter.at, traits),
    }
    body = orjson.dumps(payload)
    headers = [("Content-Type", "application/json")]
    if letter.secret:
        stamp = str(unix(letter.stamp))
        headers.append((HEADER, f"t={stamp},v1={sign(letter.secret, stamp, body)}"))
    return Written(tuple(headers), body, event_id)


def accepts(status: int, body: bytes) -> str:
    """Any 2xx will do."""
    return "" if 200 <= status < 300 else f"the endpoint answered {status}"


def signature(headers: Mapping[str, str]) -> Signature | None:
    """The two parts of `TL-Signature: t=..,v1=..`."""
    parts = dict(part.strip().partition("=")[::2] for part in headers.get(HEADER.lower(), "").split(","))
    return Signature(parts["t"], parts["v1"]) if parts.get("t") and parts.get("v1") else None


def notices(kind: str, traits: Traits) -> Notices:
    """How an era tells of its tasks, or of its batches."""
    types = _types(kind, traits)

    def where(job: Job, hook: Hook | None) -> Destination | None:
        return None if hook is None else Destination(hook.url, hook.secret or SECRET, made.chosen(hook.events))

    made = Notices(
        types=types,
        default=types,
        events=events,
        where=where,
        write=lambda letter: _write(letter, traits),
        delays=DELAYS,
        timeout=TIMEOUT,
        accepts=accepts,
        signature=signature,
    )
    return made
