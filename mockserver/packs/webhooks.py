"""Compiles the webhooks of a kind: its events, who gets them, and what a delivery says."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from mockserver.core.instants import MINUTE, SECOND, Duration, unix_seconds
from mockserver.core.job import Job
from mockserver.core.pointer import parse_pointer
from mockserver.packs.errors import compile_headers, render_headers
from mockserver.packs.facts import Facts, Render
from mockserver.packs.ids import IdForm
from mockserver.packs.kinds import CompiledKind
from mockserver.packs.node_access import check_reference, checked_group, entries_of, member, when_given
from mockserver.packs.scope import EraTables, Place, Scope
from mockserver.packs.values import TIME_FORMATS, compile_value
from mockserver.scenario import values
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import FOREVER
from mockserver.vendors.commands import history
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.signatures import HmacHeaderNames, HmacHeaders, HmacPairs, StandardWebhooks, WebhookSignature
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from mockserver.vendors.webhooks import (
    DeliveryRequest,
    PayloadPointers,
    RenderedDelivery,
    Subscription,
    WebhookEvent,
    WebhookSpec,
    webhook_json,
)

_DEFAULT_RETRIES: Final = (MINUTE, 5 * MINUTE, 15 * MINUTE)
_DEFAULT_TIMEOUT: Final = 10 * SECOND
_DEFAULT_ID: Final = IdForm(prefix="evt_")
_JOB_ID: Final = "$id"
_NOWHERE: Final = "none"
_SIGNATURES: Final[Mapping[str, Callable[[Node], WebhookSignature]]] = {
    "standard-webhooks": lambda node: StandardWebhooks(values.as_text(node.get("prefix"), "webhook")),
    "hmac-hex": lambda node: HmacHeaders(
        HmacHeaderNames(
            values.as_text(node.get("timestamp_header"), "webhook-timestamp"),
            values.as_text(node.get("header"), "webhook-signature"),
        )
    ),
    "hmac-pairs": lambda node: HmacPairs(values.as_text(node.get("header"), "webhook-signature")),
    "ed25519": lambda node: Ed25519Headers(values.as_text(node.get("prefix"), "X-Webhook")),
}
"""By the scheme."""


@dataclass(frozen=True, kw_only=True)
class PackWebhooks:
    """The webhooks of one kind, compiled."""

    kind: CompiledKind
    types: Mapping[str, frozenset[str]]
    """By type, the states whose entry it reports."""
    url: Render | None
    events_wanted: Render | None
    payload: Render
    headers: tuple[tuple[str, Render], ...]
    event_id: IdForm | None
    """None: the job's id identifies its deliveries."""
    statuses: frozenset[int]
    """The statuses that acknowledge a delivery; empty: any 2xx."""
    time_format: str

    def events(self, job: Job, wanted: frozenset[str]) -> Iterator[WebhookEvent]:
        """Yield an event of each wanted type, once, as the first of its states is entered."""
        delivered: set[str] = set()
        for number, span in enumerate(history(job, FOREVER)):
            # A job that a scenario creates in a terminal state delivers nothing.
            if number == 0 and span.state in self.kind.tables.lifecycle.terminal:
                return
            for name, states in self.types.items():
                if span.state in states and name in wanted and name not in delivered:
                    delivered.add(name)
                    yield WebhookEvent(span.entered, name, name)

    def subscription(self, job: Job, endpoint: WebhookEndpoint | None, spec: WebhookSpec) -> Subscription | None:
        """Return the receiver of a job's events: the one that its create names, or the account's if none is named."""
        if self.url is None:
            return spec.endpoint_subscription(endpoint)
        facts = Facts(at=job.created, now=self.kind.snapshot(job, job.created))
        names = None if self.events_wanted is None else self.events_wanted(facts)
        wanted = tuple(map(str, names)) if isinstance(names, list | tuple) else ()
        url = self.url(facts)
        return spec.named_subscription(endpoint, url if isinstance(url, str) else "", wanted)

    def render(self, request: DeliveryRequest) -> RenderedDelivery:
        """Render a delivery, without its signature."""
        job, event = request.job, request.event
        event_id = job.id
        if self.event_id is not None:
            event_id = self.event_id.make(request.seed, job.id, event.key, at=event.at)
        described: dict[str, Any] = {
            "id": event_id,
            "type": event.type,
            "at": TIME_FORMATS[self.time_format](event.at),
            "attempt": request.attempt,
            "timestamp": unix_seconds(request.signed_at),
        }
        now = self.kind.snapshot(job, request.at)
        facts = Facts(at=request.at, base_url=request.base_url, seed=request.seed, now=now, extra={"event": described})
        headers = (("Content-Type", "application/json"), *render_headers(self.headers, facts))
        return RenderedDelivery(headers, webhook_json(self.payload(facts)), event_id)

    def delivery_error(self, status: int, body: bytes) -> str:
        """Return why a delivery failed; empty if it did not."""
        accepted = status in self.statuses if self.statuses else 200 <= status < 300
        return "" if accepted else f"the receiver answered {status}"


def compile_webhooks(node: Node | None, kind: CompiledKind, tables: EraTables) -> WebhookSpec | None:
    """Compile the section `webhooks` of a kind; reports unknown states (PCK002) and names (PCK001, PCK003)."""
    if node is None:
        return None
    scope = Scope(tables=tables, places=frozenset({Place.JOB}), kind=kind.tables)
    types = {}
    for key, event in entries_of(node.get("events")):
        types[key.text] = checked_group(member(event, "on"), kind.tables, tables.diagnostics)
    signature = node.get("signature")
    event_scope = scope.with_places(Place.EVENT)
    hooks = PackWebhooks(
        kind=kind,
        types=types,
        url=when_given(node.get("url"), partial(compile_value, scope=scope)),
        events_wanted=when_given(node.get("events_wanted"), partial(compile_value, scope=scope)),
        payload=compile_value(member(node, "payload"), event_scope),
        headers=compile_headers(node.get("headers"), event_scope),
        event_id=_event_id(node.get("event_id"), tables),
        statuses=frozenset(int(item.value) for item in values.items_of(node.get("success"))),
        time_format=tables.time_format,
    )
    retries, timeout = node.get("retries"), node.get("timeout")
    default_types = values.as_texts(node.get("default_events")) or tuple(types)
    for item in values.items_of(node.get("default_events")):
        check_reference(item, "event", types, tables.diagnostics)
    spec = WebhookSpec(
        types=tuple(types),
        default_types=default_types,
        events=hooks.events,
        subscription=lambda job, endpoint: hooks.subscription(job, endpoint, spec),
        render=hooks.render,
        retry_delays=_DEFAULT_RETRIES if retries is None else _delays(retries, tables),
        retry_delays_by_type={
            key.text: _delays(own, tables)
            for key, event in entries_of(node.get("events"))
            if (own := event.get("retries")) is not None
        },
        timeout=_DEFAULT_TIMEOUT if timeout is None else values.as_duration(timeout, tables.diagnostics),
        delivery_error=hooks.delivery_error,
        signature=None if signature is None else _SIGNATURES[member(signature, "scheme").text](signature),
        pointers=PayloadPointers(
            event=_pointer(node.get("event_at"), "/type"),
            job=_pointer(node.get("job_at"), "/data/id"),
            attempt=parse_pointer(values.as_text(node.get("attempt_at"))),
        ),
    )
    return spec


def _pointer(node: Node | None, default: str) -> tuple[str, ...]:
    text = values.as_text(node, default)
    return () if text == _NOWHERE else tuple(parse_pointer(text))


def _delays(node: Node, tables: EraTables) -> tuple[Duration, ...]:
    return tuple(values.as_duration(item, tables.diagnostics) for item in node.items)


def _event_id(node: Node | None, tables: EraTables) -> IdForm | None:
    if node is not None and node.text == _JOB_ID:
        return None
    if node is None or not check_reference(node, "form of ids", tables.ids, tables.diagnostics):
        return _DEFAULT_ID
    return tables.ids[node.text]
