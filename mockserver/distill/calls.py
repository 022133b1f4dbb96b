"""A recording as calls of one vendor's era: the operation, the job it is about, and what the answer shows of its jobs.

It must not know scenarios. Recorded and played answers are read by the same reader, so that they can be compared.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.job_finder import JobFinder, JobMention
from mockserver.contract.judge.vendor_paths import with_vendor_path
from mockserver.contract.rules.conditions import value_at
from mockserver.contract.rules.resources import union_of
from mockserver.contract.rules.rule_set import load_rule_set
from mockserver.contract.schema.answer_differences import body_media_type, body_schema
from mockserver.contract.schema.validate import conforms
from mockserver.core.forms import request_value
from mockserver.core.instants import MILLISECOND, SECOND, Duration, Instant, parse_instant
from mockserver.core.wire import Exchange, Request, Response, json_or_none
from mockserver.engine.router import RouteMatch, Router
from mockserver.vendors.api import Era, Operation

_FIRST_MILLISECONDS: Final = 100_000_000_000
"""The smallest number that is read as milliseconds: in seconds it would be the year 5138."""
_ROW_ENDS: Final = 2
"""Polls that stay at each end of a row."""
_MAX_LENGTH: Final = 15
"""Digits of a length."""
_MAX_REMEMBERED: Final = 4_096
"""Answers whose views are remembered: most polls repeat the answer before."""


class JobSighting(NamedTuple):
    """One job as one answer shows it."""

    kind: str
    job_id: str
    state: str
    """In the era's spelling; a word that the contract lacks stands as it is."""
    is_known_state: bool
    counters: tuple[tuple[str, int], ...] = ()
    """The numbers of a batch's items, by the name of the field."""
    created_at: Instant | None = None
    """When the job was created, if the answer says so."""


class AnswerView(NamedTuple):
    """What is compared of an answer."""

    status: int
    reason: str
    """The machine-readable reason of an error; empty if it has none."""
    is_json: bool
    sightings: tuple[JobSighting, ...]
    created_id: str | None = None
    """The id of the job that the answer says was created."""
    is_cut: bool = False
    """True for a body that is shorter than its own Content-Length: the client saw the connection end."""
    implied: tuple[JobSighting, ...] = ()
    """Jobs whose state the answer proves without showing it: only a finished video has content."""


class BrokenField(NamedTuple):
    """A field of a body that breaks the contract."""

    rule: str
    pointer: str
    is_missing: bool


class RecordedCall(NamedTuple):
    """One exchange of the recording."""

    number: int
    """Its place in the recording, from 0."""
    exchange: Exchange
    at: Duration
    """When it was sent, counted from the first call."""
    operation: Operation | None
    """None if the era has no such call."""
    job_id: str | None
    """The job that the request names, or that its answer created."""
    view: AnswerView | None
    """None without an answer."""
    broken_fields: frozenset[BrokenField] = frozenset()
    """What an accepted answer's body has against the contract."""

    @property
    def request(self) -> Request:
        """The request as recorded, with the vendor's path."""
        return self.exchange.request

    @property
    def is_command(self) -> bool:
        """True if it may change something."""
        if self.operation is not None:
            return not self.operation.reads_only
        return self.request.method not in ("GET", "HEAD", "OPTIONS")

    @property
    def shows_no_state(self) -> bool:
        """True for an accepted poll whose answer is JSON and shows no state of its job."""
        is_poll = self.operation is not None and self.operation.polls and self.job_id is not None
        if not is_poll or self.view is None or not self.is_accepted or not self.view.is_json:
            return False
        return all(each.job_id != self.job_id for each in self.view.sightings)

    @property
    def lists_jobs(self) -> bool:
        """True for an accepted read of many jobs."""
        return (
            self.is_accepted and not self.is_command and self.operation is not None and not self.operation.about_one_job
        )

    @property
    def is_accepted(self) -> bool:
        """True for an answer of 2xx."""
        return self.view is not None and 200 <= self.view.status < 300

    @property
    def duration(self) -> Duration:
        """The time that the answer took; 0 without one."""
        answered_at: Instant | None = self.exchange.answered_at
        return 0 if answered_at is None else max(0, answered_at - self.exchange.sent_at)

    def overlaps(self, later: "RecordedCall") -> bool:
        """Return True if a call that was sent later was sent before this one was answered."""
        exchange = self.exchange
        if exchange.answered_at is None:
            return False
        if exchange.sent_seq:
            return later.exchange.sent_seq < exchange.answered_seq
        return later.exchange.sent_at < exchange.answered_at


class CallReader:
    """Reads requests and answers by one era's contract and tables."""

    def __init__(self, era: Era) -> None:
        self.era = era
        rule_set = load_rule_set(era.vendor, era.date)
        self.missing_jobs = rule_set.missing_jobs()
        self._capture = load_capture(era.vendor, era.date)
        self._finder = JobFinder(rule_set)
        self._router = Router(era.operations)
        self._views: dict[tuple[str, str, str, int, bytes], AnswerView] = {}
        # A batch's counters are the fields that the contract's sums are about.
        self._counter_fields = {
            rule.resource_kind: tuple(
                pointer.rpartition("/")[2] for pointer in (*rule.options["parts"], rule.options["total"])
            )
            for rule in rule_set.of_kinds("sum")
        }

    def route(self, request: Request) -> RouteMatch | None:
        """Return the vendor's operation of a request, with the parameters of its path; None if it has none."""
        match = self._router.match(request.method, request.path)
        return match if isinstance(match, RouteMatch) else None

    def read_call(self, number: int, exchange: Exchange, start: Instant) -> RecordedCall:
        """Read one exchange of a recording that began at `start`."""
        exchange = with_vendor_path(exchange)
        request = exchange.request
        match = self.route(request)
        view = None
        job_id = None
        if exchange.response is not None:
            view = self.view(request, exchange.response)
            job_id = view.created_id
        if match is not None and job_id is None:
            job_id = match.operation.named_job(match.params, request, request_value(request)) or None
        at = max(0, exchange.sent_at - start)
        return RecordedCall(
            number=number,
            exchange=exchange,
            at=at,
            operation=match and match.operation,
            job_id=job_id,
            view=view,
            broken_fields=self.broken_fields(exchange) if match is not None else frozenset(),
        )

    def broken_fields(self, exchange: Exchange) -> frozenset[BrokenField]:
        """Return the fields of an accepted answer that the contract has otherwise, for certain."""
        request, response = exchange.request, exchange.response
        if response is None or not 200 <= response.status < 300 or self.has_valid_body(request, response):
            return frozenset()
        found = (each for each in judge_exchange(self._capture, exchange) if each.level == "error")
        return frozenset(
            BrokenField(each.rule, each.where, each.is_absence) for each in found if each.where.startswith("/")
        )

    def has_valid_body(self, request: Request, response: Response) -> bool:
        """Return True if the body is valid by its schema, or has none: that is known far sooner than what is wrong."""
        documented = self._capture.match(request.method, request.path)
        answer = None if documented is None else documented.operation.answer(response.status)
        media = None if answer is None else body_media_type(answer, response)
        body = json_or_none(response.body)
        if answer is None or media is None or body is None:
            return True
        return conforms(self._capture, body_schema(answer, media), body)

    def view(self, request: Request, response: Response) -> AnswerView:
        """Return what is compared of an answer."""
        key = (request.method, request.path, request.query, response.status, response.body)
        known = self._views.get(key)
        if known is None:
            if len(self._views) >= _MAX_REMEMBERED:
                self._views.clear()
            known = self._read_view(request, response)
            # A request's body may name the job: such answers are not remembered.
            if not request.body:
                self._views[key] = known
        return known

    def _read_view(self, request: Request, response: Response) -> AnswerView:
        body = json_or_none(response.body)
        is_error = response.status >= 400
        reason = self.era.error_reason(body) if is_error and isinstance(body, dict) else ""
        sightings: tuple[JobSighting, ...] = ()
        implied: tuple[JobSighting, ...] = ()
        created_id = None
        documented = self._capture.match(request.method, request.path)
        if documented is not None:
            mentions = [*self._finder.find_jobs(documented, request, response.status, response.body, body)]
            sightings = tuple(self.shown_sightings(mentions))
            implied = tuple(self.implied_sightings(mentions, response.status))
        match = self.route(request)
        if match is not None and match.operation.creates and not is_error and isinstance(body, dict):
            kind = self.era.kinds.get(match.operation.kind)
            found = body.get(kind.id_field) if kind is not None else None
            created_id = found if isinstance(found, str) and found else None
        return AnswerView(
            status=response.status,
            reason=reason,
            is_json=body is not None,
            sightings=sightings,
            created_id=created_id,
            # JSON that ends is whole: without its secrets, or in another charset, it may be shorter than it was.
            is_cut=not isinstance(body, (dict, list)) and is_cut(response),
            implied=implied,
        )

    def implied_sightings(self, mentions: Iterable[JobMention], status: int) -> Iterable[JobSighting]:
        """Yield the jobs that only one state explains the answer of."""
        for mention in mentions:
            clauses = mention.binding.clauses_by_status.get(status, ())
            if mention.body is not None or mention.binding.changes_job or any(each.when for each in clauses):
                continue
            kind = mention.resource.kind
            names = mention.resource.states.names_of(union_of(each.source for each in clauses))
            if len(names) == 1:
                yield JobSighting(kind, mention.job_id, self._spell_state(kind, "", names), is_known_state=True)

    def shown_sightings(self, mentions: Iterable[JobMention]) -> Iterable[JobSighting]:
        """Yield the jobs whose state the answer shows."""
        for mention in mentions:
            word = mention.status_word
            if word is None:
                continue
            kind = mention.resource.kind
            names = mention.resource.states.names_of(mention.binding.states_by_word.get(word, 0))
            state = self._spell_state(kind, word, names)
            body, fields = mention.own_body or {}, self._counter_fields.get(kind, ())
            yield JobSighting(
                kind=kind,
                job_id=mention.job_id,
                state=state,
                is_known_state=bool(names),
                counters=tuple((name, body[name]) for name in fields if isinstance(body.get(name), int)),
                created_at=creation_time(mention),
            )

    def _spell_state(self, kind: str, word: str, names: tuple[str, ...]) -> str:
        """Return the state of a word as the era's timelines spell it; the contract has one spelling for all eras."""
        job_kind = self.era.kinds.get(kind)
        if not names or job_kind is None or word in job_kind.lifecycle.states:
            return word
        return next((name for name in names if name in job_kind.lifecycle.states), word)


def is_cut(response: Response) -> bool:
    """Return True if a body was recorded in part: an empty one may have been left out by the recorder."""
    length = response.header("Content-Length") or ""
    is_encoded = response.header("Content-Encoding") is not None
    return not is_encoded and length.isdecimal() and len(length) <= _MAX_LENGTH and 0 < len(response.body) < int(length)


def creation_time(mention: JobMention) -> Instant | None:
    """Return when the job was created, as its body says: a date, or seconds or milliseconds since the epoch."""
    path = mention.resource.created_path
    value = None if path is None or mention.body is None else value_at(mention.body, path)
    if isinstance(value, str):
        return parse_instant(value)
    if not isinstance(value, int):
        return None
    return value * (MILLISECOND if value >= _FIRST_MILLISECONDS else SECOND)


def telling_calls(calls: Sequence[RecordedCall]) -> list[RecordedCall]:
    """Return the calls without the polls in the middle of a row of polls with the same answer."""
    rows: dict[tuple[str | None, str | None], list[RecordedCall]] = {}
    dropped: set[int] = set()
    for call in calls:
        if call.operation is None or call.is_command or call.job_id is None:
            continue
        row = rows.setdefault((call.operation.name, call.job_id), [])
        if row and row[-1].view != call.view:
            row.clear()
        row.append(call)
        # The first two and the last two of a row stay.
        if len(row) > 2 * _ROW_ENDS:
            dropped.add(row.pop(_ROW_ENDS).number)
    return [call for call in calls if call.number not in dropped]
