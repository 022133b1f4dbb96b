"""How a place in a recording is told: in a line of its own, beside a call, and as a path that `jq` understands.

A file that is packed has the lines of what is in it. A file that is one long line has its entries, and columns.
"""

from mockserver.core.wire import SourcePosition


def full_location(file: str, spot: SourcePosition) -> str:
    """`calls.har:12:7 log.entries[3]`; empty where it is not known."""
    return f"{file}:{spot.line}:{spot.column} {pointer_as_path(spot.pointer)}".rstrip() if spot.line else ""


def short_location(spot: SourcePosition) -> str:
    """`line 12`, or the entry where there is but one line; empty where it is not known."""
    if spot.line == 1 and spot.pointer:
        return pointer_as_path(spot.pointer)
    return f"line {spot.line}" if spot.line else ""


def pointer_as_path(pointer: str) -> str:
    """A JSON pointer as a path: `/log/entries/3` is `log.entries[3]`."""
    parts = pointer.split("/")[1:]
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts).removeprefix(".")
