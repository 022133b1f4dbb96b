"""Connections write by write: the fast path, the hand-over to aiohttp, and the way back."""

import asyncio
import gc
import weakref

import pytest

from mockserver.core.instants import MINUTE
from mockserver.core.ratelimit import RateLimit
from mockserver.installed import installed_vendors
from mockserver.scenario.faults.compile import FaultContext, parse_fault
from mockserver.server.app import App
from mockserver.server.fastpath.cache import CachedResponse, ResponseCache
from mockserver.server.fastpath.parser import MAX_HEAD_BYTES, MAX_HEADERS, MAX_PLAIN_BODY_BYTES, PlainRequestParser
from mockserver.server.fastpath.responder import FastPath
from mockserver.server.frontend import HttpFrontend
from mockserver.server.http.timeouts import DEFAULT_TIMEOUTS
from tests.support.fake_world import START
from tests.support.memory_transport import MemoryConnection, let_loop_settle, make_hub
from tests.support.phaseo_requests import RAW_BODY, RAW_CREATE, RAW_HEADERS, RAW_LIST, RAW_POST

RAW_CHUNKED = RAW_POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
SLOW_POST = RAW_POST + b"TE: trailers\r\n"
"""A create that only aiohttp reads."""
SLOW_CREATE = RAW_CREATE.replace(RAW_POST, SLOW_POST)
POLL = b"GET /v1/videos/%b HTTP/1.1\r\n" + RAW_HEADERS + b"\r\n"


class CountingFastPath(FastPath):
    """A fast path that counts its answers."""

    count = 0

    def respond(self, data):
        answered = super().respond(data)
        self.count += answered is not None
        return answered


class CountingFrontend(HttpFrontend):
    """A frontend that counts the answers of its fast path."""

    def __init__(self, app: App) -> None:
        super().__init__(app, CountingFastPath(app))

    @property
    def fast_answers(self) -> int:
        return self.fast_path.count


@pytest.fixture
def frontend():
    return CountingFrontend(App(make_hub()))


async def poll_request(frontend: CountingFrontend, connection: MemoryConnection) -> bytes:
    """Build a request for the session's first video; create the video if there is none."""
    store = frontend.app.registry.get_or_create("default", START).context("phaseo").store
    if not len(store):
        await connection.send(RAW_CREATE)
    return POLL % next(store.all_jobs()).id.encode()


@pytest.mark.parametrize(
    "request_", [RAW_LIST, RAW_CREATE, SLOW_CREATE, RAW_LIST + RAW_LIST], ids=["poll", "create", "aiohttp", "two"]
)
async def test_each_answer_is_one_write(frontend, request_):
    connection = MemoryConnection(frontend)
    await connection.send(request_)
    assert len(connection.tape.writes) == request_.count(b"HTTP/1.1")
    for written in connection.tape.writes:
        head, _, body = written.partition(b"\r\n\r\n")
        assert b"Content-Length: %d\r\n" % len(body) in head
    await connection.end()


async def test_polls_take_the_fast_path(frontend):
    connection = MemoryConnection(frontend)
    for _ in range(3):
        assert (await connection.send(RAW_LIST)).startswith(b"HTTP/1.1 200")
    assert not connection.handed_over
    assert frontend.fast_answers == 3


def pieces_of(create: bytes) -> list[list[bytes]]:
    """Return a create as clients send it: whole, in two pieces, with its body after its head, and in many pieces."""
    head = create[: -len(RAW_BODY)]
    many = [RAW_BODY[at : at + 7] for at in range(0, len(RAW_BODY), 7)]
    return [[create], [create[:-10], create[-10:]], [head, RAW_BODY], [head, *many]]


@pytest.mark.parametrize("chunks", pieces_of(RAW_CREATE), ids=["whole", "two", "head and body", "many"])
@pytest.mark.parametrize("before", [[], [RAW_CHUNKED]], ids=["new connection", "after aiohttp"])
async def test_a_plain_create_takes_the_fast_path_however_its_body_comes(frontend, before, chunks):
    connection = MemoryConnection(frontend)
    await connection.send(*before)
    answer = await connection.send(*chunks)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.count(b"HTTP/1.1") == 1
    assert (await connection.send(RAW_LIST)).startswith(b"HTTP/1.1 200")
    assert frontend.fast_answers == 2
    assert connection.handed_over == bool(before)
    await connection.end()


async def test_a_request_without_a_body_takes_the_fast_path_with_any_method(frontend):
    connection = MemoryConnection(frontend)
    for method in (b"POST", b"PUT", b"PATCH", b"DELETE"):
        answer = await connection.send(method + b" /v1/videos/x HTTP/1.1\r\n" + RAW_HEADERS + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 4")
    assert frontend.fast_answers == 4


@pytest.mark.parametrize("before", [[], [RAW_CHUNKED]], ids=["new connection", "after aiohttp"])
async def test_a_body_that_does_not_come_becomes_a_matter_for_aiohttp(frontend, before):
    connection = MemoryConnection(frontend)
    await connection.send(*before)
    await connection.send(RAW_CREATE[:-10])
    connection.tape.protocol.sweep(DEFAULT_TIMEOUTS)
    await let_loop_settle()
    assert connection.handed_over
    assert (await connection.send(RAW_CREATE[-10:])).startswith(b"HTTP/1.1 200")
    assert frontend.fast_answers == 0
    await connection.end()


async def test_what_comes_behind_the_last_answer_does_not_come_to_aiohttp(frontend):
    connection = MemoryConnection(frontend)
    await connection.send(RAW_CREATE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
    assert frontend.fast_answers == 1
    connection.tape.protocol.data_received(RAW_CHUNKED)
    assert not connection.handed_over
    await let_loop_settle()


async def test_a_connection_that_is_lost_within_a_body_does_not_come_to_aiohttp(frontend, caplog):
    connection = MemoryConnection(frontend)
    await connection.send(RAW_CREATE[:-10])
    connection.tape.close()
    connection.tape.protocol.sweep(DEFAULT_TIMEOUTS)
    await let_loop_settle()
    assert not connection.handed_over
    gc.collect()  # a task that has failed is reported when it is deleted
    assert not caplog.records


async def test_an_input_that_ends_within_a_body_is_not_answered(frontend):
    connection = MemoryConnection(frontend)
    answered = len(await connection.send(RAW_CHUNKED))
    await connection.send(RAW_CREATE[:-10])
    assert not connection.tape.protocol.eof_received()
    assert len(b"".join(connection.tape.writes)) == answered
    await connection.end()


@pytest.mark.parametrize("chunks", [*pieces_of(SLOW_CREATE), [SLOW_CREATE, SLOW_CREATE]])
async def test_after_a_request_of_known_length_the_fast_path_goes_on(frontend, chunks):
    connection = MemoryConnection(frontend)
    await connection.send(*chunks)
    assert connection.handed_over
    assert frontend.fast_answers == 0
    assert (await connection.send(RAW_LIST)).startswith(b"HTTP/1.1 200")
    await connection.send(SLOW_CREATE)
    await connection.send(RAW_LIST)
    assert frontend.fast_answers == 2
    await connection.end()


@pytest.mark.parametrize(
    ("chunks", "slow_polls"),
    [
        pytest.param([RAW_CHUNKED], 0, id="chunked"),
        pytest.param([RAW_CHUNKED[:-9], RAW_CHUNKED[-9:-3], RAW_CHUNKED[-3:]], 0, id="chunked, in three pieces"),
        pytest.param([RAW_LIST + RAW_LIST], 0, id="two in one chunk"),
        pytest.param([RAW_CREATE + RAW_LIST], 0, id="another behind a body"),
        pytest.param([RAW_LIST[:30], RAW_LIST[30:]], 0, id="a head in two pieces"),
        pytest.param([RAW_LIST.replace(b"Host", b"Upgrade: h2c\r\nConnection: upgrade\r\nHost")], 0, id="upgrade"),
        pytest.param([RAW_CREATE[:-10], RAW_CREATE[-10:] + RAW_LIST], 0, id="another behind the end of a body"),
        pytest.param([RAW_POST + b"Content-Length: 00000000002\r\n\r\n{}"], 1, id="an odd length"),
        pytest.param([RAW_LIST + RAW_CREATE], 1, id="a body behind another"),
        pytest.param([RAW_CREATE[:30], RAW_CREATE[30:]], 1, id="a body behind a head in two pieces"),
    ],
)
async def test_polls_are_fast_again_once_the_parser_is_certain_to_be_empty(frontend, chunks, slow_polls):
    connection = MemoryConnection(frontend)
    await connection.send(*chunks)
    assert frontend.fast_answers == 0
    for _ in range(3):
        assert (await connection.send(RAW_LIST)).startswith(b"HTTP/1.1 200")
    assert frontend.fast_answers == 3 - slow_polls
    await connection.end()


async def test_what_looks_like_a_poll_behind_half_a_head_belongs_to_that_head(frontend):
    connection = MemoryConnection(frontend)
    await connection.send(SLOW_CREATE, RAW_LIST[:-2])
    answer = await connection.send(RAW_LIST)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert frontend.fast_answers == 0
    await connection.end()


async def test_a_request_waits_for_the_answer_before_it(frontend):
    """Requests of one connection are answered in order."""
    connection = MemoryConnection(frontend)
    connection.tape.protocol.data_received(SLOW_CREATE)
    connection.tape.protocol.data_received(RAW_LIST)
    await let_loop_settle()
    first, second = connection.tape.writes
    assert b'"object":"video"' in first
    assert b'"object":"list"' in second
    assert frontend.fast_answers == 0
    await connection.end()


async def test_the_fast_path_stops_writing_to_a_client_that_does_not_read(frontend):
    """The transport reports only once that it is full, so the next protocol of the connection must learn it too."""
    connection = MemoryConnection(frontend)
    connection.tape.protocol.pause_writing()
    await connection.send(*[RAW_LIST] * 5)
    assert len(connection.tape.writes) == 1
    connection.tape.protocol.resume_writing()
    await let_loop_settle()
    assert len(connection.tape.writes) == 5
    await connection.end()


async def test_after_a_hand_over_nothing_is_written_to_a_client_that_does_not_read(frontend):
    connection = MemoryConnection(frontend)
    await connection.send(SLOW_CREATE)
    connection.tape.protocol.pause_writing()
    await connection.send(RAW_LIST, RAW_LIST, RAW_LIST)
    assert frontend.fast_answers == 0
    assert len(connection.tape.writes) == 2
    connection.tape.protocol.resume_writing()
    await let_loop_settle()
    assert len(connection.tape.writes) == 4
    await connection.end()


async def test_a_client_that_reads_again_gets_the_fast_path(frontend):
    connection = MemoryConnection(frontend)
    connection.tape.protocol.pause_writing()
    connection.tape.protocol.resume_writing()
    await connection.send(RAW_LIST)
    assert frontend.fast_answers == 1
    assert not connection.handed_over


async def test_a_closed_connection_ignores_requests(frontend):
    connection = MemoryConnection(frontend)
    await connection.send(RAW_LIST.replace(b"Host", b"Connection: close\r\nHost"))
    assert connection.tape.closed
    connection.tape.protocol.data_received(RAW_LIST)
    assert len(connection.tape.writes) == 1


async def test_the_fast_path_closes_a_connection_after_aiohttp(frontend):
    connection = MemoryConnection(frontend)
    await connection.send(SLOW_CREATE)
    answer = await connection.send(RAW_LIST.replace(b"Host", b"Connection: close\r\nHost"))
    assert b"\r\nConnection: close\r\n" in answer
    assert frontend.fast_answers == 1
    assert connection.tape.closed
    await let_loop_settle()
    assert len(asyncio.all_tasks()) == 1


async def test_an_internal_error_is_500_on_both_paths(frontend, caplog):
    """The connection stays open, and the error is logged."""

    def broken(pin, exchange):
        raise RuntimeError("an observer's bug")

    answers = []
    for fast_path in (True, False):
        own = App(make_hub(observers=(broken,)), fast_path=fast_path)
        connection = MemoryConnection(own)
        answers.append(await connection.send(RAW_LIST))
        assert (await connection.send(b"GET /__mock/health HTTP/1.1\r\nHost: localhost\r\n\r\n")).startswith(
            b"HTTP/1.1 200"
        )
        await connection.end()
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert b'"code":"SRV000"' in answer
        assert b"observer" not in answer
    assert [record.getMessage() for record in caplog.records] == ["GET /v1/videos"] * 2


# The response cache


async def test_an_answer_is_cached_until_it_changes(frontend):
    connection = MemoryConnection(frontend)
    request = await poll_request(frontend, connection)
    session = frontend.app.registry.get_or_create("default", START)
    before = await connection.send(request)
    assert len(frontend.fast_path.cache.entries) == 1
    again = await connection.send(request)
    assert again.replace(b"0003", b"0002") == before
    session.clock = session.clock.advance(START, 26_000_000)
    assert b'"status":"completed"' in await connection.send(request)
    await connection.end()


async def test_a_repeated_cancel_is_cached_and_the_first_is_not():
    cancelling = installed_vendors()["phaseo"].era("2026-06-11")
    frontend = CountingFrontend(App(make_hub(eras={"phaseo": cancelling})))
    connection = MemoryConnection(frontend)
    poll = await poll_request(frontend, connection)
    cancel = poll.replace(b"GET", b"POST").replace(b" HTTP", b"/cancel HTTP")
    await connection.send(cancel)
    assert not frontend.fast_path.cache.entries
    before = await connection.send(cancel)
    assert [*frontend.fast_path.cache.entries] == [cancel]
    again = await connection.send(cancel)
    assert again.replace(b"0004", b"0003") == before
    session = frontend.app.registry.get_or_create("default", START)
    assert session.journal.counts["phaseo", "cancel", 200] == 3
    (job,) = session.context("phaseo").store.all_jobs()
    session.move_job(job.id, "completed", START, force=True)
    assert (await connection.send(cancel)).startswith(b"HTTP/1.1 400")
    await connection.end()


async def test_a_cached_answer_ends_when_its_job_changes(frontend):
    connection = MemoryConnection(frontend)
    request = await poll_request(frontend, connection)
    session = frontend.app.registry.get_or_create("default", START)
    assert b'"status":"queued"' in await connection.send(request)
    (job,) = session.context("phaseo").store.all_jobs()
    session.move_job(job.id, "failed", START, force=True)
    assert b'"status":"failed"' in await connection.send(request)
    await connection.end()


async def test_a_cached_answer_ends_with_the_limits_under_which_it_was_given(frontend):
    connection = MemoryConnection(frontend)
    request = await poll_request(frontend, connection)
    assert (await connection.send(request)).startswith(b"HTTP/1.1 200")
    session = frontend.app.registry.get_or_create("default", START)
    session.set_limits("phaseo", {"get": RateLimit(1, MINUTE)}, {})
    assert (await connection.send(request)).startswith(b"HTTP/1.1 200")
    assert (await connection.send(request)).startswith(b"HTTP/1.1 429")
    assert not connection.handed_over


async def test_a_fault_keeps_only_the_requests_it_concerns_off_the_fast_path(frontend):
    connection = MemoryConnection(frontend)
    request = await poll_request(frontend, connection)
    session = frontend.app.registry.get_or_create("default", START)
    era = session.context("phaseo").era
    session.add_fault("phaseo", parse_fault({"on": "cancel", "do": {"status": 503}}, FaultContext((era,), None)))
    before = frontend.fast_answers
    for _ in range(2):
        assert (await connection.send(request)).startswith(b"HTTP/1.1 200")
    assert frontend.fast_answers == before + 2
    answer = await connection.send(request.replace(b"GET", b"POST").replace(b" HTTP", b"/cancel HTTP"))
    assert answer.startswith(b"HTTP/1.1 503")
    assert frontend.fast_answers == before + 2
    await connection.end()


async def test_a_cached_answer_ends_with_its_session(frontend):
    connection = MemoryConnection(frontend)
    request = await poll_request(frontend, connection)
    assert (await connection.send(request)).startswith(b"HTTP/1.1 200")
    before = frontend.app.registry.get_or_create("default", START)
    frontend.app.registry.reset("default", START)
    assert (await connection.send(request)).startswith(b"HTTP/1.1 404")
    assert before.journal.seq == 2, "it is still there, as a list in its turns may hold it"
    frontend.app.registry.delete("default")
    assert b"X-Mock-Session: default@3" in await connection.send(request)
    await connection.end()


async def test_a_cached_answer_does_not_keep_a_session_in_memory(frontend):
    """A session that was reset may have had a million jobs."""
    connection = MemoryConnection(frontend)
    request = await poll_request(frontend, connection)
    await connection.send(request)
    gone = weakref.ref(frontend.app.registry.get_or_create("default", START))
    frontend.app.registry.reset("default", START)
    gc.collect()
    assert gone() is None
    assert (await connection.send(request)).startswith(b"HTTP/1.1 404")
    await connection.end()


def test_the_cache_is_bounded():
    cache = ResponseCache(bytes_left=10_000)
    cached = _cached_response(b"x" * 3_000)
    for number in range(100):
        cache.put(b"%d" % number, cached)
    assert len(cache.entries) == 2
    assert cache.entries.get(b"99") is cached
    assert cache.entries.get(b"0") is None
    cache.put(b"99", _cached_response(b"x" * 50_000))
    assert len(cache.entries) == 1, "the latest is kept, however large"
    cache.discard(b"99")
    cache.discard(b"99")
    assert len(cache.entries) == 0
    assert cache.bytes_left == 10_000


def _cached_response(body: bytes) -> CachedResponse:
    session = make_hub().get_or_create("default", START)
    read = PlainRequestParser().parse(RAW_LIST)
    assert read is not None
    reply = session.answer("phaseo", read.request, "", START)
    reply = reply._replace(response=reply.response._replace(body=body))
    context = session.context("phaseo")
    operation = context.era.operation("list")
    assert operation is not None
    return CachedResponse(
        session=weakref.ref(session),
        row=object(),
        operation=operation,
        script=context.script,
        reply=reply,
        head=b"",
        closes=False,
    )


def test_a_request_at_the_limits_is_a_plain_one():
    more = "".join(f"x{number}: 1\r\n" for number in range(MAX_HEADERS - 2))
    head = f"POST /v1 HTTP/1.1\r\nHost: a\r\nContent-Length: {MAX_PLAIN_BODY_BYTES}\r\n{more}\r\n"
    assert PlainRequestParser().parse(head.encode() + bytes(MAX_PLAIN_BODY_BYTES)) is not None


def test_the_parser_remembers_a_bounded_number_of_header_blocks():
    parser = PlainRequestParser(max_known_blocks=3)
    first = parser.parse(RAW_LIST)
    again = parser.parse(RAW_LIST)
    assert first is not None
    assert again is not None
    assert first.request.headers is again.request.headers
    for number in range(10):
        assert parser.parse(RAW_LIST.replace(b"key", b"key%d" % number)) is not None
    fresh = parser.parse(RAW_LIST)
    assert fresh is not None
    assert fresh.request.headers is not first.request.headers


@pytest.mark.parametrize(
    "odd",
    [
        RAW_LIST.replace(b"GET", b"HEAD"),
        RAW_LIST.replace(b"1.1", b"1.0"),
        RAW_LIST.replace(b"/v1", b"http://x/v1"),
        RAW_LIST.replace(b"Host", b"Content-Length: 0\r\nHost"),
        RAW_LIST.replace(b"Host", b"Expect: 100-continue\r\nHost"),
        RAW_LIST.replace(b"Host", b"Upgrade: h2c\r\nHost"),
        RAW_LIST.replace(b"Host", b"Transfer-Encoding: chunked\r\nHost"),
        RAW_LIST.replace(b"Host", b"Host: a\r\nHost"),
        RAW_LIST.replace(b"Host", b"X: a\r\n b\r\nHost"),
        RAW_LIST.replace(b"Host: fake.test", b"Host: "),
        RAW_LIST.replace(b"Host: fake.test\r\n", b""),
        RAW_LIST.replace(b"key", b"k\xc3\xa9y"),
        RAW_LIST.replace(b"Host", b"Connection: upgrade\r\nHost"),
        RAW_LIST.replace(b" /v1/videos", b" /v1/videos#x"),
        RAW_LIST.replace(b" /v1/videos", b" /v1/" + b"x" * MAX_HEAD_BYTES),
        RAW_LIST + b"x",
        RAW_LIST + RAW_LIST,
        RAW_CREATE + b"x",
        RAW_CREATE[:-1],
        SLOW_CREATE,
        RAW_POST + b"Content-Length: +2\r\n\r\n{}",
        RAW_POST + b"Content-Length: 2, 2\r\n\r\n{}",
        RAW_POST + b"Content-Length: 65537\r\n\r\n" + b" " * 65_537,
        RAW_LIST[:-1],
        RAW_LIST[:40],
        b"GET /v1/videos",
        b"",
    ],
)
def test_requests_that_the_parser_leaves_to_aiohttp(odd):
    assert PlainRequestParser().parse(odd) is None


@pytest.mark.parametrize("turns", range(6))
async def test_a_client_that_disconnects_within_a_body_leaves_no_task(frontend, turns, caplog):
    """This holds at each step of the request."""
    connection = MemoryConnection(frontend)
    connection.tape.protocol.data_received(RAW_CREATE[:-5])
    for _ in range(turns):
        await asyncio.sleep(0)
    await connection.end()
    assert len(asyncio.all_tasks()) == 1
    assert caplog.records == []
