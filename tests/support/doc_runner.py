"""Run a page of the documentation in a folder and an environment of its own, with a server in another process."""

import io
import os
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from mockserver.cli.app import run
from mockserver.packages import all_entry_points
from tests.support.doc_pages import ROOT, Block, Command, commands, like
from tests.support.nested_pytest import IN_PROCESS
from tests.support.redis_server import redis_server

DOCUMENTED_ADDRESS: Final = "127.0.0.1:4810"
"""The server's address in the pages."""
DOCUMENTED_REDIS: Final = "redis://127.0.0.1:6379/0"
"""The address of Redis in the pages; the page gets one of its own."""
INSTALL: Final = ["pip", "install", "-e", "."]
NOT_RUN: Final = ("make", "pip", "python", "git", "cd", "source", "#")
"""Commands of the reader's machine, which are not run; `make` targets must exist in the Makefile."""


class Stage:
    """Runs one page, block by block."""

    def __init__(self, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = pytester.path
        self._pytester = pytester
        self._environment = monkeypatch
        self._server: subprocess.Popen[str] | None = None
        self._address = ""
        self._stores = ExitStack()

    def play(self, block: Block) -> None:
        """Run one block; a failure names its line."""
        where = f"line {block.line}"
        if block.file:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            text = self._real(block.text) if block.language == "python" else block.text
            path.write_text(text, encoding="utf-8")
        elif block.language in ("console", "sh", "bash"):
            for command in commands(block):
                self._command(command, where)
        elif block.language == "python":
            self._program(block, where)

    def close(self) -> None:
        """Stop the server."""
        if self._server is not None:
            self._server.terminate()
            self._server.communicate()
            self._server = None

    def leave(self) -> None:
        """Stop the server, and forget what the page has installed."""
        self.close()
        self._stores.close()
        all_entry_points.cache_clear()

    def _real(self, text: str) -> str:
        """Replace the documented address by the real one; start the server if it is needed."""
        if DOCUMENTED_ADDRESS in text and not self._address:
            self._serve([])
        return text.replace(DOCUMENTED_ADDRESS, self._address)

    def _command(self, command: Command, where: str) -> None:
        words = shlex.split(command.line, comments=True)
        if words == INSTALL:
            self._install()
            return
        verbs: dict[str, Callable[[list[str]], tuple[int, str]]] = {"curl": _curl, "pytest": self._pytest}
        verb = verbs.get(words[0])
        if words[0] == "mockserver":
            code, printed = self._mockserver(words[1:])
        elif words[0] == "export":
            for assignment in words[1:]:
                self._environment.setenv(*self._real(assignment).split("=", 1))
            return
        elif verb is not None:
            code, printed = verb([self._real(word) for word in words[1:]])
        else:
            assert words[0] in NOT_RUN, f"{where}: it is not known how to run {words[0]!r}"
            _check_make(words, where)
            return
        if self._address:
            printed = printed.replace(self._address, DOCUMENTED_ADDRESS)
        printed = printed if code == 0 else f"{printed.rstrip()}\n[exit {code}]\n"
        if command.prints is None:
            assert code == 0, f"{where}: {command.line}\n{printed}"
        else:
            wrong = f"{where}: $ {command.line}\n{printed}\n--- is not ---\n{command.prints}"
            assert like(printed, command.prints), wrong

    def _install(self) -> None:
        """Make the package in the page's folder known, as an editable installation does."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        metadata = self.folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
        groups = (
            f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
            for group, points in project["entry-points"].items()
        )
        (metadata / "entry_points.txt").write_text("".join(groups))
        self._environment.syspath_prepend(str(self.folder))
        all_entry_points.cache_clear()

    def _mockserver(self, arguments: list[str]) -> tuple[int, str]:
        if arguments[0] == "serve":
            return 0, self._serve(arguments[1:])
        if arguments[0] == "clock" and not self._address:
            self._serve([])
        printed_text = io.StringIO()
        with redirect_stdout(printed_text), redirect_stderr(printed_text):
            code = run([self._real(argument) for argument in arguments])
        return code, printed_text.getvalue()

    def _serve(self, arguments: list[str]) -> str:
        """Start a server; return its output up to the greeting's end."""
        self.close()
        if DOCUMENTED_REDIS in arguments:
            redis = self._stores.enter_context(redis_server())
            arguments = [redis.url if argument == DOCUMENTED_REDIS else argument for argument in arguments]
        command = [sys.executable, "-m", "mockserver", "serve", *arguments, "--port", "0"]
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=self.folder, env=_environment()
        )
        self._server = server
        assert server.stdout is not None
        printed_text = []
        for line in server.stdout:
            printed_text.append(line)
            if line.startswith("stop "):
                break
        assert server.poll() is None, "".join(printed_text)
        self._address = urlsplit(printed_text[0].split()[-1]).netloc
        self._environment.setenv("MOCKSERVER_PORT", self._address.rpartition(":")[2])
        return "".join(printed_text)

    def _pytest(self, words: list[str]) -> tuple[int, str]:
        """Run pytest in this process, in the environment of a reader."""
        with pytest.MonkeyPatch.context() as environment:
            for name in os.environ.keys() - _environment().keys():
                environment.delenv(name)
            environment.setenv("NO_PROXY", "*")
            done = self._pytester.runpytest_inprocess(*IN_PROCESS, *words)
        return int(done.ret), str(done.stdout)

    def _program(self, block: Block, where: str) -> None:
        done = subprocess.run(
            [sys.executable, "-c", self._real(block.text)],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=_environment(),
            check=False,
        )
        assert done.returncode == 0, f"{where}:\n{done.stderr}"
        if block.prints is not None:
            printed = done.stdout.replace(self._address, DOCUMENTED_ADDRESS) if self._address else done.stdout
            assert like(printed, block.prints), f"{where}:\n{printed}\n--- is not ---\n{block.prints}"


def _environment() -> dict[str, str]:
    """Build a reader's environment, without proxies and base URLs."""
    ours = ("TWELVE", "PHASEO", "MOCKSERVER")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "NO_PROXY": "*", "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def _check_make(words: list[str], where: str) -> None:
    if words[0] == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        for target in words[1:]:
            assert "=" in target or f"\n{target}:" in makefile, f"{where}: there is no `make {target}`"


def _curl(words: list[str]) -> tuple[int, str]:
    """Run a curl command with the few options that the pages use; the machine may have no curl."""
    method, headers, body, url, include = "", {}, None, "", False
    waiting = iter(words)
    for word in waiting:
        if word == "-X":
            method = next(waiting)
        elif word == "-H":
            name, _, value = next(waiting).partition(":")
            headers[name.strip()] = value.strip()
        elif word == "-d":
            body = next(waiting).encode()
        elif word == "--data-binary":
            body = Path(next(waiting).removeprefix("@")).read_bytes()
        elif word in ("-s", "-i", "-si"):
            include = include or "i" in word
        else:
            assert not word.startswith("-"), f"the pages' curl has no {word}"
            url = word
    return _send_request(method or ("GET" if body is None else "POST"), url, body, headers, include=include)


def _send_request(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, include: bool
) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, dict(headers))
        answer = connection.getresponse()
        head = f"HTTP/1.1 {answer.status} {answer.reason}\n" if include else ""
        head += "".join(f"{name}: {value}\n" for name, value in answer.getheaders()) + "\n" if include else ""
        return 0, head + answer.read().decode()
    finally:
        connection.close()
