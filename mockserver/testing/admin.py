"""The admin calls of a test: from any of its threads, and refused in the test's own line."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from typing import Any, Final, TypeVar

from mockserver.client.admin import AdminClient
from mockserver.client.http import HttpClient
from mockserver.core.instants import SECOND, Duration
from mockserver.errors import MockError, refuse
from mockserver.server.clock import wall_clock

__tracebackhide__ = True  # a refused call is shown at the line of the test that made it

T = TypeVar("T")
MAX_IDLE: Final[Duration] = 5 * SECOND
"""How long a connection may be idle before it is replaced."""
_UNANSWERED: Final = "ADM042"
"""The code of a move of the clock that receivers without an answer have stopped."""
_BLOCKED_LOOP: Final = (
    "this call blocks the event loop in which your receiver runs; await asyncio.to_thread(videojob.advance, ...)"
)


class SharedConnection:
    """One connection to the server, for all sessions and threads of a process."""

    def __init__(self, url: str, token: str = "") -> None:
        self.client = HttpClient(url, token)
        self._lock = Lock()
        self._last_used = wall_clock()

    @contextmanager
    def use(self) -> Iterator[None]:
        """Keep other threads from the connection within the block."""
        with self._lock:
            now = wall_clock()
            # The server may be closing a connection that was idle for long, and a POST must not be sent twice.
            if now - self._last_used > MAX_IDLE:
                self.client.close()
            self._last_used = now
            yield

    def close(self) -> None:
        """Close the connection."""
        self.client.close()


class SessionAdmin:
    """The admin calls of one session. Each raises what that of `AdminClient` raises."""

    def __init__(self, connection: SharedConnection, session: str) -> None:
        self._client = AdminClient(connection.client, session)
        self._connection = connection

    def get(self, path: str, read: Callable[[Any], T], query: Mapping[str, str] | None = None) -> T:
        """Get `/__mock/PATH`."""
        return self._answer(partial(self._client.get, path, read, query))

    def post(self, path: str, read: Callable[[Any], T], body: Mapping[str, Any] | None = None) -> T:
        """Post a JSON object to `/__mock/PATH`."""
        return self._answer(partial(self._client.post, path, read, body))

    def delete(self, path: str, read: Callable[[Any], T]) -> T:
        """Delete `/__mock/PATH`."""
        return self._answer(partial(self._client.delete, path, read))

    def _answer(self, call: Callable[[], T]) -> T:
        try:
            with self._connection.use():
                return call()
        except MockError as error:
            problems = error.problems
        # Raised again from here: the frames of the client say nothing about the test.
        if problems[0].code == _UNANSWERED and _in_event_loop():
            raise refuse(_UNANSWERED, problems[0].message, _BLOCKED_LOOP)
        raise MockError(*problems)


def _in_event_loop() -> bool:
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return True
    return False
