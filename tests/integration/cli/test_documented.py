"""Every command, option, default and variable is in docs/commands.md, and nothing else is."""

import importlib
import re
from collections.abc import Iterator

import click
import pytest

from mockserver.cli.app import COMMANDS
from mockserver.cli.exit_codes import ExitCode
from tests.support.cli import VARIABLES
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## mockserver (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def command(name: str) -> click.Command:
    found: click.Command = getattr(importlib.import_module(f"mockserver.cli.commands.{name}"), f"{name}_command")
    return found


def options(name: str) -> Iterator[click.Option]:
    yield from (param for param in command(name).params if isinstance(param, click.Option))


def test_every_command_has_its_section():
    assert list(SECTIONS) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_its_row(name):
    rows = re.findall(r"^\| `(--[\w-]+)[^|]*\|", SECTIONS[name].partition("###")[0], re.MULTILINE)
    assert rows == [option.opts[0] for option in options(name)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_default_is_in_its_row(name):
    for option in options(name):
        if isinstance(option.default, str | int) and option.show_default and not option.is_flag:
            row = re.search(rf"^\| `{option.opts[0]}\b.*$", SECTIONS[name], re.MULTILINE)
            assert row is not None
            assert f"`{option.default}`" in row[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_in_the_usage(name):
    shown = [param.metavar or param.name.upper() for param in command(name).params if isinstance(param, click.Argument)]
    usage = re.search(rf"^`mockserver {name}([^`]*)`$", SECTIONS[name], re.MULTILINE)
    assert usage is not None
    wanted = [f"[{word}]" if word == "VALUE" else word for word in shown]
    assert usage[1].split() == wanted


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_command_has_a_help_sentence(name):
    assert all(option.help and option.help.endswith(".") for option in options(name))
    assert COMMANDS[name].endswith(".")


def test_every_variable_has_its_row():
    used = {option.envvar for name in COMMANDS for option in options(name) if option.envvar}
    rows = set(re.findall(r"^\| `(MOCKSERVER_\w+)` \|", PAGE, re.MULTILINE))
    assert rows == used == {f"MOCKSERVER_{name}" for name in VARIABLES}


def test_every_exit_code_has_its_row():
    section = PAGE[PAGE.index("## Exit codes") : PAGE.index("## Environment")]
    assert re.findall(r"^\| (\d+) \|", section, re.MULTILINE) == [str(code.value) for code in ExitCode]
