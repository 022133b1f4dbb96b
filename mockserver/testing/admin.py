"""The admin calls of a test: from any of its threads, and refused in the test's own line."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, Final, TypeVar

from mockserver.client.admin import AdminClient
from mockserver.client.http import HttpClient
from mockserver.core.wire import Request
from mockserver.errors import MockError, refuse

__tracebackhide__ = True  # a refused call is shown at the line of the test that made it

T = TypeVar("T")
_UNANSWERED: Final = "ADM042"
"""The code of a move of the clock that receivers without an answer have stopped."""
_BLOCKED_LOOP: Final = (
    "this call blocks the event loop in which your receiver runs; await asyncio.to_thread(videojob.advance, ...)"
)


class SessionAdmin(AdminClient):
    """The admin calls of one session, on one connection that the threads of a test share."""

    def __init__(self, client: HttpClient, session: str) -> None:
        super().__init__(client, session)
        self._lock = Lock()

    def call(self, request: Request, read: Callable[[Any], T]) -> T:
        """Send a request for this session. Raises `MockError` and what else `call_admin` raises."""
        try:
            with self._lock:
                return super().call(request, read)
        except MockError as error:
            problems = error.problems
        if problems[0].code == _UNANSWERED and _in_event_loop():
            raise refuse(_UNANSWERED, problems[0].message, _BLOCKED_LOOP)
        raise MockError(*problems)


def _in_event_loop() -> bool:
    with suppress(RuntimeError):
        asyncio.get_running_loop()
        return True
    return False
