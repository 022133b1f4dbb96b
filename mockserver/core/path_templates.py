"""Segments of path templates: `{id}`, or a parameter with text around it, as in `{id}:cancel`."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

_PARAMETER: Final = re.compile(r"([^{}]*)\{([^{}]*)\}([^{}]*)")
_NAME: Final = re.compile(r"\{[^{}]*\}")
_MAX_KNOWN: Final = 1_024


class ParameterSegment(NamedTuple):
    """A segment with a parameter, and the text before and behind it."""

    prefix: str
    name: str
    suffix: str

    @property
    def literal_length(self) -> int:
        """The number of characters that must stand there: of several segments that fit, the longest wins."""
        return len(self.prefix) + len(self.suffix)

    def value_in(self, segment: str, pattern: str = "") -> str | None:
        """Return the parameter in a segment of a path, percent-decoded; None for one that does not fit, or is empty.

        `pattern`: it full-matches this regular expression.
        """
        if len(segment) <= self.literal_length:
            return None
        if not segment.startswith(self.prefix) or not segment.endswith(self.suffix):
            return None
        value = segment[len(self.prefix) : len(segment) - len(self.suffix)]
        return value if not pattern or re.fullmatch(pattern, value) else None


@lru_cache(maxsize=_MAX_KNOWN)
def parse_segment(segment: str) -> ParameterSegment | None:
    """Return the parameter in a segment of a template; None if it is literal."""
    found = _PARAMETER.fullmatch(segment)
    return None if found is None else ParameterSegment(*found.groups())


def path_shape(template: str) -> str:
    """Return a template without the names of its parameters: two of one shape are the same call."""
    return _NAME.sub("{}", template)


def literal_length(template: str) -> int:
    """Return the number of characters of a template besides its parameters."""
    return len(_NAME.sub("", template))
