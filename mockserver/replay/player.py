"""Follows a client's jobs along the recorded ones, and answers its requests from the recording.

    player = RecordingPlayer(traffic, DriveBy.TIME, clock)
    player.answer(request, base_url, wall_now)

The client's jobs have the recorded ids as long as no two of them are of one recorded job; then the later ones get ids
of their own, woven into everything that they are shown.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from mockserver.contract.judge.vendor_paths import vendor_path
from mockserver.core.client_wait import parse_retry_after, requested_wait
from mockserver.core.clock import Clock
from mockserver.core.instants import Duration, Instant
from mockserver.core.wire import ADMIN_PREFIX, Exchange, Request, Response, json_or_none
from mockserver.engine.client_sleep import BUSY_STATUSES
from mockserver.replay.answers import Moment, RecordedAnswer
from mockserver.replay.calls import CourseKey, IdentifiedCall
from mockserver.replay.course import (
    CoursePosition,
    UnknownAnswer,
    choose_command,
    choose_next_read,
    choose_timed_read,
    interval_end,
)
from mockserver.replay.creates import CreateOrder
from mockserver.replay.refusals import not_at_this_moment, not_recorded, without_answer
from mockserver.replay.rewrites import UrlRewriter, fresh_id, replace_id, replace_words, rewrite_response
from mockserver.replay.traffic import RecordedCourse, RecordedTraffic, digest_request_body

MAX_LISTED: Final = 1_000
"""Different requests without an answer that are counted by name."""
RECORDED_HEADER: Final = "X-Mock-Recorded"
"""The header of an answer that names its entry in the recording."""


class DriveBy(Enum):
    """What moves a client along a recording."""

    TIME = "time"
    POLL = "poll"


@dataclass(slots=True, kw_only=True)
class ClientCourse:
    """A recorded course as one client has it."""

    served_id: str
    """The id that the client knows the job by."""
    position: CoursePosition
    recorded_anchor: Instant
    client_anchor: Instant
    """The client's instant that `recorded_anchor` is the same moment as."""

    @property
    def recorded_id(self) -> str:
        """The id that the recording knows the job by."""
        return self.position.course.key.name


@dataclass(slots=True)
class ReplayCounts:
    """What a player has done."""

    answered: int = 0
    lost: int = 0
    """Requests whose recorded answer is lost."""
    unrecorded: Counter[str] = field(default_factory=Counter)
    """Requests that the recording has no answer to, each with the reason."""


class RecordingPlayer:
    """Answers requests from a recording; the wall clock is an argument."""

    def __init__(self, traffic: RecordedTraffic, drive_by: DriveBy, clock: Clock) -> None:
        self.counts = ReplayCounts()
        self._traffic = traffic
        self._drive_by = drive_by
        self._clock = clock
        self._began_at: Instant | None = None
        """The client's instant of its first request."""
        self._courses: dict[CourseKey, ClientCourse] = {}
        """By the id that the client knows."""
        self._recorded_ids: dict[str, str] = {}
        """The recorded id of each job that has a new one, by that."""
        self._creates = CreateOrder(traffic.creates)
        self._urls = UrlRewriter(traffic.api_hosts, traffic.files)

    def answer(self, request: Request, base_url: str, wall_now: Instant) -> Response:
        """Return the recorded answer with its URLs at `base_url`, or a problem: RPL002, RPL003 or RPL004."""
        now = self._clock.now(wall_now)
        if self._began_at is None:
            self._began_at = now
        for call in self._candidates(request):
            if call.creates and call.key in self._creates:
                return self._create(request, call, base_url, now)
            client = None if call.creates else self._client_course(call, now)
            if client is not None and call.key in client.position.course.answers:
                return self._call(request, call, client, (base_url, wall_now))
        refusal = not_recorded(request, self._traffic)
        # `test --base-url` asks whether this is a mock server: that is no call of the client's.
        if vendor_path(request.path).startswith(ADMIN_PREFIX):
            return refusal
        return self._refuse(refusal, f"{request.method} {request.path}")

    def _candidates(self, request: Request) -> Iterator[IdentifiedCall]:
        """Yield what the request may be, then the same with recorded ids in the place of new ones."""
        yield from self._traffic.reader.identify(request)
        path = replace_words(request.path, self._recorded_ids)
        query = replace_words(request.query, self._recorded_ids)
        if (path, query) != (request.path, request.query):
            yield from self._traffic.reader.identify(request._replace(path=path, query=query))

    def _client_course(self, call: IdentifiedCall, now: Instant) -> ClientCourse | None:
        """Return the client's course of a call; one that it has not created begins at the first call about it."""
        known = self._courses.get(call.course)
        course = self._traffic.courses.get(call.course)
        if known is not None or course is None:
            return known
        client_anchor = now
        if not course.is_job and self._began_at is not None:
            client_anchor = self._began_at
        return self._begin(course, call.course.name, client_anchor)

    def _begin(self, course: RecordedCourse, served_id: str, client_anchor: Instant) -> ClientCourse:
        client = ClientCourse(
            served_id=served_id,
            position=CoursePosition(course=course),
            recorded_anchor=course.origin,
            client_anchor=client_anchor,
        )
        self._courses[CourseKey(course.key.vendor, served_id)] = client
        return client

    def _call(self, request: Request, call: IdentifiedCall, client: ClientCourse, at: tuple[str, Instant]) -> Response:
        """Answer a call about a course that the recording has."""
        base_url, wall_now = at
        position = client.position
        now = self._clock.now(wall_now)
        if self._drive_by is DriveBy.TIME:
            passed = client.recorded_anchor + now - client.client_anchor
            position.reached = max(position.reached, Moment(passed, 2**63 - 1))
        chosen = self._choose(position, call)
        if isinstance(chosen, UnknownAnswer):
            subject = f"{call.key.name}: {chosen.reason}"
            return self._refuse(not_at_this_moment(request, chosen), subject)
        position.shown[call.key] = chosen.moment
        if chosen.is_effective:
            position.commands_sent += 1
            # The command is the same moment for both: what follows it counts from here.
            client.recorded_anchor, client.client_anchor = chosen.moment.at, now
            position.reached = chosen.moment
        elif self._drive_by is DriveBy.POLL and call.shows_state:
            position.reached = max(position.reached, interval_end(position, call.key, chosen))
        response = self._load(chosen, client, base_url)
        wait = self._client_wait(request, response, chosen, now)
        if wait:
            self._clock = self._clock.advance(wall_now, wait)
        return response

    def _choose(self, position: CoursePosition, call: IdentifiedCall) -> RecordedAnswer | UnknownAnswer:
        if not call.is_read:
            return choose_command(position, call)
        if self._drive_by is DriveBy.TIME:
            return choose_timed_read(position, call)
        return choose_next_read(position, call)

    def _client_wait(self, request: Request, response: Response, chosen: RecordedAnswer, now: Instant) -> Duration:
        """Return how long the client sleeps after an answer; 0 for a clock that polls do not move."""
        step = self._clock.poll_step
        if not step:
            return 0
        exchange = Exchange(request, response, now, now)
        if response.status in BUSY_STATUSES:
            return parse_retry_after(exchange) or step
        if request.method != "GET" or chosen.word is None or chosen.has_ended:
            return 0
        return requested_wait(exchange, json_or_none(response.body)) or step

    def _create(self, request: Request, call: IdentifiedCall, base_url: str, now: Instant) -> Response:
        """Map a create of the client's onto a recorded one."""
        key = request.headers.get("idempotency-key", "")
        entry, served_id = self._creates.take(call.key, key, digest_request_body(request))
        client: ClientCourse | None = None
        if entry.course is not None:
            if served_id is None:
                client = self._begin_job(self._traffic.courses[entry.course], now)
            else:
                client = self._courses[CourseKey(entry.course.vendor, served_id)]
            self._creates.remember(key, client.served_id)
        return self._load(entry.answer, client, base_url)

    def _begin_job(self, course: RecordedCourse, now: Instant) -> ClientCourse:
        vendor, recorded_id = course.key
        served_id = recorded_id
        if course.key in self._courses:

            def is_taken(job_id: str) -> bool:
                key = CourseKey(vendor, job_id)
                return key in self._courses or key in self._traffic.courses

            served_id = fresh_id(recorded_id, len(self._recorded_ids), is_taken)
            self._recorded_ids[served_id] = recorded_id
        return self._begin(course, served_id, now)

    def _load(self, answer: RecordedAnswer, client: ClientCourse | None, base_url: str) -> Response:
        """Return an answer as this client gets it."""
        if not answer.status:
            self.counts.lost += 1
            return without_answer(answer.position)
        self.counts.answered += 1
        response = rewrite_response(
            self._traffic.store.load(answer), lambda text: self._rewrite(text, client, base_url)
        )
        return response._replace(headers=(*response.headers, (RECORDED_HEADER, answer.position)))

    def _rewrite(self, text: str, client: ClientCourse | None, base_url: str) -> str:
        # URLs first: they are recognized by their recorded paths.
        text = self._urls.rewrite(text, base_url)
        if client is not None and client.position.course.is_job and client.served_id != client.recorded_id:
            text = replace_id(text, client.recorded_id, client.served_id)
        return text

    def _refuse(self, response: Response, subject: str) -> Response:
        if subject in self.counts.unrecorded or len(self.counts.unrecorded) < MAX_LISTED:
            self.counts.unrecorded[subject] += 1
        else:
            self.counts.unrecorded["other requests"] += 1
        return response
