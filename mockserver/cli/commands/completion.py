"""`mockserver completion`: the script that completes the command's words in a shell."""

import json
from typing import Final

import click

from mockserver.cli.completers import complete_words
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.options import json_option
from mockserver.cli.output import is_terminal, print_json, print_message, print_result
from mockserver.cli.shell import shell_completion
from mockserver.errors import did_you_mean

STARTUP_LINES: Final = {
    "bash": ('eval "$(mockserver completion bash)"', "~/.bashrc"),
    "zsh": ('eval "$(mockserver completion zsh)"', "~/.zshrc"),
    "fish": ("mockserver completion fish | source", "~/.config/fish/config.fish"),
}
"""By shell: the line that installs the completion, and the file of the user for it."""


@click.command("completion")
@click.argument("shell", metavar="bash|zsh|fish", shell_complete=complete_words(STARTUP_LINES))
@json_option
def completion_command(shell: str, as_json: bool) -> int:
    """Print the script that makes a shell complete commands, options, and names of scenarios, vendors and sessions.

    For bash, add this line to ~/.bashrc: eval "$(mockserver completion bash)"

    \f
    Raises `click.UsageError` for another shell.
    """
    completion = shell_completion(click.get_current_context().find_root().command, shell)
    if shell not in STARTUP_LINES or completion is None:
        near = did_you_mean(shell, STARTUP_LINES)
        raise click.UsageError(f"there is no completion for {shell!r}{near}: {', '.join(STARTUP_LINES)}.")
    script = completion.source()
    line, file = STARTUP_LINES[shell]
    if as_json:
        print_json(json.dumps({"shell": shell, "line": line, "file": file, "script": script}, indent=2))
        return ExitCode.OK
    print_result(script.strip("\n"))
    if is_terminal():
        print_message(f"to install it, add this line to {file}:\n{line}")
    return ExitCode.OK
