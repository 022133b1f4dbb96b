"""The relay before a receiver: what it hands on, what the vendor hears, and what it remembers."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest

from mockserver.trial.relay import Relay, serve_relay

LONG = 20.0


@contextmanager
def receiver(answer) -> Iterator[str]:
    """Run a receiver whose `do_POST` is `answer`; yields its URL."""
    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_POST": answer, "log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/hook?a=1"
        finally:
            server.shutdown()
            thread.join()


def accept(self) -> None:
    """Answer 202 with what arrived."""
    body = self.rfile.read(int(self.headers["Content-Length"]))
    text = f"{self.path} {self.headers['Host']} {self.headers['X-Sign']} {body.decode()}".encode()
    self.send_response(202)
    self.send_header("Content-Length", str(len(text)))
    self.end_headers()
    self.wfile.write(text)


def post(url: str) -> tuple[int, str]:
    """Send a delivery. Raises `http.client.RemoteDisconnected` if there is no answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=LONG)
    try:
        connection.request("POST", f"{parts.path}?{parts.query}", b"{}", {"X-Sign": "abc"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_delivery_and_its_answer_pass_unchanged():
    with receiver(accept) as url:
        relay = Relay(url=url, is_over=lambda: False)
        with serve_relay(relay) as relay_url:
            assert relay_url != url
            assert post(relay_url) == (202, f"/hook?a=1 {urlsplit(url).netloc} abc {{}}")
    (got,) = relay.relayed
    assert got.status == 202
    assert got.body == b"{}"
    assert ("x-sign", "abc") in got.headers
    assert not got.is_lost


def test_answers_are_lost_in_turn():
    with receiver(accept) as url:
        relay = Relay(url=url, is_over=lambda: False)
        relay.lose_answers((500, "timeout"))
        with serve_relay(relay) as relay_url:
            assert post(relay_url) == (500, "")
            with pytest.raises(http.client.RemoteDisconnected):
                post(relay_url)
            assert post(relay_url)[0] == 202
    assert [(each.status, each.is_lost) for each in relay.relayed] == [(202, True), (202, True), (202, False)]


def test_a_receiver_that_takes_too_long_is_given_up():
    answered = Event()
    with receiver(lambda self: answered.wait(LONG)) as url:
        relay = Relay(url=url, is_over=lambda: False, seconds=0.3)
        with serve_relay(relay) as relay_url, pytest.raises(http.client.RemoteDisconnected):
            post(relay_url)
        answered.set()
    assert relay.relayed[0].status is None
    assert relay.relayed[0].problem == "no answer in time"


def test_a_receiver_that_is_gone_is_a_problem():
    with receiver(accept) as url:
        pass
    relay = Relay(url=url, is_over=lambda: False)
    with serve_relay(relay) as relay_url, pytest.raises(http.client.RemoteDisconnected):
        post(relay_url)
    assert relay.relayed[0].problem.startswith("ConnectionRefusedError: ")


def test_nothing_is_handed_on_once_the_time_is_over():
    with receiver(accept) as url:
        relay = Relay(url=url, is_over=lambda: True)
        with serve_relay(relay) as relay_url:
            assert post(relay_url) == (503, "")
    assert relay.relayed == []
