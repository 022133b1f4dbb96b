"""The pages that commands write are read by everybody: axe-core finds no barrier on them."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from mockserver.cli.app import run
from tests.support.browser import barriers_of_file
from tests.support.page_pictures import recorded_calls
from tests.support.paths import ROOT

FAILING = """\
scenario: late
vendor: phaseo@2026-06-11
timeline: [queued: 3s, processing: 37s, completed]
play:
  - create:
  - {at: 12s, cancel: {status: 409}}
  - {at: 45s, get: {body: {status: failed}}}
"""
CLIENT = [sys.executable, str(ROOT / "examples" / "clients" / "naive.py")]
COMMANDS = {
    "check": ["check", "calls.jsonl"],
    "test": ["test", "late.yaml"],
    "trial": ["trial", "--only", "malformed-json-once"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_has_no_barrier(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str):
    monkeypatch.chdir(tmp_path)
    Path("calls.jsonl").write_text(recorded_calls(), encoding="utf-8")
    Path("late.yaml").write_text(FAILING, encoding="utf-8")
    words = [*COMMANDS[command], "--html", "page.html"]
    if command == "trial":
        words += ["--", *CLIENT]
    assert run(words) == 1
    assert barriers_of_file(browser, tmp_path / "page.html") == []
