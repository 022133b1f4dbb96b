"""How a request names its session; and names, epochs, eviction and isolation of sessions."""

import asyncio
import threading
from urllib.parse import quote

import pytest

from mockserver.core.clock import Clock, ClockMode
from mockserver.core.instants import HOUR, SECOND, parse_instant
from mockserver.core.timeline import NO_END, Timed
from mockserver.core.wire import Request
from mockserver.installed import installed_vendors
from mockserver.scenario.model import ClockSettings, Scenario
from mockserver.server import sessions
from mockserver.server.app import App
from mockserver.vendors.api import CreateJob, build_timeline
from mockserver.vendors.script import Script, SeededJob, TimelineRule
from tests.support.fake_server import Refusal, fake_server
from tests.support.fake_world import START
from tests.support.memory_transport import MemoryConnection, let_loop_settle, make_hub
from tests.support.phaseo_requests import VIDEO
from tests.support.raw_client import raw_connection

SEEDED = "G-01ARZ3NDEKTSV4RRFFQ69G5FAV"
FAILS = Scenario(
    "fails",
    "phaseo",
    script=Script(
        timeline_rules=(TimelineRule(build_timeline(("queued", Timed(SECOND)), ("failed", NO_END))),),
        jobs=(SeededJob(SEEDED),),
    ),
)
DATED = Scenario(
    "dated", "phaseo", seed="7", clock=ClockSettings(start=parse_instant("2030-01-01T00:00:00Z"), mode=ClockMode(60.0))
)
ODD_NAMES = [
    "é",
    "日本",
    "a/b",
    "a b",
    "a%b",
    "a?b#c",
    "tests/test_a.py::b[50%-x]",
    "..a",
    "a@b",
    "@",
    "x" * 200,
    "'\"<&>",
]


pytestmark = pytest.mark.server(known=[FAILS, DATED])


def bearer(key: str = "key", **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): value for name, value in more.items()}}


def videos(server, prefix: str = "", **headers: str) -> list[str]:
    answer = server.request("GET", f"{prefix}/v1/videos", headers=headers or bearer())
    assert answer.status == 200, answer.body
    return [video["id"] for video in answer.json["data"]]


def session_of(answer) -> str:
    return answer.headers["X-Mock-Session"]


# Precedence


@pytest.mark.parametrize("path", ["/s/t1/v1/videos", "/s/t1/__mock/clock"])
def test_a_header_and_a_prefix_that_name_two_sessions_are_refused(server, path):
    refused = server.request("GET", path, headers=bearer(X_Mock_Session="t2"))
    assert refused.refusal == Refusal(409, "SES002")
    assert refused.json["detail"] == "the header names session 't2', the prefix 't1'"
    assert server.admin("sessions")["total"] == 0
    server.admin("sessions", {"name": "t1"})
    assert session_of(server.request("GET", "/s/t1/v1/videos", headers=bearer(X_Mock_Session="t1@1"))) == "t1@1"


def test_a_request_of_an_epoch_that_has_not_begun(server):
    server.admin("sessions", {"name": "t1"})
    early = server.request("GET", "/s/t1@9/v1/videos", headers=bearer())
    assert early.refusal == Refusal(410, "SES003")
    assert early.json["detail"] == "session 't1' has not reached epoch 9"
    assert early.json["hint"].startswith("the latest is 1;")
    never = server.request("GET", "/s/never@1/v1/videos", headers=bearer())
    assert never.json["hint"].startswith("it has not been created;")


@pytest.mark.parametrize(("header", "prefix"), [("", "/s/first"), ("first", ""), ("first", "/s/first")])
def test_header_or_prefix_must_agree_with_the_key(server, header, prefix):
    headers = bearer("scenario:fails#first", **({"X_Mock_Session": header} if header else {}))
    assert session_of(server.request("GET", f"{prefix}/v1/videos", headers=headers)) == "first@1"
    headers = bearer("scenario:fails#third", **({"X_Mock_Session": header} if header else {}))
    refused = server.request("GET", f"{prefix}/v1/videos", headers=headers)
    assert refused.refusal == Refusal(409, "SES002")
    assert "'first'" in refused.json["detail"]
    assert "'third'" in refused.json["detail"]


def test_a_session_plays_one_scenario(server):
    """The first request decides; another scenario under the same name is an error of another test."""
    videos(server, "/s/run1")
    refused = server.request("GET", "/v1/videos", headers=bearer("scenario:fails#run1"))
    assert refused.refusal == Refusal(409, "SES002")
    assert "scenario:fails#another-name" in refused.json["hint"]


def test_a_key_without_a_session_uses_the_name_of_its_scenario(server):
    for key in ("scenario:fails", "scenario:fails#"):
        assert session_of(server.request("GET", "/v1/videos", headers=bearer(key))) == "fails@1"
    assert videos(server, **bearer("scenario:fails")) == [SEEDED]


@pytest.mark.parametrize(
    ("path", "header", "message_of"),
    [
        ("/v1/videos", "Authorization: Bearer {}", lambda body: body["message"]),
        ("/v1.3/analyze/batches", "x-api-key: {}", lambda body: body["message"]),
        ("/api/v1/automation/get-all-projects", "Authorization: Bearer {}", lambda body: body["detail"]),
    ],
)
@pytest.mark.parametrize(
    "key", ["scenario:fials", "scenario:fials#run1", "scenario:", "scenario:#x", "scenario:" + "x" * 4000]
)
def test_an_unknown_scenario_is_an_unknown_key_of_the_vendor(server, path, header, message_of, key):
    name, _, value = header.format(key).partition(": ")
    refused = server.request("GET", path, headers={name: value})
    assert refused.status == 401
    assert refused.headers["Content-Type"] == "application/json"
    text = message_of(refused.json)
    assert len(text) < 300
    if path == "/v1/videos" and "fials" in key:
        assert "did you mean 'fails'" in text
    assert server.admin("sessions")["total"] == 1, "it is the default session that refused"


# Prefixes


def test_a_prefix_can_name_the_vendor(server):
    named = server.request("GET", "/v/twelvelabs/v1.3/analyze/batches", headers={"x-api-key": "key"})
    assert named.status == 200
    assert session_of(named) == "default@1"
    both = server.request("GET", "/s/t1/v/phaseo/v1/videos", headers=bearer())
    assert both.status == 200
    assert session_of(both) == "t1@1"
    foreign = server.request("GET", "/v/phaseo/v1.3/analyze/batches", headers=bearer())
    assert foreign.status == 404
    assert foreign.json["reason"] == "route_not_found"


def test_an_unknown_vendor_is_404_with_the_nearest(server):
    refused = server.request("GET", "/v/phaseoo/v1/videos", headers=bearer())
    assert refused.refusal == Refusal(404, "SRV002")
    assert "did you mean 'phaseo'" in refused.json["detail"]
    assert refused.json["hint"] == "vendors: phaseo, reap, twelvelabs"


@pytest.mark.parametrize("path", ["//", "/s", "/s/", "/s/t1", "/s//v1/videos", "/v/phaseo", "/video", "/V1/videos"])
def test_a_path_of_no_vendor_is_404_with_the_nearest(server, path):
    refused = server.request("GET", path, headers=bearer())
    assert refused.refusal == Refusal(404, "SRV002")
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json["nearest"]
    assert server.admin("sessions")["total"] == 0


# Names


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_session_may_have_an_odd_name(server, name):
    """The name works in the header and in the prefix, and the URLs in responses lead to the session."""
    prefix = f"/s/{quote(name, safe='')}"
    made = server.request("POST", f"{prefix}/v1/videos", VIDEO, bearer()).json["id"]
    server.advance("1h", session=name)
    video = server.request("GET", f"{prefix}/v1/videos/{made}", headers=bearer()).json
    assert server.request("GET", video["polling_url"], headers=bearer()).json == video
    assert server.request("GET", video["download_url"]).status == 200
    latin = name.encode("utf-8").decode("latin-1")
    assert videos(server, **bearer(X_Mock_Session=latin)) == [made]
    assert server.request("DELETE", f"/__mock/sessions/{quote(name, safe='')}").status == 200
    assert videos(server, prefix) == []


@pytest.mark.parametrize(
    "name", ["..", ".", "x" * 201, "x" * 3000, "a\r\nb", "a\nSet-Cookie: x", "a\0b", "a\tb", "\u2028", "\x7f"]
)
def test_an_invalid_name_is_refused(server, name):
    refused = server.request("GET", f"/s/{quote(name, safe='')}/v1/videos", headers=bearer())
    assert refused.refusal == Refusal(400, "SES001")
    made = server.request("POST", "/__mock/sessions", {"name": name})
    assert made.refusal == Refusal(400, "SES001")
    assert server.admin("sessions")["total"] == 0


def test_a_name_cannot_add_a_header(unchecked_server):
    with raw_connection(unchecked_server.url) as connection:
        answer = connection.request(b"GET /s/a%0d%0aX-Evil:%20yes/v1/videos HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.status == 400
        assert b"evil" not in answer.head.lower()


# Epochs


@pytest.mark.parametrize("way", ["header", "prefix", "key"])
def test_a_pinned_request_is_answered_by_its_epoch_only(server, way):
    def send_request(epoch: int):
        pinned = f"run1@{epoch}"
        key = f"scenario:fails#{pinned}" if way == "key" else "scenario:fails#run1"
        headers = bearer(key, **({"X_Mock_Session": pinned} if way == "header" else {}))
        prefix = f"/s/{pinned}" if way == "prefix" else ""
        return server.request("GET", f"{prefix}/v1/videos", headers=headers)

    videos(server, **bearer("scenario:fails#run1"))
    assert session_of(send_request(1)) == "run1@1"
    assert send_request(2).status == 410
    server.admin("reset", {}, session="run1")
    late = send_request(1)
    assert late.refusal == Refusal(410, "SES003")
    assert "is in epoch 2; this request belongs to epoch 1" in late.json["detail"]
    assert session_of(send_request(2)) == "run1@2"
    assert server.admin("journal", session="run1")["total"] == 1, "the late one left no trace"
    server.admin("sessions/run1", method="DELETE")
    assert [send_request(epoch).status for epoch in (1, 2, 3)] == [410] * 3
    assert session_of(server.request("GET", "/v1/videos", headers=bearer("scenario:fails#run1"))) == "run1@3"


def test_a_reset_keeps_clock_rate_scenario_and_seed(server):
    server.admin("sessions", {"name": "slow", "clock": "x60", "scenario": "fails", "seed": "9"})
    server.admin("sessions", {"name": "still", "clock": "manual"})
    server.admin("sessions", {"name": "dated", "scenario": "dated"})
    for name, rate in (("slow", 60.0), ("still", 0.0), ("dated", 60.0)):
        server.admin("clock", {"advance": "8h"}, session=name)
        server.admin("clock", {"freeze": rate > 0}, session=name)
        server.admin("reset", {}, session=name)
        clock = server.admin("clock", session=name)
        assert clock["rate"] == rate
        assert "h" not in clock["elapsed"]
    slow, still, dated = (
        next(session for session in server.admin("sessions")["sessions"] if session["name"] == name)
        for name in ("slow", "still", "dated")
    )
    assert slow["epoch"] == 2
    assert slow["scenario"] == "fails"
    assert slow["seed"] == "9"
    assert still["scenario"] is None
    assert still["seed"] == "0"
    assert dated["seed"] == "7"
    assert dated["now"].startswith("2030-01-01")


def test_a_requested_clock_and_seed_override_the_scenarios(server):
    made = server.admin("sessions", {"name": "a", "scenario": "dated", "clock": "manual", "seed": "own"})
    assert made["now"] == "2030-01-01T00:00:00.000000Z"
    assert made["rate"] == 0.0
    assert made["seed"] == "own"


async def test_a_request_overtaken_by_a_reset_is_410():
    """A list of a large session takes several turns of the event loop; a reset can happen between them."""
    app = App(make_hub(), large_session=2, yield_every=1)
    context = app.registry.get_or_create("default", START).context("phaseo")
    store = context.store
    for number in range(1, 5):
        store.commit([CreateJob(context.job_factory.create_job("video", context.era.main_kind.example, number, START))])
    connection = MemoryConnection(app)
    request = b"GET /v1/videos?status=queued HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer key\r\n\r\n"
    connection.tape.protocol.data_received(request)
    for _ in range(3):
        await asyncio.sleep(0)
    app.registry.reset("default", START)
    await let_loop_settle()
    (answer,) = connection.tape.writes
    assert answer.startswith(b"HTTP/1.1 410 Gone\r\n")
    assert b"was reset or deleted while this request was being answered" in answer
    assert (await connection.send(request)).startswith(b"HTTP/1.1 200")
    await connection.end()


# Limits


def test_idle_sessions_are_evicted_for_new_ones():
    registry = make_hub(most_sessions=3, idle=HOUR)
    for number, name in enumerate("abc"):
        registry.get_or_create(name, START + number * SECOND)
    registry.get_or_create("a", START + 30 * 60 * SECOND)
    registry.get_or_create("d", START + HOUR + 2 * SECOND)
    assert registry.names() == ["a", "d"], "b and c had not been asked for in an hour"


def test_without_an_idle_session_the_least_recently_used_is_evicted():
    registry = make_hub(most_sessions=2)
    for at, name in enumerate("aba"):
        registry.get_or_create(name, START + at)
    registry.get_or_create("c", START + 9)
    assert registry.names() == ["a", "c"]


def test_the_default_session_is_evicted_last():
    registry = make_hub(most_sessions=2)
    for at, name in enumerate(("default", "a", "b")):
        registry.get_or_create(name, START + at)
    assert registry.names() == ["default", "b"]


def test_the_client_of_an_evicted_session_is_told_so_until_it_begins_again():
    with fake_server(most_sessions=1) as server:
        videos(server, "/s/a")
        assert server.request("GET", "/s/a@1/v1/videos", headers=bearer()).status == 200
        videos(server, "/s/b")
        for path in ("/s/a@1/v1/videos", "/s/a/v1/videos", "/s/a/__mock/journal", "/s/a/__mock/explain/last"):
            refused = server.request("GET", path, headers=bearer())
            assert refused.refusal == Refusal(410, "SES005")
            assert refused.json["detail"] == (
                "session 'a' was evicted: the server keeps at most 1 sessions (--max-sessions), and this one had not "
                "been used for 0s"
            )
        assert server.admin("reset", {}, session="a")["sessions"] == [{"name": "a", "epoch": 2}]
        assert session_of(server.request("GET", "/s/a/v1/videos", headers=bearer())) == "a@2"
        server.admin("sessions", {"name": "b"})
        assert session_of(server.request("GET", "/s/b/v1/videos", headers=bearer())) == "b@2"


def test_an_evicted_session_is_remembered_although_few_sessions_are_kept():
    own = make_hub(most_sessions=2)
    for number in range(20):
        own.get_or_create(f"s{number}", START + number)
    assert own.eviction_error("s0") is not None


def test_what_is_remembered_of_the_evicted_is_bounded(monkeypatch):
    monkeypatch.setattr(sessions, "MAX_REMEMBERED_NAMES", 2)
    own = make_hub(most_sessions=2)
    for number in range(20):
        own.get_or_create(f"s{number}", START + number)
    remembered = [number for number in range(20) if own.eviction_error(f"s{number}") is not None]
    assert remembered == [16, 17]
    assert own.get_or_create("s0", START).epoch == 1, "its eviction is forgotten"
    own.delete("s19")
    assert own.eviction_error("s19") is None


def test_sessions_that_take_too_much_memory_together_make_room_the_oldest_first():
    own = make_hub(max_memory=1_300_000)
    app = App(own)
    request = Request("GET", "/v1/videos", headers={"authorization": "Bearer key", "x-filler": "x" * 4_000})
    for visit, name in enumerate(("default", "a", "b", "a", "c")):
        for at in range(48 * visit, 48 * visit + 48):
            headers = {**request.headers, "x-mock-session": name}
            routed = app.targets.route(request._replace(headers=headers), START + at)
            app.answer(routed, START + at)
        assert own.retained_bytes <= 1_300_000
    assert own.names() == ["default", "a", "c"]
    error = own.eviction_error("b")
    assert error is not None
    assert "all sessions together may take 1.3 MB of memory (--max-memory)" in error.problems[0].message
    for name in own.names():
        own.delete(name)
    assert own.retained_bytes == 0
    own.count_memory(routed.session, START)
    assert own.retained_bytes == 0, "a deleted session counts no more"


def test_making_room_leaves_a_tenth_of_the_memory_free():
    own = make_hub(max_memory=13_000_000)
    app = App(own)
    request = Request("GET", "/v1/videos", headers={"authorization": "Bearer key", "x-filler": "x" * 4_000})
    for at in range(4_800):
        headers = {**request.headers, "x-mock-session": f"s{at // 48}"}
        app.answer(app.targets.route(request._replace(headers=headers), START + at), START + at)
        if own.eviction_error("s0") is not None:
            break
    assert own.eviction_error("s0") is not None
    assert own.retained_bytes <= 11_700_000


def test_one_session_that_takes_all_memory_creates_no_more():
    with fake_server(max_memory=10_000_000) as server:
        body = {"model_name": "pegasus1.5", "analysis_mode": "general", "prompt": "x" * 3_000_000,
                "video": {"type": "url", "url": "https://a.example/v.mp4"}}  # fmt: skip
        key = {"x-api-key": "k"}
        for other in (body["prompt"], f"{body['prompt']}!"):
            assert server.request("POST", "/v1.3/analyze/tasks", {**body, "prompt": other}, key).status == 202
        refused = server.request("POST", "/v1.3/analyze/tasks", body, key)
        assert refused.refusal == Refusal(507, "SRV022")
        assert server.request("GET", "/v1.3/analyze/tasks", headers=key).status == 200
        server.admin("reset", {})
        assert server.request("POST", "/v1.3/analyze/tasks", body, key).status == 202


def test_the_key_is_read_as_the_era_of_the_session_has_it():
    newest = installed_vendors()["phaseo"].eras[-1]
    own = make_hub(eras={"phaseo": newest._replace(parse_api_key=lambda request: request.headers["x-new-key"])})
    own.get_or_create("old", START, Scenario("pinned", "phaseo", date="2026-06-11"))
    headers = {"authorization": "Bearer old", "x-new-key": "new", "x-mock-session": "old"}
    targets = App(own).targets
    assert targets.route(Request("GET", "/v1/videos", headers=headers), START).incoming.api_key == "old"
    headers["x-mock-session"] = "new"
    assert targets.route(Request("GET", "/v1/videos", headers=headers), START).incoming.api_key == "new"


def test_only_a_session_that_is_full_is_asked_for_room():
    own = make_hub(max_memory=1_300_000)
    app = App(own)
    request = Request("GET", "/v1/videos", headers={"authorization": "Bearer key", "x-filler": "x" * 4_000})
    for name in ("default", "a"):
        for at in range(300):
            headers = {**request.headers, "x-mock-session": name, "x-filler": f"{at:04}" * 1_000}
            app.answer(app.targets.route(request._replace(headers=headers), START + at), START + at)
        own.count_memory(own.entries[name].session, START)
        assert own.full_sessions == {name}, "the one before is evicted"
    own.count_memory(own.reset("a", START), START)
    assert own.full_sessions == set()


def test_many_jobs_at_once_end_where_the_memory_does():
    with fake_server(max_memory=10_000_000) as server:
        refused = server.request("POST", "/__mock/jobs", {"vendor": "phaseo", "count": 1_000_000})
        assert refused.refusal == Refusal(507, "SRV022")
        assert 30_000 < server.admin("jobs")["total"] < 50_000


def test_a_poll_on_the_fast_path_keeps_a_session():
    registry = make_hub(most_sessions=2, idle=HOUR)
    session = registry.get_or_create("a", START)
    registry.get_or_create("b", START + 1)
    assert registry.touch_if_current(session, START + 2)
    registry.get_or_create("c", START + 3)
    assert registry.names() == ["a", "c"]


def test_the_epochs_of_deleted_sessions_are_bounded(monkeypatch):
    monkeypatch.setattr(sessions, "MAX_REMEMBERED_NAMES", 3)
    registry = make_hub(most_sessions=3)
    for number in range(20):
        registry.get_or_create(f"s{number}", START)
        registry.delete(f"s{number}")
    assert len(registry._next_epochs) == 3
    assert registry.get_or_create("s19", START).epoch == 2
    assert not registry.delete("s0")


# Isolation


def test_parallel_sessions_are_isolated(server):
    """Sixteen concurrent clients, each in its own session, see only their own jobs."""
    found: dict[int, list[object]] = {}

    def client(number: int) -> None:
        prefix, key = f"/s/run{number}", bearer()
        for _ in range(number % 4 + 1):
            made = server.request("POST", f"{prefix}/v1/videos", VIDEO, key).json["id"]
        server.admin("clock", {"advance": f"{number}s"}, session=f"run{number}")
        state = server.request("GET", f"{prefix}/v1/videos/{made}", headers=key).json["status"]
        now = server.admin("clock", session=f"run{number}")["elapsed"]
        found[number] = [len(videos(server, prefix)), state, now]

    threads = [threading.Thread(target=client, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(16):
        state = "queued" if number < 2 else "processing"
        assert found[number] == [number % 4 + 1, state, f"{number}s"], number


def test_a_session_without_a_scenario_plays_the_servers():
    with fake_server(scenarios=(FAILS,), known=[DATED], clock=lambda real: Clock(real, START, 0.0)) as server:
        assert videos(server) == videos(server, "/s/x") == [SEEDED]
        assert videos(server, **bearer("scenario:dated")) == []
        assert server.admin("sessions")["sessions"][0]["scenario"] == "fails"
