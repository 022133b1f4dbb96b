"""Worlds whose sessions are kept in each of the stores: what holds in memory must hold with all of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from mockserver.stores.log import SessionLog
from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_link import RedisLink
from mockserver.stores.sqlite import SqliteLog
from tests.support.fake_world import START, FakeWorld
from tests.support.histories import LAW_PINS, PINS, world_for
from tests.support.kept_world import kept_world
from tests.support.memory_log import MemoryLog
from tests.support.redis_server import redis_server

Worlds = Callable[..., FakeWorld]
"""Opens a new session of an era, with a script: `world_for`, or the same on a log."""

NEWEST: Final = tuple({pin.partition("@")[0]: pin for pin in PINS}.values())
"""The newest era of each vendor: the stores differ in none."""


def _sqlite_log(stack: ExitStack) -> SessionLog:
    folder = stack.enter_context(TemporaryDirectory())
    return SqliteLog(Path(folder) / "sessions.db", START)


def _redis_log(stack: ExitStack) -> SessionLog:
    server = stack.enter_context(redis_server())
    return RedisLog(RedisLink(server.url))


LOGS: Final[Mapping[str, Callable[[ExitStack], SessionLog]]] = {
    "log": lambda stack: MemoryLog(),
    "sqlite": _sqlite_log,
    "redis": _redis_log,
}
"""What opens an empty log, by the name of its store; `log` is one in memory."""


def each_store(first: str) -> list[tuple[str, str]]:
    """List the cases of a test, store and pin: the first store with all tables, those of `serve --store` with some."""
    return [(first, pin) for pin in LAW_PINS] + [(store, pin) for store in ("sqlite", "redis") for pin in NEWEST]


@contextmanager
def store_worlds(store: str) -> Iterator[Worlds]:
    """Open what makes worlds of a store: `memory`, or one of `LOGS`."""
    if store == "memory":
        yield world_for
        return
    with ExitStack() as stack:
        log = LOGS[store](stack)
        stack.callback(log.close)
        numbers = count()
        yield lambda pin, script=None, **how: kept_world(pin, log, script, f"world{next(numbers)}", **how)
