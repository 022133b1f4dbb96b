"""A world of Phaseo that delivers its webhooks when a test says so: no network, no waiting."""

from collections.abc import Callable
from typing import Any, Final

from mockserver.core.delivery import Outcome
from mockserver.core.instants import SECOND, Duration, Instant
from mockserver.core.timeline import For, Step
from mockserver.engine.deliveries import Delivery
from mockserver.engine.sent import Sent
from mockserver.vendors.hooks import Hook
from mockserver.vendors.script import Course, Script
from tests.support.fake_world import ERAS, START, ContractObserver, FakeWorld, json_of, open_session

EVENTS: Final = ("video.created", "video.status_changed", "video.completed", "video.failed", "video.cancelled")
TEN_SECONDS: Final = (Step("queued", For(2 * SECOND)), Step("processing", For(8 * SECOND)), Step("completed"))
ENDPOINT: Final = {"endpoint_id": "we_1"}
ALL_EVENTS: Final = Hook(events=EVENTS)


class WebhookWorld(FakeWorld):
    """A session whose scheduled deliveries are worked off by hand."""

    def __init__(self, hook: Hook | None = ALL_EVENTS, **script: Any) -> None:
        courses = script.pop("courses", (Course(TEN_SECONDS),))
        era, observer = ERAS["phaseo@2026-08-05"], ContractObserver()
        session = open_session(era, observer, Script(courses=courses, webhooks=hook, **script))
        super().__init__(session, era, observer)
        self.outcomes: list[Outcome] = []
        """The receiver's outcomes of the next attempts, instead of the session's own."""
        self.wall: Instant | None = None
        self.during: Callable[[], None] = lambda: None
        """Called while an attempt is under way."""

    @property
    def sent(self) -> list[Sent]:
        """The log of all attempts."""
        return list(self.session.deliveries.log)

    def create(self, **body: Any) -> str:
        """Create a video with an endpoint; return its id."""
        example = {"model": "qwen/wan2.7-t2v", "prompt": "x", "webhook": ENDPOINT}
        return str(json_of(self.call_operation("create", body={**example, **body}))["id"])

    def run_until(self, offset: Duration) -> None:
        """Deliver whatever is due until `offset` after the start."""
        while (due := self.session.agenda.take(START + offset)) is not None:
            self.now = max(due.at, self.now)
            self.deliver(due.what)
        self.now = START + offset

    def deliver(self, what: Any) -> None:
        """Make one attempt, with the copies of it that a fault asks for."""
        deliveries, now = self.session.deliveries, self.now
        posting = deliveries.begin(what, now, "http://x", self.wall) if isinstance(what, Delivery) else what
        if posting is None:
            return
        self.during()
        for one in (posting, *deliveries.copies(posting)):
            deliveries.finish(one, self.outcomes.pop(0) if self.outcomes else deliveries.receive(one), now)

    def event_types(self) -> list[str]:
        """List the types of the attempts, without their prefix."""
        return [sent.event.type.removeprefix("video.") for sent in self.sent]

    def times(self) -> list[float]:
        """List the times of the attempts, in seconds after the start."""
        return [(sent.at - START) / SECOND for sent in self.sent]
