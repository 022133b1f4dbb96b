"""The situations in which a pack's errors answer, and the status of each where a pack has no error for it."""

from collections.abc import Mapping
from typing import Final

from mockserver.vendors.api import RequestError

_UNHANDLED: Final = (
    ("unknown path", RequestError.UNKNOWN_PATH, 404),
    ("wrong method", RequestError.WRONG_METHOD, 405),
    ("no key", RequestError.NO_KEY, 401),
    ("malformed key", RequestError.MALFORMED_KEY, 401),
    ("unknown key", RequestError.UNKNOWN_KEY, 401),
    ("expired key", RequestError.EXPIRED_KEY, 401),
    ("wrong content type", RequestError.WRONG_TYPE, 415),
    ("no JSON", RequestError.BAD_JSON, 400),
    ("no object", RequestError.NOT_AN_OBJECT, 400),
    ("too large", RequestError.TOO_LARGE, 413),
    ("rate limited", RequestError.RATE_LIMITED, 429),
    ("bad HTTP", RequestError.BAD_HTTP, 400),
)
"""The situations of requests that reach no handler, each with the status where no error of the pack is for it."""
SITUATION_OF_ERROR: Final[Mapping[RequestError, str]] = {error: situation for situation, error, _ in _UNHANDLED}
NO_JOB: Final = "no job"
MALFORMED_ID: Final = "malformed id"
INVALID_BODY: Final = "invalid body"
INVALID_QUERY: Final = "invalid query"
CANCEL_REFUSED: Final = "cancel refused"
TOO_MANY_JOBS: Final = "too many jobs"
DEFAULT_STATUS: Final[Mapping[str, int]] = {
    **{situation: status for situation, _, status in _UNHANDLED},
    NO_JOB: 404,
    MALFORMED_ID: 400,
    INVALID_BODY: 400,
    INVALID_QUERY: 400,
    CANCEL_REFUSED: 409,
    TOO_MANY_JOBS: 429,
}
"""The status where no error of the pack is for the situation."""
SITUATIONS: Final = tuple(DEFAULT_STATUS)
