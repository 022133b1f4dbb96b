"""Servers that share the sessions of one Redis."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_link import RedisLink
from tests.support.fake_server import FakeServer, fake_server
from tests.support.redis_server import RedisServer

Sharing = Callable[..., AbstractContextManager[FakeServer]]


@pytest.fixture
def sharing(redis: RedisServer) -> Sharing:
    """Return what starts one more server with the sessions of that Redis."""
    return lambda *pins, **settings: fake_server(*pins, log=RedisLog(RedisLink(redis.url)), **settings)
