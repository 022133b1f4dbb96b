"""How a vendor tells of its jobs unasked: which events, to whom, in which words, how often it tries.

All of it is pure: events derive from a job's course as its state does, and a delivery is written for an instant that
somebody names. Who sends it, when, and what came of it is `engine.deliveries`' business.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mockserver.core.instants import Duration, Instant
from mockserver.core.job import Job
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.vendors.signatures import Signature
from mockserver.vendors.webhook_endpoint import WebhookEndpoint


class WebhookEvent(NamedTuple):
    """Something about a job that is worth telling."""

    at: Instant
    key: str
    """Unique for the job: an event is told under one key, whatever the number of attempts."""
    type: str
    extra: Mapping[str, Any] = EMPTY_MAPPING
    """What the job at the instant of telling does not know any more."""


class Subscription(NamedTuple):
    """Whom a job's events are told."""

    url: str
    """Empty: the session's own receiver."""
    secret: str
    """Empty: unsigned."""
    events: frozenset[str]
    """The types that are told."""


class DeliveryRequest(NamedTuple):
    """What is to be written: one attempt to tell one event."""

    job: Job
    event: WebhookEvent
    attempt: int
    at: Instant
    """The instant at which the body is right."""
    signed_at: Instant
    """The instant that the signature carries."""
    secret: str
    """Empty: unsigned."""
    base_url: str
    """Where the vendor's paths begin, without a slash at the end."""
    seed: str


class RenderedDelivery(NamedTuple):
    """A delivery as it is sent."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    event_id: str
    """The same for each attempt to tell an event; empty where the vendor has none."""


class PayloadPointers(NamedTuple):
    """Where the body of a delivery says what it is about: the keys that lead there; none where it does not say."""

    event: tuple[str, ...] = ("type",)
    job: tuple[str, ...] = ("data", "id")
    attempt: tuple[str, ...] = ("delivery", "attempt")


DEFAULT_POINTERS: Final = PayloadPointers()


@dataclass(frozen=True)
class WebhookSpec:
    """How one kind of job tells of itself in one era."""

    types: tuple[str, ...]
    """Every type of event there is."""
    default_types: tuple[str, ...]
    """The types that are told where nobody chose."""
    events: Callable[[Job, frozenset[str]], Iterable[WebhookEvent]]
    """(job, types that are told) -> the events of its course and of its future as it is now, in order of time."""
    subscription: Callable[[Job, WebhookEndpoint | None], Subscription | None]
    """(job, the session's endpoint) -> whom its events are told; None: nobody."""
    render: Callable[[DeliveryRequest], RenderedDelivery]
    retry_delays: tuple[Duration, ...]
    """Between a failed attempt and the next one; after the last of them there is none."""
    timeout: Duration
    """How long the receiver may take."""
    delivery_error: Callable[[int, bytes], str]
    """(status, beginning of the body) -> why that is no delivery; empty where it is one."""
    resolve_alias: Callable[[str], str] = lambda word: word
    """What a word means that is neither a type nor the end of one."""
    parse_signature: Callable[[Mapping[str, str]], Signature | None] | None = None
    """What the headers of a delivery (in lower case) carry of a signature; None: the vendor signs nothing."""
    pointers: PayloadPointers = DEFAULT_POINTERS
    create_names_endpoint: bool = False
    """Whether a create names the endpoint that its job's events go to."""

    def resolve_types(self, *selections: Iterable[str]) -> frozenset[str]:
        """The types that are told: those of the first list that names any, else the usual ones."""
        for listed in selections:
            found = frozenset(map(self.resolve_type, listed)) - {""}
            if found:
                return found
        return frozenset(self.default_types)

    def resolve_type(self, name: str) -> str:
        """The type that a word means: a type, the end of one, or as the vendor has it; empty where it means none."""
        ends = (one for one in self.types if one.endswith(f".{name}"))
        found = name if name in self.types else next(ends, "") or self.resolve_alias(name)
        return found if found in self.types else ""
