"""What the commands share that ask a running server of ours: which server, which session, and what it answers."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import click

from mockserver.cli import Exit
from mockserver.cli.options import json_option, own_url, token_option
from mockserver.cli.say import complain, say
from mockserver.core.wire import Request
from mockserver.runner.wire import Unreachable, Wire, admin_answer


class Running(NamedTuple):
    """Whom to ask, and how to print what it says."""

    url: str
    session: str
    admin_token: str
    as_json: bool

    def request(self, path: str, body: Mapping[str, object] | None) -> Request:
        """A call of the admin API, in the session: a POST where it has a body, else a GET."""
        headers = {"x-mock-session": self.session}
        if body is None:
            return Request("GET", f"/__mock/{path}", "", headers)
        headers["content-type"] = "application/json"
        return Request("POST", f"/__mock/{path}", "", headers, json.dumps(body).encode())


def running_options(whose: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that make a `Running`; `whose` says what the session is asked for, such as `Whose clock.`"""
    options = (
        click.option("--url", default=own_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server."),
        click.option("--session", default="default", show_default=True, metavar="NAME", help=whose),
        token_option,
        json_option,
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def show(
    name: str,
    running: Running,
    path: str,
    told: Callable[[Any], Iterable[str]],
    body: Mapping[str, object] | None = None,
) -> int:
    """Ask the server, and print what it answers, for a person by the lines that `told` makes of it; the exit code.

    `name` is the command's, `path` what follows `/__mock/`. Raises `MockError` with the server's own code where it
    refuses.
    """
    wire = Wire(running.url, running.admin_token)
    try:
        answer = admin_answer(wire, running.request(path, body))
    except Unreachable as error:
        complain(f"mockserver {name}: {error}; is `mockserver serve` running?")
        return Exit.INCONCLUSIVE
    finally:
        wire.close()
    say(json.dumps(answer, indent=2) if running.as_json else "\n".join(told(answer)))
    return Exit.FINE
