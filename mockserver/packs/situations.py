"""The situations in which a pack's errors answer, and the status of each where a pack has no error for it."""

from collections.abc import Mapping
from typing import Final

from mockserver.vendors.api import RequestError

REQUEST_ERRORS: Final[Mapping[str, RequestError]] = {
    "unknown path": RequestError.UNKNOWN_PATH,
    "wrong method": RequestError.WRONG_METHOD,
    "no key": RequestError.NO_KEY,
    "malformed key": RequestError.MALFORMED_KEY,
    "unknown key": RequestError.UNKNOWN_KEY,
    "expired key": RequestError.EXPIRED_KEY,
    "wrong content type": RequestError.WRONG_TYPE,
    "no JSON": RequestError.BAD_JSON,
    "no object": RequestError.NOT_AN_OBJECT,
    "too large": RequestError.TOO_LARGE,
    "rate limited": RequestError.RATE_LIMITED,
    "bad HTTP": RequestError.BAD_HTTP,
}
"""The situations of requests that reach no handler."""
NO_JOB: Final = "no job"
MALFORMED_ID: Final = "malformed id"
INVALID_BODY: Final = "invalid body"
INVALID_QUERY: Final = "invalid query"
CANCEL_REFUSED: Final = "cancel refused"
TOO_MANY_JOBS: Final = "too many jobs"
SITUATIONS: Final = (
    *REQUEST_ERRORS, NO_JOB, MALFORMED_ID, INVALID_BODY, INVALID_QUERY, CANCEL_REFUSED, TOO_MANY_JOBS,
)  # fmt: skip
DEFAULT_STATUS: Final[Mapping[str, int]] = {
    "unknown path": 404,
    "wrong method": 405,
    "no key": 401,
    "malformed key": 401,
    "unknown key": 401,
    "expired key": 401,
    "wrong content type": 415,
    "no JSON": 400,
    "no object": 400,
    "too large": 413,
    "rate limited": 429,
    "bad HTTP": 400,
    NO_JOB: 404,
    MALFORMED_ID: 400,
    INVALID_BODY: 400,
    INVALID_QUERY: 400,
    CANCEL_REFUSED: 409,
    TOO_MANY_JOBS: 429,
}
"""The status where no error of the pack is for the situation."""
