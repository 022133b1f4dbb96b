"""Media types by their meaning: case, the order of parameters, and a charset make no difference; ranges cover types."""

from collections.abc import Iterable
from typing import Final

from mockserver.core.media_type import parse_media_type

_INSIGNIFICANT_PARAMETERS: Final = ("charset", "boundary", "q")
ANY_MEDIA: Final = "*/*"


def media_key(media: str) -> str:
    """Return a media type or range so that equal ones have equal texts: `application/json`, `text/*`, `a/b;v=1`."""
    parameters = []
    for parameter in media.split(";")[1:]:
        name, _, value = parameter.partition("=")
        name, value = name.strip().lower(), value.strip().strip('"')
        if name and name not in _INSIGNIFICANT_PARAMETERS:
            parameters.append(f";{name}={value}")
    return parse_media_type(media) + "".join(sorted(parameters))


def covering_range(ranges: Iterable[str], key: str) -> str | None:
    """Return the narrowest of the media types and ranges (as keys) that covers another one; None if none does."""
    known = set(ranges)
    essence = key.partition(";")[0]
    candidates = (key, essence, f"{essence.partition('/')[0]}/*", ANY_MEDIA)
    return next((each for each in candidates if each in known), None)
