"""Lists over very many jobs: they are correct, and polls are answered while they are counted."""

import asyncio
import json

import pytest

from mockserver.server.app import App
from mockserver.server.limits import LARGE_SESSION
from mockserver.vendors.api import CreateJob
from tests.support.fake_server import fake_server
from tests.support.fake_world import START
from tests.support.memory_transport import MemoryConnection, make_hub
from tests.support.phaseo_requests import AUTHORIZATION

HEAD = b"Host: x\r\nAuthorization: Bearer key\r\n\r\n"


@pytest.mark.parametrize("fast_path", [True, False])
def test_lists_of_a_large_session_are_correct(fast_path):
    """The jobs have three ages; one is deleted and one is moved."""
    total = LARGE_SESSION + 1_200
    with fake_server(fast_path=fast_path) as server:
        old = server.admin("jobs", {"vendor": "phaseo", "count": 600})["jobs"]
        server.advance("1h")
        middle = server.admin("jobs", {"vendor": "phaseo", "count": 600})["jobs"]
        server.advance("10s")
        server.admin("jobs", {"vendor": "phaseo", "count": total - 1_200})
        assert server.request("DELETE", f"/v1/videos/{old[3]}", headers=AUTHORIZATION).status == 200
        server.move(middle[7], "failed")

        def listed(query: str = "") -> list[str]:
            answer = server.request("GET", f"/v1/videos?{query}", headers=AUTHORIZATION)
            assert answer.status == 200
            return [video["id"] for video in answer.json["data"]]

        def paged(query: str) -> list[str]:
            found: list[str] = []
            while page := listed(f"{query}&limit=100" + (f"&after={found[-1]}" if found else "")):
                found += page
            return found

        assert server.admin("jobs")["total"] == total
        assert paged("status=completed&order=asc") == [job for job in old if job != old[3]]
        assert paged("status=processing&order=asc") == [job for job in middle if job != middle[7]]
        assert listed("status=failed") == [middle[7]]
        assert len(set(listed("limit=100"))) == 100
        server.advance("20s")
        assert len(paged("status=completed&order=asc")) == 1_200 - 2
        assert len(paged("status=queued,processing")) == total - 1_200


def test_lists_of_the_other_vendors_are_correct():
    with fake_server(judged=False) as server:
        made = server.admin("jobs", {"vendor": "reap", "count": LARGE_SESSION + 50})
        answer = server.request(
            "GET", "/api/v1/automation/get-all-projects?pageSize=10&page=3", headers=AUTHORIZATION
        ).json
        assert answer["totalProjects"] == LARGE_SESSION + 50
        assert answer["totalPages"] == (LARGE_SESSION + 50) // 10
        assert len(answer["projects"]) == 10
        server.admin("jobs", {"vendor": "twelvelabs", "count": LARGE_SESSION + 50})
        batches = server.request("GET", "/v1.3/analyze/batches?page_limit=5", headers={"x-api-key": "key"}).json
        assert len(batches["data"]) == 5
        assert made["total"] == LARGE_SESSION + 50
        assert len(made["jobs"]) == 1_000


async def test_polls_are_answered_during_a_long_list():
    """A list of a large session takes many turns of the event loop; other requests are answered between them."""
    app = App(make_hub(), large_session=50, yield_every=5)
    context = app.registry.get_or_create("default", START).context("phaseo")
    store = context.store
    for number in range(1, 301):
        store.commit([CreateJob(context.job_factory.create_job("video", context.era.main_kind.example, number, START))])
    video = next(store.all_jobs()).id.encode()
    lister, poller = MemoryConnection(app), MemoryConnection(app)
    lister.tape.protocol.data_received(b"GET /v1/videos?status=queued HTTP/1.1\r\n" + HEAD)
    polled = 0
    for _ in range(200):
        if lister.tape.writes:
            break
        before = len(poller.tape.writes)
        poller.tape.protocol.data_received(b"GET /v1/videos/" + video + b" HTTP/1.1\r\n" + HEAD)
        polled += len(poller.tape.writes) - before
        await asyncio.sleep(0)
    assert polled > 30
    assert not poller.handed_over
    page = json.loads(lister.tape.writes[0].partition(b"\r\n\r\n")[2])
    assert len(page["data"]) == 50
    assert page["has_more"] is True
    await lister.end()


@pytest.mark.parametrize(
    ("vendor", "limit", "counts"),
    [
        ("twelvelabs", {}, True),
        ("twelvelabs", {"*": 10_000}, True),
        ("twelvelabs", {"batch": 10_000}, True),
        ("twelvelabs", {"*": 0}, False),
        ("phaseo", {"*": 10_000}, False),
    ],
)
async def test_a_create_counts_the_jobs_of_a_large_session_only_where_their_number_is_limited(vendor, limit, counts):
    """Phaseo refuses no create because of other jobs, so that nothing limits their number."""
    app = App(make_hub(), large_session=0)
    session = app.registry.get_or_create("default", START)
    session.set_limits(vendor, {}, limit)
    era = session.context(vendor).era
    body = json.dumps(dict(era.main_kind.example)).encode()
    line = f"POST {era.operation('create').path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n"
    headers = "".join(f"{name}: {value}\r\n" for name, value in era.auth_headers("key").items())
    create = f"{line}Host: x\r\n{headers}\r\n".encode() + body
    connection = MemoryConnection(app)
    await connection.send(create)
    assert (await connection.send(create)).startswith(b"HTTP/1.1 20")
    assert connection.handed_over == counts
    await connection.end()


async def test_other_requests_of_a_large_session_are_answered():
    app = App(make_hub(), large_session=5)
    context = app.registry.get_or_create("default", START).context("phaseo")
    store = context.store
    for number in range(1, 21):
        store.commit([CreateJob(context.job_factory.create_job("video", context.era.main_kind.example, number, START))])
    connection = MemoryConnection(app)
    body = b'{"model": "qwen/wan2.7-t2v", "prompt": "a cat"}'
    answer = await connection.send(b"POST /v1/videos HTTP/1.1\r\nContent-Length: %d\r\n" % len(body) + HEAD + body)
    assert answer.startswith(b"HTTP/1.1 200")
    assert not connection.handed_over, "it looks at no other job"
    answer = await connection.send(b"GET /v1/videos/nope HTTP/1.1\r\n" + HEAD)
    assert answer.startswith(b"HTTP/1.1 404")
    await connection.end()
