"""What the gateway remembers of a create request, and what a video costs."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from mockserver.core.instants import Instant
from mockserver.core.job import Job
from mockserver.vendors.api import LedgerEntry
from mockserver.vendors.commands import snapshot
from mockserver.vendors.phaseo.models import DEFAULT_MODEL, DEFAULT_MODEL_NAME, find_model
from mockserver.vendors.phaseo.requests import EVENT_NAMES

NANOS_PER_DOLLAR: Final = 1_000_000_000
DEFAULT_EVENTS: Final = ("job.status_changed", "job.completed", "job.failed", "job.cancelled", "job.expired")


def build_spec(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A valid create body, understood; alike bodies share one result, so that many jobs cost little."""
    return _build_cached_spec(
        orjson.dumps(dict(body), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS, default=str)
    )


@lru_cache(maxsize=1024)
def _build_cached_spec(text: bytes) -> Mapping[str, Any]:
    body = orjson.loads(text)
    name = body.get("model", DEFAULT_MODEL_NAME)
    model = find_model(name) or DEFAULT_MODEL._replace(provider="")
    seconds = int(body.get("duration") or body.get("seconds") or model.seconds[0])
    samples = int(body.get("sample_count", 1))
    return {
        "model": name,
        "provider": model.provider or None,
        "prompt": body.get("prompt"),
        "seconds": seconds,
        "size": body.get("size") or body.get("resolution") or model.resolutions[0],
        "audio": body.get("generate_audio", False),
        "samples": samples,
        "access": body.get("output", {}).get("access", "both"),
        "nanos": model.nanos_per_second * seconds * samples,
        "webhook": _webhook_part(body.get("webhook")),
    }


def _webhook_part(given: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Where events go and how they are signed; unknown events are dropped, and without any the usual ones hold."""
    if given is None:
        return None
    events = [event for event in given.get("events", ()) if event in EVENT_NAMES]
    return {
        "url": given.get("url"),
        "secret": given.get("secret"),
        "endpoint_id": given.get("endpoint_id"),
        "events": events or list(DEFAULT_EVENTS),
        "chosen": bool(events),
    }


def ledger(job: Job, now: Instant) -> tuple[LedgerEntry, ...]:
    """Reserved at the create; settled when completed, released at any other end (source of 2026-08-22)."""
    if now < job.created:
        return ()
    amount = job.spec["nanos"] / NANOS_PER_DOLLAR
    reserved = LedgerEntry(job.created, "reserve", amount, "usd", f"{job.id}:reserve")
    seen = snapshot(job, now)
    if not seen.terminal:
        return (reserved,)
    entry = "settle" if seen.state == "completed" else "release"
    return (reserved, LedgerEntry(seen.span.entered, entry, amount, "usd", f"{job.id}:{entry}"))
