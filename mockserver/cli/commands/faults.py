"""`mockserver faults`: the faults of a session on a running server; adds and removes them."""

from collections.abc import Iterator
from typing import Any

import click

from mockserver.cli.completers import complete_eras
from mockserver.cli.flow_options import FlowOptions, flow_text
from mockserver.cli.output import stdout_columns
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.cli.session_eras import session_eras
from mockserver.cli.tables import table_lines
from mockserver.cli.verb_group import VerbGroup
from mockserver.client.admin import AdminClient, admin_path, admin_request
from mockserver.core.text import pluralize
from mockserver.scenario.faults.compile import FaultContext, compile_faults
from mockserver.scenario.faults.table import FAULT

_TITLES = ("fault", "vendor", "on", "happened", "when", "do")
_session_options = server_options("The session of the faults.")


@click.group("faults", cls=VerbGroup)
def faults_command() -> None:
    """List, add or remove the faults of a session on a running server.

    Without a verb, the command lists them, in the order in which they are tried.
    """


@faults_command.command("list")
@_session_options
def faults_list(server: ServerOptions) -> int:
    """List the session's faults in the order in which they are tried."""
    return server.print_answer(
        admin_request("GET", "faults"),
        lambda answer: table_lines(_TITLES, map(fault_cells, answer["faults"]), stdout_columns()),
        if_empty=f"session {server.session} has no faults; "
        "`mockserver faults add --on get --do '{status: 503}'` adds one",
    )


@faults_command.command("add")
@click.option(
    "--on", required=True, metavar="OPERATION", help="The operation whose calls match, or `*`, or `[get, list]`."
)
@click.option("--do", required=True, metavar="{...}", help="What happens: {status: 503, retry_after: 30s}.")
@click.option("--when", metavar="{...}", help="Which of the matching calls: {poll: 3}; by default all.")
@click.option("--request", metavar="{...}", help="Only requests like this: {headers: {X-Test: a}}.")
@click.option("--job", metavar="ID", help="Only calls about this job.")
@click.option(
    "--vendor",
    metavar="NAME",
    shell_complete=complete_eras,
    help="Only calls of this vendor; by default of each that has the operation.",
)
@_session_options
def faults_add(
    server: ServerOptions, on: str, do: str, when: str | None, request: str | None, job: str | None, vendor: str | None
) -> int:
    """Add a fault that is tried before all others, in the words of the scenario language.

    Example: mockserver faults add --on get --when '{poll: 3}' --do '{status: 503, retry_after: 30s}'
    """
    options = FlowOptions()
    options.add_text("on", "--on", on)
    options.add_text("job", "--job", job)
    options.add("request", "--request", request)
    options.add("when", "--when", when)
    options.add("do", "--do", do)

    def add(admin: AdminClient) -> int:
        eras = session_eras(admin, vendor)
        context = FaultContext(eras, None)
        fields = options.check(FAULT, lambda root, found: eras and compile_faults([root], context, found))
        if vendor:
            fields["vendor"] = vendor
        request = admin_request("POST", "faults", body=fields)
        return server.print_call(admin, request, lambda answer: [added_line(answer)])

    return server.run(add, is_change=True)


@faults_command.command("clear")
@click.argument("fault_id", required=False, default="", metavar="[ID]")
@_session_options
def faults_clear(server: ServerOptions, fault_id: str) -> int:
    """Remove the fault ID, or all faults of the session; those of its scenario come back with a reset."""
    path = admin_path("faults", fault_id) if fault_id else "faults"
    return server.print_answer(admin_request("DELETE", path), cleared_lines)


def added_line(fault: Any) -> str:
    """Render the answer of `POST faults`."""
    when = f" when {flow_text(fault['when'])}" if fault.get("when") else ""
    return f"added fault {fault['id']}: on {flow_text(fault['on'])}{when} do {flow_text(fault['do'])}"


def cleared_lines(answer: Any) -> Iterator[str]:
    """Render the answer of `DELETE faults` or `DELETE faults/ID`."""
    if answer["deleted"] is True:
        yield f"removed fault {answer['id']}"
    else:
        yield f"removed {pluralize(answer['deleted'], 'fault')}"


def fault_cells(fault: Any) -> tuple[str, ...]:
    """Return the cells of a fault for its row."""
    conditions = dict(fault.get("when") or {})
    conditions |= {name: fault[name] for name in ("job", "request") if fault.get(name)}
    return (
        str(fault["id"]),
        str(fault["vendor"] or "*"),
        flow_text(fault["on"]),
        str(fault["happened"]),
        flow_text(conditions) if conditions else "always",
        flow_text(fault["do"]),
    )
