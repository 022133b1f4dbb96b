"""Run `mockserver trial` in this process, with clients that are written for a test."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli.app import run
from tests.support.cli import CommandResult

HEAD = """
import json, os, subprocess, sys, time, urllib.request
BASE, KEY = os.environ["MOCKSERVER_TRIAL_BASE_URL"], os.environ["MOCKSERVER_TRIAL_KEY"]

def call(method, path, body=None):
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(BASE + path, data, headers, method=method)) as answer:
        return json.load(answer)

def create():
    return call("POST", "/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x"})["id"]
"""

Trial = Callable[..., CommandResult]


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path) -> Path:
    """Start in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trial(folder, capsys) -> Trial:
    """Run `trial` with options and a client's source; `client=None`: without a command."""

    def call(*options: object, client: str | None = "", words: tuple[str, ...] = ()) -> CommandResult:
        command: list[str] = []
        if client is not None:
            (folder / "client.py").write_text(HEAD + client, encoding="utf-8")
            command = ["--", sys.executable, "client.py", *words]
        code = run(["trial", *map(str, options), *command])
        return CommandResult(code, *capsys.readouterr())

    return call


def results(done: CommandResult) -> dict[str, Mapping[str, Any]]:
    """Return the results of a trial with `--json` by scenario."""
    return {each["name"]: each for each in json.loads(done.out)["results"]}
