"""The kinds of changes of a schema: the check of each in a request and in an answer, and its sentence."""

from enum import Enum, unique


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
    DISCRIMINATOR_CHANGED = ("DIF094", "DIF094", "the discriminator is another field")
    DISCRIMINATOR_MEANING = ("DIF094", "DIF094", "the value {!r} of the discriminator means another schema")
    KEYWORD_CHANGED = ("DIF093", "DIF093", "the keyword {!r} has changed")
    BASIS_CHANGED = ("DIF090", "DIF090", "the basis has changed")
    DEPRECATED = ("DIF004", "DIF004", "it is now deprecated")


def type_names(types: frozenset[str] | None) -> str:
    """Return types as they are named in a sentence; None is any."""
    if types is None:
        return "any type"
    return " or ".join(sorted(types)) or "nothing"
