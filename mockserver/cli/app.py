"""The command's front: which subcommand, and what becomes of its errors."""

import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

import click

from mockserver import __version__
from mockserver.cli import INTERRUPTED
from mockserver.errors import MockError, nearest, refuse

COMMANDS: Final = {
    "serve": "The fake API on a port, until you stop it.",
    "test": "Plays scenarios in virtual time, or on a live API, and judges every answer.",
    "lint": "Checks scenario files.",
    "list": "Lists the scenarios that can be named.",
    "show": "Prints a scenario, a vendor or an error code.",
    "clock": "Reads or moves the clock of a running server's session.",
}
"""Each in `cli/NAME_.py`, as `command`."""


class _Lazy(click.Group):
    """Subcommands are imported when they are asked for: `serve` must not wait for the others' imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"mockserver.cli.{cmd_name}_").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A misspelt subcommand is told the nearest one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}{nearest(args[0], COMMANDS)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself: no subcommand is imported to print it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]}, name="mockserver")
@click.version_option(__version__, prog_name="videojob-mockserver")
def app() -> None:
    """A mock server and contract tests for asynchronous video-job APIs, in virtual time."""


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code."""
    try:
        _alone()
        code = app.main(args=list(arguments), prog_name="mockserver", standalone_mode=False)
    except MockError as error:
        for problem in error.problems:
            click.echo(problem.text(), err=True)
        return 2
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 -- the last resort: say so, and exit 4
        sys.excepthook(*sys.exc_info())
        click.echo("mockserver: this is a bug of ours; please report it with the lines above", err=True)
        return 4
    return int(code or 0)


def _alone() -> None:
    """PyPI's `mockserver-client` installs files into the package `mockserver` too, and overwrites ours."""
    try:
        distribution("mockserver-client")
    except PackageNotFoundError:
        return
    raise refuse(
        "CLI001",
        "the distribution `mockserver-client` is installed here too and shares our package's folder",
        "use a virtual environment without it: pip uninstall mockserver-client, then reinstall videojob-mockserver",
    )
