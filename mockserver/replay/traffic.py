"""Reads a recording into courses: the answers of each job, call by call, in their order.

Knows recordings and contracts, and no client. What repeats is kept once: a job that was polled a thousand times and
showed three states takes the memory of three answers, whose bodies are in the store. A recording is read twice: the
first time to find its vendors.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from mockserver.contract.eras.vendor_finder import VendorFinder
from mockserver.contract.judge.job_finder import JobMention
from mockserver.core.forms import request_value
from mockserver.core.instants import Instant
from mockserver.core.timeline import EMPTY_MAPPING
from mockserver.core.wire import Exchange, Request, Response
from mockserver.replay.answers import AnswerStore, Moment, RecordedAnswer, StoredAnswer
from mockserver.replay.calls import CallIdentifier, CallKey, CourseKey, IdentifiedCall

_NO_ANSWER = StoredAnswer(0, 0, 0)


class StateMark(NamedTuple):
    """The first moment at which a job was seen in a state, after another one."""

    moment: Moment
    word: str


@dataclass(slots=True, kw_only=True)
class RecordedCourse:
    """What was recorded of one job, or of one call about no job."""

    key: CourseKey
    origin: Instant
    """When the job was created, else when it was seen first; for a call about no job, when the recording began."""
    answers: dict[CallKey, list[RecordedAnswer]] = field(default_factory=dict)
    """By call, in the order of the requests; equal answers in a row are one."""
    commands: list[tuple[Moment, str]] = field(default_factory=list)
    """The commands that changed the job, each with its name."""
    marks: list[StateMark] = field(default_factory=list)

    @property
    def is_job(self) -> bool:
        """True if it is the course of a job."""
        return bool(self.key.vendor)


class RecordedCreate(NamedTuple):
    """One recorded request to create a job."""

    answer: RecordedAnswer
    course: CourseKey | None
    """The job that it created; None if it was refused, or its answer is not known."""
    body_digest: bytes
    idempotency_key: str


class NamedCall(NamedTuple):
    """A call in words, for near misses."""

    name: str
    method: str
    path: str
    aliases: tuple[str, ...] = ()
    path_patterns: Mapping[str, str] = EMPTY_MAPPING


@dataclass(kw_only=True)
class RecordedTraffic:
    """A recording, ready to be served."""

    store: AnswerStore
    reader: CallIdentifier
    origin: Instant = 0
    """When the first request was sent."""
    courses: dict[CourseKey, RecordedCourse] = field(default_factory=dict)
    creates: dict[CallKey, list[RecordedCreate]] = field(default_factory=dict)
    calls: dict[str, NamedCall] = field(default_factory=dict)
    """By name, without the query."""
    api_hosts: set[str] = field(default_factory=set)
    """The hosts, with their ports, that served an operation of a vendor."""
    files: set[tuple[str, str]] = field(default_factory=set)
    """Host and path of every other call that has an answer."""
    lost_count: int = 0
    """Exchanges without an answer, or without its body."""
    exchange_count: int = 0


def read_traffic(exchanges: Iterable[Exchange], store: AnswerStore, root: Path | None = None) -> RecordedTraffic:
    """Read a recording, which is iterated twice; `root` is a folder of contracts.

    Raises the `MockError`s of a recording that cannot be read.
    """
    finder = VendorFinder(root)
    finder.survey(exchanges)
    builder = _TrafficBuilder(RecordedTraffic(store=store, reader=CallIdentifier(root)))
    plain = CallIdentifier(root)
    for exchange in exchanges:
        vendor = finder.vendor_of(exchange)
        if vendor is not None:
            builder.traffic.reader.add_vendor(vendor)
        builder.add(exchange, plain if vendor is None else builder.reader_of(vendor, root))
    return builder.traffic


class _TrafficBuilder:
    """Adds exchanges to a recorded traffic, one after the other."""

    def __init__(self, traffic: RecordedTraffic) -> None:
        self.traffic = traffic
        self._readers: dict[str, CallIdentifier] = {}
        self._digests: dict[tuple[CourseKey, CallKey], bytes] = {}
        """The digest of the last answer of each call, unless a command has come since."""
        self._last = Moment(0, 0)

    def reader_of(self, vendor: str, root: Path | None) -> CallIdentifier:
        """Return what identifies the calls of one vendor alone."""
        if vendor not in self._readers:
            self._readers[vendor] = CallIdentifier(root)
            self._readers[vendor].add_vendor(vendor)
        return self._readers[vendor]

    def add(self, exchange: Exchange, reader: CallIdentifier) -> None:
        """Add an exchange, whose calls `reader` identifies."""
        traffic = self.traffic
        call = next(reader.identify(exchange.request, exchange.response))
        # Clocks of machines run backwards now and then; a moment never does.
        moment = Moment(max(self._last.at, exchange.sent_at), self._last.seq + 1)
        self._last = moment
        traffic.exchange_count += 1
        traffic.lost_count += exchange.response is None
        if traffic.exchange_count == 1:
            traffic.origin = moment.at
        traffic.calls.setdefault(call.key.name, NamedCall(call.key.name, call.method, call.template))
        self._note_host(exchange, call)
        if call.creates:
            self._add_create(exchange, call, moment)
            return
        course = traffic.courses.get(call.course)
        if course is None:
            origin = moment.at if call.course.vendor else traffic.origin
            course = traffic.courses[call.course] = RecordedCourse(key=call.course, origin=origin)
        self._add_answer(course, exchange, call, moment)

    def _note_host(self, exchange: Exchange, call: IdentifiedCall) -> None:
        host = exchange.request.headers.get("host", "").lower()
        if call.key.name.startswith(f"{call.method} "):
            if exchange.response is not None:
                self.traffic.files.add((host, exchange.request.path))
        elif host:
            self.traffic.api_hosts.add(host)

    def _add_create(self, exchange: Exchange, call: IdentifiedCall, moment: Moment) -> None:
        created: CourseKey | None = None
        if call.mention is not None:
            created = CourseKey(call.key.name.split(" ")[0], call.mention.job_id)
            origin = moment.at if exchange.answered_at is None else max(moment.at, exchange.answered_at)
            self.traffic.courses.setdefault(created, RecordedCourse(key=created, origin=origin))
        request = exchange.request
        entry = RecordedCreate(
            self._keep(exchange, moment, call.mention),
            created,
            digest_request_body(request),
            request.headers.get("idempotency-key", ""),
        )
        self.traffic.creates.setdefault(call.key, []).append(entry)

    def _add_answer(self, course: RecordedCourse, exchange: Exchange, call: IdentifiedCall, moment: Moment) -> None:
        answers = course.answers.setdefault(call.key, [])
        if call.is_read:
            digest = _digest_answer(exchange.response)
            if self._digests.get((course.key, call.key)) == digest:
                return
            self._digests[course.key, call.key] = digest
        answer = self._keep(exchange, moment, call.mention)
        if call.is_command and answer.status < 400 and call.key.name not in (name for _, name in course.commands):
            # Only the first of several: a repetition changes nothing more.
            answer = answer._replace(is_effective=True)
            course.commands.append((moment, call.key.name))
            # What follows is of another course, even if it looks the same.
            for key in course.answers:
                self._digests.pop((course.key, key), None)
        elif (
            call.shows_state and answer.word is not None and (not course.marks or course.marks[-1].word != answer.word)
        ):
            course.marks.append(StateMark(moment, answer.word))
        answers.append(answer)

    def _keep(self, exchange: Exchange, moment: Moment, mention: JobMention | None) -> RecordedAnswer:
        position = exchange.position.pointer or f"line {exchange.position.line}"
        response = exchange.response
        if response is None:
            return RecordedAnswer(moment, 0, _NO_ANSWER, position=position)
        word = None if mention is None else mention.status_word
        ended = False
        if mention is not None and word is not None:
            ended = bool(mention.binding.states_by_word.get(word, 0) & mention.resource.states.terminal)
        stored = self.traffic.store.add(response)
        return RecordedAnswer(moment, response.status, stored, word=word, has_ended=ended, position=position)


def digest_request_body(request: Request) -> bytes:
    """Return a digest that is equal for bodies with the same contents, in whatever order JSON has its keys."""
    data = request.body
    value: Any = request_value(request)
    if value is not None:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return blake2b(data, digest_size=16).digest()


def _digest_answer(response: Response | None) -> bytes:
    if response is None:
        return b""
    content_type = response.header("content-type") or ""
    head = f"{response.status} {content_type}\n".encode("utf-8", "replace")
    return blake2b(head + response.body, digest_size=16).digest()
