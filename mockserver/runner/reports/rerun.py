"""Command lines that repeat what a report shows: the check of a recording, the play of a scenario."""

import shlex

from mockserver.runner.play.results import PlayResult
from mockserver.runner.reports.escape import display_path


def check_command(
    file: str,
    vendor: str | None,
    era: str | None,
    *,
    strict: bool,
    closed_world: bool = False,
    path_prefix: str = "",
) -> str:
    """Return the command that judges a recording again; without a vendor it detects the era again."""
    words = ["mockserver", "check", file]
    if vendor:
        words += ["--vendor", "@".join(filter(None, (vendor, era)))]
    if strict:
        words.append("--strict")
    if closed_world:
        words.append("--closed-world")
    if path_prefix:
        words += ["--path-prefix", path_prefix]
    return shlex.join(words)


def play_command(result: PlayResult, token: str | None = None) -> str:
    """Return the command that plays a scenario again; `token`: that of one interleaving."""
    command = f"mockserver test {display_path(result.command_name)}{result.command_options}"
    if token:
        command += f" --replay {token}"
    return command
