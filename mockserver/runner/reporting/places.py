"""Where in a recording's file a finding stands: the first line that names its job, else its path.

A file that is packed has the lines of what is in it. What is not found verbatim is said to be on line 1.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.errors import MockError
from mockserver.recordings.source import Source
from mockserver.runner.reporting.results import Group

_CHUNK: Final = 1 << 20
LONGEST: Final = 2_000
"""Bytes of a name that are looked for."""


def name_of(group: Group) -> str:
    """What is looked for: the id of the job, or the path of the call."""
    job_id = group.finding.resource.partition(" ")[2]
    if job_id:
        return job_id
    words = (group.finding.observed or group.finding.call).split(" ")
    return next((word for word in words if word.startswith("/")), "")


def places(groups: Iterable[Group]) -> Mapping[tuple[str, str], int]:
    """The line of each (file, name)."""
    wanted: dict[str, set[str]] = {}
    for group in groups:
        wanted.setdefault(group.file, set()).add(name_of(group))
    found: dict[tuple[str, str], int] = {}
    for file, names in wanted.items():
        found |= {(file, name): line for name, line in _lines(file, names).items()}
    return found


def _lines(file: str, names: set[str]) -> dict[str, int]:
    """The line of each name in one file; 1 where it is not found."""
    found = dict.fromkeys(names, 1)
    missing = {name: name.encode("utf-8", "replace")[:LONGEST] for name in names if name}
    try:
        with Source(file).open() as stream:
            before, tail = 1, b""
            while missing and (chunk := stream.read(_CHUNK)):
                data = tail + chunk
                for name in [name for name, needle in missing.items() if needle in data]:
                    found[name] = before + data.count(b"\n", 0, data.index(missing.pop(name)))
                tail = data[-LONGEST:]
                before += data.count(b"\n", 0, len(data) - len(tail))
    except MockError:
        return found
    return found
