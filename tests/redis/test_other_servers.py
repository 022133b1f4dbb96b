"""What one server makes of a log that others write: each server works when it is called, and its clock stands."""

import json
from dataclasses import replace

import pytest

from mockserver.errors import MockError
from mockserver.server.app import App
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.kept.shared_replica import SharedReplica
from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_leases import ORPHAN_SECONDS
from mockserver.stores.redis_link import RedisLink
from tests.support.fake_server import Refusal, fake_server
from tests.support.fake_world import START
from tests.support.memory_transport import make_hub
from tests.support.redis_server import RedisServer, Time

HEAD = "Host: localhost\r\nAuthorization: Bearer key\r\nContent-Type: application/json\r\n"
VIDEO = '{"model": "openai/sora-2", "prompt": "a cat"}'


class Server:
    """A server that answers when it is asked, and does nothing else."""

    def __init__(self, redis: RedisServer) -> None:
        self.log = RedisLog(RedisLink(redis.url))
        self.app = App(make_hub(log=self.log))
        assert self.app.kept is not None
        self.kept = self.app.kept
        assert isinstance(self.kept._replica, SharedReplica)
        self.replica = self.kept._replica
        self.fast_path = FastPath(self.app)

    def request(self, line: str, body: str = "") -> tuple[int, dict[str, str]]:
        """Return status and body of an answer."""
        data = f"{line} HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n{body}"
        if line.startswith("GET"):
            data = f"{line} HTTP/1.1\r\n{HEAD}\r\n"
        answered = self.fast_path.respond(data.encode())
        assert answered is not None
        head, _, content = answered.data.partition(b"\r\n\r\n")
        return int(head.split()[1]), json.loads(content)

    def create(self) -> str:
        status, video = self.request("POST /v1/videos", VIDEO)
        assert status == 200, video
        return video["id"]


@pytest.fixture
def pair(redis: RedisServer) -> tuple[Server, Server]:
    return Server(redis), Server(redis)


async def test_who_may_deliver_knows_what_others_have_done(pair: tuple[Server, Server]) -> None:
    first, second = pair
    assert second.request(f"GET /v1/videos/{first.create()}")[0] == 200
    first.create()
    session = second.app.registry.get("default")
    assert session is not None
    behind = second.replica.position("default")
    assert second.kept._follower is not None
    assert await second.kept._follower.may_deliver(session)
    assert second.replica.position("default") == first.replica.position("default") == behind + 1


def test_a_session_is_never_earlier_than_what_another_server_has_done(pair: tuple[Server, Server]) -> None:
    first, second = pair
    assert second.request(f"GET /v1/videos/{first.create()}")[0] == 200
    session = second.app.registry.get("default")
    assert session is not None
    session.not_before = 0
    first.create()
    second.replica.refresh("default")
    assert session.not_before == session.clock.now(second.log.clock())


def damage(redis: RedisServer, name: str, place: int, *change: bytes) -> None:
    """Replace a part of an entry of a log."""
    key = f"mockserver:log:{name}"
    redis.client.lset(key, place, redis.client.lindex(key, place).replace(*change))


@pytest.mark.parametrize("line", ["GET /v1/videos", "POST /v1/videos"])
@pytest.mark.parametrize(
    "change", [(b"2026-09-17", b"2026-09-99"), (b'"clock_mode"', b'"clock_node"'), (b'"', b"\x80")]
)
def test_a_session_that_cannot_be_read_is_refused_each_time(
    redis: RedisServer, line: str, change: tuple[bytes, bytes]
) -> None:
    Server(redis).create()
    damage(redis, "default", 0, *change)
    server = Server(redis)
    for _ in range(3):
        status, problem = server.request(line, VIDEO)
        assert (status, problem.get("code")) == (503, "SRV046")
    assert redis.client.llen("mockserver:log:default") == 2


@pytest.mark.parametrize("lines", [["GET /v1/videos"], ["POST /v1/videos", "GET /v1/videos"]])
@pytest.mark.parametrize("change", [(b'"phaseo"', b'"phaseu"'), (b'"spec"', b'"speck"'), (b'"', b"\x80")])
def test_an_entry_that_cannot_be_read_is_refused_each_time(
    pair: tuple[Server, Server], redis: RedisServer, lines: list[str], change: tuple[bytes, bytes]
) -> None:
    first, second = pair
    assert second.request(f"GET /v1/videos/{first.create()}")[0] == 200
    first.create()
    damage(redis, "default", -1, *change)
    for line in [*lines, *lines]:
        status, problem = second.request(line, VIDEO)
        assert (status, problem.get("code")) == (503, "SRV046")


def test_an_entry_that_a_writer_learns_of_and_cannot_read_is_read_again(
    pair: tuple[Server, Server], redis: RedisServer
) -> None:
    first, second = pair
    assert second.request(f"GET /v1/videos/{first.create()}")[0] == 200
    session = second.app.registry.get("default")
    assert session is not None
    first.create()
    damage(redis, "default", -1, b'"phaseo"', b'"phaseu"')
    session.clock = replace(session.clock, rate=2.0)
    with pytest.raises(MockError, match="SRV046"):
        second.replica.settle(session)
    assert second.request("GET /v1/videos")[1]["code"] == "SRV046"


def test_a_session_that_cannot_be_read_keeps_no_server_from_the_others(redis: RedisServer) -> None:
    dead, server = Server(redis), Server(redis)
    for name in "abcd":
        assert dead.request(f"POST /s/{name}/v1/videos", VIDEO)[0] == 200
    for name in "abc":
        damage(redis, name, 0, b"2026-09-17", b"2026-09-99")
    assert server.kept._follower is not None
    clock = server.log.leases._clock = Time()
    for clock.now in (0, ORPHAN_SECONDS):
        server.kept._follower.do_round()
    assert server.app.registry.names() == ["d"]


@pytest.mark.parametrize(
    ("change", "label"),
    [((b"2026-09-17", b"2026-09-99"), "default@3"), ((b'"', b"\x80"), "default@2")],
    ids=["a known epoch", "an unknown one"],
)
def test_a_session_that_cannot_be_read_can_be_deleted(
    redis: RedisServer, change: tuple[bytes, bytes], label: str
) -> None:
    writer = Server(redis)
    writer.create()
    writer.app.registry.reset("default", START)
    writer.create()
    damage(redis, "default", 0, *change)
    with fake_server("phaseo@2026-09-17", log=RedisLog(RedisLink(redis.url))) as server:
        refused = server.request("GET", "/__mock/sessions?name=default")
        assert refused.refusal == Refusal(503, "SRV046")
        assert refused.json["hint"].endswith("DELETE /__mock/sessions/default ends it")
        assert server.request("DELETE", "/__mock/sessions/default").json == {"name": "default", "deleted": True}
        assert server.request("GET", "/s/default@1/v1/videos").status == 410
        assert server.admin("sessions")["total"] == 0
        listed = server.request("GET", "/v1/videos", headers={"Authorization": "Bearer k"})
        assert (listed.headers["X-Mock-Session"], listed.json["data"]) == (label, [])


def test_a_session_that_cannot_be_read_is_tried_again_after_a_while(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead, server = Server(redis), Server(redis)
    dead.create()
    damage(redis, "default", 0, b"2026-09-17", b"2026-09-99")
    follower, replica = server.kept._follower, server.replica
    assert follower is not None
    reads: list[str] = []
    refresh = replica.refresh
    monkeypatch.setattr(replica, "refresh", lambda name: reads.append(name) or refresh(name))
    clock = server.log.leases._clock = Time()
    for clock.now in (0, *[ORPHAN_SECONDS] * 4):
        follower.do_round()
    assert reads == ["default"]
    follower._unreadable["default"] = 0
    follower.do_round()
    assert reads == ["default"] * 2
    damage(redis, "default", 0, b"2026-09-99", b"2026-09-17")
    follower._unreadable["default"] = 0
    follower.do_round()
    assert (follower._unreadable, server.app.registry.names()) == ({}, ["default"])


def test_the_sweep_ends_unused_sessions_also_those_that_cannot_be_read(redis: RedisServer) -> None:
    dead, server = Server(redis), Server(redis)
    for name in "abc":
        assert dead.request(f"POST /s/{name}/v1/videos", VIDEO)[0] == 200
    damage(redis, "a", 0, b"2026-09-17", b"2026-09-99")
    for place, name in enumerate("abc"):
        redis.client.zadd("mockserver:sessions", {name: place + 1})
    assert server.kept._follower is not None
    server.kept._follower.sweep()
    assert redis.client.zrange("mockserver:sessions", 0, -1) == []
    assert server.request("GET /s/a/v1/videos")[0] == 200


def test_uploaded_scenarios_that_cannot_be_read_are_named(redis: RedisServer) -> None:
    redis.client.rpush("mockserver:log:", b"0" * 16 + b'{"uploaded":{"file":"x.yaml","text":"scenario: x"}}')
    with pytest.raises(MockError, match="SRV046 the store's uploaded scenarios cannot be read"):
        Server(redis).replica.read_all(0)
