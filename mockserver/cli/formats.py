"""In which forms a judgement is told: on stdout, in files, and for GitHub; each is loaded when it is asked for."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mockserver.cli.say import Progress, complain, say, write
from mockserver.errors import refuse
from mockserver.runner.reporting.results import Results


class Formats(NamedTuple):
    """Which ones were asked for."""

    as_json: bool = False
    junit: Path | None = None
    sarif: Path | None = None
    html: Path | None = None
    github: bool = False


def tell(found: Results, formats: Formats, progress: Progress) -> None:
    """Everything that was asked for; files last, as they may not be writable."""
    if formats.github:
        _github(found, complain if formats.as_json else say)
    if formats.as_json:
        from mockserver.runner.reporting.machine import as_json

        say(as_json(found))
    else:
        from mockserver.runner.reporting.text import text

        say(text(found))
    _files(found, formats, progress)


def _files(found: Results, formats: Formats, progress: Progress) -> None:
    if formats.junit is not None:
        from mockserver.runner.reporting.junit import junit

        write(formats.junit, junit(found))
    if formats.sarif is not None:
        from mockserver.runner.reporting.sarif import sarif

        write(formats.sarif, sarif(found))
    if formats.html is not None:
        from mockserver.runner.reporting.page import page

        write(formats.html, page(found, progress.show))
        progress.clear()


def _github(found: Results, tell: Callable[[str], None]) -> None:
    from mockserver.runner.reporting import github

    for line in github.annotations(found):
        tell(line)
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if place:
        try:
            with Path(place).open("a", encoding="utf-8") as file:
                file.write(github.summary(found))
        except OSError as error:
            raise refuse("CLI005", f"{place} cannot be written: {error.strerror}", "$GITHUB_STEP_SUMMARY") from None
