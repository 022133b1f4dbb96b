"""A world of Phaseo that delivers its webhooks when a test says so: no network, no waiting."""

from collections.abc import Callable
from typing import Any, Final

from mockserver.core.delivery import DeliveryOutcome
from mockserver.core.instants import SECOND, Duration, Instant
from mockserver.core.timeline import Timed, TimelineStep
from mockserver.engine.notify.deliveries import DueDelivery
from mockserver.engine.notify.delivery_log import DeliveryRecord
from mockserver.vendors.script import Script, TimelineRule
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from tests.support.fake_world import ERAS, START, ContractObserver, FakeWorld, json_of, open_session

EVENTS: Final = ("video.created", "video.status_changed", "video.completed", "video.failed", "video.cancelled")
TEN_SECONDS: Final = (
    TimelineStep("queued", Timed(2 * SECOND)),
    TimelineStep("processing", Timed(8 * SECOND)),
    TimelineStep("completed"),
)
ENDPOINT: Final = {"endpoint_id": "we_1"}
ALL_EVENTS: Final = WebhookEndpoint(events=EVENTS)


class WebhookWorld(FakeWorld):
    """A session whose scheduled deliveries are worked off by hand."""

    def __init__(self, hook: WebhookEndpoint | None = ALL_EVENTS, **script: Any) -> None:
        courses = script.pop("courses", (TimelineRule(TEN_SECONDS),))
        era, observer = script.pop("era", ERAS["phaseo@2026-08-05"]), ContractObserver()
        session = open_session(era, observer, Script(timeline_rules=courses, webhook_endpoint=hook, **script))
        super().__init__(session, era, observer)
        self.outcomes: list[DeliveryOutcome] = []
        """The receiver's outcomes of the next attempts, instead of the session's own."""
        self.wall: Instant | None = None
        self.during: Callable[[], None] = lambda: None
        """Called while an attempt is under way."""

    @property
    def sent(self) -> list[DeliveryRecord]:
        """List the attempts in the log."""
        return list(self.session.deliveries.log)

    def create(self, **body: Any) -> str:
        """Create a video with an endpoint; return its id."""
        example = {"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": ENDPOINT}
        return str(json_of(self.call_operation("create", body={**example, **body}))["id"])

    def run_until(self, offset: Duration) -> None:
        """Deliver everything that is due until `offset` after the start."""
        while (due := self.session.schedule.pop_due(START + offset)) is not None:
            self.now = max(due.at, self.now)
            self.deliver(due.item)
        self.now = START + offset

    def deliver(self, what: Any) -> None:
        """Make one attempt, with the copies of it that a fault asks for."""
        deliveries, now = self.session.deliveries, self.now
        posting = deliveries.begin(what, now, "http://x", self.wall) if isinstance(what, DueDelivery) else what
        if posting is None:
            return
        self.during()
        for one in (posting, *deliveries.duplicates(posting)):
            deliveries.finish(one, self.outcomes.pop(0) if self.outcomes else deliveries.answer_from_builtin(one), now)

    def event_types(self) -> list[str]:
        """List the types of the attempts, without their prefix."""
        return [sent.event.type.removeprefix("video.") for sent in self.sent]

    def times(self) -> list[float]:
        """List the times of the attempts, in seconds after the start."""
        return [(sent.at - START) / SECOND for sent in self.sent]
