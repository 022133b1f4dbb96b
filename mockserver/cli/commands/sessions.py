"""`mockserver sessions`: the sessions of a running server; creates and deletes one, writes and reads its file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mockserver.cli.clock_modes import clock_mode
from mockserver.cli.completers import complete_clock_modes, complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.files import refuse_existing
from mockserver.cli.json_files import read_json_object
from mockserver.cli.options import file_option
from mockserver.cli.output import stdout_columns
from mockserver.cli.server_options import ServerOptions, process_options, whole_server_options
from mockserver.cli.session_completer import complete_sessions
from mockserver.cli.session_files import names_session_file, write_session
from mockserver.cli.styles import Line
from mockserver.cli.tables import table_lines
from mockserver.cli.times import short_instant
from mockserver.cli.verb_group import VerbGroup
from mockserver.client.admin import AdminClient, admin_path, admin_request, session_url

_TITLES = ("session", "scenario", "clock", "time", "requests", "epoch", "seed", "own eras")


@click.group("sessions", cls=VerbGroup)
def sessions_command() -> None:
    """List, create, delete, export or import the sessions of a running server: each has its own clock and jobs.

    Without a verb, the command lists them.
    """


@sessions_command.command("list")
@whole_server_options
def sessions_list(server: ServerOptions) -> int:
    """List the sessions of the server."""
    return server.print_answer(
        admin_request("GET", "sessions"),
        session_lines,
        if_empty="no sessions yet: a request begins one, or `mockserver sessions create NAME`",
    )


@sessions_command.command("create")
@click.argument("name")
@click.option("--scenario", metavar="NAME", help="The scenario that it plays.", shell_complete=complete_scenarios)
@click.option(
    "--clock",
    metavar="real|manual|auto|xN",
    help="How its time runs; by default as the server's.",
    shell_complete=complete_clock_modes,
)
@click.option("--seed", metavar="TEXT", help="The seed of its ids and random choices; by default the scenario's.")
@whole_server_options
def sessions_create(server: ServerOptions, name: str, scenario: str | None, clock: str | None, seed: str | None) -> int:
    """Create the session NAME before its first request, with a scenario, a clock or a seed of its own."""
    given = {"name": name, "scenario": scenario, "clock": clock, "seed": seed}
    body = {key: value for key, value in given.items() if value is not None}
    request = admin_request("POST", "sessions", body=body)
    return server.print_answer(request, lambda answer: created_lines(answer, server.url))


@sessions_command.command("delete")
@click.argument("name", shell_complete=complete_sessions)
@whole_server_options
def sessions_delete(server: ServerOptions, name: str) -> int:
    """Delete the session NAME with its jobs and its journal."""
    request = admin_request("DELETE", admin_path("sessions", name))
    return server.print_answer(request, lambda answer: [f"deleted session {answer['name']}"])


@sessions_command.command("export")
@click.argument("name", shell_complete=complete_sessions)
@file_option("--output", "-o", help="Write the session to this file instead of standard output.")
@click.option("--force", is_flag=True, help="Overwrite the file of --output.")
@process_options
def sessions_export(server: ServerOptions, name: str, output: Path | None, force: bool) -> int:
    """Write the session NAME as a session file: scenarios, seed, clock, faults, and every input of its jobs.

    \f
    Raises `MockError` CLI005 or CLI016 for the output, ADM010 for an unknown session, SES007 for too many jobs.
    """
    refuse_existing(output, force=force)

    def export(admin: AdminClient) -> int:
        """Read the session from the server, and write it."""
        write_session(admin.get(admin_path("sessions", name, "export"), lambda answer: answer), output)
        return ExitCode.OK

    return server.run(export)


@sessions_command.command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--name", metavar="NAME", help="The name of the new session; by default that in the file.")
@whole_server_options
def sessions_import(server: ServerOptions, file: Path, name: str | None) -> int:
    """Create a session from a session file (- is standard input): the same jobs, ids, states and answers follow.

    \f
    Raises `MockError` CLI017 for a file that is no JSON object, SES006 for one that is no session file, ADM008 if the
    server has a session of that name.
    """
    hint = "`mockserver sessions export NAME -o FILE` writes one."
    body: dict[str, Any] = {"session": read_json_object(file, "CLI017", hint)}
    if name is not None:
        body["name"] = name
    with names_session_file(file, hint):
        request = admin_request("POST", "sessions/import", body=body)
        return server.print_answer(request, lambda answer: created_lines(answer, server.url))


def session_lines(answer: Any) -> Iterator[str | Line]:
    """Render the answer of `GET sessions`."""
    listed = answer["sessions"]
    rows = [
        (
            str(session["name"]),
            str(session["scenario"] or "-"),
            str(clock_mode(session)),
            short_instant(session["now"]),
            str(session["requests"]),
            str(session["epoch"]),
            str(session["seed"]),
            own_eras(session.get("vendors", {}), answer.get("served", {})),
        )
        for session in listed
    ]
    yield from table_lines(_TITLES, rows, stdout_columns())
    more = answer["total"] - len(listed)
    if more > 0:
        yield f"and {more} more sessions"


def own_eras(eras: Mapping[str, str], served: Mapping[str, str]) -> str:
    """Return the eras of a session in which the server does not begin new ones; `-`: none."""
    return ", ".join(f"{vendor}@{date}" for vendor, date in eras.items() if served.get(vendor) != date) or "-"


def created_lines(answer: Any, url: str) -> Iterator[str]:
    """Render the answer of `POST sessions`: what the session is, and how a client reaches it."""
    name = str(answer["name"])
    clock = clock_mode(answer)
    yield f"created session {name}: scenario {answer['scenario'] or 'none'}, clock {clock}, seed {answer['seed']}"
    yield f"    base URL  {session_url(url, name)}/..."
    yield f"    header    X-Mock-Session: {name}"
