"""An exchange with its place in the order of all sendings and answers, and the fingerprint of its API key."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.oracle.state_machine import NO_ANSWER
from mockserver.contract.rules.answers import ConditionInput, condition_input
from mockserver.core.forms import request_value
from mockserver.core.instants import MILLISECOND
from mockserver.core.wire import Exchange, Request, json_or_none

KEY_HEADERS: Final = ("authorization", "x-api-key")


@dataclass(slots=True)
class PlacedExchange:
    """An exchange of a known operation with its place in the order of all sendings and answers."""

    exchange: Exchange
    begin: SequencePoint
    end: SequencePoint | None
    """None without an answer."""
    operation: str
    status: int
    """`NO_ANSWER` without an answer."""
    data: bytes
    """The answer's body; empty without an answer."""
    body: Any
    """The JSON value in it; None without one."""
    _view: ConditionInput | None = None

    @property
    def view(self) -> ConditionInput:
        """The exchange as conditions read it; built once, when the first condition reads it."""
        if self._view is None:
            self._view = condition_input(self.exchange, self.body, request_value(self.exchange.request))
        return self._view


def place_exchange(
    exchange: Exchange, begin: SequencePoint, end: SequencePoint | None, operation: str
) -> PlacedExchange:
    """Return an exchange of an operation with its place, its body decoded."""
    status, data = NO_ANSWER, b""
    if exchange.response is not None:
        status, data = exchange.response.status, exchange.response.body
    return PlacedExchange(exchange, begin, end, operation, status=status, data=data, body=json_or_none(data))


def sequence_points(exchange: Exchange) -> tuple[SequencePoint, SequencePoint | None]:
    """Return the places of an exchange's sending and answer: by sequence number if it has one, else by time.

    A sending is even and an answer odd, so the two never share a place. Times are trusted to a millisecond: an answer
    and a sending that are closer may have crossed, so the answer is placed after the sending.
    """
    begin = 2 * (exchange.sent_seq or exchange.sent_at)
    if exchange.response is None:
        return begin, None
    if exchange.sent_seq:
        return begin, 2 * exchange.answered_seq + 1
    if exchange.answered_at is None:
        return begin, None
    return begin, 2 * (exchange.answered_at + MILLISECOND) + 1


def key_fingerprint(request: Request) -> str | None:
    """Return a short name for the API key of a request that does not reveal the key; None without a key."""
    for name in KEY_HEADERS:
        key = request.headers.get(name)
        if key:
            return _hash_key(key)
    return None


@lru_cache(maxsize=1024)
def _hash_key(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
