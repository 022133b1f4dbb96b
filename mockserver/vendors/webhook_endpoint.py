"""A session's webhook endpoint, from a scenario or the admin API: where events go, and the faults on the way."""

from typing import Final, NamedTuple

from mockserver.core.instants import MINUTE, Duration

DEFAULT_SECRET: Final = "whsec_mock"  # noqa: S105 -- documented, for tests
"""The signing secret where the vendor generates one and the scenario names none."""

BUILTIN_RECEIVER_URL: Final = "https://receiver.test/"
"""The URL that bodies show for the session's built-in receiver; no host has that name."""

TIMESTAMP_SKEW: Final = 10 * MINUTE
"""How far in the past a `skewed` timestamp lies: twice the usual tolerance of verifiers."""

RECEIVER_TIMEOUT: Final = "timeout"
"""A receiver's response that means: no answer in time."""

OTHER_SIGNING_KEY: Final = "wrong-secret"
SKEWED_TIMESTAMP: Final = "skewed"
UNSIGNED: Final = "unsigned"
SIGNATURE_FAULTS: Final = (OTHER_SIGNING_KEY, SKEWED_TIMESTAMP, UNSIGNED)
"""The faults of a signature."""


class ReceiverResponse(NamedTuple):
    """A receiver's response with a body."""

    status: int
    body: str


class DeliveryFault(NamedTuple):
    """A fault of the deliveries of some events."""

    on: str = "*"
    """An event's type (`video.completed`), its last part (`completed`), or `*` for all."""
    duplicate: int = 0
    """How many byte-identical copies of the first attempt follow it."""
    reorder: bool = False
    """Delivered only after the event that follows it."""
    drop: bool = False
    """Never sent."""
    delay: Duration = 0
    """How long after the event it is sent."""
    signature: str = ""
    """One of `SIGNATURE_FAULTS`; empty: as the vendor signs."""
    replay: Duration = 0
    """How long after the first attempt the same bytes, old timestamp included, are sent again; 0: never."""

    def applies_to(self, event: str) -> bool:
        """Return True for events of that type."""
        return self.on in ("*", event) or event.endswith("." + self.on)


class WebhookEndpoint(NamedTuple):
    """A vendor's webhook endpoint in one session."""

    url: str = ""
    """Where events are posted; empty: to the session's built-in receiver, without any network."""
    secret: str = ""
    """The signing secret; empty: `DEFAULT_SECRET`, if the vendor signs at all."""
    events: tuple[str, ...] = ()
    """Types of events that are delivered; none: the vendor's default ones."""
    id: str = ""
    """Phaseo since 2026-08-05: the endpoint's id; empty: it matches every id that a create names."""
    sign_with_wall_clock: bool = False
    """Sign with the machine's time in place of the session's, for verifiers that read the wall clock."""
    receiver_responses: tuple[int | str | ReceiverResponse, ...] = ()
    """The built-in receiver's responses in turn: statuses, with a body or without, or `RECEIVER_TIMEOUT`; then 200."""
    delivery_faults: tuple[DeliveryFault, ...] = ()
    old_secrets: tuple[str, ...] = ()
    """Secrets that are being rotated out: each delivery has a signature with each of them, too."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secrets that sign where no create names one, the newest first."""
        return (self.secret or DEFAULT_SECRET, *self.old_secrets)

    def delivery_fault(self, event: str) -> DeliveryFault:
        """Merge the faults that apply to an event of that type; of each field, the first fault that sets it wins."""
        merged = DeliveryFault(event)
        # Later faults first, so that earlier ones overwrite them.
        for fault in reversed(self.delivery_faults):
            if fault.applies_to(event):
                fields = {name: value for name, value in fault._asdict().items() if value and name != "on"}
                merged = merged._replace(**fields)
        return merged
