"""The command as a whole: help, misspelt words, exit codes, errors, and a distribution that conflicts with it."""

import os
import subprocess
import sys

import click
import pytest

import mockserver as package
from mockserver.cli import app
from mockserver.cli.exit_codes import ExitCode
from mockserver.cli.output import print_result
from mockserver.errors import MockError, Problem, refuse
from tests.support.paths import ROOT


def test_exit_codes_have_their_numbers():
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "INCONCLUSIVE": 3,
        "INTERNAL_ERROR": 4,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("name", ["", *app.COMMANDS])
def test_h_is_help_for_every_command(name, mockserver):
    words = [name] if name else []
    short, long = mockserver(*words, "-h"), mockserver(*words, "--help")
    assert short == long
    assert short.code == 0
    assert short.err == ""
    assert "Usage: mockserver" in short.out


def test_the_version_is_printed(mockserver):
    assert mockserver("--version").out == f"videojob-mockserver, version {package.__version__}\n"


def test_without_a_command_it_is_2_and_lists_the_commands(mockserver):
    result = mockserver()
    assert result.code == 2
    assert all(name in result.err for name in app.COMMANDS)


@pytest.mark.parametrize(("word", "near"), [("sevre", "serve"), ("tests", "test"), ("lits", "list"), ("shwo", "show")])
def test_a_misspelt_command_is_2_with_the_nearest(word, near, mockserver):
    result = mockserver(word)
    assert result.code == 2
    assert f"(did you mean {near!r}?)" in result.err


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (["serve", "--prot", "1"], "--port"),
        (["test", "--jnuit", "x"], "--junit"),
        (["lint", "--jsn"], "--json"),
        (["list", "--vendro", "x"], "--vendor"),
        (["clock", "--sesion", "x"], "--session"),
    ],
)
def test_a_misspelt_option_is_2_with_the_nearest(words, near, mockserver):
    result = mockserver(*words)
    assert result.code == 2
    assert near in result.err


@pytest.mark.parametrize(
    "words", [["serve", "--port", "x"], ["serve", "--port", "70000"], ["show"], ["show", "a", "b"]]
)
def test_an_unusable_option_is_2(words, mockserver):
    assert mockserver(*words).code == 2


# Errors


class FailingCommand(click.Command):
    """A command that raises an exception."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("broken")
        self.error = error

    def invoke(self, ctx: click.Context) -> None:
        raise self.error


@pytest.fixture
def fail_with(monkeypatch, mockserver):
    def with_error(error: BaseException):
        monkeypatch.setattr(app.app, "get_command", lambda ctx, name: FailingCommand(error))
        return mockserver("lint")

    return with_error


def test_all_problems_of_an_error_are_printed(fail_with):
    error = MockError(Problem("SCN020", "one"), *refuse("SCN021", "two", "repair it").problems)
    result = fail_with(error)
    assert result.code == 2
    assert result.out == ""
    assert result.err == "SCN020 one\nSCN021 two\n    repair it\n"


def test_a_file_error_of_click_is_2(fail_with):
    assert fail_with(click.FileError("x", "gone")).code == 2


def test_ctrl_c_is_130(fail_with):
    assert fail_with(KeyboardInterrupt()).code == 130


def test_an_unexpected_exception_is_4_with_its_traceback(fail_with):
    result = fail_with(ZeroDivisionError("oh"))
    assert result.code == 4
    assert "ZeroDivisionError: oh" in result.err
    assert "a bug in mockserver" in result.err


def test_a_closed_pipe_does_not_change_the_exit_code(tmp_path):
    """As with `mockserver list | head -1`: no traceback when the reader is gone."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    os.close(writing)
    assert done.returncode == 0
    assert done.stderr == b""


def test_print_result_ends_the_line_unless_newline_is_false(capsys):
    print_result("a")
    print_result("b", newline=False)
    assert capsys.readouterr().out == "a\nb"


# A conflicting distribution


def test_an_installed_mockserver_client_is_2(tmp_path, monkeypatch, mockserver):
    """PyPI's `mockserver-client` installs into the folder of this package."""
    fake = tmp_path / "site" / "mockserver_client-5.15.0.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: mockserver-client\nVersion: 5.15.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    result = mockserver("list")
    assert result.code == 2
    assert result.err.startswith("CLI001 the distribution `mockserver-client` is installed here too")
    assert "pip uninstall mockserver-client" in result.err
