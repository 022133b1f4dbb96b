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


def verbs(name: str) -> list[click.Command]:
    """Return the verbs of a command; the command itself if it has none."""
    found = command(name)
    return list(found.commands.values()) if isinstance(found, click.Group) else [found]


def options(name: str) -> Iterator[click.Option]:
    """Yield each option of a command once, however many of its verbs have it."""
    seen = set()
    for verb in verbs(name):
        for param in verb.params:
            if isinstance(param, click.Option) and param.opts[0] not in seen:
                seen.add(param.opts[0])
                yield param


def choices(option: click.Option) -> list[str]:
    """Return the words that an option can be; `xN` is a pattern and no word."""
    if isinstance(option.type, click.Choice):
        return [str(choice) for choice in option.type.choices]
    words = (option.metavar or "").split("|")
    return [word for word in words if len(words) > 1 and word.islower()]


def argument_words(verb: click.Command) -> list[str]:
    shown = [param.metavar or param.name.upper() for param in verb.params if isinstance(param, click.Argument)]
    return [f"[{word}]" if word == "VALUE" else word for word in shown]


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
def test_every_choice_is_in_its_row(name):
    for option in options(name):
        row = re.search(rf"^\| `{option.opts[0]}\b.*$", SECTIONS[name], re.MULTILINE)
        assert row is not None
        missing = [word for word in choices(option) if not re.search(rf"\b{word}\b", row[0])]
        assert missing == [], option.opts[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_in_the_usage(name):
    usage = re.search(rf"^`mockserver {name}([^`]*)`$", SECTIONS[name], re.MULTILINE)
    assert usage is not None
    found = command(name)
    if isinstance(found, click.Group):
        assert usage[1].split() == [f"[{'|'.join(found.commands)}]"]
    else:
        assert usage[1].split() == argument_words(found)


@pytest.mark.parametrize("name", [name for name in COMMANDS if isinstance(command(name), click.Group)])
def test_every_verb_has_its_row_and_a_help_sentence(name):
    rows = re.findall(r"^\| `([a-z][^`]*)` \|", SECTIONS[name], re.MULTILINE)
    assert rows == [" ".join([verb.name, *argument_words(verb)]) for verb in verbs(name)]
    assert all(verb.help and verb.get_short_help_str().endswith((".", "...")) for verb in verbs(name))


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
