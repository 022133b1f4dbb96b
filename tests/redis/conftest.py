"""One Redis for the tests of a module, emptied before each test, and servers that share it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_link import RedisLink
from tests.support.fake_server import FakeServer, fake_server
from tests.support.redis_server import RedisServer, redis_server

Sharing = Callable[..., AbstractContextManager[FakeServer]]


@pytest.fixture(scope="module")
def shared_redis() -> Iterator[RedisServer]:
    """Run the module's Redis."""
    with redis_server() as server:
        yield server


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """Return the module's Redis, empty."""
    shared_redis.client.flushall()
    return shared_redis


@pytest.fixture
def sharing(redis: RedisServer) -> Sharing:
    """Return what starts one more server with the sessions of that Redis."""
    return lambda *pins, **settings: fake_server(*pins, log=RedisLog(RedisLink(redis.url)), **settings)
