"""Leases in Redis: one holder at a time, and the next one soon after its death."""

from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_leases import FOLLOW_SECONDS, ORPHAN_SECONDS, RedisLeases
from mockserver.stores.redis_link import RedisLink
from tests.support.redis_server import RedisServer, Time


def open_leases(server: RedisServer, clock: Time | None = None) -> RedisLeases:
    """Return the leases of one more server."""
    return RedisLeases(RedisLink(server.url), clock=clock or Time())


def lose_lease(server: RedisServer, name: str) -> float:
    """End a lease as its holder's death would; returns how many seconds it would have lasted."""
    lasts = server.client.pttl(f"mockserver:lease:{name}")
    server.client.delete(f"mockserver:lease:{name}")
    return lasts / 1_000


def test_of_two_servers_one_holds_the_lease(redis: RedisServer) -> None:
    first, second = open_leases(redis), open_leases(redis)
    assert first.follow(["a"], [], []).held == {"a"}
    assert second.follow(["a", "b"], [], []).held == {"b"}
    assert first.follow(["a", "b"], [], []).held == {"a"}
    assert first.holds("a")
    assert not second.holds("a")
    assert second.holds("b")
    assert not first.holds("c")


def test_a_lease_is_renewed_before_it_ends_and_ends_by_itself(redis: RedisServer) -> None:
    clock = Time()
    leases = open_leases(redis, clock)
    leases.follow(["a"], [], [])
    assert 2_000 < redis.client.pttl("mockserver:lease:a") <= 3_000
    clock.now = 2.9
    assert leases.holds("a")
    clock.now = 3.0
    assert not leases.holds("a")
    leases.follow(["a"], [], [])
    assert leases.holds("a")


def test_a_lease_lasts_from_the_question_on_and_not_from_its_answer(redis: RedisServer) -> None:
    clock = Time()
    leases = open_leases(redis, clock)
    run = leases._link.run

    def run_slowly(script: str, keys: list[str], arguments: tuple[object, ...]) -> object:
        clock.now += 1
        return run(script, keys, arguments)

    leases._link.run = run_slowly
    leases.follow(["a"], [], [])
    assert leases.take("b")
    clock.now = 3.0
    assert [leases.holds("a"), leases.holds("b")] == [False, True]
    clock.now = 4.0
    assert not leases.holds("b")


def test_after_a_death_another_server_takes_over_within_five_seconds(redis: RedisServer) -> None:
    dead, other = open_leases(redis), open_leases(redis)
    dead.follow(["a"], [], [])
    assert other.follow(["a"], [], []).held == set()
    lasts = lose_lease(redis, "a")
    assert other.follow(["a"], [], []).held == {"a"}
    assert lasts + FOLLOW_SECONDS < 5
    assert dead.follow(["a"], [], []).held == set()
    assert not dead.holds("a")


def test_a_session_that_only_a_dead_server_had_is_found_within_five_seconds(redis: RedisServer) -> None:
    clock = Time()
    dead, other = open_leases(redis), open_leases(redis, clock)
    RedisLog(RedisLink(redis.url)).append("a", 0, b"created")
    dead.follow(["a"], [], [])
    assert other.follow([], [], []).orphans == set()
    lasts = lose_lease(redis, "a")
    assert other.follow([], [], []).orphans == set()
    clock.now = ORPHAN_SECONDS
    assert other.follow([], [], []).orphans == {"a"}
    assert lasts + ORPHAN_SECONDS + 2 * FOLLOW_SECONDS < 5
    assert other.follow(["a"], [], []).held == {"a"}
    assert other.follow([], [], ["a"]).orphans == set()
    lose_lease(redis, "a")
    clock.now = 2 * ORPHAN_SECONDS
    assert open_leases(redis, clock).follow([], [], []).orphans == set()
    assert redis.client.smembers("mockserver:unfollowed") == set()


def test_a_round_tells_how_long_the_logs_are(redis: RedisServer) -> None:
    log = RedisLog(RedisLink(redis.url))
    for position in range(3):
        log.append("a", position, b"1")
    log.append("b", 0, b"1")
    assert open_leases(redis).follow(["b"], ["a", "c"], []).lengths == {"a": 3, "b": 1, "c": 0}


def test_a_holder_is_asked_for_its_lease(redis: RedisServer) -> None:
    holder, asker = open_leases(redis), open_leases(redis)
    assert holder.take("a")
    assert not asker.take("a")
    assert holder.follow(["a"], [], []).asked == set()
    assert not asker.take("a", ask=True)
    assert asker.follow(["a"], [], []).asked == set()
    assert holder.follow(["a"], [], []).asked == {"a"}
    holder.release(["a"])
    assert not holder.holds("a")
    assert asker.take("a", ask=True)
    assert asker.holds("a")
    assert redis.client.keys("mockserver:asked:*") == []


def test_a_server_that_stops_gives_its_leases_back(redis: RedisServer) -> None:
    first, second = open_leases(redis), open_leases(redis)
    first.follow(["a"], [], [])
    second.release()
    assert not second.take("a")
    first.release()
    assert not first.holds("a")
    assert second.take("a")


def test_a_server_gives_back_no_lease_that_another_one_has_got_since(redis: RedisServer) -> None:
    slow, other = open_leases(redis), open_leases(redis)
    slow.follow(["a"], [], [])
    lose_lease(redis, "a")
    assert other.take("a")
    slow.release()
    assert not slow.take("a")
