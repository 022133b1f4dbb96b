"""Debian's Chromium, or the Chrome of the machine, and the page of a session in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.fake_server import FakeServer
from tests.support.node_packages import node_modules
from tests.support.paths import ROOT

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PAGE_CHECKS: Final = ROOT / "tests" / "browser"
MISSING: Final = (
    f"THE PAGE IS NOT TESTED: install Chromium (apt install chromium); none of {', '.join(BROWSERS)} is there"
)
REBOUND: Final = "--host-resolver-rules=MAP rebound.example.com 127.0.0.1"
"""A name of another host that leads to this machine, as after DNS rebinding."""
ROWS: Final = "[role=option]"
"""The rows of a list that are in the document."""
PATIENCE: Final = 20_000
"""Milliseconds that a page may take on a busy machine."""
WIDE: Final = (1200, 700)
NARROW: Final = (400, 700)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run the browser within the block. Without one, the test is skipped on a desk, and fails in CI."""
    command = next(filter(None, map(shutil.which, BROWSERS)), None)
    if command is None:
        assert "CI" not in os.environ, MISSING
        pytest.skip(MISSING)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=command, args=[REBOUND])
        yield launched
        launched.close()


@contextmanager
def session_page(
    browser: Browser,
    server: FakeServer,
    *,
    session: str = "default",
    screen: str = "jobs",
    size: tuple[int, int] = WIDE,
    dark: bool = False,
) -> Iterator[Page]:
    """Open a screen of a session's page within the block. Afterwards no script may have failed or been refused."""
    width, height = size
    scheme = {True: "dark", False: "light"}[dark]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.url}/__mock/ui/?session={quote(session, safe='')}#/{screen}")
    page.get_by_role("region", name="Clock").wait_for()
    yield page
    page.close()
    assert [problem for problem in problems if not problem.startswith("Failed to load resource")][:3] == []


def accessibility_problems(page: Page) -> list[str]:
    """Return what axe-core finds on the page as it is now: a rule and the first element for each violation."""
    page.evaluate((node_modules(PAGE_CHECKS) / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found["violations"]]


def barriers_of_file(browser: Browser, file: Path) -> list[str]:
    """Return what axe-core finds on a page that was saved as a file, on a light and on a dark screen."""
    found = []
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
        found += [f"{scheme}: {problem}" for problem in accessibility_problems(page)]
        page.close()
    return found
