"""A reader of a session's feed: each event as it comes."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class ReadEvent(NamedTuple):
    """One server-sent event."""

    name: str
    id: str
    data: Any


class FeedClient:
    """An open feed."""

    def __init__(self, response: HTTPResponse) -> None:
        self.response = response

    def __iter__(self) -> Iterator[ReadEvent]:
        """Yield events until the server ends the feed."""
        fields: dict[str, str] = {}
        while line := self.response.readline():
            text = line.decode().rstrip("\n")
            if text.startswith(":"):
                continue
            if text:
                name, _, value = text.partition(": ")
                fields[name] = value
            elif fields:
                yield ReadEvent(fields["event"], fields["id"], json.loads(fields["data"]))
                fields = {}

    def next(self, name: str) -> ReadEvent:
        """Return the next event of that name."""
        return next(event for event in self if event.name == name)


@contextmanager
def open_feed(
    url: str, headers: Mapping[str, str | bytes] | None = None, *, path: str = "/__mock/feed"
) -> Iterator[FeedClient]:
    """Read a feed within the block; a read that waits for more than ten seconds fails."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("GET", path, headers=dict(headers or {}))
    response = connection.getresponse()
    assert response.status == 200, response.read()
    try:
        yield FeedClient(response)
    finally:
        response.close()
        connection.close()
