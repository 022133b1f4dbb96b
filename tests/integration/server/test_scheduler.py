"""The scheduler: due entries are run when the clock reaches them, by itself or because it is moved."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest

from mockserver.core.clock import Clock
from mockserver.core.instants import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Instant
from mockserver.engine.session import Session
from mockserver.errors import MockError
from mockserver.server.clock import wall_clock
from mockserver.server.scheduling.scheduler import (
    DEFAULT_LIMITS,
    MAX_CONCURRENT,
    MAX_LATE_SECONDS,
    Scheduler,
    SchedulerLimits,
)
from tests.support.hostile_clients import make_app


class Task(NamedTuple):
    """An entry of the schedule."""

    name: str


class FailingTask(NamedTuple):
    """An entry whose handler raises an exception."""


class CompletedTask(NamedTuple):
    """A task that was run; times count from the session's start."""

    name: str
    due: Instant
    read: Instant
    """The time on the session's clock when the task had run."""


@dataclass
class SchedulerHarness:
    """A session with its own scheduler, and a record of the tasks that were run."""

    session: Session = field(default_factory=lambda: make_app().registry.get_or_create("w", wall_clock()))
    alive: bool = True
    done: list[CompletedTask] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    limits: SchedulerLimits = DEFAULT_LIMITS
    request_count: Callable[[], int] = int

    def __post_init__(self) -> None:
        self.gate.set()
        handlers = {Task: self._run, FailingTask: self._fail}
        self.scheduler = Scheduler(
            wall_clock, lambda session: self.alive, handlers, limits=self.limits, request_count=self.request_count
        )

    async def _run(self, session: Session, task: Task, at: Instant) -> None:
        self.during()
        await self.gate.wait()
        start = session.start
        self.done.append(CompletedTask(task.name, at - start, session.clock.now(wall_clock()) - start))

    async def _fail(self, session: Session, task: FailingTask, at: Instant) -> None:
        raise RuntimeError("it broke")

    def at(self, offset: Instant, task: Task | FailingTask) -> None:
        self.session.schedule.add(self.session.start + offset, task)

    async def move(self, by: Instant) -> bool:
        return await self.scheduler.advance_clock(self.session, self.session.clock.advance(wall_clock(), by))

    async def wait_for_tasks(self, count: int) -> None:
        """Wait until `count` tasks have run; fail after five seconds."""
        async with asyncio.timeout(5):
            while len(self.done) < count:
                await asyncio.sleep(0)


async def test_a_moved_clock_stops_at_each_due_entry() -> None:
    harness = SchedulerHarness()
    for offset, name in ((3 * MINUTE, "later"), (2 * SECOND, "a"), (2 * SECOND, "b"), (HOUR, "too late")):
        harness.at(offset, Task(name))
    await harness.move(30 * MINUTE)
    assert harness.done == [
        CompletedTask("a", due=2 * SECOND, read=2 * SECOND),
        CompletedTask("b", due=2 * SECOND, read=2 * SECOND),
        CompletedTask("later", due=3 * MINUTE, read=3 * MINUTE),
    ]
    assert harness.session.clock.now(wall_clock()) == harness.session.start + 30 * MINUTE
    assert harness.session.clock.frozen


async def test_entries_that_become_due_during_a_move_are_run() -> None:
    harness = SchedulerHarness()
    harness.at(SECOND, Task("first"))
    harness.during = lambda: harness.at(5 * SECOND, Task("second")) if not harness.done else None
    await harness.move(MINUTE)
    assert [task.name for task in harness.done] == ["first", "second"]
    assert [task.read for task in harness.done] == [SECOND, 5 * SECOND]


async def test_a_clock_cannot_be_moved_during_a_move() -> None:
    harness = SchedulerHarness()
    refused: list[str] = []

    def try_to_move() -> None:
        with pytest.raises(MockError) as error:
            harness.scheduler.advance_clock(harness.session, harness.session.clock).send(None)
        refused.append(error.value.problems[0].code)

    harness.at(SECOND, Task("x"))
    harness.during = try_to_move
    await harness.move(MINUTE)
    assert refused == ["ADM006"]
    await harness.move(MINUTE)


async def test_on_a_running_clock_entries_run_by_themselves() -> None:
    harness = SchedulerHarness()
    harness.session.clock = Clock(wall_clock(), harness.session.start, 1_000.0)
    for offset, name in ((10 * SECOND, "second"), (5 * SECOND, "first")):
        harness.at(offset, Task(name))
    harness.scheduler.rearm(harness.session)
    harness.scheduler.rearm(harness.session)
    await harness.wait_for_tasks(2)
    assert [task.name for task in harness.done] == ["first", "second"]
    assert all(task.read >= task.due for task in harness.done)


async def test_concurrent_entries_are_bounded() -> None:
    harness = SchedulerHarness()
    harness.gate.clear()
    under_way: list[int] = []
    harness.during = lambda: under_way.append(len(under_way) + 1)
    harness.session.clock = Clock(wall_clock(), harness.session.start, 1.0)
    for number in range(3 * MAX_CONCURRENT):
        harness.at(0, Task(str(number)))
    harness.scheduler.rearm(harness.session)
    async with asyncio.timeout(5):
        while len(under_way) < MAX_CONCURRENT:
            await asyncio.sleep(0)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(under_way) == MAX_CONCURRENT
    harness.gate.set()
    await harness.wait_for_tasks(3 * MAX_CONCURRENT)
    assert sorted(int(task.name) for task in harness.done) == list(range(3 * MAX_CONCURRENT))


async def test_a_frozen_clock_has_no_timer_and_a_resumed_one_has() -> None:
    harness = SchedulerHarness()
    harness.at(MILLISECOND, Task("x"))
    harness.scheduler.rearm(harness.session)
    for _ in range(10):
        await asyncio.sleep(0)
    assert not harness.done
    harness.session.clock = harness.session.clock.scale(wall_clock(), 1.0)
    harness.scheduler.rearm(harness.session)
    await harness.wait_for_tasks(1)


async def test_entries_of_an_ended_session_are_not_run() -> None:
    harness = SchedulerHarness()
    harness.session.clock = Clock(wall_clock(), harness.session.start, 1.0)
    harness.at(0, Task("x"))
    harness.scheduler.rearm(harness.session)
    harness.alive = False
    await harness.move(MINUTE)
    assert not harness.done


async def test_a_failing_entry_is_logged_and_the_rest_is_run(caplog: pytest.LogCaptureFixture) -> None:
    harness = SchedulerHarness()
    harness.at(0, FailingTask())
    harness.at(1, Task("x"))
    with caplog.at_level(logging.ERROR):
        await harness.move(SECOND)
    assert [task.name for task in harness.done] == ["x"]
    assert "it broke" in caplog.text


async def test_a_shut_down_cancels_running_and_waiting_entries() -> None:
    harness = SchedulerHarness()
    harness.gate.clear()
    harness.session.clock = Clock(wall_clock(), harness.session.start, 1.0)
    harness.at(0, Task("under way"))
    harness.at(HOUR, Task("waiting"))
    harness.scheduler.rearm(harness.session)
    async with asyncio.timeout(5):
        while len(harness.session.schedule) == 2:
            await asyncio.sleep(0)
    harness.scheduler.rearm(harness.session)
    await harness.scheduler.shut_down()
    assert not harness.done
    assert len(asyncio.all_tasks()) == 1


async def test_on_a_frozen_clock_entries_that_are_due_are_run() -> None:
    harness = SchedulerHarness()
    harness.at(0, Task("now"))
    harness.at(1, Task("later"))
    harness.scheduler.rearm(harness.session)
    await harness.wait_for_tasks(1)
    await harness.scheduler.drain(harness.session)
    assert [task.name for task in harness.done] == ["now"]


async def test_drain_waits_for_due_entries() -> None:
    harness = SchedulerHarness()
    for number in range(2 * MAX_CONCURRENT):
        harness.at(0, Task(str(number)))
    await harness.scheduler.drain(harness.session)
    assert len(harness.done) == 2 * MAX_CONCURRENT
    harness.session.clock = harness.session.clock.scale(wall_clock(), 1.0)
    harness.gate.clear()
    harness.at(0, Task("x"))
    harness.scheduler.rearm(harness.session)
    await harness.scheduler.drain(harness.session)
    await harness.scheduler.shut_down()


async def test_drain_ends_after_its_timeout() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(drain=0.01))
    harness.gate.clear()
    harness.at(0, Task("slow"))
    await harness.scheduler.drain(harness.session)
    assert not harness.done
    with pytest.raises(MockError, match=r"something is under way .*: 1 in all(.|\n)*a receiver gets 10 seconds"):
        await harness.move(MINUTE)
    harness.gate.set()
    await harness.wait_for_tasks(1)
    await harness.move(MINUTE)


async def test_while_requests_arrive_entries_are_started_one_by_one() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(pause=3600.0), request_count=lambda: 1)
    for number in range(4):
        harness.at(0, Task(str(number)))
    harness.scheduler.rearm(harness.session)
    await harness.wait_for_tasks(1)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(harness.done) == 1
    await harness.scheduler.drain(harness.session)
    assert len(harness.done) == 4
    await harness.scheduler.shut_down()


async def test_slow_entries_do_not_delay_another_session() -> None:
    harness, slow = SchedulerHarness(), SchedulerHarness()
    slow.scheduler = harness.scheduler
    slow.session = harness.session.reset(harness.session.clock)
    harness.gate.clear()
    for number in range(MAX_CONCURRENT):
        slow.at(0, Task(f"slow {number}"))
    harness.scheduler.rearm(slow.session)
    async with asyncio.timeout(5):
        while len(slow.session.schedule):
            await asyncio.sleep(0)
    harness.at(0, Task("quick"))
    harness.scheduler.rearm(harness.session)
    async with asyncio.timeout(5):
        while len(harness.session.schedule):
            await asyncio.sleep(0)
    harness.gate.set()
    await harness.wait_for_tasks(MAX_CONCURRENT + 1)


async def test_a_task_can_run_without_a_schedule_entry() -> None:
    harness = SchedulerHarness()
    await harness.scheduler.run_now(harness.session, Task("x"))
    assert harness.done == [CompletedTask("x", due=0, read=0)]


async def test_tasks_without_an_entry_are_bounded() -> None:
    """Otherwise a receiver that requests a redelivery for each delivery would keep the server busy for ever."""
    harness = SchedulerHarness()
    harness.gate.clear()
    running = [harness.scheduler.run_now(harness.session, Task(str(number))) for number in range(MAX_CONCURRENT)]
    tasks = [asyncio.create_task(each) for each in running]
    await asyncio.sleep(0)
    with pytest.raises(MockError, match="ADM006"):
        await harness.scheduler.run_now(harness.session, Task("one too many"))
    harness.gate.set()
    await asyncio.gather(*tasks)
    await harness.scheduler.run_now(harness.session, Task("next"))
    assert len(harness.done) == MAX_CONCURRENT + 1


async def test_a_shut_down_ends_a_move_of_the_clock() -> None:
    harness = SchedulerHarness()
    for offset in (SECOND, MINUTE):
        harness.at(offset, Task("x"))
    harness.gate.clear()
    moving = asyncio.create_task(harness.move(HOUR))
    await asyncio.sleep(0)
    await harness.scheduler.shut_down()
    harness.gate.set()
    await moving
    assert harness.done == [CompletedTask("x", due=SECOND, read=SECOND)]
    assert harness.session.clock.now(wall_clock()) == harness.session.start + SECOND


async def test_a_move_stops_when_what_is_due_takes_too_long_and_can_be_repeated() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(slow=0.0, slow_entries=1e-9))
    for offset, name in ((SECOND, "slow"), (MINUTE, "next"), (2 * HOUR, "later")):
        harness.at(offset, Task(name))
    assert not await harness.move(HOUR)
    assert [task.name for task in harness.done] == ["slow"]
    assert harness.session.clock.now(wall_clock()) == harness.session.start + SECOND
    assert harness.session.schedule.next_due == harness.session.start + MINUTE
    assert await harness.move(HOUR), "nothing is due behind the last one"
    assert [task.name for task in harness.done] == ["slow", "next"]
    assert harness.session.clock.now(wall_clock()) == harness.session.start + SECOND + HOUR


async def test_quick_entries_never_stop_a_move() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(slow=60.0, slow_entries=1e-9))
    for number in range(50):
        harness.at(SECOND * number, Task(str(number)))
    assert await harness.move(HOUR)
    assert len(harness.done) == 50


async def test_quick_entries_have_a_bound_together() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(slow=60.0, move=1e-9))
    for number in range(3):
        harness.at(SECOND * number, Task(str(number)))
    assert not await harness.move(HOUR)
    assert not await harness.move(HOUR)
    assert await harness.move(HOUR)
    assert [task.name for task in harness.done] == ["0", "1", "2"]


async def test_sessions_take_turns_while_requests_of_any_session_are_answered() -> None:
    requests, began = itertools.count(1), list[float]()
    harness = SchedulerHarness(request_count=lambda: next(requests))
    harness.during = lambda: began.append(asyncio.get_running_loop().time())
    sessions = [harness.session, SchedulerHarness().session, SchedulerHarness().session]
    for session in sessions:
        for number in range(5):
            session.schedule.add(session.start, Task(str(number)))
        harness.scheduler.rearm(session)
    await harness.wait_for_tasks(15)
    # Each session begins its first entry at once: it may be the only session with any.
    assert began[-1] - began[0] >= 11 * DEFAULT_LIMITS.pause


async def test_a_loop_that_is_late_makes_the_pauses_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    requests, began = itertools.count(1), list[float]()
    loop = asyncio.get_running_loop()
    read = loop.time
    # As if requests had kept the loop busy for a second since the first entry.
    monkeypatch.setattr(loop, "time", lambda: read() + min(len(began), 1))
    harness = SchedulerHarness(request_count=lambda: next(requests))
    harness.during = lambda: began.append(read())
    for number in range(3):
        harness.at(0, Task(str(number)))
    harness.scheduler.rearm(harness.session)
    await harness.wait_for_tasks(3)
    assert began[2] - began[1] >= MAX_LATE_SECONDS


async def test_a_move_pauses_for_requests_of_others() -> None:
    requests = 0
    harness = SchedulerHarness(limits=SchedulerLimits(pause=3600.0), request_count=lambda: requests)

    def receive() -> None:
        nonlocal requests
        requests = len(harness.done)

    harness.during = receive
    for number in range(3):
        harness.at(SECOND * number, Task(str(number)))
    moving = asyncio.create_task(harness.move(HOUR))
    # The first request comes during the second entry: only the third one waits.
    await harness.wait_for_tasks(2)
    for _ in range(10):
        await asyncio.sleep(0)
    assert len(harness.done) == 2
    moving.cancel()
    await asyncio.gather(moving, return_exceptions=True)


async def test_a_move_does_not_pause_for_requests_of_its_own_session() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(pause=3600.0))
    harness.scheduler._request_count = lambda: harness.session.journal.seq

    def receive() -> None:
        harness.session.journal.seq += 1

    harness.during = receive
    for number in range(3):
        harness.at(SECOND * number, Task(str(number)))
    async with asyncio.timeout(5):
        assert await harness.move(HOUR)
    assert len(harness.done) == 3


async def test_a_stopped_move_leaves_a_running_clock_running() -> None:
    harness = SchedulerHarness(limits=SchedulerLimits(slow=0.0, slow_entries=1e-9))
    harness.session.clock = harness.session.clock.scale(wall_clock(), 0.001)
    for offset in (MINUTE, HOUR):
        harness.at(offset, Task("x"))
    assert not await harness.move(DAY)
    assert harness.session.clock.rate == 0.001
    await harness.scheduler.shut_down()
