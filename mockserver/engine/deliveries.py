"""A session's webhooks: what is told to whom and when, what came of it, and what is told next.

Theory of operation. A job that somebody is to be told about has one entry on the session's agenda: its next attempt.
Whatever changes the job puts a new entry there, and an entry that is not the job's latest is void when it is taken.
`begin` turns an entry into a `Posting`, ready to be sent; whoever has sent it calls `finish` with what came of it,
which is then an input of the job, and the next entry is made. In between the job is busy: its deliveries never
overtake each other. Nothing here sends: a server posts, a play in process hands over to the session's own receiver.
"""

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import proxy

from mockserver.core.delivery import Attempt, Outcome
from mockserver.core.instants import Duration, Instant, format_duration
from mockserver.core.job import Job
from mockserver.engine.handle import Room
from mockserver.engine.sent import AGAIN, COPY, DELIVERED, FAILED, LOST, REPLAY, RETRYING, Sent, SentLog
from mockserver.engine.store import Conflict, Store
from mockserver.engine.upcoming import Upcoming, upcoming
from mockserver.errors import refuse
from mockserver.vendors.api import Append
from mockserver.vendors.hooks import SKEW, SKEWED, TIMEOUT, UNSIGNED, WRONG, Answered, Hook, Spoil
from mockserver.vendors.notices import Destination, Event, Letter, Notices, Written
from mockserver.vendors.signatures import NONE, verdict

if TYPE_CHECKING:
    from mockserver.engine.session import Session

Key = tuple[str, str, str]
"""(vendor, kind, id) of a job."""

CLUTTER: Final = 1_000
"""Void entries that an agenda may hold before they are swept out."""


class Delivery(NamedTuple):
    """On the agenda: the next attempt for a job; void unless the ticket is the job's latest."""

    job: Key
    ticket: int


class Posting(NamedTuple):
    """Something ready to be sent."""

    job: Key
    event: Event
    attempt: int
    url: str
    """Empty: to the session's own receiver."""
    timeout: Duration
    written: Written
    spoil: Spoil
    secret: str
    """What the receiver knows; empty: nothing."""
    wall: Instant | None
    """The machine's time, where that is what is signed with."""
    why: str = ""
    """Empty for an attempt of the vendor's, which counts; else why it is sent besides."""


class Deliveries:
    """The webhooks of one session."""

    def __init__(self, session: "Session") -> None:
        self._session: Session = proxy(session)
        self.log = SentLog()
        self._entries: dict[Key, tuple[int, Instant]] = {}
        """The entry of each job: its ticket and its instant."""
        self._busy: set[Key] = set()
        self._tickets = 0
        self._void = 0
        self._since: dict[str, Instant] = {}
        """When a vendor's endpoint was changed: what happened before is nobody's business any more."""
        self._arrived: Counter[str] = Counter()
        """What the session's own receiver has got, by vendor."""

    def __len__(self) -> int:
        """How many jobs have something to come."""
        return len(self._entries) + len(self._busy)

    @property
    def next_at(self) -> Instant | None:
        """When the next attempt of all is due."""
        return min((at for _, at in self._entries.values()), default=None)

    def hook(self, vendor: str) -> Hook | None:
        """The vendor's endpoint in this session, if there is one."""
        return self._session.room(vendor)[0].script.webhooks

    def renew(self, vendor: str, now: Instant) -> None:
        """The vendor has another endpoint from now on."""
        self._since[vendor] = now

    def plan(self, room: Room, store: Store, kind: str, job_id: str) -> None:
        """Put a job's next attempt on the agenda, where it is another than the one that is there."""
        key = (room.era.vendor, kind, job_id)
        if room.era.kinds[kind].notices is None or key in self._busy:
            return
        job = store.job(kind, job_id)
        due = None if job is None else self._next(room, job)
        held = self._entries.get(key)
        if job is None or due is None:
            self._void += self._entries.pop(key, None) is not None
        elif held is None or held[1] != due.at:
            self._void += held is not None
            self._tickets += 1
            self._entries[key] = (self._tickets, due.at)
            self._session.agenda.add(due.at, Delivery(key, self._tickets), (job.created, job.number, due.rank))
            self._sweep()

    def _sweep(self) -> None:
        """Take void entries off the agenda once they are more than the others."""
        if self._void > max(CLUTTER, len(self._entries)):
            self._session.agenda.keep(lambda what: not isinstance(what, Delivery) or not self._is_void(what))
            self._void = 0

    def _is_void(self, what: Delivery) -> bool:
        held = self._entries.get(what.job)
        return held is None or held[0] != what.ticket

    def _next(self, room: Room, job: Job) -> Upcoming | None:
        notices, hook = room.era.kinds[job.kind].notices, room.script.webhooks
        to = None if notices is None or job.last("delete") is not None else notices.where(job, hook)
        if notices is None or to is None:
            return None
        return upcoming(job, notices, to, hook, self._since.get(room.era.vendor, self._session.start))

    def begin(self, what: Delivery, now: Instant, base_url: str, wall: Instant | None = None) -> Posting | None:
        """What an entry that was taken off the agenda stands for; None where there is nothing to send any more.

        `base_url` begins the URLs handed out, `wall` is the machine's time where there is one to sign with.
        """
        if self._is_void(what):
            self._void = max(0, self._void - 1)
            return None
        del self._entries[what.job]
        vendor, kind, job_id = what.job
        room, store = self._session.room(vendor)
        job = store.job(kind, job_id)
        due = None if job is None else self._next(room, job)
        if job is None or due is None or due.at > now:
            self.plan(room, store, kind, job_id)
            return None
        posting = self._posting(room, job, due, _Times(now, base_url, wall))
        self._busy.add(what.job)
        if posting.spoil.lose:
            self._lose(posting, now)
            return None
        return posting

    def _posting(self, room: Room, job: Job, due: Upcoming, times: "_Times") -> Posting:
        notices, hook = room.era.kinds[job.kind].notices, room.script.webhooks or Hook()
        to = None if notices is None else notices.where(job, room.script.webhooks)
        assert notices is not None and to is not None  # noqa: S101, PT018 -- without them nothing is due
        spoil = hook.spoil(due.event.type)
        letter = _letter(room, job, due, to, hook, spoil, times)
        key = (room.era.vendor, job.kind, job.id)
        written, wall = notices.write(letter), times.wall if hook.wall else None
        return Posting(key, due.event, due.attempt, to.url, notices.timeout, written, spoil, to.secret, wall)

    def receive(self, posting: Posting) -> Outcome:
        """What the session's own receiver makes of a posting: as the scenario says, then 200 with an empty body."""
        vendor = posting.job[0]
        place, hook = self._arrived[vendor], self.hook(vendor)
        self._arrived[vendor] += 1
        answers = () if hook is None else hook.receiver
        answer = answers[place] if place < len(answers) else 200
        if answer == TIMEOUT:
            return Outcome(error=f"Webhook request timed out after {format_duration(posting.timeout)}")
        if isinstance(answer, Answered):
            return Outcome(answer.status, answer.body)
        return Outcome(int(answer))

    def finish(self, posting: Posting, outcome: Outcome, now: Instant) -> Sent:
        """Note what came of a posting; an attempt of the vendor's is an input of the job, and the next is planned."""
        vendor, kind, job_id = posting.job
        room, store = self._session.room(vendor)
        notices = room.era.kinds[kind].notices
        assert notices is not None  # noqa: S101 -- it was posted by them
        outcome = outcome._replace(error=_trouble(notices, outcome))
        again = None
        if not posting.why:
            again = self._again(notices, posting.attempt, outcome, now)
            self._record(store, _attempt(posting, outcome, again, now), posting.job)
            self._busy.discard(posting.job)
            self.plan(room, store, kind, job_id)
            self._session.sockets.touch(posting.job, now)
            if posting.spoil.replay and posting.attempt == 1:
                self._session.agenda.add(now + posting.spoil.replay, posting._replace(why=REPLAY))
        return self._note(posting, outcome, again, now)

    @staticmethod
    def _again(notices: Notices, attempt: int, outcome: Outcome, now: Instant) -> Instant | None:
        if not outcome.error or attempt > len(notices.delays):
            return None
        return now + notices.delays[attempt - 1]

    @staticmethod
    def _record(store: Store, attempt: Attempt, key: Key) -> None:
        """Commit an attempt to its job, whatever else happened to the job meanwhile."""
        while True:
            job = store.job(key[1], key[2])
            assert job is not None  # noqa: S101 -- it was there when its delivery was begun
            try:
                store.commit([Append(job.kind, job.id, job.version, attempt.happened(store.next_seq()))])
            except Conflict:
                continue
            return

    def _lose(self, posting: Posting, now: Instant) -> None:
        vendor, kind, job_id = posting.job
        room, store = self._session.room(vendor)
        self._record(store, _attempt(posting, Outcome(), None, now)._replace(lost=True), posting.job)
        self._busy.discard(posting.job)
        self.plan(room, store, kind, job_id)
        self._session.sockets.touch(posting.job, now)
        self._note(posting, Outcome(error="never sent: the scenario lets it get lost"), None, now, LOST)

    def _note(self, posting: Posting, outcome: Outcome, again: Instant | None, now: Instant, state: str = "") -> Sent:
        vendor, kind, job_id = posting.job
        known = state or (DELIVERED if not outcome.error else FAILED if again is None else RETRYING)
        sent = Sent(
            id=f"dlv_{self._session.epoch:x}{self.log.seq + 1:06x}",
            at=now,
            vendor=vendor,
            kind=kind,
            job_id=job_id,
            event=posting.event,
            attempt=posting.attempt,
            url=posting.url,
            written=posting.written,
            outcome=outcome,
            state=known,
            signature=self._verdict(posting, now),
            why=posting.why,
            again=again,
        )
        self.log.add(sent)
        self._session.journal.tell()
        return sent

    def _verdict(self, posting: Posting, now: Instant) -> str:
        """What a verifier makes of it that looks at the clock it was signed by."""
        vendor, kind, _ = posting.job
        notices = self._session.room(vendor)[0].era.kinds[kind].notices
        if notices is None or notices.signature is None:
            return NONE
        carried = notices.signature({name.lower(): value for name, value in posting.written.headers})
        return verdict(carried, posting.secret, posting.written.body, now if posting.wall is None else posting.wall)

    def copies(self, posting: Posting) -> list[Posting]:
        """What a scenario lets be sent once more right after a first attempt."""
        count = posting.spoil.duplicate if posting.attempt == 1 and not posting.why else 0
        return [posting._replace(why=COPY)] * count

    def once_more(self, sent_id: str, now: Instant, base_url: str, wall: Instant | None = None) -> Posting:
        """A delivery of the log, written anew for `now` with the same event id; a `MockError` where there is none."""
        sent = self.log.find(sent_id)
        if sent is None:
            raise refuse("ADM011", f"no delivery {sent_id[:80]!r}", "GET /__mock/deliveries lists the latest ones")
        room, store = self._session.room(sent.vendor)
        job = store.job(sent.kind, sent.job_id)
        notices = room.era.kinds[sent.kind].notices
        if notices is None or job is None or notices.where(job, room.script.webhooks) is None:
            raise refuse("ADM011", f"{sent.job_id} has nobody to be told any more", "POST /__mock/webhooks names one")
        due = Upcoming(now, 0, sent.event, sent.attempt)
        return self._posting(room, job, due, _Times(now, base_url, wall))._replace(spoil=Spoil(), why=AGAIN)


class _Times(NamedTuple):
    """When something is written, and where its URLs begin."""

    now: Instant
    base_url: str
    wall: Instant | None


def _letter(room: Room, job: Job, due: Upcoming, to: Destination, hook: Hook, spoil: Spoil, times: _Times) -> Letter:
    stamp = times.wall if hook.wall and times.wall is not None else times.now
    secret = to.secret
    if secret and spoil.sign == WRONG:
        secret = f"not {secret}"
    elif spoil.sign == UNSIGNED:
        secret = ""
    elif spoil.sign == SKEWED:
        stamp = max(0, stamp - SKEW)
    return Letter(job, due.event, due.attempt, times.now, stamp, secret, times.base_url, room.seed)


def _trouble(notices: Notices, outcome: Outcome) -> str:
    """Why it was not delivered; empty where it was."""
    if outcome.status is None:
        return outcome.error or "no answer"
    return notices.accepts(outcome.status, outcome.preview.encode())


def _attempt(posting: Posting, outcome: Outcome, again: Instant | None, now: Instant) -> Attempt:
    return Attempt(
        at=now,
        key=posting.event.key,
        event=posting.event.type,
        number=posting.attempt,
        delivered=not outcome.error,
        status=outcome.status,
        error=outcome.error,
        preview=outcome.preview,
        again=again,
        url=posting.url,
    )
