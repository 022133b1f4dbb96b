"""The body that an operation takes, as a value: which formats, whether it may be missing, what a form's fields mean."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar, Final, NamedTuple

import orjson

from mockserver.core.forms import MULTIPART, URLENCODED, encode_form, parse_form


class BodyFormat(Enum):
    """A format of bodies, by its word in packs and plays."""

    JSON = "json"
    """A JSON object."""
    FORM = "form"
    """`application/x-www-form-urlencoded`."""
    MULTIPART = "multipart"
    """`multipart/form-data`, which may have files."""
    BYTES = "bytes"
    """Anything; it is not decoded."""


MEDIA_TYPES: Final = {BodyFormat.JSON: "application/json", BodyFormat.FORM: URLENCODED, BodyFormat.MULTIPART: MULTIPART}
"""Of the formats that are decoded."""


class FormFields(NamedTuple):
    """What the fields of a form stand for; a field that is not named here is a text, or a list if it is repeated."""

    json: frozenset[str] = frozenset()
    """Their text may be JSON."""
    repeated: frozenset[str] = frozenset()
    """They are lists, even of one value."""


TEXTS: Final = FormFields()


@dataclass(frozen=True)
class BodyPolicy:
    """How an operation reads the request's body. `BodyPolicy.JSON` and the other constants are the usual ones."""

    formats: tuple[BodyFormat, ...] = ()
    """In the order in which a client prefers them; none: the body is ignored."""
    required: bool = True
    fields: FormFields = TEXTS

    NONE: ClassVar["BodyPolicy"]
    """Ignored."""
    JSON: ClassVar["BodyPolicy"]
    """A JSON object is required."""
    OPTIONAL: ClassVar["BodyPolicy"]
    """A JSON object or nothing."""
    BYTES: ClassVar["BodyPolicy"]
    """Anything."""

    # Each is decided once: the engine looks at them for every request.
    @cached_property
    def is_ignored(self) -> bool:
        """True if the operation looks at no body."""
        return not self.formats

    @cached_property
    def is_decoded(self) -> bool:
        """True if the handler gets the body as an object, whichever format it had."""
        return any(each in MEDIA_TYPES for each in self.formats)

    @cached_property
    def takes_json(self) -> bool:
        """True if the body may be JSON."""
        return BodyFormat.JSON in self.formats

    @cached_property
    def requires_object(self) -> bool:
        """True if there is no call without an object."""
        return self.required and self.is_decoded

    @cached_property
    def media_types(self) -> tuple[str, ...]:
        """The media types that are decoded, in the order of the formats."""
        return tuple(MEDIA_TYPES[each] for each in self.formats if each in MEDIA_TYPES)


BodyPolicy.NONE = BodyPolicy(required=False)
BodyPolicy.JSON = BodyPolicy((BodyFormat.JSON,))
BodyPolicy.OPTIONAL = BodyPolicy((BodyFormat.JSON,), required=False)
BodyPolicy.BYTES = BodyPolicy((BodyFormat.BYTES,))


def encode_body(body_format: BodyFormat, body: Any) -> tuple[str, bytes]:
    """Return the Content-Type and the bytes of a body; a form needs an object, and anything else is sent as JSON."""
    if body_format in (BodyFormat.FORM, BodyFormat.MULTIPART) and isinstance(body, dict):
        return encode_form(MEDIA_TYPES[body_format], body)
    return MEDIA_TYPES[BodyFormat.JSON], orjson.dumps(body)


def as_received(policy: BodyPolicy, body_format: BodyFormat, body: Any) -> Any:
    """Return the object that a handler gets of a body that is sent in this format: the values of a form are texts."""
    content_type, data = encode_body(body_format, body)
    if content_type == MEDIA_TYPES[BodyFormat.JSON]:
        return body
    return parse_form(content_type, data, policy.fields.json, policy.fields.repeated)
