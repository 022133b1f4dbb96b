"""The command as a person meets it: arguments in, exit code and two streams out, in a folder of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from mockserver.cli.app import run

ROOT = Path(__file__).parents[2]
VARIABLES = ("HOST", "PORT", "ADMIN_TOKEN", "SEED", "LOG_LEVEL", "API_KEY", "WEBHOOK_SECRET")


class Said(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path) -> None:
    """An empty folder, and nothing of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.delenv(f"MOCKSERVER_{name}", raising=False)


@pytest.fixture
def mockserver(capsys) -> Run:
    """Run the command in this process."""

    def call(*arguments: object) -> Said:
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def scenario(tmp_path) -> Callable[..., Path]:
    """Write a scenario file below `./scenarios`."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / "scenarios" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"scenario: {name}\n{text}", encoding="utf-8")
        return path

    return write


class Serving:
    """A `mockserver serve` in a process of its own."""

    def __init__(self, *arguments: str, folder: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mockserver", "serve", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
        )
        assert self.process.stdout is not None
        self.greeting = []
        for line in self.process.stdout:
            self.greeting.append(line.rstrip("\n"))
            if line.startswith("stop "):
                break
        self.url = self.greeting[0].split()[-1] if self.greeting else ""

    def end(self, number: int | None = None) -> Said:
        """Stop it by a signal (None: wait for its own end); how it ended."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return Said(self.process.returncode, out, err)


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable[..., Serving]]:
    """Start servers; those that still run are stopped at the end."""
    started: list[Serving] = []

    def start(*arguments: str, **environment: str) -> Serving:
        started.append(Serving(*arguments, folder=tmp_path, **environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()
