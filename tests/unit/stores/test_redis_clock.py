"""The clock of a store: never ahead of Redis, never backwards."""

from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_clock import StoreClock
from mockserver.stores.redis_link import RedisLink
from tests.support.redis_server import RedisServer, Time


def redis_now(server: RedisServer) -> int:
    """Return the time of Redis in microseconds."""
    seconds, micros = server.client.time()
    return int(seconds) * 1_000_000 + int(micros)


def test_the_clock_is_that_of_redis(redis: RedisServer) -> None:
    before = redis_now(redis)
    clock = RedisLog(RedisLink(redis.url)).clock
    assert before <= clock() <= redis_now(redis)


def test_each_read_sets_the_clock(redis: RedisServer) -> None:
    log = RedisLog(RedisLink(redis.url))
    log.clock.set(0, 0)
    before = redis_now(redis)
    log.read("a", 0)
    assert before <= log.clock() <= redis_now(redis)


def test_between_two_answers_the_machine_s_clock_goes_on_and_never_back(redis: RedisServer) -> None:
    steady = Time()
    clock = StoreClock(RedisLink(redis.url), steady)
    clock.set(4_000_000_000, 5)
    assert clock() == 4_000_000_000_000_005
    steady.now = 1.5
    assert clock() == 4_000_000_001_500_005
    clock.set(4_000_000_001, 0)
    assert clock() == 4_000_000_001_500_005
    steady.now = 2.5
    assert clock() == 4_000_000_002_000_000
