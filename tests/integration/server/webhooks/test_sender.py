"""Posting to a receiver: requests, destinations and outcomes."""

import asyncio
import logging
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from mockserver.core.delivery import DeliveryOutcome
from mockserver.server.webhooks.allowlist import Allowlist
from mockserver.server.webhooks.sender import WebhookSender
from tests.support.certificates import make_authority, server_tls_context

BODY = b'{"type": "video.completed"}'


class FakeResolver(AbstractResolver):
    """A resolver with fixed addresses for each name; a name may have one list for each lookup."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): list(found) for name, found in answers.items()}
        self.looked_up: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        self.looked_up.append(host)
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


class RecordingReceiver:
    """A server that records its requests and answers with fixed bytes."""

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
                if not self.answer:
                    break
                writer.write(self.answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(
    answer: bytes | None = b"HTTP/1.1 204 No Content\r\n\r\n", tls: ssl.SSLContext | None = None
) -> AsyncIterator[RecordingReceiver]:
    running = RecordingReceiver(answer)
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, ssl=tls)
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running


@pytest.fixture
async def post() -> AsyncIterator[Callable[..., object]]:
    senders: list[WebhookSender] = []

    async def call(url, *, sender=None, headers=(), timeout=5.0, allowed=(), lookup=None):
        sender = sender or WebhookSender(Allowlist(allowed), lookup)
        if sender not in senders:
            senders.append(sender)
        return await sender.post(url, headers=tuple(headers), body=BODY, timeout=timeout)

    yield call
    for sender in senders:
        await sender.close()


def is_refused(outcome: DeliveryOutcome) -> bool:
    return outcome.error.startswith("refused: ")


def http_response(status: str, body: bytes = b"", headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status.encode(), len(body), headers, body)


async def test_exactly_the_given_headers_and_bytes_are_sent(post):
    async with receiver() as target:
        headers = (("Content-Type", "application/json"), ("x-phaseo-event-id", "evt_1"), ("User-Agent", "Phaseo/1"))
        outcome = await post(f"http://127.0.0.1:{target.port}/a%2Fb?c=%7E", headers=headers)
        assert outcome == DeliveryOutcome(204)
        head, _, body = target.got[0].partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert first == b"POST /a%2Fb?c=%7E HTTP/1.1"
        assert body == BODY
        assert {line.split(b":")[0].lower() for line in lines} == {
            b"host", b"content-length", b"content-type", b"x-phaseo-event-id", b"user-agent",
        }  # fmt: skip


async def test_a_connection_is_kept_for_the_next(post):
    sender = WebhookSender(Allowlist())
    async with receiver() as target:
        for _ in range(3):
            await post(f"http://127.0.0.1:{target.port}/", sender=sender)
        assert len(target.got) == 3
        assert target.connections == 1


async def test_a_delivery_that_waits_for_others_loses_none_of_its_time(post):
    sender = WebhookSender(Allowlist(), max_connections=1)
    async with receiver(None) as silent, receiver() as target:
        first = asyncio.create_task(post(f"http://127.0.0.1:{silent.port}/", sender=sender, timeout=0.3))
        await asyncio.sleep(0)
        # Its own time would be over before its turn.
        outcome = await post(f"http://127.0.0.1:{target.port}/", sender=sender, timeout=0.2)
        assert first.done()
        assert (await first).error == "no answer within 0.3 s"
        assert outcome == DeliveryOutcome(204)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_an_outcome_and_not_followed(post, status):
    async with receiver() as other, receiver(http_response(status)) as target:
        target.answer = http_response(status, headers=b"Location: http://127.0.0.1:%d/\r\n" % other.port)
        outcome = await post(f"http://127.0.0.1:{target.port}/")
        assert outcome.status == int(status[:3])
        assert other.got == []


@pytest.mark.parametrize(
    ("body", "preview"),
    [(b"", ""), (b"ok", "ok"), (b"x" * 499 + "ü".encode(), "x" * 499 + "ü"), (b"y" * 3_000_000, "y" * 500)],
    ids=["empty", "short", "full", "huge"],
)
async def test_the_beginning_of_an_answer_is_the_preview(post, body, preview):
    async with receiver(http_response("500 Oops", body)) as target:
        outcome = await post(f"http://127.0.0.1:{target.port}/")
        assert outcome.status == 500
        assert outcome.preview == preview


async def test_nothing_is_decompressed(post):
    packed = b"\x1f\x8b\x08\x00garbage"
    async with receiver(http_response("200 OK", packed, b"Content-Encoding: gzip\r\n")) as target:
        outcome = await post(f"http://127.0.0.1:{target.port}/")
        assert outcome.status == 200
        assert outcome.preview.endswith("garbage")


async def test_a_missing_answer_is_a_timeout(post):
    async with receiver(None) as target:
        outcome = await post(f"http://127.0.0.1:{target.port}/", timeout=0.05)
        assert outcome == DeliveryOutcome(error="no answer within 0.05 s")


async def test_a_port_without_a_listener_is_an_error(post):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        outcome = await post(f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert outcome.status is None
    assert outcome.error.startswith("cannot connect: ")


async def test_a_certificate_that_is_not_trusted_says_how_to_trust_it(post, tmp_path):
    authority = make_authority(tmp_path)
    tls = server_tls_context(authority)
    async with receiver(tls=tls) as target:
        outcome = await post(f"https://localhost:{target.port}/")
        assert outcome.error.startswith("cannot connect: ")
        assert outcome.error.endswith(
            "; `mockserver serve --ca FILE` trusts the authority of the receiver's certificate"
        )
        trusting = WebhookSender(Allowlist(), tls=ssl.create_default_context(cafile=authority))
        assert await post(f"https://localhost:{target.port}/", sender=trusting) == DeliveryOutcome(204)
        misnamed = await post(f"https://127.0.0.1:{target.port}/", sender=trusting)
        assert "127.0.0.1" in misnamed.error
        assert "--ca" not in misnamed.error


async def test_a_receiver_that_closes_the_connection_gives_no_answer(post):
    async with receiver(b"") as target:
        outcome = await post(f"http://127.0.0.1:{target.port}/")
        assert outcome == DeliveryOutcome(error="the receiver closed the connection without an answer")


@pytest.mark.parametrize(
    "answer",
    [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999],
    ids=["no HTTP", "broken off", "endless head"],
)
async def test_an_answer_without_valid_http_is_an_error(post, answer):
    async with receiver(answer) as target:
        outcome = await post(f"http://127.0.0.1:{target.port}/", timeout=0.2)
        assert outcome.status is None
        assert 0 < len(outcome.error) <= 500


async def test_a_header_with_a_line_break_is_refused(post):
    async with receiver() as target:
        outcome = await post(f"http://127.0.0.1:{target.port}/", headers=[("X-A", "b\r\nX-C: d")])
        assert outcome.status is None
        assert target.got == []
        assert outcome.error.startswith("ValueError")


async def test_a_forbidden_name_is_not_looked_up(post, caplog):
    resolver = FakeResolver()
    sender = WebhookSender(Allowlist(), resolver)
    for _ in range(3):
        outcome = await post("https://hooks.example/in", sender=sender)
        assert outcome.status is None
        assert outcome.error == (
            "refused: hooks.example is not this machine; `mockserver serve --allow-webhooks-to hooks.example` allows it"
        )
    assert resolver.looked_up == []
    assert [record.levelno for record in caplog.records] == [logging.WARNING], "logged once"


async def test_an_address_is_not_looked_up(post):
    assert is_refused(await post("http://10.0.0.1/", lookup=FakeResolver()))
    assert is_refused(await post("http://169.254.169.254/", allowed=["169.254.169.254"], lookup=FakeResolver()))


@pytest.mark.parametrize("address", ["10.0.0.9", "169.254.169.254", "::ffff:10.0.0.9", "fe80::1%1", "0.0.0.0", "junk"])
async def test_an_allowed_name_with_a_forbidden_address_is_refused(post, address):
    resolver = FakeResolver(hooks_example=[[address]])
    outcome = await post("http://hooks.example/", allowed=["hooks.example"], lookup=resolver)
    assert outcome.status is None
    assert is_refused(outcome)
    assert address.removeprefix("::ffff:") in outcome.error


async def test_an_allowed_name_of_this_machine_is_accepted(post):
    resolver = FakeResolver(hooks_example=[["169.254.169.254", "127.0.0.1"]])
    async with receiver() as target:
        outcome = await post(f"http://hooks.example:{target.port}/", allowed=["Hooks.Example"], lookup=resolver)
        assert outcome.status == 204
        assert b"hooks.example" in target.got[0]


async def test_a_name_is_looked_up_once_for_a_connection(post):
    """A resolver that would give another address the second time gets no second lookup."""
    resolver = FakeResolver(hooks_example=[["127.0.0.1"], ["169.254.169.254"]])
    async with receiver(http_response("200 OK", headers=b"Connection: close\r\n")) as target:
        sender = WebhookSender(Allowlist(["hooks.example"]), resolver)
        assert (await post(f"http://hooks.example:{target.port}/", sender=sender)).status == 200
        assert resolver.looked_up == ["hooks.example"]
        second = await post(f"http://hooks.example:{target.port}/", sender=sender)
        assert is_refused(second)
        assert len(target.got) == 1
        assert len(resolver.looked_up) == 2


async def test_a_new_connection_looks_the_name_up_again(post):
    resolver = FakeResolver(hooks_example=[["127.0.0.1"]])
    sender = WebhookSender(Allowlist(["hooks.example"]), resolver)
    async with receiver(http_response("200 OK", headers=b"Connection: close\r\n")) as target:
        for _ in range(3):
            await post(f"http://hooks.example:{target.port}/", sender=sender)
    assert len(resolver.looked_up) == 3


async def test_localhost_must_resolve_to_this_machine(post):
    resolver = FakeResolver(localhost=[["93.184.216.34"]])
    assert is_refused(await post("http://localhost/", allowed=["localhost"], lookup=resolver))


async def test_an_unknown_name_is_an_error(post):
    outcome = await post("http://hooks.example/", allowed=["hooks.example"], lookup=FakeResolver())
    assert outcome.status is None
    assert not is_refused(outcome)
    assert "hooks.example is unknown" in outcome.error


async def test_a_name_without_an_address_is_an_error(post):
    outcome = await post("http://hooks.example/", allowed=["hooks.example"], lookup=FakeResolver(hooks_example=[[]]))
    assert outcome.error == "refused: hooks.example has no address"


async def test_no_proxy_of_the_environment_is_used(post, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with receiver() as target:
        assert (await post(f"http://127.0.0.1:{target.port}/")).status == 204


async def test_cookies_are_not_kept(post):
    sender = WebhookSender(Allowlist(["hooks.example"]), FakeResolver(hooks_example=[["127.0.0.1"]]))
    async with receiver(http_response("200 OK", headers=b"Set-Cookie: a=b\r\n")) as target:
        for _ in range(2):
            await post(f"http://hooks.example:{target.port}/", sender=sender)
        assert b"cookie" not in target.got[1].lower()


async def test_a_closed_sender_sends_nothing(post):
    sender = WebhookSender(Allowlist())
    async with receiver() as target:
        assert (await post(f"http://127.0.0.1:{target.port}/", sender=sender)).status == 204
        await sender.close()
        outcome = await post(f"http://127.0.0.1:{target.port}/", sender=sender)
        assert outcome == DeliveryOutcome(error="the server stops")
        assert len(target.got) == 1
