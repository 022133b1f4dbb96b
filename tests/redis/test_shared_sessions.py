"""Two servers with one store: whatever one of them has answered, the other one knows."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mockserver.runner.judge.judges import ServerJudge
from mockserver.server.kept import follower, replica, shared_replica
from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_link import RedisLink
from tests.redis.conftest import Sharing
from tests.support.fake_server import FakeServer, Refusal, ServerResponse, fake_server
from tests.support.feed_client import open_feed
from tests.support.redis_server import RedisServer, Time, redis_server
from tests.support.short_logs import shorten_often

PHASEO = "phaseo@2026-06-11"
VIDEO = {"model": "openai/sora-2", "prompt": "a cat"}
UPLOADED = "scenario: uploaded\ntitle: One more\nvendor: phaseo\nplay: [{create: }]\n"
AUTH = {"Authorization": "Bearer key"}


@pytest.fixture
def pair(sharing: Sharing) -> Iterator[tuple[FakeServer, FakeServer]]:
    """Run two servers."""
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        yield first, second


def create(server: FakeServer, session: str = "default", **fields: Any) -> str:
    answer = server.request("POST", "/v1/videos", {**VIDEO, **fields}, AUTH | {"X-Mock-Session": session})
    assert answer.status < 300, answer.body
    return str(answer.json["id"])


def read(server: FakeServer, job: str, session: str = "default") -> Any:
    answer = server.request("GET", f"/v1/videos/{job}", headers=AUTH | {"X-Mock-Session": session})
    return answer.json.get("status", answer.status)


def cancel(server: FakeServer, job: str) -> int:
    return server.request("POST", f"/v1/videos/{job}/cancel", headers=AUTH).status


def test_a_job_is_there_on_the_other_server_at_once(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    jobs = [create(pair[number % 2]) for number in range(6)]
    assert len(set(jobs)) == 6
    assert [read(server, job) for server in pair for job in jobs] == ["queued"] * 12
    assert cancel(first, jobs[0]) == 200
    assert read(second, jobs[0]) == "cancelled"


def test_an_answer_of_the_cache_is_not_given_when_the_other_server_has_cancelled(
    pair: tuple[FakeServer, FakeServer],
) -> None:
    first, second = pair
    job = create(first)
    for _ in range(3):
        assert read(second, job) == "queued"
    cancel(first, job)
    assert read(second, job) == "cancelled"


def test_a_session_has_one_clock(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    job = create(first)
    second.admin("clock", {"advance": "1h"})
    assert first.admin("clock")["now"] == second.admin("clock")["now"]
    assert read(first, job) == "completed"


def test_a_running_clock_is_never_behind_what_the_other_server_has_shown(sharing: Sharing) -> None:
    with sharing(PHASEO, clock=_running) as first, sharing(PHASEO, clock=_running) as second:
        create(first)
        shown = []
        for number in range(40):
            server = (first, second)[number % 2]
            shown.append(server.request("GET", "/__mock/clock").json["now"])
    assert shown == sorted(shown)


def _running(wall_now: int) -> Any:
    from mockserver.core.clock import Clock

    return Clock(wall_now, wall_now)


def test_resets_and_deletes_of_one_server_are_seen_by_the_other(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    job = create(first, "mine")
    assert read(second, job, "mine") == "queued"
    first.admin("reset", {}, session="mine")
    assert read(second, job, "mine") == 404
    assert second.session("mine").epoch == 2
    assert read(second, job, "mine@1") == 410
    second.admin("sessions/mine", method="DELETE")
    assert [each["name"] for each in first.admin("sessions")["sessions"]] == []
    assert read(first, job, "mine@2") == 410
    create(second, "mine")
    assert first.admin("sessions?name=mine")["sessions"][0]["epoch"] == 3


def test_calls_about_other_sessions_know_what_the_other_server_has_done(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    for name in ("a", "b", "c"):
        first.admin("sessions", {"name": name})
    assert second.request("POST", "/__mock/sessions", {"name": "a"}).refusal == Refusal(409, "ADM008")
    exported = second.admin("sessions/b/export")
    taken = second.request("POST", "/__mock/sessions/import", {"session": exported, "name": "c"})
    assert taken.refusal == Refusal(409, "ADM008")
    assert second.admin("sessions?name=c")["total"] == 1
    assert second.request("DELETE", "/__mock/sessions/a").status == 200
    assert [each["name"] for each in first.admin("sessions")["sessions"]] == ["b", "c"]
    first.admin("sessions", {"name": "d"})
    assert {each["name"] for each in second.admin("reset", {"all": True})["sessions"]} == {"b", "c", "d"}


def test_an_upload_names_the_sessions_of_other_servers_on_the_older_version(
    pair: tuple[FakeServer, FakeServer],
) -> None:
    first, second = pair
    first.admin("scenarios", {"text": UPLOADED})
    first.admin("sessions", {"name": "a", "scenario": "uploaded"})
    assert second.admin("scenarios", {"text": UPLOADED + "# newer\n"})["sessions"] == ["a"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "sessions", None),
        ("GET", "sessions?name=s1", None),
        ("GET", "sessions/s1/export", None),
        ("POST", "sessions", {"name": "new"}),
        ("DELETE", "sessions/s1", None),
        ("POST", "reset", {}),
        ("GET", "scenarios", None),
    ],
)
def test_an_admin_call_reads_no_session_that_it_is_not_about(
    pair: tuple[FakeServer, FakeServer], redis: RedisServer, method: str, path: str, body: Any
) -> None:
    first, second = pair
    for number in range(50):
        first.admin("sessions", {"name": f"s{number}"})
    if path == "sessions":
        second.admin("sessions")  # it has read them all, and reads none of them again
    before = redis.client.info("commandstats")["cmdstat_evalsha"]["calls"]
    assert second.request(method, f"/__mock/{path}", body).status in (200, 201)
    # A round of each server may come in between.
    assert redis.client.info("commandstats")["cmdstat_evalsha"]["calls"] - before < 20


def test_faults_limits_and_scenarios_are_common(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    job = create(first)
    first.admin("faults", {"on": "get", "when": {"times": 2}, "do": {"status": 502}})
    assert [read(server, job) for server in (second, first, second)] == [502, 502, "queued"]
    first.admin("limits", {"vendor": "phaseo", "limits": {"get": "3/1m"}})
    assert [read(pair[number % 2], job) for number in range(4)].count(429) == 1
    second.admin("scenarios", {"text": UPLOADED})
    answer = first.request("POST", "/v1/videos", VIDEO, {"Authorization": "Bearer scenario:uploaded"})
    assert answer.status == 200, answer.body


def test_two_servers_that_create_one_session_at_once_have_one(sharing: Sharing, redis: RedisServer) -> None:
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        first.session("new")
        # The second one has looked before the first one created it.
        stop_reading(second)
        job = create(second, "new")
        assert read(first, job, "new") == "queued"
        assert second.session("new").epoch == 1


def stop_reading(server: FakeServer) -> None:
    """Let a server answer as if others wrote only after it has read."""
    server.hub.keeper.refresh = lambda name: None
    server.hub.keeper.shorten_all = lambda: None  # which may find that others wrote


def test_a_create_that_meets_the_reset_of_another_server_is_refused(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    assert read(second, create(first)) == "queued"
    stop_reading(second)
    first.admin("reset", {})
    refused = second.request("POST", "/v1/videos", VIDEO, AUTH)
    assert refused.refusal == Refusal(410, "SES003")
    assert first.admin("jobs")["total"] == 0


def test_a_create_of_a_server_that_is_far_behind_is_refused_and_the_next_one_is_not(
    sharing: Sharing, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_often(monkeypatch, entries=1)
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        assert read(second, create(first)) == "queued"
        stop_reading(second)
        while int(redis.client.get("mockserver:base:default") or 0) <= second.hub.keeper.position("default"):
            first.admin("clock", {"advance": "1s"})
        refused = second.request("POST", "/v1/videos", VIDEO, AUTH)
        assert refused.refusal == Refusal(503, "SRV031")
        assert "nothing has happened" in refused.json["hint"]
        assert read(first, create(second)) == "queued"
        assert first.admin("jobs")["total"] == 2


def test_a_server_that_is_not_far_behind_keeps_its_session_when_the_log_is_shortened(
    sharing: Sharing, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_often(monkeypatch, entries=1)
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        job = create(first)
        servers = (first, second)
        assert [read(server, job) for server in servers] == ["queued"] * 2
        sessions = [server.session() for server in servers]
        while int(redis.client.get("mockserver:base:default") or 0) < 30:
            for server in servers:
                server.admin("clock", {"advance": "1s"})
        assert [server.session() for server in servers] == sessions
        assert read(first, job) == read(second, job) != "queued"


def test_of_two_servers_that_change_one_setting_at_once_one_is_told(pair: tuple[FakeServer, FakeServer]) -> None:
    first, second = pair
    create(first)
    first.admin("limits", {"vendor": "phaseo", "limits": {"get": "9/1m"}})
    limits = second.admin("limits")
    stop_reading(second)
    first.admin("limits", {"vendor": "phaseo", "limits": {"list": "3/1m"}})
    refused = second.request("POST", "/__mock/limits", {"vendor": "phaseo", "limits": {"get": "5/1m"}}, AUTH)
    assert refused.refusal == Refusal(409, "SRV032")
    assert first.admin("limits") == second.admin("limits") != limits


def test_a_session_that_is_evicted_from_one_server_goes_on_elsewhere_and_comes_back(sharing: Sharing) -> None:
    with sharing(PHASEO, most_sessions=2) as first, sharing(PHASEO) as second:
        job = create(first, "a")
        for name in "bcd":
            create(first, name)
        assert "a" not in first.hub.entries
        assert read(second, job, "a") == "queued"
        assert read(first, job, "a") == "queued"


def test_a_server_that_starts_later_has_everything(sharing: Sharing) -> None:
    with sharing(PHASEO) as first:
        job = create(first)
        first.admin("clock", {"advance": "3s"})
    with sharing(PHASEO) as second:
        assert read(second, job) == "in_progress"


def test_a_store_that_was_emptied_is_said_once_and_the_session_begins_again(
    pair: tuple[FakeServer, FakeServer], redis: RedisServer
) -> None:
    first, second = pair
    job = create(first)
    redis.client.flushall()
    lost = first.request("GET", f"/v1/videos/{job}", headers=AUTH)
    assert lost.status == 503
    assert lost.json["code"] == "SRV042"
    assert lost.headers["Retry-After"] == "1"
    assert read(first, job) == 404
    job = create(first)
    assert second.request("GET", f"/v1/videos/{job}", headers=AUTH).status in (200, 503)
    assert read(second, job) == "queued"


def calls_of_all_kinds(server: FakeServer, job: str) -> list[ServerResponse]:
    """Make a call of each kind that needs the store."""
    own = AUTH | {"X-Mock-Session": "default"}
    return [
        server.request("POST", "/v1/videos", VIDEO, own),
        server.request("GET", f"/v1/videos/{job}", headers=own),
        server.request("POST", f"/v1/videos/{job}/cancel", headers=own),
        server.request("POST", "/__mock/clock", {"advance": "1h"}, own),
        server.request("GET", "/__mock/jobs", headers=own),
        server.request("GET", "/__mock/sessions", headers=own),
        server.request("GET", "/v1/videos", headers=own | {"X-Mock-Session": "new"}),
    ]


def booked(server: FakeServer, jobs: list[str]) -> list[tuple[str, str]]:
    """Return what was booked for some jobs."""
    return sorted((row["job"], row["entry"]) for row in server.admin("ledger")["entries"] if row["job"] in jobs)


@pytest.mark.parametrize("how", ["paused", "killed"])
def test_a_store_that_is_gone_for_ten_seconds_costs_refusals_and_nothing_that_was_answered(how: str) -> None:
    time = Time()
    with redis_server(durable=True) as store, ExitStack() as servers:
        links = [RedisLink(store.url, seconds=0.05, clock=time) for _ in range(2)]
        pair = [servers.enter_context(fake_server(PHASEO, log=RedisLog(link))) for link in links]
        jobs = [create(pair[0]) for _ in range(4)]
        assert [cancel(pair[1], job) for job in jobs[:2]] == [200, 200]
        before = booked(pair[0], jobs)
        with getattr(store, how)():
            for _ in range(20):
                time.now += 0.5
                for server in pair:
                    for answer in calls_of_all_kinds(server, jobs[3]):
                        assert answer.refusal == Refusal(503, "SRV031")
                        assert answer.headers["Retry-After"] == "1"
                    assert server.request("GET", "/__mock/health").status == 200
        # What was sent to a store that stood still may be carried out now: the first call of each server.
        store.client.ping()
        time.now += 0.5
        for server in pair:
            assert [read(server, job) for job in jobs] == ["cancelled", "cancelled", "queued", "queued"]
            assert 4 <= server.admin("jobs")["total"] <= 6
            assert booked(server, jobs) == before
        assert [cancel(pair[0], jobs[3]), read(pair[1], jobs[3])] == [200, "cancelled"]


def lists(redis: RedisServer) -> list[int]:
    """Return the lengths of all logs in Redis."""
    return sorted(redis.client.llen(key) for key in redis.client.keys("mockserver:log:*"))


def test_a_deleted_session_leaves_its_end_in_the_store_and_its_epoch_does_not_come_back(
    sharing: Sharing, redis: RedisServer
) -> None:
    with sharing(PHASEO) as first, sharing(PHASEO) as second, sharing(PHASEO) as third:
        jobs = [create(first, "mine") for _ in range(5)]
        assert {read(second, job, "mine") for job in jobs} == {"queued"}
        first.admin("sessions/mine", method="DELETE")
        assert lists(redis) == [1]
        assert redis.client.ttl("mockserver:log:mine") > 0
        # The second server had the session, the third one has never heard of it.
        for server in (second, third):
            assert read(server, jobs[0], "mine@1") == 410
            assert server.hub.names() == []
            assert server.admin("sessions")["sessions"] == []
        job = create(third, "mine")
        assert [read(server, job, "mine") for server in (first, second)] == ["queued"] * 2
        assert [read(server, job, "mine@1") for server in (first, second, third)] == [410] * 3
        assert second.session("mine").epoch == 2
        assert redis.client.ttl("mockserver:log:mine") == -1


def test_a_reset_session_takes_no_more_of_the_store_than_a_new_one(
    pair: tuple[FakeServer, FakeServer], redis: RedisServer
) -> None:
    first, second = pair
    for _ in range(3):
        job = create(first)
        assert read(second, job) == "queued"
        second.admin("reset", {})
        second.admin("reset", {})
        assert lists(redis) == [1]
        assert read(first, job) == 404
    assert first.session().epoch == 7


def test_the_log_of_uploads_has_a_bound(
    pair: tuple[FakeServer, FakeServer], redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replica, "MAX_SERVER_ENTRIES", 4)
    first, second = pair
    for number in range(20):
        pair[number % 2].admin("scenarios", {"text": UPLOADED})
        if number % 5 == 0:
            assert second.admin("scenarios")["scenarios"] == ["uploaded"]
            pair[number % 3 % 2].admin("scenarios/uploaded", method="DELETE")
    assert lists(redis)[-1] <= 8
    assert [server.admin("scenarios")["scenarios"] for server in pair] == [["uploaded"]] * 2
    assert create_with(first, "scenario:uploaded") == 200


def create_with(server: FakeServer, key: str) -> int:
    return server.request("POST", "/v1/videos", VIDEO, {"Authorization": f"Bearer {key}"}).status


def test_a_session_that_ended_long_ago_begins_as_a_new_one_where_it_was_known_too(
    sharing: Sharing, redis: RedisServer
) -> None:
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        for server in (first, second):
            create(server, "mine")
        first.admin("sessions/mine", method="DELETE")
        assert second.admin("sessions")["sessions"] == []
        redis.client.delete("mockserver:log:mine", "mockserver:base:mine")  # as if its time were over
        job = create(first, "mine")
        assert read(second, job, "mine") == "queued"


def test_a_session_that_no_server_uses_ends_on_all_of_them(
    sharing: Sharing, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sharing(PHASEO) as server:
        jobs = {name: create(server, name) for name in ("old", "polled", "listed")}
        server.admin("scenarios", {"text": UPLOADED})
    for name in redis.client.zrange("mockserver:sessions", 0, -1):
        redis.client.zincrby("mockserver:sessions", -31 * 24 * 3_600, name)
    with sharing(PHASEO) as first, sharing(PHASEO) as second:
        for server in (first, second):
            assert read(server, jobs["polled"], "polled") == "queued"
            assert len(server.admin("sessions")["sessions"]) == 3
        monkeypatch.setattr(follower, "SWEEP_ROUNDS", 1)
        while redis.client.zcard("mockserver:sessions") > 2:
            pass
        for server in (first, second):
            assert read(server, jobs["polled"], "polled") == "queued"
            for name in ("old", "listed"):
                refused = server.request("GET", "/v1/videos", headers=AUTH | {"X-Mock-Session": name})
                assert refused.status == 410
                assert "no server had used it for 30 days" in refused.body.decode()
            assert server.admin("scenarios")["scenarios"] == ["uploaded"]
        first.admin("reset", {}, session="old")
        assert second.admin("sessions?name=old")["sessions"][0]["epoch"] == 2


def test_what_is_known_of_ended_sessions_has_a_bound(
    pair: tuple[FakeServer, FakeServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_replica, "MAX_REMEMBERED_NAMES", 2)
    first, second = pair
    for number in range(6):
        create(first, f"s{number}")
        first.admin(f"sessions/s{number}", method="DELETE")
        assert read(second, "x", f"s{number}@1") == 410
    for server in pair:
        assert len(server.hub.keeper._positions.known.keys() & {f"s{number}" for number in range(6)}) == 2
        assert read(server, "x", "s0@1") == 410


def test_an_answer_about_requests_says_which_server_has_answered_them(sharing: Sharing) -> None:
    with sharing(PHASEO, checker=ServerJudge()) as first, sharing(PHASEO, checker=ServerJudge()) as second:
        cancel(first, create(first))
        never = {"operation": "cancel", "never": True}
        verified = second.admin("verify", never)
        assert verified["verified"] is True
        assert verified["scope"].startswith("this server alone (process ")
        assert verified["text"].endswith(verified["scope"])
        assert first.admin("verify", never)["verified"] is False
        for path in ("journal", "journal/last", "findings", "explain/last", "deliveries", "timeline"):
            assert "scope" in first.admin(path), path
        with open_feed(first.url) as feed:
            assert feed.next("hello").data["scope"] == first.admin("journal")["scope"]
        unknown = second.request("GET", "/__mock/explain/last:cancel")
        assert "another server of its store may have it" in unknown.json["detail"]
        unknown = second.request("GET", "/__mock/explain/req_100000001")
        assert "another server of its store may have it" in unknown.json["detail"]
        late = second.request("POST", "/__mock/wait", {"requests": 1, "timeout": "10ms"})
        assert late.status == 504
        assert "scope" in late.json


def test_an_answer_of_the_only_server_has_no_scope() -> None:
    with fake_server(PHASEO) as server:
        create(server)
        for path in ("journal", "journal/last", "explain/last", "deliveries", "timeline"):
            assert "scope" not in server.admin(path), path
        with open_feed(server.url) as feed:
            assert "scope" not in feed.next("hello").data
        assert "scope" not in server.admin("verify", {"operation": "create"})


def test_a_server_with_other_options_says_so_once_there_are_sessions(
    sharing: Sharing, caplog: pytest.LogCaptureFixture
) -> None:
    with sharing(PHASEO), sharing("phaseo@2026-08-10") as first:
        assert not caplog.messages
        create(first)
        with sharing("phaseo@2026-08-10"):
            assert not caplog.messages
        with sharing(PHASEO) as second:
            (message,) = caplog.messages
            assert "were begun with other options: phaseo@2026-08-10 there, phaseo@2026-06-11 here" in message
            shown = second.request("GET", "/").json["kept"]
            assert shown == {"default": ["phaseo@2026-08-10"], "other_sessions": 0}


def test_a_server_starts_with_a_redis_that_takes_no_writes(sharing: Sharing, redis: RedisServer) -> None:
    with sharing(PHASEO) as first:
        job = create(first)
        with redis.full(), sharing(PHASEO) as second:
            assert read(second, job) == "queued"
