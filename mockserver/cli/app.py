"""The front of the command: finds the subcommand, and turns errors into messages and exit codes."""

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from mockserver import __version__
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import print_message, print_problem, safe_output
from mockserver.cli.shell import COMPLETE_VARIABLE, answer_shell
from mockserver.errors import MockError, did_you_mean, refuse
from mockserver.packages import is_installed

COMMANDS: Final = {
    "serve": "Serve the fake API on a port until you stop it.",
    "test": "Play scenarios in virtual time or on a live API, and check every answer.",
    "check": "Check recorded traffic: HAR files, VCR cassettes, journals.",
    "distill": "Turn a recording into the shortest scenario that behaves like it.",
    "diff": "Compare two contracts, or a recording with a contract.",
    "proxy": "Forward traffic to an API, check it and record it.",
    "trial": "Put a client in front of scenarios that catch mistakes.",
    "replay": "Serve a recording as it is, at any polling interval.",
    "fuzz": "Send requests that Schemathesis generates from a contract, and check the answers.",
    "lint": "Check scenario files.",
    "vendor": "Check whether a vendor keeps what the engine asks of it.",
    "list": "List the scenarios and the vendors.",
    "show": "Print a scenario, a vendor, an error code or a rule.",
    "explain": "Explain a rule, an error code, or one answer of a running server.",
    "listen": "Receive webhooks on this machine and print them.",
    "clock": "Read or move the clock of a session on a running server.",
    "sessions": "List, create, delete, export or import sessions.",
    "store": "Look into the file of a store, and write, read or shorten its sessions.",
    "jobs": "List, show, create or move jobs of a session.",
    "journal": "Print or follow the requests of a session and their answers.",
    "faults": "List, add or remove faults of a session.",
    "holds": "List, add, release or remove holds of a session: they stop requests.",
    "webhooks": "List, set or remove webhook endpoints of a session, and list its deliveries.",
    "reset": "Begin a session again: the same scenario, no jobs, no history.",
    "pack": "Draft, check or show packs: vendors in one YAML file.",
    "schema": "Print or write the JSON Schema of scenario files, for editors.",
    "init": "Write a first scenario, a first test and a CI workflow into a project.",
    "mcp": "Offer a running server to a coding agent, as tools.",
    "completion": "Print the script that completes words in bash, zsh or fish.",
}
"""The subcommands with their summaries; each is `NAME_command` in `commands/NAME.py`."""


class _LazyGroup(click.Group):
    """Imports a subcommand only to run it: neither `serve` nor the help waits for the imports of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a subcommand; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"mockserver.cli.commands.{cmd_name}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand. Raises `click.UsageError` with the nearest name for an unknown one."""
        # Click itself reports an unknown option: only words are compared with the names of subcommands.
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}{did_you_mean(args[0], COMMANDS)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries without an import of any subcommand."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]}, name="mockserver")
@click.version_option(__version__, prog_name="videojob-mockserver")
def app() -> None:
    """A mock server and contract tests for asynchronous video-job APIs, in virtual time.

    Exit codes of every command: 0 success, 1 findings or a failed play, 2 an unusable option or file, 3 nothing
    proved or target unreachable, 4 a bug in this tool, 130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; errors are printed, none is raised."""
    with safe_output() as output:
        code = _run_command(arguments)
        if output.stdout_failed and code in (ExitCode.OK, ExitCode.FINDINGS, ExitCode.INCONCLUSIVE):
            # Whatever was found, the caller did not get it.
            return ExitCode.USAGE
        return code


def _run_command(arguments: Sequence[str]) -> int:
    try:
        instruction = os.environ.get(COMPLETE_VARIABLE)
        if instruction and answer_shell(app, instruction):
            return ExitCode.OK
        refuse_shared_package()
        code = app.main(args=list(arguments), prog_name="mockserver", standalone_mode=False)
    except MockError as error:
        for problem in error.problems:
            print_problem(problem)
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except Exception:  # noqa: BLE001 -- the last resort: report the bug and exit 4
        sys.excepthook(*sys.exc_info())
        print_message("mockserver: this is a bug in mockserver; please report it with the lines above")
        return ExitCode.INTERNAL_ERROR
    # `--help` and `--version` return no code.
    return int(code or ExitCode.OK)


def refuse_shared_package() -> None:
    """Raise `MockError` CLI001 beside PyPI's `mockserver-client`, which installs into the same package folder."""
    if not is_installed("mockserver-client"):
        return
    raise refuse(
        "CLI001",
        "the distribution `mockserver-client` is installed here too and overwrites files of the package `mockserver`",
        "Run `pip uninstall mockserver-client` and reinstall videojob-mockserver, or use separate environments.",
    )
