"""Session files that a command writes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.cli.files import write_file
from mockserver.cli.output import print_message, print_result
from mockserver.core.text import pluralize


def write_session(session: Mapping[str, Any], output: Path | None) -> None:
    """Write a session file, and print how many jobs it has; None: print the file. Raises `MockError` CLI005."""
    text = json.dumps(session, indent=2, default=list) + "\n"
    if output is None:
        print_result(text, newline=False)
        return
    write_file(output, text.encode())
    jobs = sum(map(len, session["vendors"].values()))
    print_message(f"{output}: session {session['name']} with {pluralize(jobs, 'job')}")
