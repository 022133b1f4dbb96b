"""Long work gives other requests a turn."""

import asyncio

from mockserver.server.slices import Turns, in_slices


async def test_other_tasks_run_between_two_slices():
    order: list[str] = []

    async def other() -> None:
        order.append("other")

    turns = Turns(seconds=0)
    task = asyncio.ensure_future(other())
    assert await turns.give()
    order.append("work")
    assert order == ["other", "work"]
    assert not await Turns(seconds=60).give()
    await task


async def test_items_come_in_their_order():
    assert [item async for item in in_slices(range(5))] == [0, 1, 2, 3, 4]
