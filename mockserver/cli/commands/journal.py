"""`mockserver journal`: the requests of a session on a running server, and their answers; follows them."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.journal_reader import JournalFilter, JournalReader
from mockserver.cli.options import number_range
from mockserver.cli.output import is_stdout_gone, print_json, print_lines, print_message, stdout_columns
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.cli.styles import Line, Span, status_span
from mockserver.cli.tables import Cell, Table, table_lines
from mockserver.cli.times import short_time
from mockserver.client.admin import AdminClient

POLL_SECONDS: Final = 0.5
"""Seconds between two looks at the journal of a server that is followed."""
_TITLES: Final = ("time", "request", "call", "status", "operation", "job", "note")

_USUAL_WIDTHS: Final = (12, 13, 42, 6, 10, 28)
"""Characters of the columns in front of the note, for rows that come one by one."""


@click.command("journal")
@click.option("--follow", is_flag=True, help="Also print what comes, until Ctrl-C.")
@click.option("--job", metavar="ID", help="Only requests about this job.")
@click.option("--operation", metavar="NAME", help="Only requests for this operation: create, get, list, cancel.")
@click.option("--status", metavar="CODE", type=number_range(100, 599), help="Only requests with this status.")
@click.option("--since", metavar="NUMBER", type=number_range(0), help="Only requests after this number of the session.")
@server_options("The session of the journal.")
def journal_command(
    server: ServerOptions, follow: bool, job: str | None, operation: str | None, status: int | None, since: int | None
) -> int:
    """Print the requests of a session and their answers, oldest first.

    With --follow, the command prints each request as it comes (with --json one JSON object a line), and ends with
    Ctrl-C, or when the session is deleted. `mockserver explain REQUEST` explains an answer.
    """
    chosen = JournalFilter(job=job, operation=operation, status=status)

    def print_entries(admin: AdminClient) -> int:
        reader = JournalReader(admin, chosen, since or 0)
        answer = reader.read_all()
        return server.print_rendered(answer, list(journal_lines(answer)), empty_journal_text(server, chosen))

    def print_until_interrupted(admin: AdminClient) -> int:
        return follow_journal(JournalReader(admin, chosen, since or 0), as_json=server.as_json)

    return server.run(print_until_interrupted if follow else print_entries)


def journal_lines(answer: Any) -> Iterator[str | Line]:
    """Render the answer of `GET journal`: a line for each request, then what the table does not show."""
    yield from table_lines(_TITLES, map(entry_cells, answer["entries"]), stdout_columns())
    if answer["evicted"]:
        yield f"{answer['evicted']} older requests are no longer in the journal"
    for stale in answer["stale"]:
        call = f"{stale['method']} {stale['path']}"
        yield f"refused: {call} at {short_time(stale['at'])}, a late request of epoch {stale['epoch']}"


def entry_cells(entry: Mapping[str, Any]) -> tuple[Cell, ...]:
    """Return the cells of a journal entry for the columns of the journal."""
    request, status = entry["request"], int(entry["response"]["status"])
    answer = f"{status} lost" if entry.get("lost") else str(status)
    path = str(request["path"])
    if request["query"]:
        path += f"?{request['query']}"
    return (
        short_time(entry["at"]),
        str(entry["request_id"]),
        f"{request['method']} {path}",
        status_span(status, answer),
        str(entry["operation"] or "-"),
        str(entry["job"] or "-"),
        Span(str(entry["note"]), "yellow"),
    )


def follow_journal(reader: JournalReader, *, as_json: bool, sleep: Callable[[float], None] = time.sleep) -> int:
    """Print each entry as it comes, until the session is deleted or the reader of stdout is gone.

    `sleep` waits for seconds of real time. Returns the exit code.
    """
    width = stdout_columns()
    is_wide = width is None or width > sum(_USUAL_WIDTHS)
    table = Table(_TITLES, width, _USUAL_WIDTHS if is_wide else ())
    is_first = True
    while not is_stdout_gone():
        batch = reader.read_new()
        if as_json:
            for entry in batch.entries:
                print_json(json.dumps(entry))
        else:
            lines = table.lines(map(entry_cells, batch.entries))
            if is_first and lines:
                lines = [*table.title_lines(), *lines]
            is_first = is_first and not lines
            print_lines(lines)
        if batch.remark:
            print_message(batch.remark)
        if batch.is_last:
            break
        sleep(POLL_SECONDS)
    return ExitCode.OK


def empty_journal_text(server: ServerOptions, chosen: JournalFilter) -> str:
    """Return what to do where no request is chosen, or where there is none."""
    if chosen.query():
        return f"session {server.session} has no such request; `mockserver journal` prints all of them"
    return f"session {server.session} has had no request; `mockserver journal --follow` prints each as it comes"
