"""A difference between an answer and its documentation, as a value: no rule id, level or waiver.

`judge.exchange` turns differences into findings, `compare.drift` into counted notes.
"""

from enum import Enum
from typing import Any, NamedTuple


class DifferenceKind(Enum):
    """The kinds of difference."""

    CONTENT_TYPE = "content type"
    """The content type is none of the documented ones; `value` None: the answer names none."""
    UNDOCUMENTED_BODY = "undocumented body"
    """There is a body, and none is documented."""
    EMPTY_BODY = "empty body"
    """There is no body where JSON is documented."""
    VIOLATION = "violation"
    """A value breaks its schema; `keyword` names how."""
    UNDECLARED = "undeclared"
    """A field is not declared, and the schema allows it."""
    ABSENT = "absent"
    """Fields are missing that the service always sends, though no page requires them."""
    OFF_PAGE = "off-page"
    """A field or value is known from the service only, not from the vendor's page."""
    UNKNOWN_VALUE = "unknown value"
    """An error code is not among those known for the answer."""
    MISSING_HEADER = "missing header"
    HEADER_VIOLATION = "header violation"


class Difference(NamedTuple):
    """One difference; the fields that do not apply to its kind keep their defaults."""

    kind: DifferenceKind
    pointer: str
    """JSON pointer into the body; for a header, the pointer of its definition in the capture."""
    value: Any = None
    message: str = ""
    """What is wrong with the value, for a violation."""
    keyword: str | None = None
    """The broken JSON Schema keyword: enum, type, required, pattern, format, ..."""
    allowed: tuple[str, ...] = ()
    """The documented content types, known values, values of an enumeration, or types."""
    names: tuple[str, ...] = ()
    """The absent or missing fields, the declared siblings of an undeclared field, or the name of a header."""
    basis: str | None = None
    """`runtime` or `inferred`, for an off-page value; the basis of a header."""
