"""`mockserver listen`: what it prints about deliveries, what it answers, and how it ends."""

import json
import os
import signal
import socket
from collections.abc import Callable
from threading import Thread
from urllib.parse import urlsplit

import pytest
from phaseo import compute_async_webhook_signature

from mockserver.cli.commands import listen as listen_
from mockserver.core.instants import SECOND, parse_instant
from mockserver.server.webhooks.receiver import receive_forever
from mockserver.vendors.ed25519 import Ed25519Headers
from mockserver.vendors.signatures import SigningKeys, StandardWebhooks, WebhookMessage
from tests.support.http_client import ServerResponse, send_request

SECRET = "whsec_4242424242abcdef"
NOW = parse_instant("2026-08-20T12:00:26Z") or 0
DELIVERY = {
    "id": "evt_1",
    "type": "video.completed",
    "delivery": {"key": "video.completed", "attempt": 2, "max_attempts": 4},
    "data": {"id": "G-1", "status": "completed", "download_url": "http://a.example/v?download_sig=0123456789abcdef"},
}
PROJECT = {"projectId": "65f1a2b3c4d5e6f7a8b9c0d1", "projectType": "clips", "source": "Upload", "status": "completed"}


def post(url: str, body: object, headers: dict[str, str] | None = None, method: str = "POST") -> ServerResponse:
    """Send a delivery to the receiver at `url`."""
    hook = f"http://{urlsplit(url).netloc}/hook"
    return send_request(hook, method, body, {"Content-Type": "application/json", **(headers or {})})


def signed(body: object, secret: str = SECRET, late: int = 0, brand: str = "x-phaseo") -> dict[str, str]:
    stamp = str(NOW // SECOND - late)
    signature = compute_async_webhook_signature(secret, stamp, json.dumps(body).encode())
    if brand == "tl":
        return {"TL-Signature": f"t={stamp},v1={signature}"}
    return {f"{brand}-timestamp": stamp, f"{brand}-signature": signature}


@pytest.fixture
def listen(mockserver, monkeypatch):
    """Run the command, post to it from another thread, and stop it if it still runs."""

    def run(traffic: Callable[[str], object], *arguments: object, number: int = signal.SIGINT):
        answers: list[object] = []
        clients: list[Thread] = []

        def until(receiver, host, port, ready):
            receiver.clock = lambda: NOW

            def go(url: str) -> None:
                try:
                    answers.append(traffic(url))
                finally:
                    if not receiver.max_deliveries:
                        os.kill(os.getpid(), number)

            def begin(url: str) -> None:
                ready(url)
                clients.append(Thread(target=go, args=(url,)))
                clients[-1].start()

            return receive_forever(receiver, host, port, begin)

        monkeypatch.setattr(listen_, "receive_forever", until)
        result = mockserver("listen", "--port", 0, *arguments)
        for client in clients:
            client.join()
        return result, answers

    return run


def test_a_delivery_is_printed(listen):
    result, answers = listen(lambda url: post(url, DELIVERY, signed(DELIVERY)), "--secret", SECRET, "--once")
    (answer,) = answers
    assert answer.status == 200
    assert answer.body == b""
    assert result.code == 0
    greeting, _, block = result.out.partition("\n\n")
    assert greeting.splitlines()[1:] == ["signatures verified with the secret", "stop       Ctrl-C"]
    assert block.splitlines()[:5] == [
        "2026-08-20T12:00:26.000Z  phaseo video.completed",
        "    job        G-1",
        "    attempt    2",
        "    signature  ok",
        "    answered   200",
    ]
    assert block.splitlines()[5].startswith('    body       {"id": "evt_1", "type": "video.completed"')


@pytest.mark.parametrize(
    ("headers", "word", "code"),
    [
        (signed(DELIVERY), "ok", 0),
        (signed(DELIVERY, brand="x-ai-stats"), "ok", 0),
        (signed(DELIVERY, late=299), "ok", 0),
        (signed(DELIVERY, late=400), "skewed", 1),
        (signed(DELIVERY, late=-400), "skewed", 1),
        (signed(DELIVERY, secret="another"), "wrong", 1),
        (signed({}), "wrong", 1),
        ({}, "unsigned", 1),
    ],
)
def test_a_signature_is_judged(listen, headers, word, code):
    result, _ = listen(lambda url: post(url, DELIVERY, headers), "--secret", SECRET, "--once")
    means = ": correct, but its time is not this machine's; an endpoint with `stamp: wall` signs with this machine's"
    assert f"    signature  {word}{means if word == 'skewed' else ''}\n" in result.out
    assert result.code == code
    assert result.err == ("1 of 1 signatures were not valid\n" if code else "")


@pytest.mark.parametrize(("headers", "word"), [(signed(DELIVERY), "not checked"), ({}, "unsigned")])
def test_without_a_secret_signatures_are_not_checked(listen, headers, word):
    result, _ = listen(lambda url: post(url, DELIVERY, headers), "--once")
    assert result.code == 0
    assert f"    signature  {word}\n" in result.out
    assert "signatures not verified; --secret S or --jwks URL verifies them" in result.out


def test_standard_webhooks_of_an_unknown_sender_are_verified_with_the_secret(listen):
    message = WebhookMessage("msg_1", str(NOW // SECOND), b'{"a": 1}')
    headers = dict(StandardWebhooks().sign(message, SigningKeys(("whsec_bmV3",), "")))
    result, _ = listen(lambda url: post(url, {"a": 1}, headers), "--secret", "whsec_bmV3", "--once")
    assert "unknown sender, no event" in result.out
    assert "    signature  ok\n" in result.out
    assert result.code == 0


def test_a_key_set_verifies_and_is_read_before_anything_is_received(listen, mockserver, tmp_path):
    keys = tmp_path / "jwks.json"
    keys.write_text(json.dumps(Ed25519Headers("x").key_set(SigningKeys(("s",), "seed"))))
    result, _ = listen(lambda url: post(url, DELIVERY, signed(DELIVERY)), "--jwks", keys, "--once")
    assert "signatures verified with the key set\n" in result.out
    assert "    signature  not checked\n" in result.out
    both, _ = listen(lambda url: post(url, DELIVERY), "--jwks", keys, "--secret", SECRET, "--once")
    assert "signatures verified with the secret and the key set\n" in both.out
    assert both.code == 1
    keys.write_text("{}")
    refused = mockserver("listen", "--port", 0, "--jwks", keys)
    assert "RUN012" in refused.err
    assert refused.code == 2


@pytest.mark.parametrize(
    ("body", "headers", "head", "word"),
    [
        ({"type": "analyze.task.ready", "data": {"id": "65"}}, "tl", "twelvelabs analyze.task.ready", "ok"),
        (PROJECT, "", "reap completed", "unsigned, as always"),
        ({"type": "video.failed", "data": {"id": "G-2"}}, "", "phaseo video.failed", "unsigned"),
        ({"type": "index.task.ready", "data": {"id": "65"}}, "tl", "twelvelabs index.task.ready", "ok"),
        ([1, 2], "", "unknown sender, no event", "unsigned"),
        (b"\xff\xfe no JSON", "", "unknown sender, no event", "unsigned"),
        (
            {"type": 7, "data": "x", "delivery": {"attempt": "2"}},
            "",
            "unknown sender, no event",
            "unsigned",
        ),
    ],
)
def test_the_vendor_and_the_event_are_detected(listen, body, headers, head, word):
    worn = signed(body, brand=headers) if headers else {}
    result, _ = listen(lambda url: post(url, body, worn), "--secret", SECRET, "--once")
    block = result.out.partition("\n\n")[2].splitlines()
    assert block[0] == f"2026-08-20T12:00:26.000Z  {head}"
    assert f"    signature  {word}" in block
    assert not any("attempt" in row for row in block[:4])


def test_the_vendor_option_overrides_detection(listen):
    result, _ = listen(lambda url: post(url, {"type": "x", "data": {"id": "1"}}), "--vendor", "twelvelabs", "--once")
    assert "  twelvelabs x\n" in result.out


def test_with_json_the_greeting_goes_to_stderr(listen):
    def traffic(url):
        return [post(url, DELIVERY, signed(DELIVERY)), post(url, b"plain")]

    result, _ = listen(traffic, "--secret", SECRET, "--count", 2, "--json")
    first, second = map(json.loads, result.out.splitlines())
    assert result.err.startswith("videojob-mockserver ")
    assert {name: value for name, value in first.items() if name != "body"} == {
        "at": "2026-08-20T12:00:26.000000Z", "vendor": "phaseo", "event": "video.completed", "job": "G-1", "attempt": 2,
        "signature": "ok", "path": "/hook", "answered": 200,
    }  # fmt: skip
    assert first["body"]["data"]["id"] == "G-1"
    assert second["body"] == "plain"
    assert second["vendor"] == ""
    assert second["attempt"] is None


def test_no_secret_is_printed(listen):
    body = {**DELIVERY, "secret": "hunter2hunter2", "echo": f"it is {SECRET}"}
    headers = {**signed(body), "Authorization": "Bearer sk-live-123456"}
    for form in ((), ("--json",)):
        result, _ = listen(lambda url: post(url, body, headers), "--secret", SECRET, "--once", *form)
        message = result.out + result.err
        for secret in (SECRET, "hunter2hunter2", "sk-live-123456", "0123456789abcdef", headers["x-phaseo-signature"]):
            assert secret not in message
        assert "redacted" in message


def test_statuses_are_answered_in_turn(listen):
    result, answers = listen(
        lambda url: [post(url, DELIVERY).status for _ in range(4)], "--status", "500, 503,204", "--count", 4
    )
    assert answers == [[500, 503, 204, 200]]
    assert [row.split()[1] for row in result.out.splitlines() if "answered" in row] == ["500", "503", "204", "200"]


def test_an_answer_can_be_slow(listen):
    result, answers = listen(lambda url: post(url, DELIVERY), "--slow", "1ms", "--once")
    assert result.code == 0
    (answer,) = answers
    assert answer.status == 200
    assert answer.body == b""


def test_requests_that_are_no_deliveries_are_refused_and_not_printed(listen):
    def traffic(url):
        return [post(url, b"", method="GET").status, post(url, b"x" * 1_000_001).status, post(url, DELIVERY).status]

    result, answers = listen(traffic, "--once")
    assert answers == [[405, 413, 200]]
    assert result.out.count("answered") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_the_signal_decides_the_exit_code(listen, number, code):
    result, _ = listen(lambda url: post(url, DELIVERY), number=number)
    assert result.code == code
    assert result.out.count("answered") == 1


def test_a_long_body_is_cut(listen):
    result, _ = listen(lambda url: post(url, {"type": "video.failed", "text": "x " * 5_000}), "--once")
    body = result.out.splitlines()[-1].removeprefix("    body       ")
    assert len(body) == 300
    assert body.endswith(" ...")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--status", "500,oops"], "--status: 'oops' is not a status from 200 to 599"),
        (["--status", "100"], "--status: '100' is not a status"),
        (["--status", "500,"], "--status: '' is not a status"),
        (["--slow", "5"], "CLI006 --slow: '5' has no unit"),
        (["--once", "--count", "2"], "--once and --count 2 contradict each other"),
        (["--vendor", "phaso"], "VEN001"),
    ],
)
def test_an_unusable_argument_is_2(mockserver, words, message):
    result = mockserver("listen", "--port", "0", *words)
    assert result.code == 2
    assert result.out == ""
    assert message in result.err


def test_a_port_in_use_is_2(mockserver):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = mockserver("listen", "--port", taken.getsockname()[1])
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("SRV004")


def test_control_characters_of_a_delivery_are_escaped(listen):
    result, _ = listen(lambda url: post(url, {"type": "a\nb\x1b[2J", "data": {"id": "\x1b]0;x\x07"}}), "--once")
    assert not {"\x1b", "\x07"} & set(result.out)
    assert " a\\nb\\x1b[2J\n    job        \\x1b]0;x\\x07\n" in result.out


@pytest.mark.parametrize(
    "headers",
    [
        {"x-phaseo-timestamp": "1", "x-phaseo-signature": b"sha256=\xff"},
        {"x-phaseo-timestamp": b"\xff", "x-phaseo-signature": "aa"},
        {"TL-Signature": b"t=1,v1=\xff"},
        {"Content-Encoding": "gzip"},
    ],
)
def test_malformed_headers_are_answered_without_a_traceback(listen, headers, caplog):
    """The next delivery is answered as well."""
    result, answers = listen(
        lambda url: (post(url, DELIVERY, headers).status, post(url, DELIVERY, signed(DELIVERY)).status),
        "--secret",
        SECRET,
    )
    assert answers == [(200, 200)]
    assert result.out.splitlines()[-3] == "    signature  ok"
    assert caplog.records == []


def test_a_sender_that_disconnects_is_not_logged(listen, caplog):
    def traffic(url):
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname, parts.port)) as half:
            half.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nab")
        return post(url, DELIVERY).status

    result, answers = listen(traffic)
    assert answers == [200]
    assert result.out.count("answered") == 1
    assert caplog.records == []
