"""HTTP that the vendors share: request errors, JSON answers, API keys, rate-limit headers and pages.

It knows no vendor: what differs (names, texts, statuses) is passed in.
"""

from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.instants import SECOND
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request, Response

USUAL_KEY: Final = "test-key"
"""The API key of requests that name none: of plays, examples and trials of a vendor."""


class RequestError(StrEnum):
    """Why a request reaches no handler; each vendor has its own answer for each."""

    UNKNOWN_PATH = "unknown path"
    WRONG_METHOD = "wrong method"
    NO_KEY = "no key"
    MALFORMED_KEY = "malformed key"
    UNKNOWN_KEY = "unknown key"
    EXPIRED_KEY = "expired key"
    WRONG_TYPE = "wrong content type"
    BAD_JSON = "not JSON"
    NOT_AN_OBJECT = "not an object"
    TOO_LARGE = "too large"
    RATE_LIMITED = "rate limited"
    BAD_HTTP = "bad HTTP"


class ScriptedResponse(NamedTuple):
    """A scenario's response in place of the vendor's; `Call.render_scripted` renders it."""

    status: int
    body: Any = None
    """None: the vendor's own body for that status."""
    headers: tuple[tuple[str, str], ...] = ()


def json_response(status: int, value: object, *headers: tuple[str, str]) -> Response:
    """Build a response with a JSON body."""
    return Response(status, (("Content-Type", "application/json"), *headers), orjson.dumps(value))


def bearer_token(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer TOKEN`; None for no header, another scheme or an empty token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return token.strip() or None


def bearer_headers(key: str) -> dict[str, str]:
    """Return the request headers that carry a bearer key."""
    return {"Authorization": f"Bearer {key}"}


def limit_headers(prefix: str, limit: RateLimit, window: LimitWindow) -> tuple[tuple[str, str], ...]:
    """Return PREFIX-Limit, -Remaining, -Used and -Reset, the end of the window in Unix seconds, rounded up."""
    return (
        (f"{prefix}-Limit", str(limit.requests)),
        (f"{prefix}-Remaining", str(max(0, limit.requests - window.used))),
        (f"{prefix}-Used", str(window.used)),
        (f"{prefix}-Reset", str(-(-window.reset_at(limit) // SECOND))),
    )


class Page(NamedTuple):
    """A page of a list, numbered from 1."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """The number of entries before the page."""
        return (self.number - 1) * self.size

    def count(self, total: int) -> int:
        """Return the number of pages of a list of `total` entries; an empty list has none."""
        return -(-total // self.size)
