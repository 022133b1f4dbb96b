"""One HTTP request on a connection of its own."""

import json
from collections.abc import Mapping
from contextlib import closing
from email.message import Message
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Refusal(NamedTuple):
    """Status and code of an error of the mock server itself."""

    status: int
    code: str
    """The code of the problem+json."""


class ServerResponse(NamedTuple):
    """An answer, read to its end."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """Decode the body."""
        return json.loads(self.body)

    @property
    def refusal(self) -> Refusal:
        """Read status and code of an error of the mock server itself."""
        return Refusal(self.status, self.json["code"])


def send_request(
    url: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None
) -> ServerResponse:
    """Send a request and read its answer; a body that is not bytes is sent as JSON."""
    parts = urlsplit(url)
    plain = body is None or isinstance(body, bytes)
    data = body if plain else json.dumps(body).encode()
    sent = {**({} if plain else {"Content-Type": "application/json"}), **(headers or {})}
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    with closing(HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request(method, target, data, sent)
        answer = connection.getresponse()
        return ServerResponse(answer.status, answer.headers, answer.read())
