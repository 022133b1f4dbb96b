"""Requests that are held back so that a race goes the way somebody wants.

Two ways lead here. Requests of one *group* say in a header how many they are and who comes first: each waits until all
are there, then they are handled in that order, one after the other. And a *hold* stops the next requests for an
operation at one of two points, when they have arrived or when they have been handled and not yet answered, until
somebody lets them go. Every wait is bounded in real time; a reset, a deletion or the server's end ends it.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

from mockserver.core.instants import Instant
from mockserver.core.wire import Request
from mockserver.engine.routing import Match
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse
from mockserver.server.hub import Target
from mockserver.server.waits import Signal, Waits, Why, give, signal

TOGETHER: Final = "x-mock-together"
"""`GROUP/RANK/SIZE`: the group's name, the request's place in the order of handling from 0, how many they are."""
MOST_TOGETHER: Final = 100
GATHERING: Final = 10.0
"""Seconds that a request waits for the others of its group."""
PARKING: Final = 60.0
"""Seconds that a held request waits for somebody to let it go; then it goes on by itself."""

Point = Literal["arrived", "handled"]
POINTS: Final[tuple[Point, ...]] = ("arrived", "handled")


@dataclass
class Hold:
    """Stops the next requests for an operation."""

    id: str
    operation: str
    """`*` for every one."""
    at: Point
    left: int
    """How many it will stop still."""


@dataclass
class Parked:
    """A request that is being held."""

    id: str
    hold: Hold
    operation: str
    request: Request
    since: Instant
    """On the session's clock."""
    freed: Signal = field(default_factory=signal)


class _Place(NamedTuple):
    """A request's place in its group."""

    group: str
    rank: int
    size: int


class _Group:
    """Requests that wait for each other."""

    def __init__(self, size: int) -> None:
        self.here: set[int] = set()
        self.size = size
        self.turns = [signal() for _ in range(size)]
        self.dissolved = False
        """Whether one of them did not come in time."""

    def arrive(self, rank: int) -> None:
        """One more is there; when all are, the first may go."""
        self.here.add(rank)
        if len(self.here) == self.size:
            give(self.turns[0])

    def done(self, rank: int) -> None:
        """One has been handled: the next may go."""
        if rank + 1 < self.size:
            give(self.turns[rank + 1])

    def dissolve(self) -> None:
        """Somebody is missing: nobody waits any longer."""
        self.dissolved = True
        for turn in self.turns:
            give(turn)

    def missing(self) -> str:
        """Whoever is not there, by their places in the order."""
        return ", ".join(str(rank) for rank in range(self.size) if rank not in self.here)


class _Held:
    """What is held in one session."""

    def __init__(self) -> None:
        self.holds: dict[str, Hold] = {}
        self.parked: dict[str, Parked] = {}
        self.groups: dict[str, _Group] = {}
        self.number = 0

    def next_id(self, what: str) -> str:
        self.number += 1
        return f"{what}-{self.number}"


class Holds:
    """The holds and groups of one server's sessions."""

    def __init__(
        self,
        waits: Waits,
        machine_time: Callable[[], Instant],
        gathering: float = GATHERING,
        parking: float = PARKING,
    ) -> None:
        self._waits = waits
        self._gathering = gathering
        self._parking = parking
        self._machine_time = machine_time
        self._sessions: WeakKeyDictionary[Session, _Held] = WeakKeyDictionary()

    def _of(self, session: Session) -> _Held:
        return self._sessions.setdefault(session, _Held())

    # Holds

    def add(self, session: Session, operation: str, at: Point, times: int) -> Hold:
        """Hold the next `times` requests for an operation."""
        held = self._of(session)
        hold = Hold(held.next_id("hold"), operation, at, times)
        held.holds[hold.id] = hold
        session.detours += 1
        return hold

    def holds(self, session: Session) -> list[Hold]:
        """The holds that will stop requests still."""
        return list(self._of(session).holds.values())

    def parked(self, session: Session) -> list[Parked]:
        """The requests that are being held, in the order in which they came."""
        return list(self._of(session).parked.values())

    def release(self, session: Session, name: str) -> list[Parked] | None:
        """Let go a request, or all that a hold has stopped; None where there is neither of that id."""
        held = self._of(session)
        freed = [parked for parked in held.parked.values() if name in (parked.id, parked.hold.id)]
        for parked in freed:
            give(parked.freed)
        return freed if freed or name in held.holds else None

    def clear(self, session: Session) -> int:
        """Take every hold away and let every request go; how many holds there were."""
        held = self._of(session)
        count = len(held.holds)
        for hold in tuple(held.holds.values()):
            self._remove(session, held, hold)
        for parked in held.parked.values():
            give(parked.freed)
        return count

    def _remove(self, session: Session, held: _Held, hold: Hold) -> None:
        del held.holds[hold.id]
        session.detours -= 1

    # A request's way

    @asynccontextmanager
    async def passage(self, target: Target) -> AsyncIterator[None]:
        """What a request passes by, before it is handled within the block and after it."""
        header = target.request.headers.get(TOGETHER, "")
        if not header and target.session not in self._sessions:
            yield
            return
        place = _place(header) if header else None
        group = await self._gather(target.session, place) if place is not None else None
        try:
            await self._stop(target, "arrived")
            yield
        finally:
            if group is not None and place is not None:
                group.done(place.rank)
        await self._stop(target, "handled")

    async def _gather(self, session: Session, place: _Place) -> _Group:
        """Wait for the others, and for one's turn."""
        groups = self._of(session).groups
        group = groups.setdefault(place.group, _Group(place.size))
        if place.rank in group.here or group.size != place.size:
            message = f"group {place.group!r} of {group.size} has no place {place.rank} of {place.size} left"
            raise refuse("SRV020", message, f"each request of a group has its own place: {TOGETHER}: g1/0/2")
        group.arrive(place.rank)
        if len(group.here) == group.size:
            del groups[place.group]
        with self._waits.one(session, signal()) as wait:
            why = await wait.until(group.turns[0], self._gathering)
            if why is Why.LATE and not group.dissolved:
                del groups[place.group]
                group.dissolve()
            if group.dissolved:
                raise _incomplete(place, group, self._gathering)
            await wait.until(group.turns[place.rank])
        return group

    async def _stop(self, target: Target, point: Point) -> None:
        """Stop where a hold says so, until somebody lets the request go or its time is up."""
        held = self._sessions.get(target.session)
        if held is None or not held.holds:
            return
        operation = _operation(target)
        hold = next(_stopping(held, operation, point), None)
        if hold is None:
            return
        hold.left -= 1
        if not hold.left:
            self._remove(target.session, held, hold)
        since = target.session.clock.now(self._machine_time())
        parked = Parked(held.next_id("parked"), hold, operation, target.request, since)
        held.parked[parked.id] = parked
        try:
            with self._waits.one(target.session, signal()) as wait:
                await wait.until(parked.freed, self._parking)
        finally:
            del held.parked[parked.id]


def _stopping(held: _Held, operation: str, point: Point) -> Iterator[Hold]:
    return (hold for hold in held.holds.values() if hold.at == point and hold.operation in ("*", operation))


def _operation(target: Target) -> str:
    """The operation that a request asks for; empty for none."""
    room, _ = target.session.room(target.vendor)
    found = room.router.match(target.request.method, target.request.path)
    return found.operation.name if isinstance(found, Match) else ""


def _place(header: str) -> _Place:
    """`GROUP/RANK/SIZE`."""
    group, _, numbers = header.rpartition("/")
    group, _, rank = group.rpartition("/")
    if group and all(number.isascii() and number.isdecimal() and len(number) < 4 for number in (rank, numbers)):
        place = _Place(group[:80], int(rank), int(numbers))
        if place.rank < place.size <= MOST_TOGETHER:
            return place
    raise refuse("SRV020", f"{header[:80]!r} is no place in a group", f"{TOGETHER}: GROUP/RANK/SIZE, such as g1/0/2")


def _incomplete(place: _Place, group: _Group, seconds: float) -> MockError:
    here = f"{len(group.here)} of {group.size} requests of group {place.group!r} came within {seconds:g} s"
    hint = "send all of them at once, each on a connection of its own"
    return refuse("SRV021", f"{here}; missing: place {group.missing()}", hint)
