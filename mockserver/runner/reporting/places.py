"""Where in a recording's file a call stands: the first line that has its path, so that an editor can go there.

A file that is packed has the lines of what is in it. A call that is not found verbatim is said to be on line 1.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.errors import MockError
from mockserver.recordings.source import Source
from mockserver.runner.reporting.results import Group

_CHUNK: Final = 1 << 20
LONGEST: Final = 2_000
"""Bytes of a path that are looked for."""


def path_of(group: Group) -> str:
    """The path of the call that a group is about: the last one of its story, else its own."""
    words = (group.finding.observed or group.finding.call).split(" ")
    return next((word for word in words if word.startswith("/")), "")


def places(groups: Iterable[Group]) -> Mapping[tuple[str, str], int]:
    """The line of each (file, path)."""
    wanted: dict[str, set[str]] = {}
    for group in groups:
        wanted.setdefault(group.file, set()).add(path_of(group))
    found: dict[tuple[str, str], int] = {}
    for file, paths in wanted.items():
        found |= {(file, path): line for path, line in _lines(file, paths).items()}
    return found


def _lines(file: str, paths: set[str]) -> dict[str, int]:
    """The line of each path in one file; 1 where it is not found."""
    found = dict.fromkeys(paths, 1)
    missing = {path: path.encode("utf-8", "replace")[:LONGEST] for path in paths if path}
    try:
        with Source(file).open() as stream:
            before, tail = 1, b""
            while missing and (chunk := stream.read(_CHUNK)):
                data = tail + chunk
                for path in [path for path, needle in missing.items() if needle in data]:
                    found[path] = before + data.count(b"\n", 0, data.index(missing.pop(path)))
                tail = data[-LONGEST:]
                before += data.count(b"\n", 0, len(data) - len(tail))
    except MockError:
        return found
    return found
