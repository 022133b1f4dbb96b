"""The page of all commands with their arguments and options, from click."""

import re
from collections.abc import Iterator
from typing import Any

import click

from docs._ext.reference.tables import HEADER, table
from mockserver.cli.app import app

_INTRODUCTION = """# Options of every command

What each command takes, as `--help` prints it. [Commands](../commands.md) explains them with examples.
"""


def command_page() -> str:
    """Render the page."""
    lines = [HEADER, _INTRODUCTION]
    # With its own settings: click keeps the help option that a command was first asked for.
    context = app.make_context("mockserver", [], resilient_parsing=True)
    for command in _commands(context):
        lines += _command_lines(command)
    return "\n".join(lines).rstrip() + "\n"


def _commands(context: click.Context) -> Iterator[click.Context]:
    """Yield a context for each command that does something, groups before their own commands."""
    group = context.command
    assert isinstance(group, click.Group)  # noqa: S101 - the caller passes groups only
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        inner = click.Context(command, info_name=name, parent=context)
        yield inner
        if isinstance(command, click.Group):
            yield from _commands(inner)


def _command_lines(context: click.Context) -> list[str]:
    command = context.command
    depth = context.command_path.count(" ")
    lines = [f"{'#' * (depth + 1)} {context.command_path}", ""]
    arguments = [_argument(each) for each in command.params if isinstance(each, click.Argument)]
    if arguments:
        lines += [f"`{context.command_path} {' '.join(arguments)}`", ""]
    lines += [_paragraph(part) for part in (command.help or "").partition("\f")[0].strip().split("\n\n")]
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        lines += table(("option", "default", "meaning"), map(_option_row, options))
    return lines


def _argument(argument: click.Argument) -> str:
    name = argument.make_metavar(click.Context(click.Command("")))
    return name if argument.nargs == 1 or "..." in name else f"{name}..."


def _paragraph(text: str) -> str:
    return f"{_escaped(' '.join(text.replace(chr(8), '').split()))}\n"


def _escaped(text: str) -> str:
    """Put what Markdown would take for markup into code."""
    return re.sub(r"(?<!`)(\{[^`}]*\}|<[^>]*>|\*)(?!`)", r"`\1`", text)


def _option_row(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join((*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else f" {option.make_metavar(click.Context(click.Command('')))}"
    text = _escaped(option.help or "")
    if option.envvar:
        text += f" Environment: `{option.envvar}`."
    if option.multiple and "Repeatable" not in text:
        text += " Repeatable."
    return f"`{names}{value}`", _default(option), text


def _default(option: click.Option) -> str:
    default: Any = option.show_default if isinstance(option.show_default, str) else option.default
    if option.required:
        return "required"
    if option.is_flag or default is None or not isinstance(default, str | int | float) or default == "":
        return ""
    return f"`{default}`"
