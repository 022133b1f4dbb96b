"""Files that a command writes: replaced as a whole, never on top of what the command reads."""

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from shutil import copymode

from mockserver.cli.output import redacted
from mockserver.errors import MockError, Problem, refuse


def write_file(path: Path, data: bytes) -> None:
    """Write a result to a file, without the secrets of this run, and create its folders.

    On a full disk the old file stays as it was. Raises `MockError` CLI005.
    """
    data = redacted(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    hint = "Choose a path that can be written."
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{path} cannot be written: its folder cannot be created ({error.strerror})"
        raise refuse("CLI005", problem, hint) from None
    try:
        if is_stream(path):
            path.write_bytes(data)
        else:
            # A link stays a link: the file that it leads to is replaced.
            _replace_file(path.resolve(), data)
    except OSError as error:
        raise refuse("CLI005", f"{path} cannot be written: {error.strerror or error}", hint) from None


def _replace_file(path: Path, data: bytes) -> None:
    """Write beside the file, then rename. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(data)
            # Some file systems report a full disk only here.
            os.fsync(file.fileno())
        if path.exists():
            copymode(path, beside)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def is_stream(path: Path) -> bool:
    """Return True for a device or a pipe (`/dev/stdout`), which has no content to keep."""
    return path.exists() and not path.is_file()


def write_each(writers: Iterable[Callable[[], None]]) -> tuple[Problem, ...]:
    """Call all writers, and return the problems of those that raised `MockError`."""
    problems: list[Problem] = []
    for write in writers:
        try:
            write()
        except MockError as error:
            problems += error.problems
    return tuple(problems)


def write_requested(*reports: tuple[Path | None, Callable[[], bytes]]) -> tuple[Problem, ...]:
    """Write the reports whose files were requested, and return the problems of those that cannot be written."""
    return write_each(partial(write_file, path, make()) for path, make in reports if path is not None)


def refuse_existing(path: Path | None, *, force: bool) -> None:
    """Raise `MockError` CLI016 for a file that exists, unless it may be overwritten; a device has no content."""
    if path is not None and path.exists() and not is_stream(path) and not force:
        raise refuse("CLI016", f"{path} exists", "Choose another path, or overwrite it with --force.")


def refuse_overwriting(outputs: Mapping[str, Path | None], inputs: Iterable[Path | str | None]) -> None:
    """Raise `MockError` CLI012 if an output, named by its option, is an input or the file of another output."""
    taken = {os.path.realpath(path): "this command reads that file" for path in inputs if path is not None}
    for option, path in outputs.items():
        # Several reports may go to one pipe or device.
        if path is None or is_stream(path):
            continue
        file = os.path.realpath(path)
        if file in taken:
            raise refuse("CLI012", f"{option} {path}: {taken[file]}", "Choose another path.")
        taken[file] = f"{option} writes that file, too"
