"""Run the command as a user does, in an empty folder: arguments in, exit code and two output streams out."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.cli.app import run
from tests.support.cli import VARIABLES, CommandResult, Run, ServeProcess


@pytest.fixture(autouse=True)
def _isolated(monkeypatch, tmp_path) -> None:
    """Start in an empty folder, without environment variables of the project or about colours."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(f"MOCKSERVER_{name}", raising=False)
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def mockserver(capsys) -> Run:
    """Run the command in this process."""

    def call(*arguments: object) -> CommandResult:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return CommandResult(code, out, err)

    return call


@pytest.fixture
def default_server(server, monkeypatch) -> None:
    """Make the server the one that commands without `--url` talk to."""
    monkeypatch.setenv("MOCKSERVER_PORT", server.url.rpartition(":")[2])


@pytest.fixture
def scenario(tmp_path) -> Callable[..., Path]:
    """Write a scenario file below `./scenarios`."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "scenarios" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"scenario: {name}\n{text}", encoding="utf-8")
        return path

    return write


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable[..., ServeProcess]]:
    """Start servers; stop those that still run at the end."""
    started: list[ServeProcess] = []

    def start(*arguments: str, **environment: str) -> ServeProcess:
        started.append(ServeProcess(*arguments, folder=tmp_path, **environment))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate()
