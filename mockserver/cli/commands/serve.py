"""`mockserver serve`: serves the fake API on a port."""

import click

from mockserver.cli.completers import complete_scenarios
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import log_to_stderr, print_result, stdout_columns
from mockserver.cli.serve.greeting_text import serve_greeting
from mockserver.cli.serve.log_writer import LogWriter, start_json_log, start_text_log
from mockserver.cli.serve.options import ServeOptions, serve_options
from mockserver.cli.serve.settings import is_loopback, server_settings
from mockserver.server.app import App
from mockserver.server.run import RunningServer, serve_forever
from mockserver.server.sessions import SessionRegistry


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
    token = options.admin_token
    if not token and not is_loopback(options.host):
        import secrets

        token = secrets.token_urlsafe(16)
    app = App(SessionRegistry(settings), token=token, allowed_hosts=options.allowed_hosts)
    log: LogWriter | None = None

    def greet(running: RunningServer) -> None:
        nonlocal log
        print_result("\n".join(serve_greeting(running, settings, options.clock)))
        # After the greeting: nothing can have happened before, and its lines stand below.
        log = start_log(options)
        if log is not None:
            app.watch(log.observe)

    interrupted = serve_forever(app, options.host, options.port, greet)
    if log is not None:
        log.close()
    print_result("stopped")
    return ExitCode.INTERRUPTED if interrupted else ExitCode.OK


def start_log(options: ServeOptions) -> LogWriter | None:
    """Start the log that the options ask for: by default lines on a terminal, and none elsewhere."""
    if options.quiet:
        return None
    if options.log == "json":
        return start_json_log()
    if options.log == "text" or stdout_columns() is not None:
        return start_text_log()
    return None
