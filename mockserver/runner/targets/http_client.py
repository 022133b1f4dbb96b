"""HTTP as a client sends it: one kept-alive connection, one request at a time; and what tells a server of ours."""

import json
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLCertVerificationError
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.core.wire import Request, Response
from mockserver.errors import refuse

TIMEOUT: Final = 60.0
"""Seconds in which nothing comes, after which nobody waits for an answer."""
MIN_TIMEOUT: Final = 5.0
"""Seconds that every request is given, also where the time is nearly over."""


class HttpClient:
    """A kept-alive connection; one request at a time."""

    def __init__(self, base_url: str, token: str = "", seconds_left: Callable[[], float] = lambda: TIMEOUT) -> None:
        self._connection = _make_connection(base_url)
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._reused = False
        self.token = token
        """The admin API's, where the server wants one."""
        self.base_url = base_url
        self._seconds_left = seconds_left
        """Seconds until nobody waits any more."""

    def send(self, request: Request, extra_headers: Mapping[str, str] | None = None) -> Response:
        """One exchange; where nobody answers, `Unreachable` (exit 3).

        A kept-alive connection may have been closed meanwhile: then what can be asked twice is asked again.
        """
        again = self._reused and request.method in ("GET", "HEAD")
        self._set_timeout(min(TIMEOUT, max(MIN_TIMEOUT, self._seconds_left())))
        try:
            return self._exchange(request, extra_headers or {})
        except (OSError, HTTPException) as error:
            self._connection.close()
            if not again:
                raise Unreachable(self.base_url, self._failure_reason(error)) from None
        self._reused = False
        return self.send(request, extra_headers)

    def send_once(
        self, request: Request, extra_headers: Mapping[str, str], timeout: float = TIMEOUT
    ) -> Response | None:
        """One exchange on a connection of its own, never repeated; None where the answer is lost on its way.

        `wait` is how many seconds nothing may come. Where nobody listens it is `Unreachable` all the same.
        """
        self.close()
        self._connection.timeout = timeout
        try:
            self._connection.connect()
        except OSError as error:
            raise Unreachable(self.base_url, self._failure_reason(error)) from None
        try:
            return self._exchange(request, extra_headers)
        except (OSError, HTTPException):
            return None
        finally:
            self._connection.timeout = TIMEOUT
            self.close()

    def _exchange(self, request: Request, extra_headers: Mapping[str, str]) -> Response:
        target = self._prefix + request.path + (f"?{request.query}" if request.query else "")
        body = request.body or (b"" if request.method in ("POST", "PUT", "PATCH") else None)
        self._connection.request(request.method, target, body, {**request.headers, **extra_headers})
        answer = self._connection.getresponse()
        response = Response(answer.status, tuple(answer.getheaders()), answer.read())
        self._reused = True
        return response

    def _set_timeout(self, seconds: float) -> None:
        """Give up where nothing comes for so long."""
        self._connection.timeout = seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(seconds)

    def _failure_reason(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"no answer within {self._connection.timeout:g} s"
        return _error_reason(error)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._reused = False
        self._connection.close()


def _make_connection(base_url: str) -> HTTPConnection:
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise refuse("RUN001", f"{base_url!r} is no base URL", "http://127.0.0.1:4810 or https://api.example.com")
    if parts.username is not None:
        raise refuse("RUN001", "a base URL has no user and no password in it", "APIs take a key, in a header.")
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return make(parts.hostname, port, timeout=TIMEOUT)


def _error_reason(error: Exception) -> str:
    if isinstance(error, SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}; SSL_CERT_FILE names the authorities to trust"
    reason = error.strerror if isinstance(error, OSError) else ""
    return reason or str(error) or type(error).__name__


def call_admin(client: HttpClient, request: Request) -> Any:
    """The decoded answer of an admin call; what the server refuses is a `MockError` with the server's own code."""
    headers = {"authorization": f"Bearer {client.token}"} if client.token else {}
    response = client.send(request, headers)
    body = _parse_json_answer(response.body)
    if not isinstance(body, dict):
        raise Unreachable(client.base_url, "what answers there is no mock server")
    if response.status < 400:
        return body
    if "code" not in body or "detail" not in body:
        raise Unreachable(client.base_url, "what answers there is no mock server")
    raise refuse(str(body["code"]), str(body["detail"]), str(body.get("hint", "")))


def _parse_json_answer(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def is_mock_server(client: HttpClient) -> bool:
    """Whether the server has our admin API, and so a clock that can be moved; a `MockError` where it keeps us out."""
    headers = {"authorization": f"Bearer {client.token}"} if client.token else {}
    body = _parse_json_answer(client.send(Request("GET", "/__mock/version"), headers).body)
    if not isinstance(body, dict):
        return False
    if body.get("code") == "ADM000":
        raise refuse("RUN004", f"{client.base_url} wants its admin token", "MOCKSERVER_ADMIN_TOKEN, or --admin-token")
    return body.get("name") == "videojob-mockserver"


class Unreachable(Exception):  # noqa: N818 -- it names a state of the world, not a mistake
    """Nobody answers at the base URL."""

    def __init__(self, base_url: str, reason: str) -> None:
        super().__init__(f"{base_url} cannot be reached: {reason}")
