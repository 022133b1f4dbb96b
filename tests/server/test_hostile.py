"""Thousands of hostile connections: nothing breaks, hangs or is left behind. `make bench-hostile` sends 100,000."""

import asyncio
import logging

import pytest

from mockserver.core.clock import Clock
from mockserver.scenario.compile import load
from mockserver.server.desk import Desk
from mockserver.server.hub import Hub, Settings
from mockserver.server.run import serving
from mockserver.stores import memory_store
from mockserver.vendors.registry import installed
from tests.server.hostile import GET, JOB, MAKERS, attack, descriptors, inputs
from tests.serving import START

COUNT = 1_000


RUNNING = f"""
scenario: running
vendor: phaseo@2026-08-05
jobs: [{{id: {JOB}}}]
timeline: [queued: 1s, processing]
"""


def desk() -> Desk:
    """A server with a video that runs, and a clock that stands."""
    vendors = installed()
    return Desk(
        Hub(
            Settings(
                vendors,
                {name: vendor.eras[-1] for name, vendor in vendors.items()},
                memory_store,
                find_scenario=lambda name: None,
                scenario_names=list,
                scenarios=(load(RUNNING, vendors),),
                clock=lambda real: Clock(real, START, 0.0),
            )
        )
    )


async def polled(host: str, port: int) -> bytes:
    """The status line of a plain poll's answer."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(GET + b"\r\n")
    answered = await asyncio.wait_for(reader.readline(), 5)
    writer.close()
    await writer.wait_closed()
    return answered


async def settled(before: int) -> int:
    """The tasks that are left when the server has had time to see that its clients are gone."""
    for _ in range(200):
        if len(asyncio.all_tasks()) <= before:
            break
        await asyncio.sleep(0)
    return len(asyncio.all_tasks())


def test_the_inputs_are_the_same_every_time_and_of_every_kind() -> None:
    one, other = list(inputs("1", 200)), list(inputs("1", 200))
    assert one == other != list(inputs("2", 200))
    assert len({hostile.kind for hostile in one}) == len(MAKERS)


async def test_hostile_connections(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with serving(desk(), "127.0.0.1", 0) as running:
            assert (await polled(running.host, running.port)).startswith(b"HTTP/1.1 200")
            files, tasks = descriptors(), len(asyncio.all_tasks())
            found = await attack(running.host, running.port, "1", COUNT)
            assert (found.sent.total(), found.hung, found.broken) == (COUNT, [], [])
            assert {101, 200, 400} <= set(found.answers)
            assert (await polled(running.host, running.port)).startswith(b"HTTP/1.1 200")
            assert await settled(tasks) <= tasks
            assert descriptors() <= files
    assert [record.getMessage() for record in caplog.records] == []
