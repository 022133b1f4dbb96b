"""A log in Redis: positions, conflicts, and what is noticed of a log that was lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.errors import MockError
from mockserver.stores.log import LogConflict
from mockserver.stores.redis import MAX_READ, RedisLog
from mockserver.stores.redis_link import RedisLink
from tests.support.redis_server import RedisServer, redis_server


def open_log(server: RedisServer, prefix: str = "mockserver") -> RedisLog:
    """Return the log of one more server."""
    return RedisLog(RedisLink(f"{server.url}?prefix={prefix}"))


def test_what_one_server_appends_another_reads(redis: RedisServer) -> None:
    writer, reader = open_log(redis), open_log(redis)
    for position in range(3):
        writer.append("a", position, b"entry %d" % position)
    writer.append("b", 0, b"\x00\xff")
    assert reader.names() == ["a", "b"]
    assert reader.read("a", 0) == [b"entry 0", b"entry 1", b"entry 2"]
    assert reader.read("a", 2) == [b"entry 2"]
    assert reader.read("a", 3) == []
    assert reader.read("b", 0) == [b"\x00\xff"]
    assert reader.read("c", 0) == []


def test_an_append_from_an_old_position_gets_what_it_lacks(redis: RedisServer) -> None:
    first, second = open_log(redis), open_log(redis)
    first.append("a", 0, b"1")
    first.append("a", 1, b"2")
    with pytest.raises(LogConflict) as conflict:
        second.append("a", 0, b"other")
    assert conflict.value.missing == (b"1", b"2")
    second.append("a", 2, b"other")
    assert first.read("a", 2) == [b"other"]


def test_a_long_log_is_read_in_parts(redis: RedisServer) -> None:
    writer, reader = open_log(redis), open_log(redis)
    entries = [b"%d" % number for number in range(2 * MAX_READ + 1)]
    for position, entry in enumerate(entries):
        writer.append("a", position, entry)
    assert reader.read("a", 0) == entries
    with pytest.raises(LogConflict) as conflict:
        open_log(redis).append("a", 0, b"other")
    assert list(conflict.value.missing) == entries[:MAX_READ]


def test_prefixes_keep_groups_of_servers_apart(redis: RedisServer) -> None:
    open_log(redis).append("a", 0, b"ours")
    other = open_log(redis, "other")
    assert other.names() == []
    assert other.read("a", 0) == []
    other.append("a", 0, b"theirs")
    assert open_log(redis).read("a", 0) == [b"ours"]


def test_servers_that_append_at_once_lose_nothing_and_double_nothing(redis: RedisServer) -> None:
    def append_all(name: str) -> list[bytes]:
        log, known = open_log(redis), list[bytes]()
        entries = [f"{name}{number}".encode() for number in range(50)]
        for entry in entries:
            while entry not in known:
                try:
                    log.append("a", len(known), entry)
                    known.append(entry)
                except LogConflict as conflict:
                    known += conflict.missing
        return entries

    with ThreadPoolExecutor(4) as pool:
        appended = list(pool.map(append_all, "abcd"))
    found = open_log(redis).read("a", 0)
    assert sorted(found) == sorted(entry for entries in appended for entry in entries)
    for entries in appended:
        assert [entry for entry in found if entry in entries] == entries


def test_a_log_that_was_emptied_is_noticed_by_a_read(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    redis.client.flushall()
    with pytest.raises(MockError, match="SRV042 the log of session 'a'"):
        log.read("a", 1)
    assert log.read("a", 0) == []


def test_a_log_that_was_emptied_is_noticed_by_an_append(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    redis.client.flushall()
    with pytest.raises(MockError, match="SRV042"):
        log.append("a", 1, b"2")


@pytest.mark.parametrize("call", ["read", "append"])
def test_a_log_that_was_replaced_by_a_longer_one_is_noticed(redis: RedisServer, call: str) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    redis.client.flushall()
    other = open_log(redis)
    other.append("a", 0, b"another 1")
    other.append("a", 1, b"another 2")
    with pytest.raises(MockError, match="SRV042"):
        log.read("a", 1) if call == "read" else log.append("a", 1, b"2")
    assert log.read("a", 0) == [b"another 1", b"another 2"]


def test_keys_of_another_schema_are_refused(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    redis.client.set("mockserver:schema", "2")
    with pytest.raises(MockError, match=r"SRV043 the keys mockserver:\* in unix:.* have schema '2'"):
        open_log(redis)
    with pytest.raises(MockError, match="SRV043"):
        log.append("a", 1, b"2")


def test_a_restart_that_keeps_the_data_is_not_noticed() -> None:
    with redis_server(durable=True) as server:
        log = open_log(server)
        log.append("a", 0, b"1")
        server.restart()
        log.append("a", 1, b"2")
        assert log.read("a", 0) == [b"1", b"2"]
        log.close()


def test_a_full_redis_refuses_appends_and_still_reads(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    with redis.full():
        with pytest.raises(MockError, match=r"SRV041 .*used memory > 'maxmemory'"):
            log.append("a", 1, b"2")
        assert log.read("a", 0) == [b"1"]
    log.append("a", 1, b"2")
    assert log.read("a", 0) == [b"1", b"2"]
