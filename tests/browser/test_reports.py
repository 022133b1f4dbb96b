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
  - {at: 45s, get: {status: 200, body: {status: failed, progress: 100, object: video, model: qwen/wan2.7-t2v}}}
"""
CLIENT = [sys.executable, str(ROOT / "examples" / "clients" / "naive.py")]
COMMANDS = {
    "check": ["check", "calls.jsonl"],
    "test": ["test", "late.yaml"],
    "trial": ["trial", "--only", "malformed-json-once"],
}


def written_page(command: str) -> str:
    """Write the page of a command's report in the working directory; return its name."""
    Path("calls.jsonl").write_text(recorded_calls(), encoding="utf-8")
    Path("late.yaml").write_text(FAILING, encoding="utf-8")
    words = [*COMMANDS[command], "--html", "page.html"]
    if command == "trial":
        words += ["--", *CLIENT]
    assert run(words) == 1
    return "page.html"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_has_no_barrier(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str):
    monkeypatch.chdir(tmp_path)
    assert barriers_of_file(browser, tmp_path / written_page(command)) == []


def test_no_title_of_a_column_is_broken(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.goto((tmp_path / written_page("test")).as_uri())
    heights = page.evaluate("[...document.querySelectorAll('th')].map(each => each.getBoundingClientRect().height)")
    page.close()
    assert heights
    assert max(heights) < 40
