"""Options of the commands that call a running mock server (`clock`, `explain`), and the call itself."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import Any, Final, NamedTuple

import click

from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import Decorator, default_server_url, is_given, json_option, option_group, token_option
from mockserver.cli.output import print_json, print_message, print_result
from mockserver.client.admin import DEFAULT_SESSION, AdminClient, NotMockServer
from mockserver.client.http import HttpClient, Unreachable
from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean, refuse

JsonObject = Mapping[str, object]
Renderer = Callable[[Any], Iterable[str]]

_MAX_LISTED: Final = 10
"""Sessions that a message lists."""


class ServerOptions(NamedTuple):
    """The server to call, the session, and the output format."""

    url: str
    session: str
    admin_token: str
    as_json: bool

    def print_answer(self, command: str, path: str, render: Renderer, body: JsonObject | None = None) -> int:
        """Call `/__mock/PATH` (POST with a body, else GET) and print the answer, as JSON or rendered as lines.

        Returns the exit code of `command`. Raises `MockError` with the server's own code if it refuses the call, and
        CLI013 for a session that it does not have: the call would create it.
        """
        with closing(HttpClient(self.url, self.admin_token)) as client:
            admin = AdminClient(client, self.session)
            try:
                requests_by_session = admin.get("sessions", _read_request_counts)
                self._refuse_wrong_session(requests_by_session, is_change=body is not None)
                if body is None:
                    answer, lines = admin.get(path, lambda answer: (answer, list(render(answer))))
                else:
                    answer, lines = admin.post(path, lambda answer: (answer, list(render(answer))), body)
            except NotMockServer as error:
                print_message(f"mockserver {command}: {error}")
                return ExitCode.INCONCLUSIVE
            except Unreachable as error:
                print_message(f"mockserver {command}: {error}; is `mockserver serve` running?")
                return ExitCode.INCONCLUSIVE
        if self.as_json:
            print_json(json.dumps(answer, indent=2))
        else:
            print_result("\n".join(lines))
        return ExitCode.OK

    def _refuse_wrong_session(self, requests_by_session: Mapping[str, int], *, is_change: bool) -> None:
        """Raise `MockError` CLI013 for a session that does not exist, or by default for one that nothing uses.

        `requests_by_session`: how many requests each session of the server had.
        """
        name = self.session.partition("@")[0]
        listed = ", ".join(list(requests_by_session)[:_MAX_LISTED])
        hint = f"--session NAME chooses one: {listed or 'there is none yet'}."
        # The default session exists from its first call on.
        if name not in requests_by_session and name != DEFAULT_SESSION:
            near = did_you_mean(name, requests_by_session)
            raise refuse("CLI013", f"{self.url} has no session {name!r}{near}", hint)
        others = sum(1 for each, requests in requests_by_session.items() if requests and each != name)
        if is_change and others and not requests_by_session.get(name) and not is_given("session"):
            problem = f"the session {name!r} has had no request, and {pluralize(others, 'other session')} had"
            raise refuse("CLI013", problem, hint)


def _read_request_counts(answer: Any) -> Mapping[str, int]:
    return {str(each["name"]): int(each["requests"]) for each in answer["sessions"]}


def server_options(session_help: str) -> Decorator:
    """Return a decorator that adds the options of `ServerOptions`; `session_help` describes `--session`."""
    return option_group(ServerOptions, (
        click.option(
            "--url", default=default_server_url, show_default="http://127.0.0.1:4810", metavar="URL", help="The server."
        ),
        click.option("--session", default=DEFAULT_SESSION, show_default=True, metavar="NAME", help=session_help),
        token_option,
        json_option,
    ))  # fmt: skip
