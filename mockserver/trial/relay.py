"""The relay before a receiver on trial: hands each delivery on, keeps the receiver's own answer, and may lose it.

A scenario scripts the answers of a receiver, such as a 500 that makes the vendor try again. On trial the receiver is
real: it gets the delivery, and its answer is lost on the way back, as by a proxy that fails. So it meets the retry.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

from mockserver.vendors.webhook_endpoint import RECEIVER_TIMEOUT, ReceiverResponse

RECEIVER_SECONDS: Final = 10.0
"""Seconds of real time that a receiver has for an answer: no vendor waits for less."""
_ANSWER_BYTES: Final = 65_536
_OVER: Final = 503
"""What the vendor hears once the run's time is over."""

NO_ANSWER_IN_TIME: Final = "no answer in time"

Answer = int | str | ReceiverResponse


def lost_answers(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """Return the scripted answers that something between vendor and receiver can give: failures.

    Others, such as a 204, are those of a receiver itself, and a receiver on trial gives its own.
    """
    return tuple(each for each in answers if each == RECEIVER_TIMEOUT or (isinstance(each, int) and each >= 500))


@dataclass(frozen=True, kw_only=True)
class RelayedDelivery:
    """One delivery as the receiver got it, and its own answer."""

    headers: frozenset[tuple[str, str]]
    """Names in lower case."""
    body: bytes
    status: int | None
    """None: it gave no answer."""
    problem: str = ""
    """Why there is no answer."""
    is_lost: bool = False
    """True if the vendor hears another answer, or none."""


@dataclass(kw_only=True)
class Relay:
    """Hands deliveries on to one receiver."""

    url: str
    """Where the receiver listens."""
    is_over: Callable[[], bool]
    """True once the run's time is over: nothing is handed on then."""
    seconds: float = RECEIVER_SECONDS
    """How long the receiver has for an answer."""
    relayed: list[RelayedDelivery] = field(default_factory=list)
    """In the order of the answers."""
    _lost: Iterator[Answer] = field(default_factory=lambda: iter(()))

    def lose_answers(self, answers: Sequence[Answer]) -> None:
        """Let the vendor hear these instead of the receiver's next answers."""
        self._lost = iter(answers)

    def hand_on(self, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> tuple[int, bytes] | None:
        """Hand a delivery on, and return what the vendor hears; None: nothing."""
        if self.is_over():
            return _OVER, b""
        heard = next(self._lost, None)
        answer = self._post(target, headers, body, is_lost=heard is not None)
        if heard is None:
            return answer
        return None if heard == RECEIVER_TIMEOUT else (int(str(heard)), b"")

    def _post(
        self, target: str, headers: Sequence[tuple[str, str]], body: bytes, *, is_lost: bool
    ) -> tuple[int, bytes] | None:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=self.seconds)
        answer, problem = None, ""
        try:
            connection.putrequest("POST", target, skip_host=True, skip_accept_encoding=True)
            for name, value in (("Host", parts.netloc), *headers):
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            answer = response.status, response.read(_ANSWER_BYTES)
        except TimeoutError:
            problem = NO_ANSWER_IN_TIME
        except (OSError, HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        finally:
            connection.close()
        known = frozenset((name.lower(), value) for name, value in headers)
        status = None if answer is None else answer[0]
        self.relayed.append(RelayedDelivery(headers=known, body=body, status=status, problem=problem, is_lost=is_lost))
        return answer


class _RelayHandler(BaseHTTPRequestHandler):
    relay: Relay

    def do_POST(self) -> None:
        """Hand one delivery on."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS]
        heard = self.relay.hand_on(self.path, headers, body)
        # The vendor may have given up meanwhile.
        with suppress(OSError):
            if heard is not None:
                status, answer = heard
                self.send_response_only(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Print nothing: the run's story has the deliveries."""


_OWN_HEADERS: Final = frozenset({"host", "connection"})
"""Headers of the relay's own connection."""


@contextmanager
def serve_relay(relay: Relay) -> Iterator[str]:
    """Serve a relay on a free port within the block; yields its URL, with the path and query of the receiver's."""
    handler = type("_RelayHandlerOfRun", (_RelayHandler,), {"relay": relay})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="trial-relay", daemon=True)
        thread.start()
        try:
            own = f"127.0.0.1:{server.server_address[1]}"
            yield urlsplit(relay.url)._replace(netloc=own).geturl()
        finally:
            server.shutdown()
            thread.join()
