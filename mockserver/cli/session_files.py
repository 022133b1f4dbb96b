"""Session files that a command writes, and what is wrong with one that it was given."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mockserver.cli.files import write_file
from mockserver.cli.output import print_message, print_result
from mockserver.core.text import pluralize
from mockserver.errors import Location, MockError, refuse


def write_session(session: Mapping[str, Any], output: Path | None) -> None:
    """Write a session file, and print how many jobs it has; None: print the file. Raises `MockError` CLI005."""
    text = json.dumps(session, indent=2, default=list) + "\n"
    if output is None:
        print_result(text, newline=False)
        return
    write_file(output, text.encode())
    jobs = sum(map(len, session["vendors"].values()))
    print_message(f"{output}: session {session['name']} with {pluralize(jobs, 'job')}")


@contextmanager
def names_session_file(file: Path, hint: str) -> Iterator[None]:
    """Give what is wrong with a session file its place there. Raises the `MockError` SES006 of the block."""
    try:
        yield
    except MockError as error:
        problem = error.problems[0]
        if problem.code != "SES006":
            raise
        # The admin call has the file in its member `session`.
        message = problem.message.removeprefix("/session").removeprefix(": ")
        raise refuse(problem.code, message, hint, Location(str(file))) from None
