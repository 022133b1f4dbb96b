"""Options of the commands that call a running mock server (`clock`, `explain`), and the call itself."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import Decorator, default_server_url, json_option, option_group, token_option
from mockserver.cli.output import print_json, print_message, print_result
from mockserver.core.wire import Request
from mockserver.runner.targets.http_client import HttpClient, Unreachable, call_admin

JsonObject = Mapping[str, object]
Renderer = Callable[[Any], Iterable[str]]


class ServerOptions(NamedTuple):
    """The server to call, the session, and the output format."""

    url: str
    session: str
    admin_token: str
    as_json: bool

    def print_answer(self, command: str, path: str, render: Renderer, body: JsonObject | None = None) -> int:
        """Call `/__mock/PATH` (POST with a body, else GET) and print the answer, as JSON or rendered as lines.

        Returns the exit code of `command`. Raises `MockError` with the server's own code if it refuses the call.
        """
        headers = {"x-mock-session": self.session}
        request = Request("GET", f"/__mock/{path}", "", headers)
        if body is not None:
            headers["content-type"] = "application/json"
            request = Request("POST", request.path, "", headers, json.dumps(body).encode())
        client = HttpClient(self.url, self.admin_token)
        try:
            answer = call_admin(client, request)
        except Unreachable as error:
            print_message(f"mockserver {command}: {error}; is `mockserver serve` running?")
            return ExitCode.INCONCLUSIVE
        finally:
            client.close()
        if self.as_json:
            print_json(json.dumps(answer, indent=2))
        else:
            print_result("\n".join(render(answer)))
        return ExitCode.OK


def server_options(session_help: str) -> Decorator:
    """Return a decorator that adds the options of `ServerOptions`; `session_help` describes `--session`."""
    return option_group(ServerOptions, (
        click.option(
            "--url", default=default_server_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server."
        ),
        click.option("--session", default="default", show_default=True, metavar="NAME", help=session_help),
        token_option,
        json_option,
    ))  # fmt: skip
