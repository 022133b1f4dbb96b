"""Thousands of hostile connections: nothing breaks, hangs or is left behind. `make bench` sends 100,000."""

import asyncio
import logging

import pytest

from mockserver.server.run import serve
from tests.support.hostile_clients import (
    INPUT_MAKERS,
    attack,
    inputs,
    make_app,
    open_descriptors,
    poll_status_line,
    tasks_after_settling,
)

COUNT = 1_000


def test_inputs_are_reproducible_and_of_every_kind() -> None:
    one, other = list(inputs("1", 200)), list(inputs("1", 200))
    assert one == other != list(inputs("2", 200))
    assert len({hostile.kind for hostile in one}) == len(INPUT_MAKERS)


async def test_hostile_connections_leave_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        async with serve(make_app(), "127.0.0.1", 0) as running:
            assert (await poll_status_line(running.host, running.port)).startswith(b"HTTP/1.1 200")
            files, tasks = open_descriptors(), len(asyncio.all_tasks())
            found = await attack(running.host, running.port, "1", COUNT)
            assert found.sent.total() == COUNT
            assert found.hung == []
            assert found.broken == []
            assert {101, 200, 400} <= set(found.answers)
            assert (await poll_status_line(running.host, running.port)).startswith(b"HTTP/1.1 200")
            assert await tasks_after_settling(tasks) <= tasks
            assert open_descriptors() <= files
    assert [record.getMessage() for record in caplog.records] == []
