"""A session saved as one HTML file: it explains itself without a server and without scripts."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.support.browser import session_page
from tests.support.fake_server import FakeServer
from tests.support.page_sessions import refused_cancel


def test_the_saved_file_explains_the_409_without_a_server(browser: Browser, server: FakeServer, tmp_path: Path):
    job = refused_cancel(server)
    saved = tmp_path / "story.html"
    with session_page(browser, server, session="story") as page:
        with page.expect_download() as download:
            page.get_by_role("button", name="Save as HTML").click()
        assert download.value.suggested_filename == "story.html"
        download.value.save_as(saved)
    text = saved.read_text(encoding="utf-8")
    assert "<script" not in text
    alone = browser.new_page(java_script_enabled=False)
    alone.goto(saved.as_uri())
    article = alone.locator(f'[id="/job/{job}"]')
    article.get_by_role("link", name="409 cancel").click()
    expect(alone.locator("dd.because").last).to_contain_text("'processing'")
    expect(alone.locator("dd.because").last).to_be_in_viewport()
    alone.close()
