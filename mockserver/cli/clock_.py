"""`mockserver clock`: reads or moves the clock of a running server's session."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from mockserver.cli import Exit
from mockserver.cli.options import json_option, own_url, token_option
from mockserver.cli.say import complain, say
from mockserver.core.instants import parse_duration
from mockserver.core.wire import Request
from mockserver.errors import nearest, refuse
from mockserver.runner.targets import Unreachable, Wire, admin_answer

VERBS: Final[Mapping[str, Callable[[str], dict[str, object]]]] = {
    "advance": lambda value: {"advance": _needed("advance", value, "8h")},
    "freeze": lambda value: {"freeze": _nothing("freeze", value)},
    "resume": lambda value: {"freeze": not _nothing("resume", value)},
    "scale": lambda value: {"scale": _number(_needed("scale", value, "60"))},
    "set": lambda value: {"set": _needed("set", value, "2026-05-06T12:00:00Z")},
}
"""What each verb sends."""


@click.command("clock")
@click.argument("verb", required=False, default="", metavar="[advance|freeze|resume|scale|set]")
@click.argument("value", required=False, default="")
@click.option("--url", default=own_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server.")
@click.option("--session", default="default", show_default=True, metavar="NAME", help="Whose clock.")
@token_option
@json_option
def command(verb: str, value: str, url: str, session: str, admin_token: str, as_json: bool) -> int:
    """Read or move time: `clock advance 8h`, `clock freeze`, `clock resume`, `clock scale 60`, `clock set INSTANT`.

    Without a verb it tells the time. Where MOCKSERVER_HOST or MOCKSERVER_PORT say where `mockserver serve` listens,
    they say it here, too.
    """
    request = _request(verb, value, {"x-mock-session": session})
    wire = Wire(url, admin_token)
    try:
        body = admin_answer(wire, request)
    except Unreachable as error:
        complain(f"mockserver clock: {error}; is `mockserver serve` running?")
        return Exit.INCONCLUSIVE
    finally:
        wire.close()
    say(json.dumps(body, indent=2) if as_json else "\n".join(_lines(body)))
    return Exit.FINE


def _lines(body: Mapping[str, Any]) -> list[str]:
    happened = body.get("happened", [])
    changes = [f"  {change['at']}  {change['job']}  {change['state']} ({change['cause']})" for change in happened]
    more = body.get("total", 0) - len(changes)
    return [
        f"{body['now']}  {body['elapsed']} since the session's start, rate {body['rate']:g}",
        *changes,
        *([f"  and {more} more changes"] if more > 0 else []),
    ]


def _request(verb: str, value: str, headers: dict[str, str]) -> Request:
    if not verb:
        return Request("GET", "/__mock/clock", "", headers)
    if verb not in VERBS:
        meant = f"mockserver clock advance {verb}" if parse_duration(verb) is not None else ""
        hint = meant or "advance 8h, freeze, resume, scale 60, set INSTANT"
        raise refuse("CLI004", f"{verb!r} is no verb of the clock{nearest(verb, VERBS)}", hint)
    body = json.dumps(VERBS[verb](value)).encode()
    return Request("POST", "/__mock/clock", "", {**headers, "content-type": "application/json"}, body)


def _needed(verb: str, value: str, example: str) -> str:
    if not value:
        raise refuse("CLI004", f"{verb} by how much, or to what?", f"mockserver clock {verb} {example}")
    return value


def _nothing(verb: str, value: str) -> bool:
    """True: the verb stands alone."""
    if value:
        raise refuse("CLI004", f"{verb} takes no value, and {value!r} was given", f"mockserver clock {verb}")
    return True


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise refuse("CLI004", f"{value!r} is no rate", "mockserver clock scale 60") from None
