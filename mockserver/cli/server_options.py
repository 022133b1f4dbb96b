"""Options of the commands that call a running mock server (`clock`, `jobs`, `explain`, ...), and the call itself."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

import click

from mockserver import __version__
from mockserver.cli.admin_hints import in_command_words, scope_note, unreadable_problems
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import Decorator, default_server_url, is_given, json_option, option_group, token_option
from mockserver.cli.output import print_json, print_lines, print_message, print_problem
from mockserver.cli.quick_call import quick_answer
from mockserver.cli.session_completer import complete_sessions
from mockserver.cli.styles import Line
from mockserver.client.admin import DEFAULT_SESSION, AdminClient, NotMockServer
from mockserver.client.http import HttpClient, Unreachable
from mockserver.core.text import pluralize
from mockserver.core.wire import Request
from mockserver.errors import MockError, did_you_mean, refuse

JsonObject = Mapping[str, Any]
Renderer = Callable[[Any], Iterable[str | Line]]


PRODUCT_NAME: Final = "videojob-mockserver"
"""The name of a mock server in its answer to `GET version`."""
_MAX_LISTED: Final = 10
"""Sessions that a message lists."""
_NOT_NOW_CODES: Final = frozenset({"SRV031", "SRV041", "SRV042", "ADM042"})
"""Refusals of a server that cannot do a call now, whatever the call is: its store is gone, or its receivers hang."""
_UNKNOWN_CALL_CODES: Final = frozenset({"ADM001", "ADM002"})
"""Refusals of a call, a field or a parameter that the server does not have: it may be of another version."""


class ServerOptions(NamedTuple):
    """The server to call, the session, and the output format."""

    url: str
    session: str
    admin_token: str
    as_json: bool
    is_about_session: bool = True
    """False for a command about the server as a whole, and for one that names the sessions that it is about."""

    def print_answer(self, request: Request, render: Renderer, if_empty: str = "") -> int:
        """Make one admin call and print its answer: see `run` and `print_call`. Returns the exit code."""
        return self.run(
            lambda admin: self.print_call(admin, request, render, if_empty), is_change=request.method != "GET"
        )

    def print_call(self, admin: AdminClient, request: Request, render: Renderer, if_empty: str = "") -> int:
        """Make an admin call and print its answer: see `print_rendered`. Returns the exit code."""
        # Rendered while it is read: an answer that cannot be rendered is not one of a mock server.
        answer, lines = admin.call(request, lambda answer: (answer, list(render(answer))))
        return self.print_rendered(answer, lines, if_empty)

    def print_rendered(self, answer: JsonObject, lines: Sequence[str | Line], if_empty: str = "") -> int:
        """Print an answer as JSON or as lines; to stderr what to do next without lines, and whose answer it is.

        Returns 2 for an answer that some sessions are missing from: they are printed with the reason.
        """
        if self.as_json:
            print_json(json.dumps(answer, indent=2))
        elif lines:
            print_lines(lines)
        elif if_empty:
            print_message(if_empty)
        note = scope_note(answer)
        if note:
            print_message(note)
        code = ExitCode.OK
        for problem in unreadable_problems(answer, self.session):
            print_problem(problem)
            code = ExitCode.USAGE
        return code

    def run(self, action: Callable[[AdminClient], int], *, is_change: bool = False) -> int:
        """Run an action with a client of the server, and return its exit code; 3 if none answers, or not now.

        Raises `MockError` with the server's own code if it refuses a call, and CLI013 for a session that it does not
        have: the call would create it.
        """
        command = click.get_current_context().find_root().invoked_subcommand
        with closing(HttpClient(self.url, self.admin_token)) as client:
            admin = AdminClient(client, self.session)
            try:
                if self.is_about_session:
                    self._refuse_wrong_session(admin, is_change=is_change)
                return action(admin)
            except NotMockServer as error:
                print_message(f"mockserver {command}: {error}{other_version(client)}")
                return ExitCode.INCONCLUSIVE
            except Unreachable as error:
                print_message(f"mockserver {command}: {error}; is `mockserver serve` running?")
                print_message(f"    {self._where_else()}")
                return ExitCode.INCONCLUSIVE
            except MockError as error:
                first = error.problems[0]
                if first.code in _NOT_NOW_CODES:
                    for problem in in_command_words(error, self.session).problems:
                        print_problem(problem)
                    return ExitCode.INCONCLUSIVE
                if first.code not in _UNKNOWN_CALL_CODES:
                    raise in_command_words(error, self.session) from None
                raise refuse(first.code, first.message + other_version(client), first.hint) from None

    def _where_else(self) -> str:
        """Return how to name another server than the one that does not answer."""
        hint = "--url URL or MOCKSERVER_PORT names another place"
        if self.url.startswith("http:"):
            hint += f"; try https{self.url.removeprefix('http')} if it serves TLS"
        return f"{hint}."

    def _refuse_wrong_session(self, admin: AdminClient, *, is_change: bool) -> None:
        """Raise `MockError` CLI013 for a session that does not exist, or for a change of one that nothing uses.

        The latter is about the session that is meant by default; a command that only reads prints it as a note.
        """
        name, mark, epoch = self.session.partition("@")
        if not epoch.isdecimal():
            name += mark + epoch
        requests_by_session, is_complete = admin.get("sessions", read_request_counts)
        if name not in requests_by_session and not is_complete:
            requests_by_session |= admin.get("sessions", read_request_counts, {"name": name}).by_session
        listed = ", ".join(list(requests_by_session)[:_MAX_LISTED])
        hint = f"--session NAME chooses one: {listed or 'there is none yet'}."
        # The default session exists from its first call on.
        if name not in requests_by_session and name != DEFAULT_SESSION:
            near = did_you_mean(name, requests_by_session)
            hint += f" `mockserver sessions create {name}` creates it."
            raise refuse("CLI013", f"{self.url} has no session {name!r}{near}", hint)
        if is_given("session"):
            return
        problem = unused_session_problem(name, requests_by_session)
        if problem and is_change:
            raise refuse("CLI013", problem, hint)
        if problem:
            print_message(f"note: {problem}\n    {hint}")


class RequestCounts(NamedTuple):
    """How many requests each session had."""

    by_session: dict[str, int]
    is_complete: bool
    """False if the server has other sessions: more than one answer lists, or some that cannot be read."""


def read_request_counts(answer: Any) -> RequestCounts:
    """Read the answer of `GET sessions`."""
    by_session = {str(each["name"]): int(each["requests"]) for each in answer["sessions"]}
    is_complete = int(answer.get("total", 0)) <= len(by_session) and "unreadable" not in answer
    return RequestCounts(by_session, is_complete)


def unused_session_problem(name: str, requests_by_session: Mapping[str, int]) -> str:
    """Return what is wrong with a session that has had no request while others are in use; "" for nothing."""
    others = [requests for each, requests in requests_by_session.items() if each != name]
    used = sum(1 for requests in others if requests)
    if used and not requests_by_session.get(name):
        return f"the session {name!r} has had no request, and {pluralize(used, 'other session')} had"
    if others and name not in requests_by_session:
        return f"the session {name!r} does not exist yet, unlike {pluralize(len(others), 'other session')}"
    return ""


def other_version(client: HttpClient) -> str:
    """Return `; the server is version 0.0.9, ...` for a mock server of another version, else ""."""
    answer = quick_answer(client.base_url, client.token, "version")
    version = answer.get("version", __version__)
    if answer.get("name") != PRODUCT_NAME or version == __version__:
        return ""
    return f"; the server is version {version}, and this command is version {__version__}"


def _with_scheme(context: click.Context, parameter: click.Parameter, url: str) -> str:
    return url if "://" in url else f"http://{url}"


_url_option: Final = click.option(
    "--url", default=default_server_url, metavar="URL", callback=_with_scheme,
    help="The server; by default http://127.0.0.1:4810, or where MOCKSERVER_HOST and MOCKSERVER_PORT say.",
)  # fmt: skip


def server_options(session_help: str) -> Decorator:
    """Return a decorator that adds the options of `ServerOptions`; `session_help` describes `--session`."""
    return option_group(ServerOptions, (
        _url_option,
        click.option(
            "--session", default=DEFAULT_SESSION, show_default=True, metavar="NAME", help=session_help,
            shell_complete=complete_sessions,
        ),
        token_option,
        json_option,
    ))  # fmt: skip


def without_session(url: str, admin_token: str, as_json: bool) -> ServerOptions:
    """Return the options of a command that is about no single session."""
    return ServerOptions(url, DEFAULT_SESSION, admin_token, as_json, is_about_session=False)


whole_server_options: Final = option_group(without_session, (_url_option, token_option, json_option))
"""Adds the options of `ServerOptions` except `--session`, for commands about the server as a whole."""


def _for_process(url: str, admin_token: str) -> ServerOptions:
    return without_session(url, admin_token, as_json=False)


process_options: Final = option_group(_for_process, (_url_option, token_option))
"""Adds the options that say which server it is, for a command that prints none of its answers."""
