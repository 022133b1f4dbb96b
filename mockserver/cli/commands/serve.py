"""`mockserver serve`: serves the fake API on a port."""

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from mockserver.cli.completers import complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import log_to_stderr, print_json, print_problem, print_result, stdout_columns
from mockserver.cli.serve.greeting_text import ready_object, serve_greeting
from mockserver.cli.serve.options import ServeOptions, serve_options
from mockserver.cli.serve.settings import is_loopback, server_settings, server_tls, watched_files
from mockserver.errors import MockError
from mockserver.server.app import App
from mockserver.server.http.listener import Binder, bind_host
from mockserver.server.run import Companion, RunningServer, serve_forever
from mockserver.server.sessions import SessionRegistry
from mockserver.server.settings import ServerSettings
from mockserver.server.tls import ServerTls

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
    if options.workers > 1:
        # Imported late, here and below: most servers are one process.
        from mockserver.server.workers import check_workers

        check_workers(options.store)
        options = options._replace(admin_token=admin_token(options))
    with server_tls(options) as tls:
        serve_in = serve_workers if options.workers > 1 else serve_alone
        code = serve_in(options, scenarios, tls)
    if not options.ready_json and code in (ExitCode.OK, ExitCode.INTERRUPTED):
        print_result("stopped")
    return code


def serve_alone(options: ServeOptions, scenarios: tuple[str, ...], tls: ServerTls | None) -> int:
    """Serve in this process; returns the exit code. Raises what `serve_command` raises."""
    interrupted = serve_here(options, scenarios, tls, partial(print_greeting, options))
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def serve_workers(options: ServeOptions, scenarios: tuple[str, ...], tls: ServerTls | None) -> int:
    """Serve in several processes; returns the exit code. Raises MockError SRV004 or SRV005."""
    from mockserver.server.workers import bind_shared, serve_with_workers

    def work(port: int, ready: Callable[[str], None]) -> int:
        """Serve in one of the processes until a signal comes; returns its exit code."""
        own = options._replace(port=port, exit_with_parent=True)
        try:
            serve_here(own, scenarios, tls, ready, bind_shared, pid=os.getppid())
        except MockError as error:
            for problem in error.problems:
                print_problem(problem)
            return ExitCode.USAGE
        return ExitCode.OK

    return serve_with_workers(
        (options.host, options.port),
        options.workers,
        work,
        partial(print_greeting, options),
        watches_parent=options.exit_with_parent,
    )


def serve_here(
    options: ServeOptions,
    scenarios: tuple[str, ...],
    tls: ServerTls | None,
    announce: Callable[[str], None],
    bind: Binder = bind_host,
    pid: int | None = None,
) -> bool:
    """Serve in this process until a signal comes; returns True for SIGINT. Raises what `serve_command` raises.

    `announce` gets the greeting once the port answers; `pid` is the process to stop, by default this one.
    """
    began_at = time.time_ns()
    settings = server_settings(options, scenarios)
    app = App(
        SessionRegistry(settings),
        token=admin_token(options),
        allowed_hosts=options.allowed_hosts,
        tls=None if tls is None else tls.context,
    )
    variables = {} if tls is None else tls.environment()

    def ready(running: RunningServer) -> None:
        announce(greeting_text(options, settings, variables, running, pid))

    companions = companions_of(options, settings, began_at)
    return serve_forever(app, options.host, options.port, ready, companions, bind=bind)


def print_greeting(options: ServeOptions, greeting: str) -> None:
    """Print the greeting, for a person or for a program."""
    if options.ready_json:
        print_json(greeting)
    else:
        print_result(greeting)


def admin_token(options: ServeOptions) -> str:
    """Return the admin API's token: the given one, else a new one off loopback; empty: none is required."""
    if options.admin_token or is_loopback(options.host):
        return options.admin_token
    import secrets

    return secrets.token_urlsafe(16)


def greeting_text(
    options: ServeOptions,
    settings: ServerSettings,
    variables: Mapping[str, str],
    running: RunningServer,
    pid: int | None,
) -> str:
    """Return the greeting, for a person or for a program; `pid` is the process to stop, by default this one."""
    if options.ready_json:
        ready = ready_object(running, variables)
        return orjson.dumps(ready if pid is None else {**ready, "pid": pid}).decode()
    return "\n".join(serve_greeting(running, settings, options.clock, variables, options.store))


def companions_of(options: ServeOptions, settings: ServerSettings, began_at: int) -> list[Companion]:
    """Return what runs beside the server, in the order of its start.

    `began_at` is the Unix time in nanoseconds before the scenario files were read.
    """
    companions: list[Companion] = []
    log = start_log(options)
    if log is not None:
        companions.append(logged_with(log))
    if options.watch:
        from mockserver.server.scenario_watch import scenarios_watched

        named = [Path(scenario.path) for scenario in settings.scenarios]
        companions.append(lambda running, stop: scenarios_watched(running.app, lambda: watched_files(named), began_at))
    if options.exit_with_parent:
        from mockserver.server.parent import parent_watched

        parent = os.getppid()  # before the greeting: who has read it may end at once
        companions.append(lambda running, stop: parent_watched(stop, parent))
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
    async def logged(running: RunningServer, stop: Callable[[], None]) -> AsyncIterator[None]:
        log = start()
        running.app.watch(log.observe)
        try:
            yield
        finally:
            log.close()

    return logged
