"""What the commands share that ask a running server of ours: which server, which session, and what it answers."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import click

from mockserver.cli import ExitCode
from mockserver.cli.options import default_server_url, json_option, token_option
from mockserver.cli.output import print_message, print_result
from mockserver.core.wire import Request
from mockserver.runner.targets.http_client import HttpClient, Unreachable, call_admin


class ServerOptions(NamedTuple):
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


def server_options(session_help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The options that make a `Running`; `whose` says what the session is asked for, such as `Whose clock.`"""
    options = (
        click.option(
            "--url", default=default_server_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server."
        ),
        click.option("--session", default="default", show_default=True, metavar="NAME", help=session_help),
        token_option,
        json_option,
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def print_admin_answer(
    name: str,
    options: ServerOptions,
    path: str,
    render: Callable[[Any], Iterable[str]],
    body: Mapping[str, object] | None = None,
) -> int:
    """Ask the server, and print what it answers, for a person by the lines that `told` makes of it; the exit code.

    `name` is the command's, `path` what follows `/__mock/`. Raises `MockError` with the server's own code where it
    refuses.
    """
    wire = HttpClient(options.url, options.admin_token)
    try:
        answer = call_admin(wire, options.request(path, body))
    except Unreachable as error:
        print_message(f"mockserver {name}: {error}; is `mockserver serve` running?")
        return ExitCode.INCONCLUSIVE
    finally:
        wire.close()
    print_result(json.dumps(answer, indent=2) if options.as_json else "\n".join(render(answer)))
    return ExitCode.OK
