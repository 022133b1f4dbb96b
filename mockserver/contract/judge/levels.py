"""The level of a finding about one answer: how firmly do the vendor's documents promise what the answer breaks?

Theory of operation. Everything in a capture has a basis (`x-basis`). The weakest basis on the way to a place, from the
answer down to the field, is the promise there. A breach is one way in which an answer can differ from the capture, and
`BREACH_LEVELS` gives its level for each promise; no other code decides a level.

Two kinds of absence are never above info: what a recorder, a proxy or a browser may have taken away (headers), and
what no source promises for that very answer.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, IntEnum
from typing import Final, NamedTuple

from mockserver.contract.findings import Level


class Promise(IntEnum):
    """How firmly the vendor's documents promise something, the firmest first."""

    FOR_ANSWER = 0
    """A page or the specification documents it for this very answer."""
    SOMEWHERE = 1
    """A sentence on some page documents it."""
    INFERRED = 2
    """Only the service was seen to do it, or it is a conclusion."""


PROMISE_BY_BASIS: Final[Mapping[str, Promise]] = {
    "page": Promise.FOR_ANSWER,
    "spec": Promise.FOR_ANSWER,
    "prose": Promise.SOMEWHERE,
    "runtime": Promise.INFERRED,
    "inferred": Promise.INFERRED,
}


class Breach(Enum):
    """The ways in which one answer can differ from a capture."""

    UNKNOWN_CALL = "the call is not in the capture"
    UNKNOWN_STATUS = "the status is documented for no answer of the call"
    OTHER_CONTENT_TYPE = "another content type"
    NO_CONTENT_TYPE = "no content type"
    UNDOCUMENTED_BODY = "a body where none is documented"
    EMPTY_BODY = "an empty body where JSON is documented"
    INVALID_JSON = "the body is not plain JSON"
    WRONG_VALUE = "a value that its schema does not allow"
    MISSING_FIELD = "a required field is missing"
    UNREQUIRED_FIELD = "a field is missing that nothing requires and the service was seen to send"
    UNDECLARED_FIELD = "a field that the capture does not declare"
    OFF_PAGE_VALUE = "a field or value that only the service is known for"
    UNKNOWN_CODE = "an error code that is not among those known for the answer"
    WRONG_HEADER = "a header with a value that its schema does not allow"
    MISSING_HEADER = "a header is missing that is documented as always present"


class BreachLevels(NamedTuple):
    """The levels of a breach by the promise that it breaks; None: it is not reported."""

    for_answer: Level | None
    somewhere: Level | None
    inferred: Level | None
    strict: Level | None = None
    """The level when the server is held to the vendor's pages alone, if that is another one."""


def _always(level: Level | None, strict: Level | None = None) -> BreachLevels:
    return BreachLevels(level, level, level, strict)


_CONTRADICTION: Final = BreachLevels("error", "error", "warning")
_ABSENCE: Final = BreachLevels("error", "info", "info")

BREACH_LEVELS: Final[Mapping[Breach, BreachLevels]] = {
    Breach.UNKNOWN_CALL: _always("info"),
    # No basis at all documents it.
    Breach.UNKNOWN_STATUS: _always("error"),
    Breach.OTHER_CONTENT_TYPE: _CONTRADICTION,
    Breach.NO_CONTENT_TYPE: _always("info"),
    Breach.UNDOCUMENTED_BODY: _always("info"),
    Breach.EMPTY_BODY: _CONTRADICTION,
    # RFC 8259 promises it, whatever the vendor documents.
    Breach.INVALID_JSON: _always("error"),
    Breach.WRONG_VALUE: _CONTRADICTION,
    Breach.MISSING_FIELD: _ABSENCE,
    Breach.UNREQUIRED_FIELD: _always("info"),
    Breach.UNDECLARED_FIELD: _always("info", strict="error"),
    Breach.OFF_PAGE_VALUE: _always(None, strict="warning"),
    # Any list of codes is a list of those seen so far.
    Breach.UNKNOWN_CODE: _always("warning"),
    Breach.WRONG_HEADER: _CONTRADICTION,
    Breach.MISSING_HEADER: _always("info"),
}


ABSENCES: Final = (
    *(Breach.NO_CONTENT_TYPE, Breach.EMPTY_BODY, Breach.MISSING_FIELD, Breach.UNREQUIRED_FIELD, Breach.MISSING_HEADER),
)
"""The breaches that are about something that is not there."""


def weakest_promise(bases: Iterable[str | None]) -> Promise:
    """Return the weakest promise of these bases; a document that gives none promises everything for the answer."""
    promises = (PROMISE_BY_BASIS.get(basis, Promise.INFERRED) for basis in bases if basis is not None)
    return max(promises, default=Promise.FOR_ANSWER)


def breach_level(breach: Breach, promise: Promise, *, strict: bool = False) -> Level | None:
    """Return the level of a breach; None if it is not reported."""
    levels = BREACH_LEVELS[breach]
    if strict and levels.strict is not None:
        return levels.strict
    return levels[promise]
