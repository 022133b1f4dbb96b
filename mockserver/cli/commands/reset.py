"""`mockserver reset`: begins a session of a running server again."""

from collections.abc import Iterator
from typing import Any

import click

from mockserver.cli.options import is_given
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.client.admin import admin_request


@click.command("reset")
@click.option("--all", "is_all", is_flag=True, help="Reset every session of the server.")
@server_options("The session to reset.")
def reset_command(server: ServerOptions, is_all: bool) -> int:
    """Begin a session again: the same scenario, seed and clock, without jobs, journal, faults of its own or limits.

    A late request of the former test that names its epoch gets 410 and changes nothing.

    \f
    Raises `click.UsageError` for `--all` with a session.
    """
    if is_all and is_given("session"):
        raise click.UsageError(f"--all and --session {server.session} contradict each other.")
    request = admin_request("POST", "reset", body={"all": is_all})
    empty = "no sessions yet: there is nothing to reset"
    return server._replace(is_about_session=not is_all).print_answer(request, reset_lines, empty)


def reset_lines(answer: Any) -> Iterator[str]:
    """Render the answer of `POST reset`."""
    for session in answer["sessions"]:
        yield f"session {session['name']} begins again: epoch {session['epoch']}"
