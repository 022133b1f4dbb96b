"""The websocket of a job: GET /v1/async/{kind}/{id}/ws (source of 2026-08-22).

The service answers 426 before it looks at any key. It sends the job at once (`job.snapshot`), then looks at it every
`interval_ms` and sends it again when it differs (`job.updated`); a job that is gone is `job.deleted`, and the end.

Where specification and source part, this does what the source does:
* The specification has clients send `{"type": "ping"}` and `{"type": "refresh"}`. The source knows the bare texts
  `ping` and `refresh`, and does not answer the JSON.
* The specification closes on `expired`. The source takes `completed`, `failed` and `cancelled` for the end, so the
  socket of an expired video stays open.

Inferred: 400 for a handshake that cannot be completed, and that a video's link that is made anew is no reason to send
it again (the service signs anew at every tick, so an open socket of a finished video gets one each).
"""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Mapping
from hashlib import sha1
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import MILLISECOND, SECOND, Duration, Instant
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, Trouble
from mockserver.vendors.commands import look
from mockserver.vendors.phaseo.errors import JSON, err, trouble
from mockserver.vendors.phaseo.told import data
from mockserver.vendors.phaseo.traits import Traits, traits_of
from mockserver.vendors.watching import NORMAL, Close, Told

KINDS: Final = ("video", "batch")
ENDS: Final = ("completed", "failed", "cancelled")
"""The states at which the socket closes: `expired` is none of them."""
CLOSED: Final = Close(NORMAL, "closed")

USUAL: Final[Duration] = 2500 * MILLISECOND
SHORTEST: Final[Duration] = SECOND
LONGEST: Final[Duration] = 10 * SECOND

_UPGRADE_REQUIRED: Final = orjson.dumps(
    {
        "error": {
            "code": "websocket_upgrade_required",
            "message": "Use WebSocket upgrade for async job updates.",
        }
    }
)
_NUMBER: Final = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_OFF: Final = ("0", "false", "no", "off")
_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What every handshake is made with (RFC 6455, 1.3)."""


class Origin(NamedTuple):
    """Whose addresses are handed out on the socket."""

    base_url: str
    seed: str


class Watch(NamedTuple):
    """One video, watched by one client; `batch` is a kind of which there are no jobs here."""

    kind: str
    job_id: str
    opened_at: Instant
    interval: Duration
    closes: bool
    """Whether the end of the job is the end of the socket."""
    origin: Origin
    traits: Traits

    def opened(self, job: Job | None, now: Instant) -> Told:
        """The job as it is."""
        return self._tell("job.snapshot", job, now, "")

    def ticked(self, job: Job | None, now: Instant, last: str) -> Told:
        """The job, if it differs."""
        return self._tell("job.updated", job, now, last)

    def heard(self, text: str, job: Job | None, now: Instant, last: str) -> Told:
        """`ping` and `refresh`, bare; whatever else is said is not answered."""
        if text == "refresh":
            return self._tell("job.updated", job, now, last)
        return Told((_frame("pong"),) if text == "ping" else (), last, None, self._next(job, now))

    def tick(self, now: Instant) -> Instant:
        """The first tick after `now`."""
        return self.opened_at + ((now - self.opened_at) // self.interval + 1) * self.interval

    def _tell(self, event: str, job: Job | None, now: Instant, last: str) -> Told:
        if job is None or job.last("delete") is not None:
            return Told((_frame("job.deleted", {"id": self.job_id, "kind": self.kind}),), last, CLOSED)
        shown = data(job, now, self.origin, self.traits)
        text = orjson.dumps(shown).decode()
        if text == last:
            return Told((), last, None, self._next(job, now))
        close = CLOSED if self.closes and shown["status"] in ENDS else None
        return Told((_frame(event, shown),), text, close, None if close else self._next(job, now))

    def _next(self, job: Job | None, now: Instant) -> Instant | None:
        """The first tick at which time has changed the state: no progress is told. A gone job is seen at the next."""
        if job is None:
            return self.tick(now)
        until = look(job, now).visit.until
        return None if until is None else self.tick(until - 1)


def _frame(event: str, told: Mapping[str, Any] | None = None) -> str:
    return orjson.dumps({"type": event} if told is None else {"type": event, "data": told}).decode()


def upgrade_required(call: Call) -> Answer:
    """What a call is answered that does not ask for a websocket, key or no key."""
    return Answer(Response(426, (JSON, ("Upgrade", "websocket")), _UPGRADE_REQUIRED))


def watch(call: Call) -> Answer:
    """GET /v1/async/{kind}/{video_id}/ws: 101, and what is said then; or why not."""
    refused = _unknown(call)
    if refused is not None:
        return Answer(refused)
    accept = accepted(call.request.headers)
    if accept is None:
        return Answer(trouble(call, Trouble.BAD_HTTP, "the handshake of the websocket cannot be completed"))
    upgraded = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept))
    return Answer(Response(101, upgraded), opens=_asked(call))


def _unknown(call: Call) -> Response | None:
    """The answer where the path names no kind or no job."""
    kind = _kind(call)
    if kind not in KINDS:
        return err(call, "validation_error", "invalid_async_job_path")
    job = call.view.job(kind, call.params["video_id"])
    if job is None or call.now < job.created or job.last("delete") is not None:
        return err(call, "not_found", "async_job_not_found_or_not_owned")
    return None


def _kind(call: Call) -> str:
    return call.params.get("kind", KINDS[0]).strip().lower()


def _asked(call: Call) -> Watch:
    """The watch that a query asks for; of a parameter that comes twice the first counts."""
    closes = _first(call, "close_on_terminal", "true").lower() not in _OFF
    origin = Origin(call.base_url, call.seed)
    job_id = call.params["video_id"]
    return Watch(_kind(call), job_id, call.now, _interval(_first(call, "interval_ms")), closes, origin, traits_of(call))


def _first(call: Call, name: str, default: str = "") -> str:
    return next(iter(call.query_all(name)), default).strip()


def _interval(text: str) -> Duration:
    if not _NUMBER.fullmatch(text):
        return USUAL
    milliseconds = max(-(10.0**9), min(float(text), 10.0**9))
    return max(SHORTEST, min(LONGEST, int(milliseconds) * MILLISECOND))


def accepted(headers: Mapping[str, str]) -> str | None:
    """The answer to a handshake; None where it is none (RFC 6455, 4.2.1)."""
    key = headers.get("sec-websocket-key", "")
    tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
    if "upgrade" not in tokens or headers.get("sec-websocket-version") != "13" or not _is_key(key):
        return None
    return b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def _is_key(key: str) -> bool:
    try:
        return len(a2b_base64(key.encode(), strict_mode=True)) == 16
    except Error:
        return False
