"""Sizes of memory as people write them."""

import re
from typing import Final

DEFAULT_MAX_MEMORY: Final = 1_000_000_000
"""Bytes of memory that all sessions of a server may take together."""
MIN_MAX_MEMORY: Final = 10_000_000
"""The smallest limit: one request may have a body of this size."""
_UNITS: Final = {"B": 1, "KB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
_SIZE: Final = re.compile(r"([0-9]{1,12})\s*(B|KB|MB|GB)", re.IGNORECASE)


def parse_size(text: str) -> int | None:
    """Parse `512MB` or `2GB` into bytes; None for other text."""
    match = _SIZE.fullmatch(text.strip())
    return None if match is None else int(match[1]) * _UNITS[match[2].upper()]


def format_size(size: int) -> str:
    """Return a number of bytes as people write it: `512 MB`, `1.5 GB`."""
    for unit in ("GB", "MB", "KB"):
        if size >= _UNITS[unit]:
            return f"{round(size / _UNITS[unit], 1):g} {unit}"
    return f"{size} B"
