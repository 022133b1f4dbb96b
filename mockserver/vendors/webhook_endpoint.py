"""What a scenario, or the admin API, says about webhooks, compiled: where they go, and what goes wrong on the way."""

from typing import Final, NamedTuple

from mockserver.core.instants import MINUTE, Duration

DEFAULT_SECRET: Final = "whsec_mock"  # noqa: S105 -- documented, for tests
"""What is signed with where the vendor makes the secret and nobody has named one."""

BUILTIN_RECEIVER_URL: Final = "https://receiver.test/"
"""What the session's own receiver is called where a body must name an address; nobody answers there."""

TIMESTAMP_SKEW: Final = 10 * MINUTE
"""How far in the past a `skewed` timestamp lies: twice what verifiers usually put up with."""

RECEIVER_TIMEOUT: Final = "timeout"
"""What a receiver does that does not answer in time."""

OTHER_SIGNING_KEY: Final = "wrong-secret"
SKEWED_TIMESTAMP: Final = "skewed"
UNSIGNED: Final = "unsigned"
SIGNATURE_FAULTS: Final = (OTHER_SIGNING_KEY, SKEWED_TIMESTAMP, UNSIGNED)
"""How a signature can be spoiled."""


class ReceiverResponse(NamedTuple):
    """What a receiver answers that has something to say."""

    status: int
    body: str


class DeliveryFault(NamedTuple):
    """What goes wrong with the deliveries of some events."""

    on: str = "*"
    """An event's type (`video.completed`), the end of one (`completed`), or `*` for all."""
    duplicate: int = 0
    """How often the first attempt is sent once more, the same to the byte."""
    reorder: bool = False
    """Told only after the event that follows it."""
    drop: bool = False
    """Never sent."""
    delay: Duration = 0
    """How long after its event it is sent."""
    signature: str = ""
    """One of `SIGNING`; empty: as the vendor signs."""
    replay: Duration = 0
    """How long after the first attempt the same bytes come again, old timestamp and all; 0: never."""

    def applies_to(self, event: str) -> bool:
        """Whether it is about events of that type."""
        return self.on in ("*", event) or event.endswith("." + self.on)


class WebhookEndpoint(NamedTuple):
    """A vendor's webhook endpoint in one session."""

    url: str = ""
    """Where events are posted; empty: to the session's own receiver, which no network reaches."""
    secret: str = ""
    """What is signed with; empty: `SECRET`, where the vendor signs at all."""
    events: tuple[str, ...] = ()
    """Types of events that are told; none: the vendor's usual ones."""
    id: str = ""
    """Phaseo since 2026-08-05: the endpoint's id; empty: whatever a create names is this one."""
    sign_with_wall_clock: bool = False
    """Signed with the machine's time instead of the session's, for verifiers that look at the wall clock."""
    receiver_responses: tuple[int | str | ReceiverResponse, ...] = ()
    """What the session's own receiver answers, in turn: statuses, perhaps with a body, or `TIMEOUT`; then 200."""
    delivery_faults: tuple[DeliveryFault, ...] = ()

    def delivery_fault(self, event: str) -> DeliveryFault:
        """What goes wrong with an event of that type: all that concerns it, the first word of each kind holds."""
        found = [spoil for spoil in self.delivery_faults if spoil.applies_to(event)]
        whole = DeliveryFault(event)
        for spoil in reversed(found):
            said = {name: value for name, value in spoil._asdict().items() if value and name != "on"}
            whole = whole._replace(**said)
        return whole
