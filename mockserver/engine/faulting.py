"""Faults at work: which of a session's faults a request meets, and what they make of its answer.

Theory of operation. Each request has a `Turn`. Behind the door (key, rate limit, body) it asks every fault that
concerns the operation whether this is its occasion, once, whatever the shell does about conflicts; what is counted is
counted there and then, by fault and job. Delays add up; of everything else the first fault that has its occasion
happens. The faults that were added last are asked first. What a fault does is its effects' business; here is only the
order: answer instead, or answer from what is seen, then what becomes of it, then how it is sent.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final, NamedTuple, cast

from mockserver.core.instants import Instant
from mockserver.core.job import POLL, Job
from mockserver.core.sending import PLAIN, Sending
from mockserver.core.wire import Request, Response
from mockserver.engine.store import Store
from mockserver.vendors.api import Answer, Append, Call, Change, View
from mockserver.vendors.commands import look
from mockserver.vendors.faults import Draw, Effect, Fault, Sight

HEADER: Final = "X-Mock-Fault"
"""Names the faults that made an answer what it is."""
NAMED: Final = "x-mock-job"
"""The request header by which a client names the job that it creates."""
MOST_COUNTED: Final = 100_000
"""Jobs for which one fault keeps numbers; of more, those that it counted first are forgotten."""
MOST_NUMBERS: Final = 1_000_000
"""Those of all faults of a session together: of more than ten faults, each keeps fewer."""
LONGEST_ID: Final = 200
"""Characters of what a client asks for that are looked at; no job has a longer id."""

Respond = Callable[[Call], Answer]


@dataclass(eq=False)
class Placed:
    """A fault in a session."""

    id: str
    fault: Fault
    vendor: str = ""
    """Empty: of every vendor that has the operation."""
    happened: int = 0
    """How often it has happened."""
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By job (empty: of no job): the calls it concerned, and how often it has happened to them."""

    def concerns(self, call: Call, job: str, names: dict[str, str]) -> bool:
        """Whether a call is one of those it counts."""
        fault = self.fault
        return (
            call.operation is not None
            and self.vendor in ("", call.era.vendor)
            and fault.concerns(call.operation)
            and (not fault.job or job in (fault.job, names.get(fault.job)))
        )

    def number(self, job: str, most: int) -> tuple[int, int]:
        """Count one more call: its number, and how often the fault has happened to the job before.

        Numbers are kept of `most` jobs.
        """
        if not self.fault.when.counts:
            return 1, 0
        calls, happened = self.counted.get(job, (0, 0))
        self.counted[job] = (calls + 1, happened)
        for oldest in tuple(islice(self.counted, max(0, len(self.counted) - most))):
            del self.counted[oldest]
        return calls + 1, happened

    def happens(self, job: str) -> None:
        """It has happened once more."""
        self.happened += 1
        if job in self.counted:
            calls, happened = self.counted[job]
            self.counted[job] = (calls, happened + 1)


class Faults:
    """The faults of one session."""

    def __init__(self, seed: str, start: Instant) -> None:
        self.seed = seed
        self.start = start
        self.names: dict[str, str] = {}
        """What clients call their jobs."""
        self._placed: list[Placed] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._placed)

    def __iter__(self) -> Iterator[Placed]:
        return iter(tuple(self._placed))

    def follow(self, vendor: str, faults: Iterable[Fault]) -> None:
        """Take over a scenario's faults: each is asked after those before it."""
        self._placed += [self._place(vendor, fault) for fault in faults]

    def add(self, vendor: str, fault: Fault) -> Placed:
        """Add one that is asked before all others."""
        placed = self._place(vendor, fault)
        self._placed.insert(0, placed)
        return placed

    def _place(self, vendor: str, fault: Fault) -> Placed:
        self._number += 1
        return Placed(f"fault-{self._number}", fault, vendor)

    def remove(self, fault_id: str = "") -> tuple[Placed, ...]:
        """Take the fault of that id away, or all of them; those that are gone."""
        gone = tuple(placed for placed in self._placed if fault_id in ("", placed.id))
        self._placed = [placed for placed in self._placed if placed not in gone]
        return gone

    def turn(self) -> "Turn":
        """A request's turn."""
        return Turn(self)

    def learn(self, request: Request, created: str) -> None:
        """A client may have a name for the job that it has just created."""
        name = request.headers.get(NAMED, "")
        if created and name:
            self.names[name] = created

    def meet(self, call: Call) -> tuple["Met", ...]:
        """What happens to a call, in the order of the faults; it is counted for each that concerns it."""
        job, met = job_of(call)[:LONGEST_ID], list[Met]()
        most = min(MOST_COUNTED, MOST_NUMBERS // max(1, len(self._placed)))
        taken = False
        for placed in self._placed:
            if not placed.concerns(call, job, self.names):
                continue
            number, happened = placed.number(job, most)
            name = call.operation.name if call.operation is not None else ""
            draw = Draw(self.seed, (placed.id, job, name, number))
            exclusive = placed.fault.exclusive
            if (exclusive and taken) or not placed.fault.when.holds(number, happened, call.now - self.start, draw):
                continue
            placed.happens(job)
            taken = taken or exclusive
            met += [Met(effect, placed.id, draw) for effect in placed.fault.effects]
        return tuple(met)


class Met(NamedTuple):
    """An effect that happens to an answer."""

    effect: Effect
    fault: str
    """The fault's id."""
    draw: Draw


class Turn:
    """One request and the faults that it meets."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._met: tuple[Met, ...] | None = None

    @property
    def met(self) -> tuple[Met, ...]:
        """What happens to the answer."""
        return self._met or ()

    def noted(self, note: str) -> str:
        """The journal's note, with what happened to the answer: `fault-2: drop`."""
        return "; ".join(filter(None, (", ".join(f"{met.fault}: {met.effect.word}" for met in self.met), note)))

    def answer(self, call: Call, respond: Respond) -> Answer:
        """The answer to a call that `respond` would answer, as the faults have it."""
        if self._met is None:
            self._met = self._faults.meet(call)
        if not self._met:
            return respond(call)
        answer = next((made for met in self._met if (made := _made(met.effect, call, respond)) is not None), None)
        answer = respond(call) if answer is None else answer
        response = answer.response
        for met in self._met:
            response = met.effect.becomes(response)
        named = ", ".join(met.effect.word for met in self._met)
        opens = answer.opens if response.status == answer.response.status else None
        return Answer(response._replace(headers=(*response.headers, (HEADER, named))), answer.changes, opens=opens)

    def sending(self, response: Response) -> Sending:
        """How the answer is sent."""
        sending = PLAIN
        for met in self.met:
            sending = met.effect.sent(response, sending, met.draw)
        return sending


def job_of(call: Call) -> str:
    """The id of the job a call is about, wherever the operation carries it; empty where it is about none."""
    if call.operation is None:
        return ""
    where, name = call.operation.id_in
    if where == "path":
        return call.params.get(name, "")
    if where == "query":
        return call.query(name)
    found = call.body.get(name, "") if where == "body" and isinstance(call.body, dict) else ""
    return found if isinstance(found, str) else ""


def _made(effect: Effect, call: Call, respond: Respond) -> Answer | None:
    """The answer that an effect gives instead of the operation's, with what changes all the same; None: it gives none.

    A read whose answer is replaced is no poll; one that is answered with something old is.
    """
    response = effect.instead(call)
    if response is not None:
        changes = respond(call).changes if effect.handled else ()
        return Answer(response, tuple(change for change in changes if not _is_poll(change)))
    sight = effect.sight(call.now)
    if sight is None:
        return None
    truth = respond(call)
    shown = replace(call, now=sight.now, view=cast("View", _Seen(cast("Store", call.view), sight, truth.changes)))
    return Answer(respond(shown).response, truth.changes)


def _is_poll(change: Change) -> bool:
    return isinstance(change, Append) and change.happened.kind == POLL


class _Seen:
    """A view of other jobs than there are; in it no poll is counted, that is done already."""

    def __init__(self, under: Store, sight: Sight, changes: tuple[Change, ...]) -> None:
        self._under, self._sight = under, sight
        self._appended = [change for change in changes if isinstance(change, Append)]

    def _shown(self, job: Job | None) -> Job | None:
        if job is None:
            return None
        for change in self._appended:
            if change.job_id == job.id:
                job = job.with_input(change.happened)
        seen = self._sight.alter(job)
        return seen if seen is None else replace(seen, plan=replace(seen.plan, counts_polls=False))

    def job(self, kind: str, job_id: str) -> Job | None:
        """The job as it is shown."""
        return self._shown(self._under.job(kind, job_id))

    def item(self, item_id: str) -> tuple[Job, int] | None:
        """The batch of an item as it is shown."""
        found = self._under.item(item_id)
        batch = None if found is None else self._shown(found[0])
        return None if found is None or batch is None else (batch, found[1])

    def jobs(
        self,
        kind: str,
        now: Instant,
        *,
        states: frozenset[str] | None = None,
        since: Instant = 0,
        after: str = "",
        oldest_first: bool = False,
    ) -> Iterator[Job]:
        """Jobs not deleted, as they are shown: all of them are looked at, as no index knows another time."""
        everything = [job for job in self._under.everything() if job.kind == kind]
        ordered = everything if oldest_first else everything[::-1]
        if after:
            places = [place for place, job in enumerate(ordered) if job.id == after]
            ordered = ordered[places[0] + 1 :] if places else []
        for job in ordered:
            seen = self._shown(job)
            if seen is None or seen.last("delete") is not None or seen.created < since:
                continue
            if states is None or look(seen, now).state in states:
                yield seen

    def count(self, kind: str, now: Instant, *, states: frozenset[str] | None = None, since: Instant = 0) -> int:
        """How many `jobs` would yield."""
        return sum(1 for _ in self.jobs(kind, now, states=states, since=since))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._under, name)
