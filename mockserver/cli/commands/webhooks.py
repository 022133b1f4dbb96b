"""`mockserver webhooks`: the webhook endpoints of a session on a running server, and its deliveries."""

from collections.abc import Iterator
from typing import Any, Final

import click

from mockserver.cli.completers import complete_eras, complete_words
from mockserver.cli.flow_options import FlowOptions, flow_text
from mockserver.cli.options import number_range
from mockserver.cli.output import stdout_columns
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.cli.session_eras import session_eras
from mockserver.cli.styles import Line, Span
from mockserver.cli.tables import Cell, table_lines
from mockserver.cli.times import short_instant
from mockserver.cli.verb_group import VerbGroup
from mockserver.client.admin import AdminClient, admin_path, admin_request
from mockserver.core.text import pluralize
from mockserver.scenario.webhooks import WEBHOOKS, compile_endpoint
from mockserver.vendors.webhook_endpoint import SIGNATURE_FAULTS

_ENDPOINT_TITLES = ("vendor", "url", "secret", "events", "stamp", "receiver answers", "delivery faults")
_DELIVERY_TITLES = ("delivery", "time", "vendor", "event", "job", "attempt", "state", "answer", "next attempt")
_STATE_STYLES: Final = {"delivered": "green", "retrying": "yellow", "failed": "red", "lost": "red"}
_OWN_RECEIVER = "the session's own"
_session_options = server_options("The session of the webhooks.")


@click.group("webhooks", cls=VerbGroup)
def webhooks_command() -> None:
    """List, set or remove the webhook endpoints of a session on a running server, and list its deliveries.

    Without a verb, the command lists the endpoints.
    """


@webhooks_command.command("list")
@_session_options
def webhooks_list(server: ServerOptions) -> int:
    """List the session's endpoints, without their secrets."""
    return server.print_answer(
        admin_request("GET", "webhooks"),
        endpoint_lines,
        if_empty=f"session {server.session} has no webhook endpoint; `mockserver listen` receives webhooks, and "
        "`mockserver webhooks set VENDOR http://127.0.0.1:4811/` sends them there",
    )


@webhooks_command.command("deliveries")
@click.option("--job", metavar="ID", help="Only deliveries about this job.")
@click.option("--state", metavar="STATE", help=f"Only deliveries in this state: {', '.join(_STATE_STYLES)}.")
@_session_options
def webhooks_deliveries(server: ServerOptions, job: str | None, state: str | None) -> int:
    """List the webhooks that were sent, oldest first, with their results."""
    query = {name: value for name, value in (("job", job), ("state", state)) if value}
    empty = f"session {server.session} has sent no such webhook"
    if not query:
        empty = f"session {server.session} has sent no webhook; `mockserver webhooks` lists the endpoints"
    return server.print_answer(admin_request("GET", "deliveries", query=query), delivery_lines, empty)


@webhooks_command.command("redeliver")
@click.argument("delivery_id", metavar="ID")
@click.option(
    "--sign",
    metavar="|".join(SIGNATURE_FAULTS),
    help="Spoil the signature: with another secret, with an old timestamp, or none.",
    shell_complete=complete_words(SIGNATURE_FAULTS),
)
@click.option("--duplicate", type=number_range(1, 10), metavar="NUMBER", help="How many copies follow, byte for byte.")
@_session_options
def webhooks_redeliver(server: ServerOptions, delivery_id: str, sign: str | None, duplicate: int | None) -> int:
    """Send one delivery again, at once, with the same event id; if wanted, with a spoilt signature or with copies."""
    given = {"sign": sign, "duplicate": duplicate}
    body = {name: value for name, value in given.items() if value is not None}
    return server.print_answer(
        admin_request("POST", admin_path("deliveries", delivery_id, "redeliver"), body=body),
        lambda sent: table_lines(_DELIVERY_TITLES, [delivery_cells(sent)], stdout_columns()),
    )


@webhooks_command.command("set")
@click.argument("vendor", shell_complete=complete_eras)
@click.argument("address", required=False, metavar="[ADDRESS]")
@click.option(
    "--secret", envvar="MOCKSERVER_WEBHOOK_SECRET", metavar="S", help="The secret that signs, or a list: [new, old]."
)
@click.option("--events", metavar="[...]", help="Only these events: [completed, failed].")
@click.option("--id", "endpoint_id", metavar="ID", help="The endpoint's id, where a create request names one.")
@click.option(
    "--stamp",
    metavar="session|wall",
    help="The clock of the signatures' timestamps.",
    shell_complete=complete_words(("session", "wall")),
)
@click.option("--receiver", metavar="[...]", help="Answers of the session's own receiver: [500, timeout], then 200.")
@click.option("--deliver", metavar="[...]", help="Faults of the delivery: [{duplicate: 2}].")
@_session_options
def webhooks_set(server: ServerOptions, vendor: str, address: str | None, **words: str | None) -> int:
    """Set the endpoint of a vendor in the session, in the words of the scenario language.

    Without an ADDRESS, the webhooks go to a receiver inside the session.
    """
    options = FlowOptions()
    options.add_text("url", "ADDRESS", address)
    options.add_text("secret", "--secret", words["secret"])
    options.add("events", "--events", words["events"])
    options.add_text("id", "--id", words["endpoint_id"])
    options.add_text("stamp", "--stamp", words["stamp"])
    options.add("receiver", "--receiver", words["receiver"])
    options.add("deliver", "--deliver", words["deliver"])

    def set_endpoint(admin: AdminClient) -> int:
        eras = session_eras(admin, vendor)
        fields = options.check(WEBHOOKS, lambda root, found: [compile_endpoint(root, era, found) for era in eras])
        fields["vendor"] = vendor
        return server.print_call(admin, admin_request("POST", "webhooks", body=fields), set_lines)

    return server.run(set_endpoint, is_change=True)


@webhooks_command.command("clear")
@_session_options
def webhooks_clear(server: ServerOptions) -> int:
    """Remove all endpoints of the session; those of its scenario come back with a reset."""
    return server.print_answer(
        admin_request("DELETE", "webhooks"),
        lambda answer: [f"removed the endpoint of {vendor}" for vendor in answer["deleted"]],
        if_empty=f"session {server.session} had no webhook endpoint",
    )


def endpoint_lines(answer: Any) -> Iterator[str | Line]:
    """Render the answer of `GET webhooks`."""
    yield from table_lines(_ENDPOINT_TITLES, map(endpoint_cells, answer["webhooks"]), stdout_columns())
    if answer["webhooks"] and answer["pending"]:
        yield f"{pluralize(answer['pending'], 'job')} with deliveries to come"


def set_lines(endpoint: Any) -> Iterator[str]:
    """Render the answer of `POST webhooks`, with the reason if nothing will be sent."""
    yield f"webhooks of {endpoint['vendor']} go to {endpoint['url'] or f'{_OWN_RECEIVER} receiver'}"
    if endpoint.get("refused"):
        yield f"    but nothing will be sent: {endpoint['refused']}"


def delivery_lines(answer: Any) -> Iterator[str | Line]:
    """Render the answer of `GET deliveries`."""
    listed = answer["deliveries"]
    yield from table_lines(_DELIVERY_TITLES, map(delivery_cells, listed), stdout_columns())
    older = answer["total"] - len(listed)
    if older > 0:
        yield f"and {older} older deliveries"
    if listed and answer["pending"]:
        yield f"{pluralize(answer['pending'], 'job')} with deliveries to come, the next at {_instant(answer['next'])}"


def endpoint_cells(endpoint: Any) -> tuple[str, ...]:
    """Return the cells of a webhook endpoint for its row."""
    return (
        str(endpoint["vendor"]),
        str(endpoint["url"] or _OWN_RECEIVER),
        "yes" if endpoint["has_secret"] else "no",
        ", ".join(endpoint["events"]) or "the usual",
        str(endpoint["stamp"]),
        flow_text(endpoint["receiver"]) if endpoint["receiver"] else "200",
        str(endpoint["deliver"]),
    )


def delivery_cells(delivery: Any) -> tuple[Cell, ...]:
    """Return the cells of a delivery for its row."""
    status, error = delivery["status"], delivery["error"]
    answer = str(status or error or "-")
    if error and status and status < 400:
        answer = f"{status}: {error}"  # no error by itself: the vendor counts it as one
    return (
        str(delivery["id"]),
        short_instant(delivery["at"]),
        str(delivery["vendor"]),
        str(delivery["event"]),
        str(delivery["job"]),
        " ".join(str(delivery[name]) for name in ("attempt", "cause") if delivery[name]),
        Span(str(delivery["state"]), _STATE_STYLES.get(str(delivery["state"]), "")),
        answer,
        _instant(delivery["next_attempt"]),
    )


def _instant(text: str | None) -> str:
    return short_instant(text) if text else "-"
