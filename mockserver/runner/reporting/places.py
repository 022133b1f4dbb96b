"""How a place in a recording is told: in a line of its own, beside a call, and as a path that `jq` understands.

A file that is packed has the lines of what is in it. A file that is one long line has its entries, and columns.
"""

from mockserver.core.wire import Spot


def full(file: str, spot: Spot) -> str:
    """`calls.har:12:7 log.entries[3]`; empty where it is not known."""
    return f"{file}:{spot.line}:{spot.column} {dotted(spot.pointer)}".rstrip() if spot.line else ""


def brief(spot: Spot) -> str:
    """`line 12`, or the entry where there is but one line; empty where it is not known."""
    if spot.line == 1 and spot.pointer:
        return dotted(spot.pointer)
    return f"line {spot.line}" if spot.line else ""


def dotted(pointer: str) -> str:
    """A JSON pointer as a path: `/log/entries/3` is `log.entries[3]`."""
    parts = pointer.split("/")[1:]
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts).removeprefix(".")
