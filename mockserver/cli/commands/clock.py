"""`mockserver clock`: reads or moves the clock of a session on a running server."""

import re
from collections.abc import Mapping
from typing import Any, Final

import click

from mockserver.cli.clock_modes import clock_mode
from mockserver.cli.completers import complete_words
from mockserver.cli.server_options import ServerOptions, server_options
from mockserver.client.admin import admin_request
from mockserver.core.instants import invalid_duration, parse_duration, parse_instant
from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean, refuse

VERBS: Final[Mapping[str, str | None]] = {
    "advance": "8h",
    "freeze": None,
    "resume": None,
    "scale": "60",
    "auto": "5s",
    "set": "2026-05-06T12:00:00Z",
}
"""The verbs with an example of their value; None for a verb without a value."""
_NEGATIVE: Final = re.compile(r"-\d\S*")


class _ClockCommand(click.Command):
    """Takes `-5s` for the value that it is, not for options."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. Raises `MockError` CLI004 for a negative duration."""
        for word in args:
            if _NEGATIVE.fullmatch(word):
                hint = "To begin again, reset the session: `mockserver reset`."
                raise refuse("CLI004", f"{word!r} is negative, and time only moves forward", hint)
        return super().parse_args(ctx, args)


@click.command("clock", cls=_ClockCommand)
@click.argument(
    "verb", required=False, default="", metavar="[advance|freeze|resume|scale|auto|set]",
    shell_complete=complete_words(VERBS),
)  # fmt: skip
@click.argument("value", required=False, default="")
@server_options("The session of the clock.")
def clock_command(server: ServerOptions, verb: str, value: str) -> int:
    """Read or move time: `clock advance 8h`, `clock freeze`, `clock resume`, `clock scale 60`, `clock auto 5s`,
    `clock set INSTANT`.

    Without a verb, the command prints the time. MOCKSERVER_HOST and MOCKSERVER_PORT set the server here as they do
    for `mockserver serve`.
    """
    if not verb:
        return server.print_answer(admin_request("GET", "clock"), clock_lines)
    return server.print_answer(admin_request("POST", "clock", body=clock_request(verb, value)), clock_lines)


def clock_lines(body: Mapping[str, Any]) -> list[str]:
    """Render the answer of `/__mock/clock`: the time, the state changes that happened, the number of webhooks."""
    start = f"{body['elapsed']} since the start of session {body['session']}"
    mode = clock_mode(body)
    pace = f"clock {mode}"
    if mode.poll_step:
        pace += ": each poll of a running job moves it, by that unless the answer asks for another wait"
    lines = [f"{body['now']}  {start}, {pace}"]
    changes = body.get("happened", [])
    lines += [f"  {change['at']}  {change['job']}  {change['state']} ({change['cause']})" for change in changes]
    more = body.get("total", 0) - len(changes)
    if more > 0:
        lines.append(f"  and {more} more changes")
    sent = body.get("deliveries", 0)
    if sent:
        failed = sent - body.get("delivered", sent)
        note = f", {failed} of them not delivered" if failed else ""
        lines.append(f"  {pluralize(sent, 'webhook')} sent{note}; `mockserver webhooks deliveries` lists their results")
    return lines


def clock_request(verb: str, value: str) -> dict[str, object]:
    """Build the body of `POST /__mock/clock`. Raises `MockError` CLI004 for an unknown verb or a bad value."""
    if verb not in VERBS:
        hint = "Write advance 8h, freeze, resume, scale 60, auto 5s or set 2026-05-06T12:00:00Z."
        if parse_duration(verb) is not None:
            hint = f"Write mockserver clock advance {verb}."
        raise refuse("CLI004", f"{verb!r} is not a verb of the clock{did_you_mean(verb, VERBS)}", hint)
    example = VERBS[verb]
    if example is None:
        if value:
            hint = f"Write mockserver clock {verb}."
            raise refuse("CLI004", f"{verb} takes no value, but {value!r} was given", hint)
        return {"freeze": verb == "freeze"}
    if not value:
        raise refuse("CLI004", f"{verb} needs a value", f"Write it like mockserver clock {verb} {example}.")
    match verb:
        case "advance" | "auto" if parse_duration(value) is None:
            problem, hint = invalid_duration(value)
            raise refuse("CLI004", f"{value!r} {problem}", hint)
        case "set" if parse_instant(value) is None:
            hint = f"Write it in RFC 3339 with an offset: mockserver clock set {example}."
            raise refuse("CLI004", f"{value!r} is not an instant", hint)
        case "scale":
            try:
                return {"scale": float(value)}
            except ValueError:
                raise refuse("CLI004", f"{value!r} is not a rate", "Write mockserver clock scale 60.") from None
    return {verb: value}
