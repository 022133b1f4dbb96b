"""`mockserver clock`: reads or moves the clock of a running server's session."""

import json
from collections.abc import Callable

import click

from mockserver.core.instants import parse_duration
from mockserver.core.wire import Request
from mockserver.errors import refuse
from mockserver.runner.targets import Unreachable, Wire


@click.command("clock")
@click.argument("verb", required=False, default="", metavar="[advance|freeze|resume|scale|set]")
@click.argument("value", required=False, default="")
@click.option("--url", default="http://127.0.0.1:4810", show_default=True, help="The server.")
@click.option("--session", default="default", show_default=True, help="Whose clock.")
@click.option("--token", envvar="MOCKSERVER_ADMIN_TOKEN", default="", help="The admin API's token, off loopback.")
def command(verb: str, value: str, url: str, session: str, token: str) -> int:
    """Read or move time: `clock advance 8h`, `clock freeze`, `clock resume`, `clock scale 60`, `clock set INSTANT`."""
    headers = {"content-type": "application/json", "x-mock-session": session}
    if token:
        headers["authorization"] = f"Bearer {token}"
    wire = Wire(url)
    try:
        answer = wire.ask(_request(verb, value, headers))
    except Unreachable as error:
        click.echo(f"mockserver clock: {error}; is `mockserver serve` running?", err=True)
        return 3
    finally:
        wire.close()
    body = json.loads(answer.body)
    if answer.status >= 400:
        raise refuse(body["code"], body["detail"], body.get("hint", ""))
    click.echo(f"{body['now']}  {body['elapsed']} since the session's start, rate {body['rate']:g}")
    for change in body.get("happened", []):
        click.echo(f"  {change['at']}  {change['job']}  {change['state']} ({change['cause']})")
    return 0


def _request(verb: str, value: str, headers: dict[str, str]) -> Request:
    if not verb:
        return Request("GET", "/__mock/clock", "", headers)
    verbs: dict[str, Callable[[], dict[str, object]]] = {
        "advance": lambda: {"advance": value},
        "freeze": lambda: {"freeze": True},
        "resume": lambda: {"freeze": False},
        "scale": lambda: {"scale": _number(value)},
        "set": lambda: {"set": value},
    }
    if verb not in verbs:
        known = parse_duration(verb) is not None
        hint = f"mockserver clock advance {verb}" if known else "advance 8h, freeze, resume, scale 60, set INSTANT"
        raise refuse("CLI004", f"{verb!r} is no verb of the clock", hint)
    return Request("POST", "/__mock/clock", "", headers, json.dumps(verbs[verb]()).encode())


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise refuse("CLI004", f"{value!r} is no rate", "mockserver clock scale 60") from None
