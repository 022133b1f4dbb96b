"""A log in Redis: positions, conflicts, and what is noticed of a log that was lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.errors import MockError
from mockserver.stores import redis as stored
from mockserver.stores.log import EntryKind, LogConflict, LogPart
from mockserver.stores.redis import ENDED_SECONDS, MAX_READ, MAX_UNUSED, RedisLog
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
    assert reader.read("a", 0).entries == [b"entry 0", b"entry 1", b"entry 2"]
    assert reader.read("a", 2).entries == [b"entry 2"]
    assert reader.read("a", 3).entries == []
    assert reader.read("b", 0).entries == [b"\x00\xff"]
    assert reader.read("c", 0) == LogPart(0, [])


def test_each_server_leaves_its_options_to_the_next(redis: RedisServer) -> None:
    first, second = open_log(redis), open_log(redis)
    assert first.exchange_options("clock real,é@1") == ""
    assert second.exchange_options("clock manual") == "clock real,é@1"
    assert first.exchange_options("clock real") == "clock manual"
    assert 0 < redis.client.ttl("mockserver:options") <= ENDED_SECONDS


def test_the_sessions_with_unknown_entries_are_known_in_one_round_trip(redis: RedisServer) -> None:
    first, second = open_log(redis), open_log(redis)
    for name in ("a", "b", "c"):
        first.append(name, 0, b"1")
    assert list(first.outdated(["a", "b"])) == []
    assert sorted(second.outdated([])) == ["a", "b", "c"]
    for name in ("a", "b", "c"):
        second.read(name, 0)
    first.append("a", 1, b"2")
    first.append("b", 1, b"end", EntryKind.END)
    before = redis.client.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert sorted(second.outdated(["a", "b", "c"])) == ["a", "b"]
    assert redis.client.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1
    assert list(second.outdated(["a", "c"])) == ["a"], "an end that is known is no news"


def test_a_log_that_was_cut_is_as_long_as_before_and_one_that_was_replaced_is_outdated(redis: RedisServer) -> None:
    first, second = open_log(redis), open_log(redis)
    for position in range(3):
        first.append("a", position, b"%d" % position)
    first.append("a", 3, b"begin", EntryKind.BEGIN)
    second.read("a", 0)
    assert list(second.outdated(["a"])) == []
    redis.client.flushdb()
    for position in range(4):
        open_log(redis).append("a", position, b"%d" % position)
    assert list(second.outdated(["a"])) == ["a"]
    redis.client.delete("mockserver:log:a")
    assert list(second.outdated([])) == ["a"]


def test_an_append_from_an_old_position_gets_what_it_lacks(redis: RedisServer) -> None:
    first, second = open_log(redis), open_log(redis)
    first.append("a", 0, b"1")
    first.append("a", 1, b"2")
    with pytest.raises(LogConflict) as conflict:
        second.append("a", 0, b"other")
    assert conflict.value.missing.entries == [b"1", b"2"]
    second.append("a", 2, b"other")
    assert first.read("a", 2).entries == [b"other"]


def test_a_long_log_is_read_in_parts(redis: RedisServer) -> None:
    writer, reader = open_log(redis), open_log(redis)
    entries = [b"%d" % number for number in range(2 * MAX_READ + 1)]
    for position, entry in enumerate(entries):
        writer.append("a", position, entry)
    assert reader.read("a", 0).entries == entries
    with pytest.raises(LogConflict) as conflict:
        open_log(redis).append("a", 0, b"other")
    assert conflict.value.missing.entries == entries[:MAX_READ]


def test_prefixes_keep_groups_of_servers_apart(redis: RedisServer) -> None:
    open_log(redis).append("a", 0, b"ours")
    other = open_log(redis, "other")
    assert other.names() == []
    assert other.read("a", 0).entries == []
    other.append("a", 0, b"theirs")
    assert open_log(redis).read("a", 0).entries == [b"ours"]


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
                    known += conflict.missing.entries
        return entries

    with ThreadPoolExecutor(4) as pool:
        appended = list(pool.map(append_all, "abcd"))
    found = open_log(redis).read("a", 0).entries
    assert sorted(found) == sorted(entry for entries in appended for entry in entries)
    for entries in appended:
        assert [entry for entry in found if entry in entries] == entries


def test_a_log_that_was_emptied_is_noticed_by_a_read(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    redis.client.flushall()
    with pytest.raises(MockError, match="SRV042 the log of session 'a'"):
        log.read("a", 1)
    assert log.read("a", 0).entries == []


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
    assert log.read("a", 0).entries == [b"another 1", b"another 2"]


def test_keys_of_another_schema_are_refused(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    redis.client.set("mockserver:schema", "other")
    with pytest.raises(MockError, match=r"SRV043 the keys mockserver:\* in unix:.* have schema 'other'"):
        open_log(redis)
    with pytest.raises(MockError, match="SRV043"):
        log.append("a", 1, b"2")


def test_a_restart_that_keeps_the_data_is_not_noticed() -> None:
    with redis_server(durable=True) as server:
        log = open_log(server)
        log.append("a", 0, b"1")
        server.restart()
        log.append("a", 1, b"2")
        assert log.read("a", 0).entries == [b"1", b"2"]
        log.close()


def test_a_full_redis_refuses_appends_and_still_reads(redis: RedisServer) -> None:
    log = open_log(redis)
    log.append("a", 0, b"1")
    with redis.full():
        with pytest.raises(MockError, match=r"SRV041 .*used memory > 'maxmemory'"):
            log.append("a", 1, b"2")
        assert log.read("a", 0).entries == [b"1"]
    log.append("a", 1, b"2")
    assert log.read("a", 0).entries == [b"1", b"2"]


class TestCuts:
    """An entry that begins or ends a session takes the place of all before it."""

    def test_what_stands_before_a_beginning_goes_and_positions_go_on(self, redis: RedisServer) -> None:
        log, late = open_log(redis), open_log(redis)
        for position in range(3):
            log.append("a", position, b"%d" % position)
        assert late.read("a", 0).end == 3
        log.append("a", 3, b"3")
        log.append("a", 4, b"begins", EntryKind.BEGIN)
        log.append("a", 5, b"5")
        assert redis.client.llen("mockserver:log:a") == 2
        assert late.read("a", 3) == LogPart(6, [b"begins", b"5"])
        assert open_log(redis).read("a", 0) == LogPart(6, [b"begins", b"5"])
        late.append("a", 6, b"6")
        assert log.read("a", 6) == LogPart(7, [b"6"])
        assert open_log(redis).leases.follow([], ["a"], []).lengths == {"a": 7}

    def test_a_reader_that_is_behind_a_cut_by_more_than_one_answer_holds_gets_what_is_left(
        self, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stored, "MAX_READ", 3)
        log, late = open_log(redis), open_log(redis)
        for position in range(8):
            log.append("a", position, b"%d" % position)
            if position == 1:
                late.read("a", 0)
        log.append("a", 8, b"begins", EntryKind.BEGIN)
        assert late.read("a", 2) == open_log(redis).read("a", 0) == LogPart(9, [b"begins"])

    def test_an_entry_that_has_the_whole_session_leaves_some_before_it(
        self, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stored, "KEPT_ENTRIES", 2)
        log, late = open_log(redis), open_log(redis)
        log.append("a", 0, b"0", EntryKind.BEGIN)
        log.append("a", 1, b"whole", EntryKind.WHOLE)
        assert open_log(redis).read("a", 0) == LogPart(2, [b"0", b"whole"])
        log.append("a", 2, b"2")
        assert late.read("a", 0).end == 3
        log.append("a", 3, b"3")
        log.append("a", 4, b"whole", EntryKind.WHOLE)
        assert open_log(redis).read("a", 0) == LogPart(5, [b"2", b"3", b"whole"])
        assert late.read("a", 3) == LogPart(5, [b"3", b"whole"])
        late.append("a", 5, b"5")

    @pytest.mark.parametrize("known", [1, 4])
    def test_an_append_from_before_a_cut_gets_what_is_left(self, redis: RedisServer, known: int) -> None:
        log, late = open_log(redis), open_log(redis)
        for position in range(4):
            log.append("a", position, b"%d" % position)
            if position == known - 1:
                late.read("a", 0)
        log.append("a", 4, b"begins", EntryKind.BEGIN)
        with pytest.raises(LogConflict) as conflict:
            late.append("a", known, b"other")
        assert conflict.value.missing == LogPart(5, [b"begins"])

    def test_a_log_that_is_cut_while_it_is_read_is_read_on_from_the_cut(self, redis: RedisServer) -> None:
        writer, reader = open_log(redis), open_log(redis)
        for position in range(MAX_READ):
            writer.append("a", position, b"%d" % position)
        run = reader._link.run

        def cut_after(script: str, keys: list[str], arguments: tuple[object, ...]) -> object:
            answer = run(script, keys, arguments)
            reader._link.run = run
            writer.append("a", MAX_READ, b"x")
            writer.append("a", MAX_READ + 1, b"begins", EntryKind.BEGIN)
            return answer

        reader._link.run = cut_after
        found = reader.read("a", 0)
        assert found.end == MAX_READ + 2
        assert found.entries[-2:] == [b"%d" % (MAX_READ - 1), b"begins"]

    def test_a_lost_log_is_noticed_behind_a_cut(self, redis: RedisServer) -> None:
        log = open_log(redis)
        log.append("a", 0, b"0")
        log.append("a", 1, b"begins", EntryKind.BEGIN)
        redis.client.flushall()
        with pytest.raises(MockError, match="SRV042"):
            log.read("a", 2)
        with pytest.raises(MockError, match="SRV042"):
            log.append("a", 2, b"2")

    def test_an_end_is_known_for_a_time_and_the_session_is_not_listed(self, redis: RedisServer) -> None:
        log, other = open_log(redis), open_log(redis)
        for position in range(3):
            log.append("a", position, b"%d" % position)
        other.read("a", 0)
        log.append("a", 3, b"ended", EntryKind.END)
        assert log.names() == []
        assert other.read("a", 3) == LogPart(4, [b"ended"])
        keys = redis.client.keys("*:a")
        assert sorted(keys) == [b"mockserver:base:a", b"mockserver:log:a"]
        assert [0 < redis.client.ttl(key) <= ENDED_SECONDS for key in keys] == [True, True]
        assert log.leases.follow([], [], []).orphans == frozenset()
        assert redis.client.smembers("mockserver:unfollowed") == set()

    def test_a_session_that_begins_again_stays(self, redis: RedisServer) -> None:
        log = open_log(redis)
        log.append("a", 0, b"0", EntryKind.BEGIN)
        log.append("a", 1, b"ended", EntryKind.END)
        log.append("a", 2, b"begins", EntryKind.BEGIN)
        assert log.names() == ["a"]
        assert [redis.client.ttl(key) for key in redis.client.keys("*:a")] == [-1, -1]
        assert open_log(redis).read("a", 0) == LogPart(3, [b"begins"])

    def test_an_end_that_is_sent_twice_is_there_once(self, redis: RedisServer) -> None:
        log = open_log(redis)
        log.append("a", 0, b"0", EntryKind.BEGIN)
        run = log._link.run

        def twice(script: str, keys: list[str], arguments: tuple[object, ...]) -> object:
            run(script, keys, arguments)
            return run(script, keys, arguments)

        log._link.run = twice
        log.append("a", 1, b"ended", EntryKind.END)
        assert log.read("a", 0) == LogPart(2, [b"ended"])

    def test_a_log_that_is_forgotten_is_read_from_its_beginning(self, redis: RedisServer) -> None:
        log = open_log(redis)
        log.append("a", 0, b"0")
        log.forget("a")
        redis.client.flushall()
        assert log.read("a", 0) == LogPart(0, [])


def test_the_sessions_that_were_not_used_for_longest_are_named_first(redis: RedisServer) -> None:
    log = open_log(redis)
    names = [f"s{number:02}" for number in range(MAX_UNUSED + 2)]
    for age, name in enumerate(names):
        log.append(name, 0, b"0", EntryKind.BEGIN)
        redis.client.zincrby("mockserver:sessions", age - 100, name)
    assert log.unused(200) == []
    assert log.unused(50) == names[:MAX_UNUSED]
    log.note_used([names[0], "unknown"])
    log.append(names[1], 1, b"1")
    assert log.unused(50) == names[2:]
    assert log.names() == names
