"""HTTP as a client sends it, one request at a time on a kept-alive connection."""

from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ssl import SSLCertVerificationError, SSLError
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mockserver.core.codings import decoded
from mockserver.core.wire import Request, Response
from mockserver.errors import refuse

TIMEOUT: Final = 60.0
"""Seconds without a byte after which a request is given up."""
MIN_TIMEOUT: Final = 5.0
"""Seconds that every request gets, even if the time of the play is nearly over."""
NO_ANSWER_TIMEOUT: Final = 1.0
"""Seconds to wait for an answer that is expected not to come."""
_METHODS_WITH_BODY: Final = ("POST", "PUT", "PATCH")


class HttpClient:
    """A kept-alive connection; one request at a time. Raises `MockError` (RUN001) for what is no base URL."""

    def __init__(self, base_url: str, token: str = "", seconds_left: Callable[[], float] = lambda: TIMEOUT) -> None:
        parts = split_base_url(base_url)
        connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = connection_class(parts.hostname or "", parts.port, timeout=TIMEOUT)
        self._prefix = parts.path.rstrip("/")
        self._reused = False
        self.token = token
        """The admin token; empty if the server needs none."""
        self.admin_headers = {"authorization": f"Bearer {token}"} if token else {}
        """The headers that authorize an admin call."""
        self.base_url = base_url
        self._seconds_left = seconds_left
        """Seconds until the caller's time is over."""

    def send(self, request: Request, extra: Mapping[str, str] | None = None) -> Response:
        """Send a request and return its answer. Raises `Unreachable`.

        The server may have closed a kept-alive connection: a GET or HEAD is then repeated once on a new one.
        """
        may_repeat = self._reused and request.method in ("GET", "HEAD")
        timeout = min(TIMEOUT, max(MIN_TIMEOUT, self._seconds_left()))
        self._connection.timeout = timeout
        # An open socket keeps the timeout that it was connected with.
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout)
        try:
            return self._exchange(request, extra or {})
        except (OSError, HTTPException) as error:
            self._connection.close()
            if not may_repeat:
                raise Unreachable(self.base_url, self._failure_reason(error)) from None
        self._reused = False
        return self.send(request, extra)

    def send_once(self, request: Request, extra: Mapping[str, str], timeout: float = TIMEOUT) -> Response | None:
        """Send a request on a connection of its own, never repeated; return None if the answer is lost.

        `timeout`: seconds without a byte after which the answer counts as lost. Raises `Unreachable` if the server
        does not accept a connection.
        """
        self.close()
        self._connection.timeout = timeout
        try:
            self._connection.connect()
        except OSError as error:
            raise Unreachable(self.base_url, self._failure_reason(error)) from None
        try:
            return self._exchange(request, extra)
        except (OSError, HTTPException):
            return None
        finally:
            self._connection.timeout = TIMEOUT
            self.close()

    def _exchange(self, request: Request, extra: Mapping[str, str]) -> Response:
        target = self._prefix + request.path
        if request.query:
            target += f"?{request.query}"
        body: bytes | None = request.body
        if not body and request.method not in _METHODS_WITH_BODY:
            body = None  # http.client would send `Content-Length: 0` for an empty one
        self._connection.request(request.method, target, body, {**request.headers, **extra})
        answer = self._connection.getresponse()
        response = Response(answer.status, tuple(answer.getheaders()), answer.read())
        self._reused = True
        return decoded(response)

    def _failure_reason(self, error: Exception) -> str:
        if isinstance(error, TimeoutError):
            return f"no answer within {self._connection.timeout:g} s"
        if isinstance(error, SSLCertVerificationError):
            return f"its certificate is not trusted: {error.verify_message}; set SSL_CERT_FILE to your authorities"
        if isinstance(error, SSLError):
            return "the server there does not speak TLS; is it an http URL?"
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
        return str(error) or type(error).__name__

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._reused = False
        self._connection.close()


def split_base_url(base_url: str) -> SplitResult:
    """Return the parts of an http(s) URL with a host. Raises `MockError` RUN001 for anything else."""
    hint = "Write it like http://127.0.0.1:4810 or https://api.example.com."
    invalid = refuse("RUN001", f"{base_url!r} is not a base URL", hint)
    try:
        parts = urlsplit(base_url)
        # Reading the port checks it.
        has_port_zero = parts.port == 0
    except ValueError:
        raise invalid from None
    if has_port_zero or parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise invalid
    if parts.username is not None:
        raise refuse("RUN001", "a base URL contains no user and no password", "Pass the API key as a header.")
    return parts


class Unreachable(Exception):  # noqa: N818 -- it names a state of the world, not a mistake
    """No server answers at the base URL, or not a usable one."""

    def __init__(self, base_url: str, reason: str) -> None:
        super().__init__(f"{base_url} cannot be reached: {reason}")
