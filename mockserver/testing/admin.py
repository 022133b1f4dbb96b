"""The admin calls of a test: from any of its threads, and refused in the test's own line."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from mockserver.client.admin import AdminClient, in_other_words
from mockserver.client.http import HttpClient
from mockserver.core.instants import SECOND, Duration, Instant
from mockserver.errors import MockError, Problem, refuse
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
_WORDS: Final = (
    (r'"force": true moves', "force=True moves"),
    (r"^GET /__mock/jobs$", "videojob.jobs lists them."),
    (r"GET /__mock/jobs/ID", "videojob.job(ID)"),
    (r"GET /__mock/scenarios", 'videojob.admin("GET", "scenarios")'),
    (r"POST /__mock/clock moves", "videojob.advance moves"),
    (r"(GET|POST|DELETE) /__mock/([\w/-]+) (\{.*?\})", r'videojob.admin("\1", "\2", \3)'),
    (r"(GET|POST|DELETE) /__mock/([\w/-]+)", r'videojob.admin("\1", "\2")'),
)
"""Patterns of what hints of the admin API say, with what a test does; the first that fits a place wins."""


class ConnectionPool:
    """Connections to the server: a call takes an idle one, so that one thread's wait does not stop another's call."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self._token = token
        self._idle: list[tuple[HttpClient, Instant]] = []
        """Each with the instant of its last use."""

    @contextmanager
    def connection(self) -> Iterator[HttpClient]:
        """Provide a connection for the block."""
        try:
            client, last_used = self._idle.pop()
        except IndexError:
            client, last_used = HttpClient(self.url, self._token), wall_clock()
        # The server may be closing a connection that was idle for long, and a POST must not be sent twice.
        if wall_clock() - last_used > MAX_IDLE:
            client.close()
        try:
            yield client
        finally:
            self._idle.append((client, wall_clock()))

    def close(self) -> None:
        """Close all connections."""
        for client, _ in self._idle:
            client.close()


class SessionAdmin:
    """The admin calls of one session. Each raises what that of `AdminClient` raises."""

    def __init__(self, pool: ConnectionPool, session: str) -> None:
        self._pool = pool
        self._session = session

    def get(self, path: str, read: Callable[[Any], T]) -> T:
        """Get `/__mock/PATH`."""
        return self._answer(lambda admin: admin.get(path, read))

    def post(self, path: str, read: Callable[[Any], T], body: Mapping[str, Any] | None = None) -> T:
        """Post a JSON object to `/__mock/PATH`."""
        return self._answer(lambda admin: admin.post(path, read, body))

    def delete(self, path: str, read: Callable[[Any], T]) -> T:
        """Delete `/__mock/PATH`."""
        return self._answer(lambda admin: admin.delete(path, read))

    def _answer(self, call: Callable[[AdminClient], T]) -> T:
        try:
            with self._pool.connection() as client:
                return call(AdminClient(client, self._session))
        except MockError as error:
            problems = error.problems
        # Raised again from here: the frames of the client say nothing about the test.
        if problems[0].code == _UNANSWERED and _in_event_loop():
            raise refuse(_UNANSWERED, problems[0].message, _BLOCKED_LOOP)
        raise MockError(*map(in_words_of_tests, problems))


def in_words_of_tests(problem: Problem) -> Problem:
    """Return a problem of the admin API with its hint in the words of a test."""
    return problem._replace(hint=in_other_words(problem.hint, _WORDS))


def _in_event_loop() -> bool:
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return True
    return False
