"""Places in a recording as text: in full, beside a call, and as a path that `jq` understands.

A compressed file has the lines of its content. In a file of one long line the entries and columns tell places apart.
"""

from mockserver.core.wire import SourcePosition


def full_location(file: str, spot: SourcePosition) -> str | None:
    """Return file, line, column and entry: `calls.har:12:7 log.entries[3]`; None for an unknown place."""
    if not spot.line:
        return None
    return f"{file}:{spot.line}:{spot.column} {pointer_as_path(spot.pointer)}".rstrip()


def short_location(spot: SourcePosition) -> str | None:
    """Return `line 12`, or the entry in a file of one line; None for an unknown place."""
    if not spot.line:
        return None
    if spot.line == 1 and spot.pointer:
        return pointer_as_path(spot.pointer)
    return f"line {spot.line}"


def pointer_as_path(pointer: str) -> str:
    """Return a JSON pointer as a path: `/log/entries/3` is `log.entries[3]`."""
    parts = pointer.split("/")[1:]
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts).removeprefix(".")
