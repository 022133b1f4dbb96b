"""Pictures of the page for the documentation: `python -m tests.support.page_pictures` takes them again."""

import base64
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser

from tests.support.browser import NARROW, WIDE, running_browser, session_page
from tests.support.fake_server import FakeServer, fake_server
from tests.support.page_sessions import busy_session
from tests.support.paths import ROOT

IMAGES: Final = ROOT / "docs" / "images"


class Picture(NamedTuple):
    """One picture: a screen in an appearance."""

    name: str
    screen: str
    size: tuple[int, int]
    dark: bool = False


PICTURES: Final = (
    Picture("page-jobs.png", "jobs", WIDE),
    Picture("page-jobs-dark.png", "jobs", WIDE, dark=True),
    Picture("page-answer.png", "answer/req_100000004", WIDE),
    Picture("page-traffic-narrow.png", "traffic", NARROW),
)
REPORT: Final = "report.png"
_IS_WHOLE: Final = "document.querySelector('.row, section:has(.why dd) table') !== null"
_DIFFERENCE: Final = """async urls => {
    const images = await Promise.all(urls.map(async url => createImageBitmap(await (await fetch(url)).blob())));
    const [one, other] = images.map(image => {
        const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height).data;
    });
    if (one.length !== other.length) return 255;
    return one.reduce((sum, value, index) => sum + Math.abs(value - other[index]), 0) / one.length;
}"""


def taken(browser: Browser, server: FakeServer, picture: Picture) -> bytes:
    """Take a picture, as PNG."""
    busy_session(server)
    with session_page(
        browser, server, session="checkout", screen=picture.screen, size=picture.size, dark=picture.dark
    ) as page:
        page.get_by_role("status").filter(has_text="Live").wait_for()
        page.wait_for_function(_IS_WHOLE)
        return page.screenshot()


def recorded_calls() -> str:
    """Return the recording of `docs/reports.md`."""
    text = (ROOT / "docs" / "reports.md").read_text(encoding="utf-8")
    return text.partition("<!-- file: calls.jsonl -->\n```json\n")[2].partition("```")[0]


def report_taken(browser: Browser) -> bytes:
    """Take the picture of the report on the calls of `docs/reports.md`, as PNG."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "calls.jsonl").write_text(recorded_calls(), encoding="utf-8")
        command = [sys.executable, "-m", "mockserver", "check", "calls.jsonl", "--html", "page.html"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        assert done.returncode == 1, done.stderr
        report = Path(folder, "page.html").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 900, "height": 1110})
    page.set_content(report)
    png = page.screenshot()
    page.close()
    return png


def difference(browser: Browser, one: bytes, other: bytes) -> float:
    """Return the mean difference of two pictures for each colour of a pixel: 0 is the same, 255 the opposite."""
    page = browser.new_page()
    urls = [f"data:image/png;base64,{base64.b64encode(png).decode()}" for png in (one, other)]
    found = page.evaluate(_DIFFERENCE, urls)
    page.close()
    return float(found)


def main() -> None:
    """Write every picture."""
    with running_browser() as browser:
        (IMAGES / REPORT).write_bytes(report_taken(browser))
        for picture in PICTURES:
            with fake_server("phaseo@2026-06-11", judged=False) as server:
                (IMAGES / picture.name).write_bytes(taken(browser, server, picture))


if __name__ == "__main__":
    main()
