"""`mockserver clock`: reads or moves the clock of a running server's session."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from mockserver.cli.server_options import ServerOptions, print_admin_answer, server_options
from mockserver.core.instants import parse_duration
from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean, refuse

VERBS: Final[Mapping[str, Callable[[str], dict[str, object]]]] = {
    "advance": lambda value: {"advance": _require_value("advance", value, "8h")},
    "freeze": lambda value: {"freeze": _forbid_value("freeze", value)},
    "resume": lambda value: {"freeze": not _forbid_value("resume", value)},
    "scale": lambda value: {"scale": _parse_rate(_require_value("scale", value, "60"))},
    "set": lambda value: {"set": _require_value("set", value, "2026-05-06T12:00:00Z")},
}
"""What each verb sends."""


@click.command("clock")
@click.argument("verb", required=False, default="", metavar="[advance|freeze|resume|scale|set]")
@click.argument("value", required=False, default="")
@server_options("Whose clock.")
def clock_command(verb: str, value: str, **running: Any) -> int:
    """Read or move time: `clock advance 8h`, `clock freeze`, `clock resume`, `clock scale 60`, `clock set INSTANT`.

    Without a verb it tells the time. Where MOCKSERVER_HOST or MOCKSERVER_PORT say where `mockserver serve` listens,
    they say it here, too.
    """
    return print_admin_answer(
        "clock", ServerOptions(**running), "clock", _clock_lines, _request_body(verb, value) if verb else None
    )


def _clock_lines(body: Mapping[str, Any]) -> list[str]:
    happened = body.get("happened", [])
    changes = [f"  {change['at']}  {change['job']}  {change['state']} ({change['cause']})" for change in happened]
    more, sent = body.get("total", 0) - len(changes), body.get("deliveries", 0)
    return [
        f"{body['now']}  {body['elapsed']} since the session's start, rate {body['rate']:g}",
        *changes,
        *([f"  and {more} more changes"] if more > 0 else []),
        *([f"  {pluralize(sent, 'webhook')} sent; GET /__mock/deliveries tells what came of each"] if sent else []),
    ]


def _request_body(verb: str, value: str) -> dict[str, object]:
    if verb not in VERBS:
        meant = f"mockserver clock advance {verb}" if parse_duration(verb) is not None else ""
        hint = meant or "advance 8h, freeze, resume, scale 60, set INSTANT"
        raise refuse("CLI004", f"{verb!r} is no verb of the clock{did_you_mean(verb, VERBS)}", hint)
    return VERBS[verb](value)


def _require_value(verb: str, value: str, example: str) -> str:
    if not value:
        raise refuse("CLI004", f"{verb} by how much, or to what?", f"mockserver clock {verb} {example}")
    return value


def _forbid_value(verb: str, value: str) -> bool:
    """True: the verb stands alone."""
    if value:
        raise refuse("CLI004", f"{verb} takes no value, and {value!r} was given", f"mockserver clock {verb}")
    return True


def _parse_rate(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise refuse("CLI004", f"{value!r} is no rate", "mockserver clock scale 60") from None
