"""`mockserver serve`: serves the fake API on a port."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from mockserver.cli.completers import complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import log_to_stderr, print_json, print_result, stdout_columns
from mockserver.cli.serve.greeting_text import ready_object, serve_greeting
from mockserver.cli.serve.options import ServeOptions, serve_options
from mockserver.cli.serve.settings import is_loopback, server_settings, server_tls, watched_files
from mockserver.server.app import App
from mockserver.server.run import Companion, RunningServer, serve_forever
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings

if TYPE_CHECKING:
    from mockserver.cli.serve.log_writer import LogWriter


@click.command("serve")
@click.argument("scenarios", nargs=-1, metavar="[SCENARIO|FILE...]", shell_complete=complete_scenarios)
@serve_options
def serve_command(options: ServeOptions, scenarios: tuple[str, ...]) -> int:
    """Serve the fake API until you stop it.

    SCENARIO is a name (`mockserver list`) or a file. Each is played for its vendor in every session that does not
    choose another one. A client chooses one with the API key `scenario:NAME`.

    \f
    Raises `click.UsageError` for an unusable webhook option or limit, `MockError` for an unusable scenario.
    """
    log_to_stderr(options.log_level.upper())
    settings = server_settings(options, scenarios)
    with server_tls(options) as tls:
        app = App(
            SessionRegistry(settings),
            token=admin_token(options),
            allowed_hosts=options.allowed_hosts,
            tls=None if tls is None else tls.context,
        )
        variables = {} if tls is None else tls.environment()
        ready = greeting_printer(options, settings, variables)
        interrupted = serve_forever(app, options.host, options.port, ready, companions_of(options, settings))
    if not options.ready_json:
        print_result("stopped")
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def admin_token(options: ServeOptions) -> str:
    """Return the admin API's token: the given one, else a new one off loopback; empty: none is required."""
    if options.admin_token or is_loopback(options.host):
        return options.admin_token
    import secrets

    return secrets.token_urlsafe(16)


def greeting_printer(
    options: ServeOptions, settings: ServerSettings, variables: Mapping[str, str]
) -> Callable[[RunningServer], None]:
    """Return what prints the greeting, for a person or for a program."""

    def greet(running: RunningServer) -> None:
        if options.ready_json:
            print_json(orjson.dumps(ready_object(running, variables)).decode())
        else:
            print_result("\n".join(serve_greeting(running, settings, options.clock, variables)))

    return greet


def companions_of(options: ServeOptions, settings: ServerSettings) -> list[Companion]:
    """Return what runs beside the server, in the order of its start."""
    companions: list[Companion] = []
    log = start_log(options)
    if log is not None:
        companions.append(logged_with(log))
    if options.watch:
        from mockserver.server.scenario_watch import scenarios_watched

        named = [Path(scenario.path) for scenario in settings.scenarios]
        companions.append(lambda running, stop: scenarios_watched(running.app, lambda: watched_files(named)))
    if options.exit_with_parent:
        from mockserver.server.parent import parent_watched

        companions.append(lambda running, stop: parent_watched(stop))
    return companions


def start_log(options: ServeOptions) -> "Callable[[], LogWriter] | None":
    """Return what starts the log that the options ask for: by default lines on a terminal, and none elsewhere."""
    by_default = stdout_columns() is not None and not options.ready_json
    if options.quiet or not (options.log or by_default):
        return None
    # Imported late, as everything here that most servers do without.
    from mockserver.cli.serve.log_writer import start_json_log, start_text_log

    if options.log == "json":
        return start_json_log
    return start_text_log


def logged_with(start: "Callable[[], LogWriter]") -> Companion:
    """Return a companion that logs what the server does, with the log that `start` makes."""

    @asynccontextmanager
    async def logged(running: RunningServer) -> AsyncIterator[None]:
        log = start()
        running.app.watch(log.observe)
        try:
            yield
        finally:
            log.close()

    def companion(running: RunningServer, stop: Callable[[], None]) -> AbstractAsyncContextManager[None]:
        return logged(running)

    return companion
