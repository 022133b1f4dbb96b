"""The admin calls about webhooks: where they go, what was sent, and one of them once more."""

import asyncio
from typing import Any

import orjson

from mockserver.core.instants import rfc3339
from mockserver.core.wire import Response
from mockserver.engine.deliveries import Deliveries
from mockserver.engine.sent import STATES
from mockserver.engine.session import Session
from mockserver.scenario.hooks import hook_of
from mockserver.server.ask import MOST_LISTED, Ask, ok, one_of, required
from mockserver.server.desk import SLICE
from mockserver.vendors.hooks import Answered, Hook
from mockserver.vendors.registry import resolve

WORDS = ("url", "secret", "events", "id", "stamp", "receiver", "deliver")


def _hook_json(vendor: str, hook: Hook) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "url": hook.url or None,
        "has_secret": bool(hook.secret),
        "events": list(hook.events),
        "id": hook.id or None,
        "stamp": "wall" if hook.wall else "session",
        "receiver": [answer._asdict() if isinstance(answer, Answered) else answer for answer in hook.receiver],
        "deliver": len(hook.deliver),
    }


def _hooks(session: Session) -> list[dict[str, Any]]:
    found = ((vendor, session.deliveries.hook(vendor)) for vendor in session.setup.eras)
    return [_hook_json(vendor, hook) for vendor, hook in found if hook is not None]


async def list_hooks(ask: Ask) -> Response:
    """The session's endpoints, without their secrets, and how many jobs have something to come."""
    session = ask.session
    return ok({"webhooks": _hooks(session), "pending": len(session.deliveries)})


async def set_hook(ask: Ask) -> Response:
    """The endpoint of a vendor in this session, instead of the one before: `{vendor, url, secret, events, ...}`."""
    session = ask.session
    era = resolve(required(ask, "vendor"), ask.hub.settings.vendors)
    room, _ = session.room(era.vendor)
    said = {name: value for name, value in ask.body.items() if name != "vendor"}
    hook = hook_of(orjson.dumps(said).decode(), room.era)
    await _equip(ask, session, era.vendor, hook)
    return ok(_hook_json(era.vendor, hook), 201)


async def delete_hooks(ask: Ask) -> Response:
    """No endpoints any more: jobs go where their own requests say."""
    session = ask.session
    vendors = [hook["vendor"] for hook in _hooks(session)]
    for vendor in vendors:
        await _equip(ask, session, vendor, None)
    return ok({"deleted": vendors})


async def _equip(ask: Ask, session: Session, vendor: str, hook: Hook | None) -> None:
    """Give a vendor its endpoint; what its jobs tell is planned anew."""
    session.equip(vendor, hook, ask.real())
    room, store = session.room(vendor)
    for number, job in enumerate(store.everything(), 1):
        session.deliveries.plan(room, store, job.kind, job.id)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    ask.tempo.look(session)


async def list_deliveries(ask: Ask) -> Response:
    """What was sent, oldest first; `?job=`, `?state=`. Where the clock stands still, what is due is sent first."""
    session = ask.session
    await ask.tempo.caught_up(session)
    job, state = ask.query.get("job", ""), one_of(ask, "state", STATES)
    log = session.deliveries.log
    found = [sent for sent in log if job in ("", sent.job_id) and state in ("", sent.state)]
    listed = [sent.json() for sent in found[-MOST_LISTED:]]
    counts = {"evicted": log.evicted, "pending": len(session.deliveries), "next": _next(session)}
    return ok({"total": len(found), **counts, "deliveries": listed, "counts": _counts(session.deliveries)})


def _next(session: Session) -> str | None:
    at = session.deliveries.next_at
    return None if at is None else rfc3339(at, digits=6)


def _counts(deliveries: Deliveries) -> list[dict[str, Any]]:
    return [
        {"vendor": vendor, "event": event, "state": state, "count": count}
        for (vendor, event, state), count in sorted(deliveries.log.counts.items())
    ]


async def redeliver(ask: Ask) -> Response:
    """One of them once more, at once: the same event id, signed anew. The job's attempts stay as they are."""
    session = ask.session
    posting = session.deliveries.once_more(ask.params[0], ask.now, session.base_url, ask.real())
    await ask.tempo.perform(session, posting)
    sent = next(sent for sent in reversed(tuple(session.deliveries.log)) if sent.written is posting.written)
    return ok(sent.json(), 201)
