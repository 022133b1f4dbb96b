"""The kinds of change between two shapes, and how a change is made of a kind and a place."""

from collections.abc import Iterator
from enum import Enum, unique
from typing import NamedTuple

from mockserver.contract.compare.changes import ChangePlace, ContractChange, shorten
from mockserver.contract.documents.capture import Capture


@unique
class ShapeChange(Enum):
    """A kind of change: its check in a request, its check in an answer (None: no change there), its sentence."""

    FIELD_NEW = ("DIF031", "DIF072", "the field {!r} is new")
    REQUIRED_FIELD_NEW = ("DIF030", "DIF072", "the field {!r} is new and required")
    FIELD_GONE = ("DIF035", "DIF071", "the field {!r} is gone")
    CERTAIN_FIELD_GONE = ("DIF034", "DIF070", "the field {!r} is gone")
    FIELD_REQUIRED = ("DIF032", "DIF075", "the field {!r} has become required")
    FIELD_OPTIONAL = ("DIF033", "DIF073", "the field {!r} has become optional")
    FIELD_ALWAYS_SENT = (None, "DIF075", "the service now always sends {!r}")
    FIELD_NOT_ALWAYS_SENT = (None, "DIF074", "the service no longer always sends {!r}")
    VALUE_NEW = ("DIF037", "DIF082", "{} is a new value")
    VALUE_GONE = ("DIF036", "DIF083", "{} is no longer a value")
    VALUES_LISTED = ("DIF038", "DIF085", "only listed values are possible now")
    VALUES_UNLISTED = ("DIF039", "DIF084", "the values are no longer listed")
    TYPE_CHANGED = ("DIF040", "DIF078", "the type has changed")
    TYPE_NARROWER = ("DIF040", "DIF079", "the type is narrower")
    TYPE_WIDER = ("DIF041", "DIF078", "the type is wider")
    TYPE_DOCUMENTED = ("DIF042", "DIF081", "the type is documented now")
    TYPE_UNDOCUMENTED = ("DIF041", "DIF080", "the type is no longer documented")
    NULL_GONE = ("DIF043", "DIF077", "it can no longer be null")
    NULL_NEW = ("DIF044", "DIF076", "it can now be null")
    LIMIT_TIGHTER = ("DIF045", "DIF087", "{} is tighter")
    LIMIT_LOOSER = ("DIF046", "DIF086", "{} is looser")
    LIMIT_CHANGED = ("DIF047", "DIF086", "{} has changed")
    ALTERNATIVE_GONE = ("DIF048", "DIF089", "the alternative {} is gone")
    ALTERNATIVE_NEW = ("DIF049", "DIF088", "the alternative {} is new")
    KEYWORD_CHANGED = ("DIF093", "DIF093", "the keyword {!r} has changed")
    BASIS_CHANGED = ("DIF090", "DIF090", "the basis has changed")
    DEPRECATED = ("DIF004", "DIF004", "it is now deprecated")

    def __init__(self, request_check: str | None, answer_check: str | None, sentence: str) -> None:
        self.request_check = request_check
        self.answer_check = answer_check
        self.sentence = sentence


class ChangeSite(NamedTuple):
    """The place of a change within a call, and its JSON pointer."""

    where: str
    pointer: str


class CapturePair(NamedTuple):
    """The two contracts, and whether answers or requests are compared."""

    old: Capture
    new: Capture
    is_answer: bool

    def change(
        self, kind: ShapeChange, site: ChangeSite, before: str = "", after: str = "", name: object = ""
    ) -> Iterator[ContractChange]:
        """Yield the change, unless it means nothing in a request; `name` is filled into its sentence."""
        check = kind.answer_check if self.is_answer else kind.request_check
        if check is not None:
            yield change_at(check, kind.sentence.format(name), "", site, before=before, after=after)


def change_at(
    check: str, message: str, operation: str, site: ChangeSite, *, before: str = "", after: str = ""
) -> ContractChange:
    """Return a change at one place."""
    places = (ChangePlace(operation, site.where),)
    return ContractChange(check, message, site.pointer, shorten(before), shorten(after), places=places)
