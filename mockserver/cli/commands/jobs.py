"""`mockserver jobs`: the jobs of a session on a running server; shows, creates and moves them."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from mockserver.cli.completers import complete_eras
from mockserver.cli.flow_options import read_json_option
from mockserver.cli.job_story import progress_text, story_lines
from mockserver.cli.options import default_option, number_range
from mockserver.cli.output import stdout_columns
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.cli.styles import Line, Span
from mockserver.cli.tables import table_lines
from mockserver.cli.times import duration_between, short_instant
from mockserver.cli.verb_group import VerbGroup
from mockserver.client.admin import AdminClient, admin_path, admin_request

_TITLES = ("job", "vendor", "kind", "state", "created", "age")
_session_options = server_options("The session of the jobs.")


@click.group("jobs", cls=VerbGroup)
def jobs_command() -> None:
    """List, show, create or move the jobs of a session on a running server.

    Without a verb, the command lists them, oldest first.
    """


@jobs_command.command("list")
@click.option("--state", metavar="STATE", help="Only jobs in this state.")
@_session_options
def jobs_list(server: ServerOptions, state: str | None) -> int:
    """List the jobs of the session, oldest first."""
    query = {"state": state} if state else {}
    empty = f"session {server.session} has no jobs; a client creates them, or `mockserver jobs create VENDOR`"
    if state:
        empty = f"session {server.session} has no job in the state {state}"

    def action(admin: AdminClient) -> int:
        now = admin.get("clock", lambda answer: str(answer["now"]))
        request = admin_request("GET", "jobs", query=query)
        return server.print_call(admin, request, lambda answer: job_lines(answer, now), empty)

    return server.run(action)


@jobs_command.command("show")
@click.argument("job_id", metavar="ID")
@_session_options
def jobs_show(server: ServerOptions, job_id: str) -> int:
    """Show the story of one job: its states so far and what is ahead, what clients did to it, and its money."""
    return server.print_answer(admin_request("GET", admin_path("jobs", job_id)), story_lines)


@jobs_command.command("create")
@click.argument("vendor", shell_complete=complete_eras)
@click.option("--kind", metavar="KIND", help="The kind of job; by default the vendor's main one.")
@default_option("--count", type=number_range(1, 10_000_000), default=1, help="How many jobs to create.")
@click.option("--body", metavar="{...}", help="Fields of the create request, merged into the vendor's example.")
@_session_options
def jobs_create(server: ServerOptions, vendor: str, kind: str | None, count: int, body: str | None) -> int:
    """Create jobs of a vendor without a request to its API, and print their ids."""
    fields: dict[str, Any] = {"vendor": vendor, "count": count}
    if kind:
        fields["kind"] = kind
    if body is not None:
        fields["body"] = read_json_option("--body", body)
    return server.print_answer(admin_request("POST", "jobs", body=fields), created_job_lines)


@jobs_command.command("move")
@click.argument("job_id", metavar="ID")
@click.argument("state")
@click.option("--force", is_flag=True, help="Also against the lifecycle.")
@click.option("--item", type=number_range(0), metavar="N", help="Move this item of a batch, counted from 0.")
@_session_options
def jobs_move(server: ServerOptions, job_id: str, state: str, force: bool, item: int | None) -> int:
    """Move a job to a state at once, along its lifecycle."""
    fields: dict[str, Any] = {"to": state, "force": force}
    if item is not None:
        fields["item"] = item
    return server.print_answer(
        admin_request("POST", admin_path("jobs", job_id, "move"), body=fields),
        lambda job: [f"{job['id']}  {job['vendor']} {job['kind']}  {state_text(job)}"],
    )


def job_lines(answer: Any, now: str) -> Iterator[str | Line]:
    """Render the answer of `GET jobs`; `now` is the instant of the session."""
    listed = answer["jobs"]
    rows = [
        (
            str(job["id"]),
            str(job["vendor"]),
            str(job["kind"]),
            Span(state_text(job), "bold"),
            short_instant(job["created"]),
            duration_between(job["created"], now),
        )
        for job in listed
    ]
    yield from table_lines(_TITLES, rows, stdout_columns())
    more = answer["total"] - len(listed)
    if more > 0:
        yield f"and {more} more jobs"


def state_text(job: Mapping[str, Any]) -> str:
    """Return the state of a job with its progress, the items of a batch, and whether it was deleted."""
    words = [str(job["state"])]
    if not job["terminal"] and job["progress"] is not None:
        words.append(progress_text(job["progress"]))
    items = [f"{count} {state}" for state, count in job.get("items", {}).items() if count]
    if items:
        words.append(f"({', '.join(items)})")
    if job["deleted"]:
        words.append("(deleted)")
    return " ".join(words)


def created_job_lines(answer: Any) -> Iterator[str]:
    """Render the answer of `POST jobs`: the ids, one on each line."""
    ids = answer["jobs"]
    yield from (str(job_id) for job_id in ids)
    more = answer["total"] - len(ids)
    if more > 0:
        yield f"and {more} more jobs"
