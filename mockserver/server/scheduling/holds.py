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
from mockserver.engine.router import RouteMatch
from mockserver.engine.session.session import Session
from mockserver.errors import MockError, refuse
from mockserver.server.scheduling.waits import Completion, PendingRequests, WaitEnd, complete, new_completion
from mockserver.server.target import RoutedRequest

GROUP_HEADER: Final = "x-mock-together"
"""`GROUP/RANK/SIZE`: the group's name, the request's place in the order of handling from 0, how many they are."""
MAX_GROUP_SIZE: Final = 100
GROUP_TIMEOUT: Final = 10.0
"""Seconds that a request waits for the others of its group."""
HOLD_TIMEOUT: Final = 60.0
"""Seconds that a held request waits for somebody to let it go; then it goes on by itself."""

HoldPoint = Literal["arrived", "handled"]
HOLD_POINTS: Final[tuple[HoldPoint, ...]] = ("arrived", "handled")


@dataclass
class Hold:
    """Stops the next requests for an operation."""

    id: str
    operation: str
    """`*` for every one."""
    point: HoldPoint
    remaining: int
    """How many it will stop still."""


@dataclass
class HeldRequest:
    """A request that is being held."""

    id: str
    hold: Hold
    operation: str
    request: Request
    since: Instant
    """On the session's clock."""
    released: Completion = field(default_factory=new_completion)


class _GroupPlace(NamedTuple):
    """A request's place in its group."""

    group: str
    rank: int
    size: int


class _RequestGroup:
    """Requests that wait for each other."""

    def __init__(self, size: int) -> None:
        self.arrived: set[int] = set()
        self.size = size
        self.turns = [new_completion() for _ in range(size)]
        self.dissolved = False
        """Whether one of them did not come in time."""

    def arrive(self, rank: int) -> None:
        """One more is there; when all are, the first may go."""
        self.arrived.add(rank)
        if len(self.arrived) == self.size:
            complete(self.turns[0])

    def finish(self, rank: int) -> None:
        """One has been handled: the next may go."""
        if rank + 1 < self.size:
            complete(self.turns[rank + 1])

    def dissolve(self) -> None:
        """Somebody is missing: nobody waits any longer."""
        self.dissolved = True
        for turn in self.turns:
            complete(turn)

    def missing_ranks(self) -> str:
        """Whoever is not there, by their places in the order."""
        return ", ".join(str(rank) for rank in range(self.size) if rank not in self.arrived)


class _SessionHolds:
    """What is held in one session."""

    def __init__(self) -> None:
        self.holds: dict[str, Hold] = {}
        self.held_requests: dict[str, HeldRequest] = {}
        self.groups: dict[str, _RequestGroup] = {}
        self.last_number = 0

    def next_id(self, prefix: str) -> str:
        self.last_number += 1
        return f"{prefix}-{self.last_number}"


class HoldRegistry:
    """The holds and groups of one server's sessions."""

    def __init__(
        self,
        pending: PendingRequests,
        wall_clock: Callable[[], Instant],
        group_timeout: float = GROUP_TIMEOUT,
        hold_timeout: float = HOLD_TIMEOUT,
    ) -> None:
        self._pending = pending
        self._group_timeout = group_timeout
        self._hold_timeout = hold_timeout
        self._wall_clock = wall_clock
        self._sessions: WeakKeyDictionary[Session, _SessionHolds] = WeakKeyDictionary()

    def _session_holds(self, session: Session) -> _SessionHolds:
        return self._sessions.setdefault(session, _SessionHolds())

    # Holds

    def add(self, session: Session, operation: str, at: HoldPoint, times: int) -> Hold:
        """Hold the next `times` requests for an operation."""
        held = self._session_holds(session)
        hold = Hold(held.next_id("hold"), operation, at, times)
        held.holds[hold.id] = hold
        session.fast_path_blockers += 1
        return hold

    def holds(self, session: Session) -> list[Hold]:
        """The holds that will stop requests still."""
        return list(self._session_holds(session).holds.values())

    def held_requests(self, session: Session) -> list[HeldRequest]:
        """The requests that are being held, in the order in which they came."""
        return list(self._session_holds(session).held_requests.values())

    def release(self, session: Session, name: str) -> list[HeldRequest] | None:
        """Let go a request, or all that a hold has stopped; None where there is neither of that id."""
        held = self._session_holds(session)
        freed = [parked for parked in held.held_requests.values() if name in (parked.id, parked.hold.id)]
        for parked in freed:
            complete(parked.released)
        return freed if freed or name in held.holds else None

    def clear(self, session: Session) -> int:
        """Take every hold away and let every request go; how many holds there were."""
        held = self._session_holds(session)
        count = len(held.holds)
        for hold in tuple(held.holds.values()):
            self._remove_hold(session, held, hold)
        for parked in held.held_requests.values():
            complete(parked.released)
        return count

    def _remove_hold(self, session: Session, session_holds: _SessionHolds, hold: Hold) -> None:
        del session_holds.holds[hold.id]
        session.fast_path_blockers -= 1

    # A request's way

    @asynccontextmanager
    async def checkpoints(self, routed: RoutedRequest) -> AsyncIterator[None]:
        """What a request passes by, before it is handled within the block and after it."""
        header = routed.request.headers.get(GROUP_HEADER, "")
        if not header and routed.session not in self._sessions:
            yield
            return
        place = _parse_group_header(header) if header else None
        group = await self._join_group(routed.session, place) if place is not None else None
        try:
            await self._stop_at(routed, "arrived")
            yield
        finally:
            if group is not None and place is not None:
                group.finish(place.rank)
        await self._stop_at(routed, "handled")

    async def _join_group(self, session: Session, place: _GroupPlace) -> _RequestGroup:
        """Wait for the others, and for one's turn."""
        groups = self._session_holds(session).groups
        group = groups.setdefault(place.group, _RequestGroup(place.size))
        if place.rank in group.arrived or group.size != place.size:
            message = f"group {place.group!r} of {group.size} has no place {place.rank} of {place.size} left"
            raise refuse("SRV020", message, f"each request of a group has its own place: {GROUP_HEADER}: g1/0/2")
        group.arrive(place.rank)
        if len(group.arrived) == group.size:
            del groups[place.group]
        with self._pending.track(session, new_completion()) as wait:
            why = await wait.until(group.turns[0], self._group_timeout)
            if why is WaitEnd.TIMEOUT and not group.dissolved:
                del groups[place.group]
                group.dissolve()
            if group.dissolved:
                raise _incomplete_group_error(place, group, self._group_timeout)
            await wait.until(group.turns[place.rank])
        return group

    async def _stop_at(self, routed: RoutedRequest, point: HoldPoint) -> None:
        """Stop where a hold says so, until somebody lets the request go or its time is up."""
        held = self._sessions.get(routed.session)
        if held is None or not held.holds:
            return
        operation = _operation_name(routed)
        hold = next(_matching_holds(held, operation, point), None)
        if hold is None:
            return
        hold.remaining -= 1
        if not hold.remaining:
            self._remove_hold(routed.session, held, hold)
        since = routed.session.clock.now(self._wall_clock())
        parked = HeldRequest(held.next_id("parked"), hold, operation, routed.request, since)
        held.held_requests[parked.id] = parked
        try:
            with self._pending.track(routed.session, new_completion()) as wait:
                await wait.until(parked.released, self._hold_timeout)
        finally:
            del held.held_requests[parked.id]


def _matching_holds(session_holds: _SessionHolds, operation: str, point: HoldPoint) -> Iterator[Hold]:
    return (hold for hold in session_holds.holds.values() if hold.point == point and hold.operation in ("*", operation))


def _operation_name(routed: RoutedRequest) -> str:
    """The operation that a request asks for; empty for none."""
    return routed.match.operation.name if isinstance(routed.match, RouteMatch) else ""


def _parse_group_header(header: str) -> _GroupPlace:
    """`GROUP/RANK/SIZE`."""
    group, _, numbers = header.rpartition("/")
    group, _, rank = group.rpartition("/")
    if group and all(number.isascii() and number.isdecimal() and len(number) < 4 for number in (rank, numbers)):
        place = _GroupPlace(group[:80], int(rank), int(numbers))
        if place.rank < place.size <= MAX_GROUP_SIZE:
            return place
    raise refuse(
        "SRV020", f"{header[:80]!r} is no place in a group", f"{GROUP_HEADER}: GROUP/RANK/SIZE, such as g1/0/2"
    )


def _incomplete_group_error(place: _GroupPlace, group: _RequestGroup, seconds: float) -> MockError:
    here = f"{len(group.arrived)} of {group.size} requests of group {place.group!r} came within {seconds:g} s"
    hint = "send all of them at once, each on a connection of its own"
    return refuse("SRV021", f"{here}; missing: place {group.missing_ranks()}", hint)
