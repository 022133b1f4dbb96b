"""Posting to a receiver: what is sent, to whom, and what comes of it."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from mockserver.core.delivery import DeliveryOutcome
from mockserver.server.webhooks.sender import WebhookSender

BODY = b'{"type": "video.completed"}'


class Names(AbstractResolver):
    """A resolver of the test's own: each name's addresses, one list for each time it is asked."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.answers:
            raise OSError(None, f"{host} is unknown")
        found = self.answers[host]
        addresses = found.pop(0) if len(found) > 1 else found[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in addresses
        ]

    async def close(self) -> None:
        pass


class Receiver:
    """A server that notes what it gets, and answers with bytes."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.got: list[bytes] = []
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self.got.append(head + await reader.readexactly(length))
                if self.answer is None:
                    await reader.read()
                    break
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(answer: bytes | None = b"HTTP/1.1 204 No Content\r\n\r\n") -> AsyncIterator[Receiver]:
    made = Receiver(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


@pytest.fixture
async def post() -> AsyncIterator[Callable[..., object]]:
    posters: list[WebhookSender] = []

    async def call(url, *, poster=None, headers=(), timeout=5.0, **options):
        poster = poster or WebhookSender(**options)
        if poster not in posters:
            posters.append(poster)
        return await poster.post(url, headers=tuple(headers), body=BODY, timeout=timeout)

    yield call
    for poster in posters:
        await poster.close()


def is_refused(outcome: DeliveryOutcome) -> bool:
    return outcome.error.startswith("refused: ")


def answered(status: str, body: bytes = b"", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status.encode(), len(body), headers, body)


async def test_our_headers_and_bytes_and_no_others(post):
    async with receiver() as it:
        headers = (("Content-Type", "application/json"), ("x-phaseo-event-id", "evt_1"), ("User-Agent", "Phaseo/1"))
        outcome = await post(f"http://127.0.0.1:{it.port}/a%2Fb?c=%7E", headers=headers)
        assert outcome == DeliveryOutcome(204)
        head, _, body = it.got[0].partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert first == b"POST /a%2Fb?c=%7E HTTP/1.1"
        assert body == BODY
        assert {line.split(b":")[0].lower() for line in lines} == {
            b"host", b"content-length", b"content-type", b"x-phaseo-event-id", b"user-agent",
        }  # fmt: skip


async def test_a_connection_is_kept_for_the_next(post):
    poster = WebhookSender()
    async with receiver() as it:
        for _ in range(3):
            await post(f"http://127.0.0.1:{it.port}/", poster=poster)
        assert (len(it.got), it.connections) == (3, 1)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_an_answer(post, status):
    async with receiver() as other, receiver(answered(status)) as it:
        it.answer = answered(status, headers=b"Location: http://127.0.0.1:%d/\r\n" % other.port)
        outcome = await post(f"http://127.0.0.1:{it.port}/")
        assert outcome.status == int(status[:3])
        assert other.got == []


@pytest.mark.parametrize(
    ("body", "preview"),
    [(b"", ""), (b"ok", "ok"), (b"x" * 499 + "ü".encode(), "x" * 499 + "ü"), (b"y" * 3_000_000, "y" * 500)],
    ids=["empty", "short", "full", "huge"],
)
async def test_the_beginning_of_an_answer_is_kept(post, body, preview):
    async with receiver(answered("500 Oops", body)) as it:
        outcome = await post(f"http://127.0.0.1:{it.port}/")
        assert (outcome.status, outcome.preview) == (500, preview)


async def test_no_bytes_are_unpacked(post):
    packed = b"\x1f\x8b\x08\x00garbage"
    async with receiver(answered("200 OK", packed, b"Content-Encoding: gzip\r\n")) as it:
        outcome = await post(f"http://127.0.0.1:{it.port}/")
        assert (outcome.status, outcome.preview[-7:]) == (200, "garbage")


async def test_no_answer_in_time(post):
    async with receiver(None) as it:
        outcome = await post(f"http://127.0.0.1:{it.port}/", timeout=0.05)
        assert outcome == DeliveryOutcome(error="no answer within 0.05 s")


async def test_nobody_listens(post):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = await post(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert outcome.status is None
    assert outcome.error.startswith("cannot connect: ")


@pytest.mark.parametrize(
    "answer",
    [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999],
    ids=["no HTTP", "broken off", "endless head"],
)
async def test_an_answer_that_is_none(post, answer):
    async with receiver(answer) as it:
        outcome = await post(f"http://127.0.0.1:{it.port}/", timeout=0.2)
        assert outcome.status is None
        assert 0 < len(outcome.error) <= 500


async def test_a_header_that_would_be_two(post):
    async with receiver() as it:
        outcome = await post(f"http://127.0.0.1:{it.port}/", headers=[("X-A", "b\r\nX-C: d")])
        assert (outcome.status, it.got) == (None, [])
        assert outcome.error.startswith("ValueError")


async def test_who_is_not_allowed_is_not_even_looked_up(post, caplog):
    names, poster = Names(), None
    poster = WebhookSender(lookup=names)
    for _ in range(3):
        outcome = await post("https://hooks.example/in", poster=poster)
        assert outcome.status is None
        assert outcome.error == (
            "refused: hooks.example is not this machine; --allow-webhooks-to hooks.example allows it"
        )
    assert names.asked == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "told once"


async def test_an_address_is_not_looked_up(post):
    assert is_refused(await post("http://10.0.0.1/", lookup=Names()))
    assert is_refused(await post("http://169.254.169.254/", allowed=["169.254.169.254"], lookup=Names()))


@pytest.mark.parametrize("address", ["10.0.0.9", "169.254.169.254", "::ffff:10.0.0.9", "fe80::1%1", "0.0.0.0", "junk"])
async def test_an_allowed_name_that_leads_where_it_must_not(post, address):
    outcome = await post("http://hooks.example/", allowed=["hooks.example"], lookup=Names(hooks_example=[[address]]))
    assert outcome.status is None
    assert is_refused(outcome)
    assert address.removeprefix("::ffff:") in outcome.error


async def test_an_allowed_name_that_leads_to_this_machine(post):
    names = Names(hooks_example=[["169.254.169.254", "127.0.0.1"]])
    async with receiver() as it:
        outcome = await post(f"http://hooks.example:{it.port}/", allowed=["Hooks.Example"], lookup=names)
        assert outcome.status == 204
        assert b"hooks.example" in it.got[0]


async def test_a_name_is_looked_up_once_for_a_connection(post):
    """Whoever answers differently the second time is not asked a second time."""
    names = Names(hooks_example=[["127.0.0.1"], ["169.254.169.254"]])
    async with receiver(answered("200 OK", headers=b"Connection: close\r\n")) as it:
        poster = WebhookSender(["hooks.example"], names)
        assert (await post(f"http://hooks.example:{it.port}/", poster=poster)).status == 200
        assert names.asked == ["hooks.example"]
        again = await post(f"http://hooks.example:{it.port}/", poster=poster)
        assert is_refused(again)
        assert (len(it.got), len(names.asked)) == (1, 2)


async def test_a_new_connection_looks_the_name_up_again(post):
    names = Names(hooks_example=[["127.0.0.1"]])
    poster = WebhookSender(["hooks.example"], names)
    async with receiver(answered("200 OK", headers=b"Connection: close\r\n")) as it:
        for _ in range(3):
            await post(f"http://hooks.example:{it.port}/", poster=poster)
    assert len(names.asked) == 3


async def test_localhost_leads_to_this_machine_or_nowhere(post):
    names = Names(localhost=[["93.184.216.34"]])
    assert is_refused(await post("http://localhost/", allowed=["localhost"], lookup=names))


async def test_a_name_that_nobody_knows(post):
    outcome = await post("http://hooks.example/", allowed=["hooks.example"], lookup=Names())
    assert outcome.status is None
    assert not is_refused(outcome)
    assert "hooks.example is unknown" in outcome.error


async def test_a_name_without_an_address(post):
    outcome = await post("http://hooks.example/", allowed=["hooks.example"], lookup=Names(hooks_example=[[]]))
    assert outcome.error == "refused: hooks.example has no address"


async def test_no_proxy_of_the_environment_is_asked(post, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with receiver() as it:
        assert (await post(f"http://127.0.0.1:{it.port}/")).status == 204


async def test_cookies_are_not_kept(post):
    poster = WebhookSender(["hooks.example"], Names(hooks_example=[["127.0.0.1"]]))
    async with receiver(answered("200 OK", headers=b"Set-Cookie: a=b\r\n")) as it:
        for _ in range(2):
            await post(f"http://hooks.example:{it.port}/", poster=poster)
        assert b"cookie" not in it.got[1].lower()


async def test_what_is_closed_posts_no_more(post):
    poster = WebhookSender()
    async with receiver() as it:
        assert (await post(f"http://127.0.0.1:{it.port}/", poster=poster)).status == 204
        await poster.close()
        assert await post(f"http://127.0.0.1:{it.port}/", poster=poster) == DeliveryOutcome(error="the server stops")
        assert len(it.got) == 1
