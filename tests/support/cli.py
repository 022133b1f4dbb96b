"""The command line in tests: in this process, in a shell, or `mockserver serve` in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import ROOT

VARIABLES = ("HOST", "PORT", "ADMIN_TOKEN", "SEED", "STORE", "LOG_LEVEL", "API_KEY", "WEBHOOK_SECRET")
"""The environment variables of the command, without their prefix `MOCKSERVER_`."""

SESSION_CHANGES = [
    ["reset"],
    ["jobs", "create", "reap"],
    ["jobs", "move", "x", "completed"],
    ["faults", "add", "--on", "get", "--do", "{status: 503}"],
    ["faults", "clear"],
    ["webhooks", "set", "reap"],
    ["webhooks", "redeliver", "x"],
    ["webhooks", "clear"],
    ["holds", "add", "cancel"],
    ["holds", "release", "x"],
    ["holds", "clear"],
]
"""Commands that change a session of a running server."""


class CommandResult(NamedTuple):
    """The exit code and the two output streams of a command."""

    code: int
    out: str
    err: str


Run = Callable[..., CommandResult]


class ServeProcess:
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

    def stop(self, number: int | None = None) -> CommandResult:
        """Send a signal (None: wait until it exits by itself) and return the result."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return CommandResult(self.process.returncode, out, err)


def shell(line: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell line in which `mockserver` is this project's command."""
    command = f'mockserver() {{ {sys.executable} -m mockserver "$@"; }}; {line}'
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    return subprocess.run(["bash", "-c", command], capture_output=True, env=variables, check=False)
