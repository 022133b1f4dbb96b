"""Time at work: what is due is done when the clock gets there, by itself or because it is moved."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import HOUR, MILLISECOND, MINUTE, SECOND, Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.clock import wall_clock
from mockserver.server.scheduling.scheduler import MAX_CONCURRENT, Scheduler
from tests.support.hostile_clients import make_desk


class Task(NamedTuple):
    """Something to be done."""

    name: str


class FailingTask(NamedTuple):
    """Something that goes wrong."""


class CompletedTask(NamedTuple):
    """A task that was run; times count from the session's start."""

    name: str
    due: Instant
    read: Instant
    """The time on the session's clock when the task had run."""


@dataclass
class SchedulerHarness:
    """A session with a tempo of its own, and a list of what was done when."""

    session: Session = field(default_factory=lambda: make_desk().registry.get_or_create("w", wall_clock()))
    alive: bool = True
    done: list[CompletedTask] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    limits: dict[str, float] = field(default_factory=dict)
    """Constructor arguments of the scheduler."""

    def __post_init__(self) -> None:
        self.gate.set()
        handlers = {Task: self._run, FailingTask: self._fail}
        self.tempo = Scheduler(wall_clock, lambda session: self.alive, handlers, **self.limits)

    async def _run(self, session: Session, what: Task, at: Instant) -> None:
        self.during()
        await self.gate.wait()
        start = session.start
        self.done.append(CompletedTask(what.name, at - start, session.clock.now(wall_clock()) - start))

    async def _fail(self, session: Session, what: FailingTask, at: Instant) -> None:
        raise RuntimeError("it broke")

    def at(self, offset: Instant, what: Task | FailingTask) -> None:
        self.session.schedule.add(self.session.start + offset, what)

    async def move(self, by: Instant) -> None:
        await self.tempo.advance_clock(self.session, self.session.clock.advance(wall_clock(), by))

    async def until(self, count: int) -> None:
        """Until so many things are done; a timeout is a failure."""
        async with asyncio.timeout(5):
            while len(self.done) < count:
                await asyncio.sleep(0)


async def test_a_moved_clock_goes_due_by_due_and_stands_at_each() -> None:
    world = SchedulerHarness()
    for offset, name in ((3 * MINUTE, "later"), (2 * SECOND, "a"), (2 * SECOND, "b"), (HOUR, "too late")):
        world.at(offset, Task(name))
    await world.move(30 * MINUTE)
    assert world.done == [
        CompletedTask("a", due=2 * SECOND, read=2 * SECOND),
        CompletedTask("b", due=2 * SECOND, read=2 * SECOND),
        CompletedTask("later", due=3 * MINUTE, read=3 * MINUTE),
    ]
    assert world.session.clock.now(wall_clock()) == world.session.start + 30 * MINUTE
    assert world.session.clock.frozen


async def test_what_becomes_due_on_the_way_is_done_on_the_way() -> None:
    world = SchedulerHarness()
    world.at(SECOND, Task("first"))
    world.during = lambda: world.at(5 * SECOND, Task("second")) if not world.done else None
    await world.move(MINUTE)
    assert [task.name for task in world.done] == ["first", "second"]
    assert [task.read for task in world.done] == [SECOND, 5 * SECOND]


async def test_a_clock_that_is_being_moved_is_moved_by_nobody_else() -> None:
    world = SchedulerHarness()
    refused: list[str] = []

    def again() -> None:
        with pytest.raises(MockError) as error:
            world.tempo.advance_clock(world.session, world.session.clock).send(None)
        refused.append(error.value.problems[0].code)

    world.at(SECOND, Task("x"))
    world.during = again
    await world.move(MINUTE)
    assert refused == ["ADM006"]
    await world.move(MINUTE)


async def test_a_running_clock_gets_there_by_itself() -> None:
    world = SchedulerHarness()
    world.session.clock = Clock(wall_clock(), world.session.start, 1_000.0)
    for offset, name in ((10 * SECOND, "second"), (5 * SECOND, "first")):
        world.at(offset, Task(name))
    world.tempo.rearm(world.session)
    world.tempo.rearm(world.session)
    await world.until(2)
    assert [task.name for task in world.done] == ["first", "second"]
    assert all(task.read >= task.due for task in world.done)


async def test_a_crowd_is_done_a_few_at_a_time() -> None:
    world = SchedulerHarness()
    world.gate.clear()
    under_way: list[int] = []
    world.during = lambda: under_way.append(len(under_way) + 1)
    world.session.clock = Clock(wall_clock(), world.session.start, 1.0)
    for number in range(3 * MAX_CONCURRENT):
        world.at(0, Task(str(number)))
    world.tempo.rearm(world.session)
    async with asyncio.timeout(5):
        while len(under_way) < MAX_CONCURRENT:
            await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(under_way) == MAX_CONCURRENT
    world.gate.set()
    await world.until(3 * MAX_CONCURRENT)
    assert sorted(int(task.name) for task in world.done) == list(range(3 * MAX_CONCURRENT))


async def test_a_frozen_clock_has_no_timer_and_a_resumed_one_has() -> None:
    world = SchedulerHarness()
    world.at(MILLISECOND, Task("x"))
    world.tempo.rearm(world.session)
    for _ in range(10):
        await asyncio.sleep(0)
    assert not world.done
    world.session.clock = world.session.clock.scale(wall_clock(), 1.0)
    world.tempo.rearm(world.session)
    await world.until(1)


async def test_nothing_is_done_for_a_session_that_is_gone() -> None:
    world = SchedulerHarness()
    world.session.clock = Clock(wall_clock(), world.session.start, 1.0)
    world.at(0, Task("x"))
    world.tempo.rearm(world.session)
    world.alive = False
    await world.move(MINUTE)
    assert not world.done


async def test_what_goes_wrong_is_logged_and_the_rest_is_done(caplog: pytest.LogCaptureFixture) -> None:
    world = SchedulerHarness()
    world.at(0, FailingTask())
    world.at(1, Task("x"))
    with caplog.at_level(logging.ERROR):
        await world.move(SECOND)
    assert [task.name for task in world.done] == ["x"]
    assert "it broke" in caplog.text


async def test_a_server_that_stops_lets_go() -> None:
    world = SchedulerHarness()
    world.gate.clear()
    world.session.clock = Clock(wall_clock(), world.session.start, 1.0)
    world.at(0, Task("under way"))
    world.at(HOUR, Task("waiting"))
    world.tempo.rearm(world.session)
    async with asyncio.timeout(5):
        while len(world.session.schedule) == 2:
            await asyncio.sleep(0)
    world.tempo.rearm(world.session)
    await world.tempo.shut_down()
    assert not world.done
    assert len(asyncio.all_tasks()) == 1


async def test_what_is_due_now_is_done_although_the_clock_stands() -> None:
    world = SchedulerHarness()
    world.at(0, Task("now"))
    world.at(1, Task("later"))
    world.tempo.rearm(world.session)
    await world.until(1)
    await world.tempo.drain(world.session)
    assert [task.name for task in world.done] == ["now"]


async def test_whoever_asks_a_clock_that_stands_waits_for_what_is_due() -> None:
    world = SchedulerHarness()
    for number in range(2 * MAX_CONCURRENT):
        world.at(0, Task(str(number)))
    await world.tempo.drain(world.session)
    assert len(world.done) == 2 * MAX_CONCURRENT
    world.session.clock = world.session.clock.scale(wall_clock(), 1.0)
    world.gate.clear()
    world.at(0, Task("x"))
    world.tempo.rearm(world.session)
    await world.tempo.drain(world.session)
    await world.tempo.shut_down()


async def test_nobody_waits_for_ever_for_what_is_under_way() -> None:
    world = SchedulerHarness(limits={"drain_timeout": 0.01})
    world.gate.clear()
    world.at(0, Task("slow"))
    await world.tempo.drain(world.session)
    assert not world.done
    with pytest.raises(MockError, match="something is under way"):
        await world.move(MINUTE)
    world.gate.set()
    await world.until(1)
    await world.move(MINUTE)


async def test_while_a_session_is_asked_things_are_begun_one_by_one() -> None:
    world = SchedulerHarness(limits={"yield_seconds": 3600.0})
    for number in range(4):
        world.at(0, Task(str(number)))
    world.session.journal.seq += 1
    world.tempo.rearm(world.session)
    await world.until(1)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(world.done) == 1
    await world.tempo.drain(world.session)
    assert len(world.done) == 4
    await world.tempo.shut_down()


async def test_a_session_s_slow_things_keep_no_other_session_waiting() -> None:
    world, slow = SchedulerHarness(), SchedulerHarness()
    slow.tempo = world.tempo
    slow.session = world.session.reset(world.session.clock)
    world.gate.clear()
    for number in range(MAX_CONCURRENT):
        slow.at(0, Task(f"slow {number}"))
    world.tempo.rearm(slow.session)
    async with asyncio.timeout(5):
        while len(slow.session.schedule):
            await asyncio.sleep(0)
    world.at(0, Task("quick"))
    world.tempo.rearm(world.session)
    async with asyncio.timeout(5):
        while len(world.session.schedule):
            await asyncio.sleep(0)
    world.gate.set()
    await world.until(MAX_CONCURRENT + 1)


async def test_something_on_no_agenda_can_be_done() -> None:
    world = SchedulerHarness()
    await world.tempo.run_now(world.session, Task("x"))
    assert world.done == [CompletedTask("x", due=0, read=0)]


async def test_so_many_things_on_no_agenda_are_done_at_once_and_no_more() -> None:
    """A receiver that asks for a delivery again whenever it gets one would otherwise never be done."""
    world = SchedulerHarness()
    world.gate.clear()
    tasks = [asyncio.create_task(world.tempo.run_now(world.session, Task(str(n)))) for n in range(MAX_CONCURRENT)]
    await asyncio.sleep(0)
    with pytest.raises(MockError, match="ADM006"):
        await world.tempo.run_now(world.session, Task("one too many"))
    world.gate.set()
    await asyncio.gather(*tasks)
    await world.tempo.run_now(world.session, Task("next"))
    assert len(world.done) == MAX_CONCURRENT + 1


async def test_a_server_that_stops_moves_no_clock_further() -> None:
    world = SchedulerHarness()
    for offset in (SECOND, MINUTE):
        world.at(offset, Task("x"))
    world.gate.clear()
    moving = asyncio.create_task(world.move(HOUR))
    await asyncio.sleep(0)
    await world.tempo.shut_down()
    world.gate.set()
    await moving
    assert world.done == [CompletedTask("x", due=SECOND, read=SECOND)]
    assert world.session.clock.now(wall_clock()) == world.session.start + SECOND
