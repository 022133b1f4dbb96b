"""`mockserver holds`: the holds of a session on a running server; adds, releases and removes them."""

from collections.abc import Iterator
from typing import Any

import click

from mockserver.cli.completers import complete_words
from mockserver.cli.options import number_range
from mockserver.cli.output import stdout_columns
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.cli.styles import Line
from mockserver.cli.tables import table_lines
from mockserver.cli.times import short_instant
from mockserver.cli.verb_group import VerbGroup
from mockserver.client.admin import admin_path, admin_request
from mockserver.core.text import pluralize

_TITLES = ("hold", "operation", "stops a request when it", "still stops")
_HELD_TITLES = ("held request", "by", "operation", "since", "request")
_POINTS = ("arrived", "handled")
_session_options = server_options("The session of the holds.")


@click.group("holds", cls=VerbGroup)
def holds_command() -> None:
    """List, add, release or remove the holds of a session on a running server: each stops requests on their way.

    Without a verb, the command lists them, and the requests that are held now.
    """


@holds_command.command("list")
@_session_options
def holds_list(server: ServerOptions) -> int:
    """List the session's holds, and the requests that they have stopped."""
    return server.print_answer(
        admin_request("GET", "holds"),
        hold_lines,
        if_empty=f"session {server.session} has no holds; `mockserver holds add cancel` stops the next cancel",
    )


@holds_command.command("add")
@click.argument("operation")
@click.option(
    "--at",
    default=_POINTS[0],
    show_default=True,
    metavar="|".join(_POINTS),
    help="Where it is stopped: before it acts, or before its answer is sent.",
    shell_complete=complete_words(_POINTS),
)
@click.option(
    "--times", type=number_range(1, 1_000), default=1, show_default=True, metavar="NUMBER", help="How many requests."
)
@_session_options
def holds_add(server: ServerOptions, operation: str, at: str, times: int) -> int:
    """Stop the next requests for OPERATION (`*`: for any) until they are released."""
    body = {"operation": operation, "at": at, "times": times}
    return server.print_answer(
        admin_request("POST", "holds", body=body),
        lambda hold: [f"added {hold['id']}: stops {pluralize(hold['times'], 'call')} of {hold['operation']}"],
    )


@holds_command.command("release")
@click.argument("name", metavar="ID")
@_session_options
def holds_release(server: ServerOptions, name: str) -> int:
    """Release one held request, or all that the hold ID has stopped."""
    return server.print_answer(
        admin_request("POST", admin_path("holds", name, "release")),
        released_lines,
        if_empty=f"{name} has stopped no request",
    )


@holds_command.command("clear")
@_session_options
def holds_clear(server: ServerOptions) -> int:
    """Remove all holds of the session, and release every held request."""
    return server.print_answer(
        admin_request("DELETE", "holds"),
        lambda answer: [f"removed {pluralize(answer['holds'], 'hold')}", *released_lines(answer)],
    )


def released_lines(answer: Any) -> list[str]:
    """Return a line for each request that was released."""
    return [f"released {held['id']}: {held['method']} {held['path']}" for held in answer["released"]]


def hold_lines(answer: Any) -> Iterator[str | Line]:
    """Render the answer of `GET holds`."""
    holds = [(each["id"], each["operation"], each["at"], pluralize(each["times"], "call")) for each in answer["holds"]]
    yield from table_lines(_TITLES, holds, stdout_columns())
    held = [
        (each["id"], each["hold"], each["operation"], short_instant(each["since"]), f"{each['method']} {each['path']}")
        for each in answer["parked"]
    ]
    yield from table_lines(_HELD_TITLES, held, stdout_columns())
