"""The command's front: which subcommand, and what becomes of its errors."""

import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from typing import Final

import click

from mockserver import __version__
from mockserver.cli import ExitCode
from mockserver.cli.output import print_message
from mockserver.errors import MockError, did_you_mean, refuse

COMMANDS: Final = {
    "serve": "The fake API on a port, until you stop it.",
    "test": "Plays scenarios in virtual time, or on a live API, and judges every answer.",
    "check": "Judges recorded traffic: HAR, VCR cassettes, our own journals.",
    "diff": "Tells what changed between two contracts, or what a recording shows that a contract does not say.",
    "proxy": "Passes traffic on to an API, judges it and records it.",
    "fuzz": "Sends what Schemathesis makes of a contract, and judges the answers, over time too.",
    "lint": "Checks scenario files.",
    "list": "Lists the scenarios that can be named, and the vendors.",
    "show": "Prints a scenario, a vendor, an error code or a rule.",
    "explain": "Explains a rule, an error code, or one answer of a running server.",
    "listen": "Receives webhooks on this machine and prints them.",
    "clock": "Reads or moves the clock of a running server's session.",
}
"""Each in `cli/NAME_.py`, as `command`."""

PLANNED: Final = ("replay", "distill", "init")
"""What later versions will have: whoever asks for one is not told that it is misspelt."""


class _LazyGroup(click.Group):
    """Subcommands are imported when they are asked for: `serve` must not wait for the others' imports."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(
            importlib.import_module(f"mockserver.cli.commands.{cmd_name}"), f"{cmd_name}_command"
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A misspelt subcommand is told the nearest one."""
        if args and args[0] in PLANNED:
            ctx.fail(f"This version has no {args[0]!r} yet.")
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}{did_you_mean(args[0], COMMANDS)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself: no subcommand is imported to print it."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, name="mockserver")
@click.version_option(__version__, prog_name="videojob-mockserver")
def app() -> None:
    """A mock server and contract tests for asynchronous video-job APIs, in virtual time.

    Exit codes, of every command: 0 fine, 1 findings or a failed play, 2 an option or a file that cannot be used,
    3 nothing proved or nobody reached, 4 a bug of ours, 130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command; its exit code."""
    try:
        _check_shared_package()
        code = app.main(args=list(arguments), prog_name="mockserver", standalone_mode=False)
    except MockError as error:
        for problem in error.problems:
            print_message(problem.text())
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001 -- the last resort: say so, and exit 4
        sys.excepthook(*sys.exc_info())
        print_message("mockserver: this is a bug of ours; please report it with the lines above")
        return ExitCode.INTERNAL_ERROR
    return int(code or ExitCode.OK)


def _check_shared_package() -> None:
    """PyPI's `mockserver-client` installs files into the package `mockserver` too, and overwrites ours."""
    try:
        distribution("mockserver-client")
    except PackageNotFoundError:
        return
    raise refuse(
        "CLI001",
        "the distribution `mockserver-client` is installed here too and shares our package's folder",
        "Use a virtual environment without it: pip uninstall mockserver-client, then install videojob-mockserver anew.",
    )
