"""Requests that are held back on purpose, so that a race takes a chosen course.

There are two ways. Requests of one *group* carry a header with their number and their order: each waits until all have
arrived, then they are handled in that order, one after the other. And a *hold* stops the next requests for an operation
at one of two points, when they have arrived or when they have been handled and not yet answered, until they are
released. Every wait is limited in real time; a reset, a deletion or the server's end ends it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from weakref import WeakKeyDictionary

from mockserver.core.instants import Instant
from mockserver.core.wire import Request
from mockserver.engine.router import RouteMatch
from mockserver.engine.session import Session
from mockserver.errors import MockError, refuse
from mockserver.server.scheduling.waits import Completion, PendingRequests, WaitEnd, complete, new_completion
from mockserver.server.target import RoutedRequest

GROUP_HEADER: Final = "x-mock-together"
"""`GROUP/RANK/SIZE`: the group's name, the request's position in the order from 0, the number of requests."""
MAX_GROUP_SIZE: Final = 100
GROUP_TIMEOUT: Final = 10.0
"""Seconds that a request waits for the others of its group."""
HOLD_TIMEOUT: Final = 60.0
"""Seconds that a held request waits for its release; then it goes on by itself."""

HoldRows = tuple[tuple[str, str, str, int], ...]
"""(id, operation, point, requests that it will still stop) of each hold: what a log has of them."""
HoldPoint = Literal["arrived", "handled"]
HOLD_POINTS: Final[tuple[HoldPoint, ...]] = ("arrived", "handled")


@dataclass(eq=False)
class Hold:
    """Stops the next requests for an operation."""

    id: str
    operation: str
    """`*`: every operation."""
    point: HoldPoint
    remaining: int
    """Number of requests that it will still stop."""


@dataclass(eq=False)
class HeldRequest:
    """A request that waits at a hold."""

    id: str
    hold: Hold
    operation: str
    request: Request
    since: Instant
    """The session's instant of the stop."""
    released: Completion = field(default_factory=new_completion)


class _GroupPlace(NamedTuple):
    """A request's position in its group."""

    group: str
    rank: int
    size: int


class _RequestGroup:
    """Requests that wait for each other."""

    def __init__(self, size: int) -> None:
        self.arrived: set[int] = set()
        """The ranks of those that have arrived."""
        self.size = size
        self.turns = [new_completion() for _ in range(size)]
        """By rank: done when it is that request's turn."""
        self.dissolved = False
        """True if one of them did not arrive in time."""

    def arrive(self, rank: int) -> None:
        """Count a request; when all have arrived, the first has its turn."""
        self.arrived.add(rank)
        if len(self.arrived) == self.size:
            complete(self.turns[0])

    def finish(self, rank: int) -> None:
        """Give the next request its turn, because this one has been handled."""
        if rank + 1 < self.size:
            complete(self.turns[rank + 1])

    def dissolve(self) -> None:
        """End the waits of all, because one is missing."""
        self.dissolved = True
        for turn in self.turns:
            complete(turn)

    def missing_ranks(self) -> str:
        """Return the ranks of those that have not arrived."""
        return ", ".join(str(rank) for rank in range(self.size) if rank not in self.arrived)


class _SessionHolds:
    """The holds and groups of one session."""

    def __init__(self) -> None:
        self.holds: dict[str, Hold] = {}
        self.held_requests: dict[str, HeldRequest] = {}
        self.groups: dict[str, _RequestGroup] = {}
        self.last_number = 0

    def next_id(self, prefix: str) -> str:
        """Return the session's next id of that prefix: `hold-1`."""
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
        """Add a hold for the next `times` requests for an operation."""
        held = self._session_holds(session)
        hold = Hold(held.next_id("hold"), operation, at, times)
        held.holds[hold.id] = hold
        session.held_operations.append(operation)
        return hold

    def holds(self, session: Session) -> list[Hold]:
        """Return the holds that will still stop requests."""
        return list(self._session_holds(session).holds.values())

    def rows(self, session: Session) -> HoldRows:
        """Return the holds of a session, for a log."""
        held = self._sessions.get(session)
        if held is None:
            return ()
        return tuple((hold.id, hold.operation, hold.point, hold.remaining) for hold in held.holds.values())

    def restore(self, session: Session, rows: HoldRows) -> None:
        """Put the holds of a log in the place of those that a session has."""
        if not rows and session not in self._sessions:
            return
        held = self._session_holds(session)
        for hold in tuple(held.holds.values()):
            self._remove_hold(session, held, hold)
        for hold_id, operation, point_name, remaining in rows:
            point = next(known for known in HOLD_POINTS if known == point_name)
            held.holds[hold_id] = Hold(hold_id, operation, point, remaining)
            held.last_number = max(held.last_number, int(hold_id.rpartition("-")[2]))
            session.held_operations.append(operation)

    def held_requests(self, session: Session) -> list[HeldRequest]:
        """Return the requests that are held, in the order of their arrival."""
        return list(self._session_holds(session).held_requests.values())

    def release(self, session: Session, name: str) -> list[HeldRequest] | None:
        """Release a held request, or all of a hold, and return them; None if there is neither of that id."""
        held = self._session_holds(session)
        freed = [parked for parked in held.held_requests.values() if name in (parked.id, parked.hold.id)]
        if not freed and name not in held.holds:
            return None
        for parked in freed:
            complete(parked.released)
        return freed

    def clear(self, session: Session) -> list[HeldRequest]:
        """Remove all holds and release all requests; returns the requests."""
        held = self._session_holds(session)
        for hold in tuple(held.holds.values()):
            self._remove_hold(session, held, hold)
        freed = list(held.held_requests.values())
        for parked in freed:
            complete(parked.released)
        return freed

    def _remove_hold(self, session: Session, session_holds: _SessionHolds, hold: Hold) -> None:
        del session_holds.holds[hold.id]
        session.held_operations.remove(hold.operation)

    # A request on its way

    @asynccontextmanager
    async def checkpoints(self, routed: RoutedRequest) -> AsyncIterator[None]:
        """Let a request wait before and after it is handled within the block.

        Raises MockError SRV020 for a bad header, SRV021 if the group is not complete in time.
        """
        header = routed.incoming.request.headers.get(GROUP_HEADER, "")
        if not header and routed.session not in self._sessions:
            yield
            return
        place = _parse_group_header(header) if header else None
        group = await self._join_group(routed.session, place) if place is not None else None
        try:
            await self._stop_at(routed, "arrived")
            yield
        finally:
            # Also after an error: the others of the group wait for their turn.
            if group is not None and place is not None:
                group.finish(place.rank)
        await self._stop_at(routed, "handled")

    async def _join_group(self, session: Session, place: _GroupPlace) -> _RequestGroup:
        """Wait for the others of a group, and for the request's turn. Raises MockError SRV020 or SRV021."""
        groups = self._session_holds(session).groups
        group = groups.setdefault(place.group, _RequestGroup(place.size))
        if place.rank in group.arrived or group.size != place.size:
            message = f"place {place.rank} of {place.size} is not free in group {place.group!r} of {group.size}"
            raise refuse("SRV020", message, f"Give each request of a group its own place: {GROUP_HEADER}: g1/0/2.")
        group.arrive(place.rank)
        if len(group.arrived) == group.size:
            del groups[place.group]  # complete: the next request of that name begins another group
        with self._pending.track(session, new_completion()) as wait:
            end = await wait.until(group.turns[0], self._group_timeout)
            # The first whose time is up dissolves the group for all.
            if end is WaitEnd.TIMEOUT and not group.dissolved:
                del groups[place.group]
                group.dissolve()
            if group.dissolved:
                raise _incomplete_group_error(place, group, self._group_timeout)
            await wait.until(group.turns[place.rank])
        return group

    async def _stop_at(self, routed: RoutedRequest, point: HoldPoint) -> None:
        """Wait if a hold stops the request at this point, until it is released or its time is up."""
        held = self._sessions.get(routed.session)
        if held is None or not held.holds:
            return
        operation = routed.incoming.match.operation.name if isinstance(routed.incoming.match, RouteMatch) else ""
        matching = (hold for hold in held.holds.values() if hold.point == point and hold.operation in ("*", operation))
        hold = next(matching, None)
        if hold is None:
            return
        hold.remaining -= 1
        if not hold.remaining:
            self._remove_hold(routed.session, held, hold)
        since = routed.session.clock.now(self._wall_clock())
        parked = HeldRequest(held.next_id("parked"), hold, operation, routed.incoming.request, since)
        held.held_requests[parked.id] = parked
        try:
            with self._pending.track(routed.session, new_completion()) as wait:
                await wait.until(parked.released, self._hold_timeout)
        finally:
            del held.held_requests[parked.id]


def _parse_group_header(header: str) -> _GroupPlace:
    """Parse `GROUP/RANK/SIZE`. Raises MockError SRV020."""
    group, _, size = header.rpartition("/")
    group, _, rank = group.rpartition("/")
    if group and all(number.isascii() and number.isdecimal() and len(number) < 4 for number in (rank, size)):
        place = _GroupPlace(group[:80], int(rank), int(size))
        if place.rank < place.size <= MAX_GROUP_SIZE:
            return place
    hint = f"Write {GROUP_HEADER}: GROUP/RANK/SIZE, such as g1/0/2; ranks count from 0."
    raise refuse("SRV020", f"{header[:80]!r} is not a place in a group", hint)


def _incomplete_group_error(place: _GroupPlace, group: _RequestGroup, seconds: float) -> MockError:
    arrived = f"{len(group.arrived)} of {group.size} requests of group {place.group!r} came within {seconds:g} s"
    hint = "send all of them at once, each on a connection of its own"
    return refuse("SRV021", f"{arrived}; missing: place {group.missing_ranks()}", hint)
