"""Answers a shell that completes a command line, and renders the script with which the shell asks.

Click does both, but writes bytes past the place that prints (`output`).
"""

from typing import Final

import click
from click.shell_completion import ShellComplete, get_completion_class

from mockserver.cli.bash_completion import BashLineComplete
from mockserver.cli.output import print_result

COMPLETE_VARIABLE: Final = "_MOCKSERVER_COMPLETE"
"""The variable with which the script asks the command: `bash_complete`."""


def shell_completion(root: click.Command, shell: str) -> ShellComplete | None:
    """Return click's completion for a shell; None for a shell that it does not know."""
    completion_class = BashLineComplete if shell == "bash" else get_completion_class(shell)
    if completion_class is None:
        return None
    return completion_class(root, {}, "mockserver", COMPLETE_VARIABLE)


def answer_shell(root: click.Command, instruction: str) -> bool:
    """Print the words for the line that the shell has put into the environment; False for an unknown instruction."""
    shell, _, wanted = instruction.partition("_")
    completion = shell_completion(root, shell)
    if completion is None or wanted != "complete":
        return False
    words = completion.complete()
    if words:
        print_result(words)
    return True
