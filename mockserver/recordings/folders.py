"""The recordings in a folder: the files below it whose names are those of recordings."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from mockserver.errors import Location, nearest_names, refuse

SUFFIXES: Final = (".har", ".json", ".jsonl", ".ndjson", ".yaml", ".yml")
"""The ends of names that recorders give to their files."""
_GZIP_SUFFIX: Final = ".gz"


def expand_folders(files: Iterable[str]) -> Iterator[str]:
    """Yield each file once, and in place of a folder the recordings below it by name.

    Hidden files and folders are left out. Raises `MockError` REC011 for a folder without any recording.
    """
    seen: set[str] = set()
    for file in files:
        found = [file]
        if Path(file).is_dir():
            found = [str(path) for path in recordings_below(Path(file))]
            if not found:
                hint = f"The names of recordings end in {', '.join(SUFFIXES)}, perhaps with {_GZIP_SUFFIX} behind it."
                raise refuse("REC011", "there is no recording in this folder", hint, Location(file))
        for each in found:
            if each not in seen:
                seen.add(each)
                yield each


def recordings_below(folder: Path) -> list[Path]:
    """Return the files below a folder whose names are those of recordings, in the order of their paths."""
    return sorted(path for path in folder.rglob("*") if _is_recording(path.relative_to(folder)) and path.is_file())


def folder_hint(folder: Path) -> str:
    """Return the advice to one who gave a folder where one file is read: the recordings in it. Raises OSError."""
    found = sorted(str(path) for path in folder.iterdir() if _is_recording(path.relative_to(folder)) and path.is_file())
    if not found:
        return "It is a folder: give one file."
    return f"It is a folder: give one file, such as {nearest_names('', found)}."


def _is_recording(path: Path) -> bool:
    if any(part.startswith(".") for part in path.parts):
        return False
    return path.name.lower().removesuffix(_GZIP_SUFFIX).endswith(SUFFIXES)
