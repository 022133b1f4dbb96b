"""The connection to Redis: what a Redis that is gone costs, and how it is found again."""

import socketserver
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from mockserver.errors import MockError
from mockserver.stores.log import LogConflict
from mockserver.stores.open_log import public_location
from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_link import RedisLink
from tests.support.redis_server import RedisServer, Time, redis_server


@pytest.mark.parametrize(
    "url", ["sqlite:x.db", "redis://", "unix://", "unix://127.0.0.1/x", "http://127.0.0.1:1", "valkey://127.0.0.1/main"]
)
def test_what_is_no_url_of_a_redis_is_refused(url: str) -> None:
    with pytest.raises(MockError, match="SRV044"):
        RedisLink(url)


@pytest.mark.parametrize("url", ["redis://127.0.0.1:port", "redis://127.0.0.1/0?socket_timeout=x"])
def test_a_url_that_redis_py_does_not_read_is_refused(url: str) -> None:
    with pytest.raises(MockError, match=r"SRV044 .* cannot be used"):
        RedisLink(url)


@pytest.mark.parametrize(("name", "near"), [("prefx", " (did you mean 'prefix'?)"), ("retry", ""), ("encoding", "")])
def test_an_option_that_a_url_does_not_have_is_refused(name: str, near: str) -> None:
    with pytest.raises(MockError) as error:
        RedisLink(f"redis://:pw@127.0.0.1:1/0?{name}=a")
    assert str(error.value).startswith(f"SRV044 no Redis option '{name}'{near}\n    Use one of: prefix, db, ")
    assert "pw" not in str(error.value)


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(MockError, match="pip install 'redis"):
        RedisLink("redis://127.0.0.1:6379/0")


def test_no_message_shows_a_password() -> None:
    with pytest.raises(MockError) as error:
        RedisLink("redis://user:hunter2@127.0.0.1:1/0?password=hunter2")
    assert "hunter2" not in str(error.value)
    assert "SRV031 the store redis://127.0.0.1:1/0 cannot be reached" in str(error.value)
    assert public_location("rediss://user:hunter2@host:1/0?prefix=a") == "rediss://host:1/0"
    assert public_location("sqlite:a@b?c.db") == "sqlite:a@b?c.db"


@pytest.mark.parametrize("scheme", ["redis", "rediss", "valkey", "valkeys"])
def test_a_server_that_is_not_there_at_the_start_is_to_be_started(scheme: str) -> None:
    with pytest.raises(MockError, match=f"SRV031 the store {scheme}://127.0.0.1:1 .*\n.*Start Redis or Valkey there"):
        RedisLink(f"{scheme}://127.0.0.1:1")


@pytest.mark.parametrize(
    ("user", "query", "hint"),
    [
        ("", "", "Give user and password in the URL"),
        (":wrong@", "", "Give user and password in the URL"),
        ("weak:right@", "", "Let the user run all commands"),
        (":right@", "?db=99", "Use a database that it has"),
    ],
)
def test_what_redis_refuses_at_the_start_is_said_with_what_to_do(user: str, query: str, hint: str) -> None:
    with redis_server() as server:
        client = server.client
        client.acl_setuser("weak", enabled=True, passwords="+right", commands=["+ping"])
        client.config_set("requirepass", "right")
        with pytest.raises(MockError, match=f"SRV041 .* refuses a command: .*\n    {hint}"):
            RedisLink(f"unix://{user}{server.socket}{query}")


class OldRedis(socketserver.StreamRequestHandler):
    """Answers as a Redis 4 does, as far as a server asks it at its start."""

    def handle(self) -> None:
        for line in self.rfile:
            if line.startswith(b"*"):
                words = [(self.rfile.readline(), self.rfile.readline())[1].strip() for _ in range(int(line[1:]))]
                info = b"redis_version:4.0.14\r\n"
                answers = {b"INFO": b"$%d\r\n%s\r\n" % (len(info), info), b"GET": b"$-1\r\n"}
                self.wfile.write(answers.get(words[0], b"+OK\r\n"))


def test_a_redis_that_is_too_old_is_refused() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), OldRedis) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(server.handle_request)
        with pytest.raises(MockError, match=r"SRV043 .* is Redis 4\.0\.14, and the store needs 5\.0 or later"):
            RedisLink(f"redis://127.0.0.1:{server.server_address[1]}", seconds=10)


def test_a_redis_that_is_gone_is_asked_again_only_by_probes() -> None:
    clock = Time()
    with redis_server() as server:
        link = RedisLink(server.url, probe_seconds=1, clock=clock)
        server.stop()
        with pytest.raises(MockError, match="SRV031"):
            link.call("PING")
        server.start()
        clock.now = 0.9
        with pytest.raises(MockError, match=r"SRV031 .* it did not answer a moment ago"):
            link.call("PING")
        clock.now = 1.0
        assert link.call("ECHO", "here") == b"here"
        link.close()


def test_the_operator_is_told_once_that_redis_is_gone_and_once_that_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with redis_server() as server:
        link = RedisLink(server.url, probe_seconds=0)
        server.stop()
        for _ in range(3):
            with pytest.raises(MockError, match="SRV031"):
                link.call("PING")
        (gone,) = caplog.messages
        assert gone.startswith(f"the store {link.address} cannot be reached: ")
        assert gone.endswith("; requests get 503 until it is back")
        server.start()
        for _ in range(2):
            link.call("PING")
        assert caplog.messages == [gone, f"the store {link.address} is back"]
        link.close()


def test_what_is_wrong_at_the_start_is_not_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(MockError, match="SRV031"):
        RedisLink("redis://127.0.0.1:1")
    assert not caplog.messages


def test_a_probe_that_fails_closes_the_way_again() -> None:
    clock = Time()
    with redis_server() as server:
        link = RedisLink(server.url, probe_seconds=1, clock=clock)
        server.stop()
        for instant in (0.0, 1.0, 2.0):
            clock.now = instant
            with pytest.raises(MockError, match=r"SRV031 .*Error 2 connecting"):
                link.call("PING")
        server.start()
        clock.now = 2.5
        with pytest.raises(MockError, match="a moment ago"):
            link.call("PING")
        clock.now = 3.0
        assert link.call("ECHO", "here") == b"here"
        link.close()


def test_an_append_of_unknown_outcome_shows_at_the_next_read(redis: RedisServer) -> None:
    log = RedisLog(RedisLink(redis.url, seconds=0.05, probe_seconds=0))
    log.append("a", 0, b"1")
    with redis.paused(), pytest.raises(MockError, match=r"SRV031 .*[Tt]imeout"):
        log.append("a", 1, b"2")
    # Redis carries it out now, in the order in which it reads its connections.
    redis.client.ping()
    assert log.read("a", 1).entries == [b"2"]
    with pytest.raises(LogConflict):
        log.append("a", 1, b"2 again")


def test_an_append_that_is_sent_twice_is_appended_once(redis: RedisServer) -> None:
    """The connection breaks after Redis has carried the command out: it is sent again, with the same stamp."""
    link = RedisLink(redis.url)
    log = RedisLog(link)
    log.append("a", 0, b"1")
    client = link._client
    sent = []

    class Breaking:
        """Loses the answer to the first append."""

        def execute_command(self, *command: object) -> object:
            from redis.exceptions import ConnectionError as Disconnected

            answer = client.execute_command(*command)
            sent.append(command[0])
            if len(sent) == 1:
                raise Disconnected("Connection closed by server.")
            return answer

        def close(self) -> None:
            client.close()

    link._client = Breaking()
    log.append("a", 1, b"2")
    assert sent == ["EVALSHA", "EVALSHA"]
    assert log.read("a", 0).entries == [b"1", b"2"]
    log.append("a", 2, b"3")


def test_a_connection_that_redis_has_closed_is_made_again(redis: RedisServer) -> None:
    link = RedisLink(redis.url)
    redis.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert link.call("ECHO", "here") == b"here"


def test_a_script_that_redis_has_forgotten_is_sent_again(redis: RedisServer) -> None:
    log = RedisLog(RedisLink(redis.url))
    log.append("a", 0, b"1")
    redis.client.script_flush()
    log.append("a", 1, b"2")
    assert log.read("a", 0).entries == [b"1", b"2"]


def test_a_redis_that_hangs_is_asked_by_a_probe_which_waits_less_than_a_command() -> None:
    clock = Time()
    with redis_server() as server:
        link = RedisLink(server.url, seconds=0.1, probe_seconds=1, clock=clock)
        with server.paused():
            with pytest.raises(MockError, match="SRV031"):
                link.call("PING")
            link._client = None  # a command would fail otherwise
            clock.now = 1.0
            with pytest.raises(MockError, match="SRV031"):
                link.call("PING")
