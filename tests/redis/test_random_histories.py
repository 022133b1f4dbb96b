"""Random calls over two servers, also of resets, ends and moved clocks: every answer is that of one in memory."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.redis.conftest import Sharing
from tests.support.fake_server import FakeServer, fake_server
from tests.support.redis_server import RedisServer
from tests.support.short_logs import shorten_often

PHASEO = "phaseo@2026-06-11"
HEADERS = {"Authorization": "Bearer key"}


class Call(NamedTuple):
    """One call of a history."""

    what: str
    which: int
    """The job that it is about, of those that were created."""
    server: int
    by: int
    """Seconds by which a clock is moved."""


calls = st.builds(
    Call,
    st.sampled_from(("create", "get", "get", "cancel", "list", "delete", "advance", "move", "reset", "end", "fault")),
    st.integers(0, 4),
    st.integers(0, 1),
    st.sampled_from((0, 1, 5, 30)),
)


class Trio(NamedTuple):
    """Two servers that share their sessions, and one for itself."""

    pair: tuple[FakeServer, FakeServer]
    model: FakeServer


@pytest.fixture(params=["whole logs", "short logs"])
def trio(sharing: Sharing, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trio]:
    """Run three servers; with short logs they shorten them all the time."""
    if request.param == "short logs":
        shorten_often(monkeypatch, entries=1)
    with sharing(PHASEO) as first, sharing(PHASEO) as second, fake_server(PHASEO) as model:
        yield Trio((first, second), model)


def perform(server: FakeServer, call: Call, session: str, jobs: list[str]) -> tuple[int, Any]:
    """Make a call; returns its status and its body, without what is each server's own."""
    headers = HEADERS | {"X-Mock-Session": session}
    job = jobs[call.which % len(jobs)] if jobs else "unknown"
    method, path, body = {
        "create": ("POST", "/v1/videos", {"model": "openai/sora-2", "prompt": str(call.which)}),
        "get": ("GET", f"/v1/videos/{job}", None),
        "cancel": ("POST", f"/v1/videos/{job}/cancel", None),
        "list": ("GET", "/v1/videos", None),
        "delete": ("DELETE", f"/v1/videos/{job}", None),
        "advance": ("POST", "/__mock/clock", {"advance": f"{call.by}s"}),
        "move": ("POST", f"/__mock/jobs/{job}/move", {"to": ("failed", "processing", "completed")[call.which % 3]}),
        "reset": ("POST", "/__mock/reset", {}),
        "end": ("DELETE", f"/__mock/sessions/{session}", None),
        "fault": ("POST", "/__mock/faults", {"on": "get", "when": {"times": 1}, "do": {"status": 502}}),
    }[call.what]
    answer = server.request(method, path, body, headers)
    text = answer.body.decode().replace(server.url.partition("://")[2], "server")
    text = re.sub(r"req_[0-9a-f]+", "req_ID", text)
    if answer.status == 200 and call.what == "create":
        jobs.append(str(answer.json["id"]))
    return answer.status, text


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(calls, min_size=4, max_size=14))
def test_two_servers_answer_as_one_in_memory(trio: Trio, redis: RedisServer, history: list[Call]) -> None:
    session = f"history-{len(trio.model.hub.entries)}"
    own: list[str] = []
    shared: list[str] = []
    for call in history:
        expected = perform(trio.model, call, session, own)
        assert perform(trio.pair[call.server], call, session, shared) == expected, call
    assert shared == own
