"""Options of the commands that call a running mock server (`clock`, `explain`), and the call itself."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import apply_options, default_server_url, json_option, token_option
from mockserver.cli.output import print_message, print_result
from mockserver.core.wire import Request
from mockserver.runner.targets.http_client import HttpClient, Unreachable, call_admin


class ServerOptions(NamedTuple):
    """The server to call, the session, and the output format."""

    url: str
    session: str
    admin_token: str
    as_json: bool

    def request(self, path: str, body: Mapping[str, object] | None) -> Request:
        """Build a request to the admin API in the session: POST with a body, else GET."""
        headers = {"x-mock-session": self.session}
        if body is None:
            return Request("GET", f"/__mock/{path}", "", headers)
        headers["content-type"] = "application/json"
        return Request("POST", f"/__mock/{path}", "", headers, json.dumps(body).encode())


def server_options(session_help: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a decorator that adds the options of `ServerOptions`; `session_help` describes `--session`."""
    options = (
        click.option(
            "--url", default=default_server_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server."
        ),
        click.option("--session", default="default", show_default=True, metavar="NAME", help=session_help),
        token_option,
        json_option,
    )
    return lambda command: apply_options(command, options)


def print_admin_answer(
    name: str,
    options: ServerOptions,
    path: str,
    render: Callable[[Any], Iterable[str]],
    body: Mapping[str, object] | None = None,
) -> int:
    """Call the admin API and print its answer, as JSON or as the lines of `render`; return the exit code.

    `name` is the command, `path` follows `/__mock/`. Raises `MockError` with the server's own code if the server
    refuses the call.
    """
    client = HttpClient(options.url, options.admin_token)
    try:
        answer = call_admin(client, options.request(path, body))
    except Unreachable as error:
        print_message(f"mockserver {name}: {error}; is `mockserver serve` running?")
        return ExitCode.INCONCLUSIVE
    finally:
        client.close()
    print_result(json.dumps(answer, indent=2) if options.as_json else "\n".join(render(answer)))
    return ExitCode.OK
