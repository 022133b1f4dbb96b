"""Fixtures: one Redis for the tests of a module, emptied before each test."""

from collections.abc import Iterator

import pytest

from tests.support.redis_server import RedisServer, redis_server


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
