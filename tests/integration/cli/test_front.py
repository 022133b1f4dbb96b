"""The command's front: help, misspelt words, exit codes, and company that it cannot live with."""

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


def test_the_exit_codes():
    assert {one.name: one.value for one in ExitCode} == {
        "OK": 0,
        "FINDINGS": 1,
        "USAGE": 2,
        "INCONCLUSIVE": 3,
        "INTERNAL_ERROR": 4,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("name", ["", *app.COMMANDS])
def test_h_is_help_everywhere(name, mockserver):
    words = [name] if name else []
    short, long = mockserver(*words, "-h"), mockserver(*words, "--help")
    assert short == long
    assert short.code == 0
    assert short.err == ""
    assert "Usage: mockserver" in short.out


def test_the_version(mockserver):
    assert mockserver("--version").out == f"videojob-mockserver, version {package.__version__}\n"


def test_nothing_asked_is_a_mistake_that_helps(mockserver):
    result = mockserver()
    assert result.code == 2
    assert all(name in result.err for name in app.COMMANDS)


@pytest.mark.parametrize(("word", "near"), [("sevre", "serve"), ("tests", "test"), ("lits", "list"), ("shwo", "show")])
def test_a_misspelt_command_is_told_the_nearest(word, near, mockserver):
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
def test_a_misspelt_option_is_told_the_nearest(words, near, mockserver):
    result = mockserver(*words)
    assert result.code == 2
    assert near in result.err


@pytest.mark.parametrize("word", app.PLANNED)
def test_a_command_of_later_is_not_misspelt(word, mockserver):
    result = mockserver(word)
    assert result.code == 2
    assert "no command 'x' yet".replace("x", word) in result.err
    assert word not in app.COMMANDS


@pytest.mark.parametrize(
    "words", [["serve", "--port", "x"], ["serve", "--port", "70000"], ["show"], ["show", "a", "b"]]
)
def test_an_option_that_cannot_be_used_is_2(words, mockserver):
    assert mockserver(*words).code == 2


# What becomes of errors


class Broken(click.Command):
    """A command that goes wrong."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("broken")
        self.error = error

    def invoke(self, ctx: click.Context) -> None:
        raise self.error


@pytest.fixture
def goes_wrong(monkeypatch, mockserver):
    def with_error(error: BaseException):
        monkeypatch.setattr(app.app, "get_command", lambda ctx, name: Broken(error))
        return mockserver("lint")

    return with_error


def test_all_problems_are_told(goes_wrong):
    error = MockError(Problem("SCN020", "one"), *refuse("SCN021", "two", "repair it").problems)
    result = goes_wrong(error)
    assert result.code == 2
    assert result.out == ""
    assert result.err == "SCN020 one\nSCN021 two\n    repair it\n"


def test_what_click_cannot_open_is_2(goes_wrong):
    assert goes_wrong(click.FileError("x", "gone")).code == 2


def test_ctrl_c_is_130(goes_wrong):
    assert goes_wrong(KeyboardInterrupt()).code == 130


def test_a_bug_is_4_with_its_traceback(goes_wrong):
    result = goes_wrong(ZeroDivisionError("oh"))
    assert result.code == 4
    assert "ZeroDivisionError: oh" in result.err
    assert "a bug in mockserver" in result.err


def test_who_stops_reading_does_not_change_the_exit_code(tmp_path):
    """`mockserver list | head -1`: a pipe without a reader, and no traceback."""
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


def test_words_are_printed(capsys):
    print_result("a")
    print_result("b", newline=False)
    assert capsys.readouterr().out == "a\nb"


# Company


def test_mockserver_client_is_no_company(tmp_path, monkeypatch, mockserver):
    """PyPI's `mockserver-client` installs into our package's folder."""
    fake = tmp_path / "site" / "mockserver_client-5.15.0.dist-info"
    fake.mkdir(parents=True)
    (fake / "METADATA").write_text("Metadata-Version: 2.1\nName: mockserver-client\nVersion: 5.15.0\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    result = mockserver("list")
    assert result.code == 2
    assert result.err.startswith("CLI001 the distribution `mockserver-client` is installed here too")
    assert "pip uninstall mockserver-client" in result.err
