"""The calls of a pack that is not loaded, read from its text for a hint: `call: POST /v1/predictions`.

Nothing depends on it: a call that the text does not show in one line is missed. So is one with nothing but parameters
in its path, as `POST /{owner}/{app}`: almost any request would fit it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.core.path_templates import parse_segment

_CALL: Final = r"\bcall:\s*[\"']?([A-Z]+) (/[^\s\"',}]*(?:\}[^\s\"',}]*)*)"
MAX_SCANNED: Final = 64


class PackCall(NamedTuple):
    """A method, and the segments of a path."""

    method: str
    segments: tuple[str, ...]

    def fits(self, method: str, segments: tuple[str, ...]) -> bool:
        """Return True if a request is this call; a segment in braces fits any that is not empty."""
        if (self.method, len(self.segments)) != (method, len(segments)):
            return False
        pairs = zip(self.segments, segments, strict=True)
        return all(given and (own == given or fits_parameter(own, given)) for own, given in pairs)


def fits_parameter(own: str, given: str) -> bool:
    """Return True if a segment of a template has a parameter that a segment of a path has a value for."""
    parameter = parse_segment(own)
    return parameter is not None and parameter.value_in(given) is not None


def has_call(pack: Path, method: str, path: str) -> bool:
    """Return True if a pack shows the call; False for a file that cannot be read."""
    try:
        stat = pack.stat()
        calls = _scan(pack, stat.st_mtime_ns, stat.st_size)
    except (OSError, UnicodeDecodeError):
        return False
    segments = tuple(path.split("/")[1:])
    return any(call.fits(method, segments) for call in calls)


@lru_cache(maxsize=MAX_SCANNED)
def _scan(pack: Path, mtime: int, size: int) -> tuple[PackCall, ...]:
    return tuple(_calls_in(pack.read_text(encoding="utf-8")))


def _calls_in(text: str) -> Iterator[PackCall]:
    for method, path in re.findall(_CALL, text):
        segments = tuple(path.split("/")[1:])
        if not all(segment.startswith("{") for segment in segments):
            yield PackCall(method, segments)
