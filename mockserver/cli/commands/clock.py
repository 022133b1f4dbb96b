"""`mockserver clock`: reads or moves the clock of a session on a running server."""

from collections.abc import Mapping
from typing import Any, Final

import click

from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.core.instants import parse_duration
from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean, refuse

VERBS: Final[Mapping[str, str | None]] = {
    "advance": "8h",
    "freeze": None,
    "resume": None,
    "scale": "60",
    "set": "2026-05-06T12:00:00Z",
}
"""The verbs with an example of their value; None for a verb without a value."""


@click.command("clock")
@click.argument("verb", required=False, default="", metavar="[advance|freeze|resume|scale|set]")
@click.argument("value", required=False, default="")
@server_options("The session of the clock.")
def clock_command(server: ServerOptions, verb: str, value: str) -> int:
    """Read or move time: `clock advance 8h`, `clock freeze`, `clock resume`, `clock scale 60`, `clock set INSTANT`.

    Without a verb, the command prints the time. MOCKSERVER_HOST and MOCKSERVER_PORT set the server here as they do
    for `mockserver serve`.
    """
    body = None
    if verb:
        body = clock_request(verb, value)
    return server.print_answer("clock", "clock", clock_lines, body)


def clock_lines(body: Mapping[str, Any]) -> list[str]:
    """Render the answer of `/__mock/clock`: the time, the state changes that happened, the number of webhooks."""
    lines = [f"{body['now']}  {body['elapsed']} since the session's start, rate {body['rate']:g}"]
    changes = body.get("happened", [])
    lines += [f"  {change['at']}  {change['job']}  {change['state']} ({change['cause']})" for change in changes]
    more = body.get("total", 0) - len(changes)
    if more > 0:
        lines.append(f"  and {more} more changes")
    sent = body.get("deliveries", 0)
    if sent:
        lines.append(f"  {pluralize(sent, 'webhook')} sent; GET /__mock/deliveries lists their results")
    return lines


def clock_request(verb: str, value: str) -> dict[str, object]:
    """Build the body of `POST /__mock/clock`. Raises `MockError` CLI004 for an unknown verb or a bad value."""
    if verb not in VERBS:
        hint = "advance 8h, freeze, resume, scale 60, set INSTANT"
        if parse_duration(verb) is not None:
            hint = f"mockserver clock advance {verb}"
        raise refuse("CLI004", f"{verb!r} is not a verb of the clock{did_you_mean(verb, VERBS)}", hint)
    example = VERBS[verb]
    if example is None:
        if value:
            raise refuse("CLI004", f"{verb} takes no value, but {value!r} was given", f"mockserver clock {verb}")
        return {"freeze": verb == "freeze"}
    if not value:
        raise refuse("CLI004", f"{verb} needs a value", f"mockserver clock {verb} {example}")
    if verb != "scale":
        return {verb: value}
    try:
        return {"scale": float(value)}
    except ValueError:
        raise refuse("CLI004", f"{value!r} is not a rate", "mockserver clock scale 60") from None
