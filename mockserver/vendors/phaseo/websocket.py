"""The websocket of a job: GET /v1/async/{kind}/{id}/ws (source of 2026-08-22).

The service answers 426 before it checks any key. It sends the job at once (`job.snapshot`), reads it again every
`interval_ms` and sends it when it differs (`job.updated`); for a job that is gone it sends `job.deleted` and closes.

Where specification and source differ, the fake follows the source:
* The specification has clients send `{"type": "ping"}` and `{"type": "refresh"}`. The source knows the bare texts
  `ping` and `refresh`, and does not answer the JSON.
* The specification closes on `expired`. The source closes on `completed`, `failed` and `cancelled`, so the socket of an
  expired video stays open.

Inferred: 400 for a handshake that cannot be completed, and that a renewed download link is no reason to send the video
again (the service signs new ones at every tick, so an open socket of a finished video gets one each).
"""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from collections.abc import Mapping
from functools import partial
from hashlib import sha1
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import MILLISECOND, SECOND, Duration, Instant
from mockserver.core.job import Job
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Call, RequestError
from mockserver.vendors.commands import snapshot
from mockserver.vendors.phaseo.batches.events import batch_event_data
from mockserver.vendors.phaseo.batches.states import BATCH_KIND
from mockserver.vendors.phaseo.deliveries import EventData
from mockserver.vendors.phaseo.download_links import SessionLinkContext
from mockserver.vendors.phaseo.errors import error_response, render_request_error, upgrade_required_response
from mockserver.vendors.phaseo.events import event_data
from mockserver.vendors.phaseo.states import VIDEO_KIND
from mockserver.vendors.phaseo.traits import traits_of
from mockserver.vendors.websocket import NORMAL_CLOSURE, SocketClose, SocketOutput

WATCHABLE_KINDS: Final = (VIDEO_KIND, BATCH_KIND)
CLOSING_STATES: Final = ("completed", "failed", "cancelled")
"""The states at which the socket closes; `expired` is not among them."""
CLOSED_BY_SERVER: Final = SocketClose(NORMAL_CLOSURE, "closed")

DEFAULT_INTERVAL: Final[Duration] = 2500 * MILLISECOND
MIN_INTERVAL: Final[Duration] = SECOND
MAX_INTERVAL: Final[Duration] = 10 * SECOND

_DECIMAL: Final = r"(?ai)[+-]?(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:e[+-]?\d{1,2})?"
_FALSE_WORDS: Final = ("0", "false", "no", "off")
_HANDSHAKE_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""The constant of every handshake (RFC 6455, 1.3)."""


class GatewaySocket(NamedTuple):
    """The socket of one client about one video or batch."""

    kind: str
    job_id: str
    opened_at: Instant
    interval: Duration
    closes_on_end: bool
    """True if the socket closes when the job ends."""
    link_context: SessionLinkContext
    data: EventData
    """Renders the job."""

    def on_open(self, job: Job | None, now: Instant) -> SocketOutput:
        """Send the job."""
        return self._job_output("job.snapshot", job, now, "")

    def on_tick(self, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        """Send the job, if it differs from the last payload."""
        return self._job_output("job.updated", job, now, last_payload)

    def on_message(self, text: str, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        """Answer `ping` and `refresh`, the bare texts; other messages get no answer."""
        if text == "refresh":
            return self._job_output("job.updated", job, now, last_payload)
        frames: tuple[str, ...] = ()
        if text == "ping":
            frames = (_frame("pong"),)
        return SocketOutput(frames, last_payload, next_tick=self._next_change(job, now))

    def next_tick(self, now: Instant) -> Instant:
        """Return the first tick after `now`."""
        return self.opened_at + ((now - self.opened_at) // self.interval + 1) * self.interval

    def _job_output(self, event: str, job: Job | None, now: Instant, last_payload: str) -> SocketOutput:
        if job is None or job.deletion is not None:
            deleted = _frame("job.deleted", {"id": self.job_id, "kind": self.kind})
            return SocketOutput((deleted,), last_payload, CLOSED_BY_SERVER)
        data = self.data(job, now, self.link_context, None)
        payload = orjson.dumps(data).decode()
        if payload == last_payload:
            return SocketOutput((), last_payload, next_tick=self._next_change(job, now))
        if self.closes_on_end and data["status"] in CLOSING_STATES:
            return SocketOutput((_frame(event, data),), payload, CLOSED_BY_SERVER)
        return SocketOutput((_frame(event, data),), payload, next_tick=self._next_change(job, now))

    def _next_change(self, job: Job | None, now: Instant) -> Instant | None:
        """Return the first tick at which time has changed what is sent; None: it never will (job gone: the next tick).

        Of a video that is its state, because its progress is not sent; of a batch also the state of any request.
        """
        if job is None:
            return self.next_tick(now)
        seen = snapshot(job, now)
        until = seen.span.until if seen.batch is None else seen.batch.unchanged_until
        return None if until is None else self.next_tick(until - 1)


def _frame(event: str, data: Mapping[str, Any] | None = None) -> str:
    frame: dict[str, Any] = {"type": event}
    if data is not None:
        frame["data"] = data
    return orjson.dumps(frame).decode()


def upgrade_required_answer(call: Call) -> Answer:
    """Answer 426 to a call that requests no websocket, with or without a key."""
    return Answer(upgrade_required_response())


def open_socket(call: Call) -> Answer:
    """GET /v1/async/{kind}/{id}/ws: 101 and the socket's script, or an error."""
    job_id = call.path_params.get("batch_id") or call.path_params["video_id"]
    usual_kind = BATCH_KIND if "batch_id" in call.path_params else VIDEO_KIND
    kind = call.path_params.get("kind", usual_kind).strip().lower()
    if kind not in WATCHABLE_KINDS:
        return Answer(error_response(call, "validation_error", "invalid_async_job_path"))
    job = call.view.job(kind, job_id)
    if job is None or call.now < job.created or job.deletion is not None:
        return Answer(error_response(call, "not_found", "async_job_not_found_or_not_owned"))
    accept = accept_token(call.request.headers)
    if accept is None:
        detail = "the handshake of the websocket cannot be completed"
        return Answer(render_request_error(call, RequestError.BAD_HTTP, detail))
    upgraded = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept))
    # Of a repeated parameter the first value counts.
    closes = _first_query_value(call, "close_on_terminal", "true").lower() not in _FALSE_WORDS
    socket = GatewaySocket(
        kind=kind,
        job_id=job.id,
        opened_at=call.now,
        interval=_parse_interval(_first_query_value(call, "interval_ms")),
        closes_on_end=closes,
        link_context=SessionLinkContext(call.base_url, call.seed),
        data=batch_event_data if kind == BATCH_KIND else partial(event_data, traits=traits_of(call)),
    )
    return Answer(Response(101, upgraded), websocket=socket)


def _first_query_value(call: Call, name: str, default: str = "") -> str:
    return next(iter(call.query_all(name)), default).strip()


def _parse_interval(text: str) -> Duration:
    if not re.fullmatch(_DECIMAL, text):
        return DEFAULT_INTERVAL
    # Clamped before the multiplication: the text can be 1e99.
    milliseconds = max(-(10.0**9), min(float(text), 10.0**9))
    return max(MIN_INTERVAL, min(MAX_INTERVAL, int(milliseconds) * MILLISECOND))


def accept_token(headers: Mapping[str, str]) -> str | None:
    """Return the Sec-WebSocket-Accept of a handshake; None if the request is not one (RFC 6455, 4.2.1)."""
    key = headers.get("sec-websocket-key", "")
    tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
    if "upgrade" not in tokens or headers.get("sec-websocket-version") != "13":
        return None
    try:
        nonce = a2b_base64(key.encode(), strict_mode=True)
    except Error:
        return None
    if len(nonce) != 16:
        return None
    return b64encode(sha1(key.encode() + _HANDSHAKE_GUID, usedforsecurity=False).digest()).decode()
