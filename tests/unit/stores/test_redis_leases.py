"""Leases in Redis: one holder at a time, and the next one soon after its death."""

from mockserver.stores.redis_leases import RENEW_SECONDS, RedisLeases
from mockserver.stores.redis_link import RedisLink
from tests.support.redis_server import RedisServer
from tests.unit.stores.test_redis_link import Time


def open_leases(server: RedisServer, clock: Time | None = None) -> RedisLeases:
    """Return the leases of one more server."""
    return RedisLeases(RedisLink(server.url), clock=clock or Time())


def test_of_two_servers_one_holds_the_lease(redis: RedisServer) -> None:
    first, second = open_leases(redis), open_leases(redis)
    assert first.renew(["a"]) == {"a"}
    assert second.renew(["a", "b"]) == {"b"}
    assert first.renew(["a", "b"]) == {"a"}
    assert first.holds("a")
    assert not second.holds("a")
    assert second.holds("b")
    assert not first.holds("c")


def test_a_lease_is_renewed_before_it_ends_and_ends_by_itself(redis: RedisServer) -> None:
    clock = Time()
    leases = open_leases(redis, clock)
    leases.renew(["a"])
    assert 2_000 < redis.client.pttl("mockserver:lease:a") <= 3_000
    clock.now = 2.9
    assert leases.holds("a")
    clock.now = 3.0
    assert not leases.holds("a")
    leases.renew(["a"])
    assert leases.holds("a")


def test_after_a_death_another_server_takes_over_within_five_seconds(redis: RedisServer) -> None:
    dead, other = open_leases(redis), open_leases(redis)
    dead.renew(["a"])
    lasts = redis.client.pttl("mockserver:lease:a")
    assert other.renew(["a"]) == set()
    redis.client.pexpire("mockserver:lease:a", 1)
    while redis.client.exists("mockserver:lease:a"):
        pass
    assert other.renew(["a"]) == {"a"}
    assert lasts / 1_000 + RENEW_SECONDS < 5
    assert dead.renew(["a"]) == set()
    assert not dead.holds("a")


def test_a_server_that_stops_gives_its_leases_back(redis: RedisServer) -> None:
    first, second = open_leases(redis), open_leases(redis)
    first.renew(["a"])
    second.release()
    assert second.renew(["a"]) == set()
    first.release()
    assert not first.holds("a")
    assert second.renew(["a"]) == {"a"}


def test_no_sessions_need_no_lease(redis: RedisServer) -> None:
    assert open_leases(redis).renew([]) == set()
    assert redis.client.keys("*") == []
