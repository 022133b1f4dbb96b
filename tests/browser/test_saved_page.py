"""A session saved as one HTML file, which explains itself without a server and scripts, and as a session file."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.support.browser import ROWS, accessibility_problems, barriers_of_file, session_page
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
    assert alone.locator(".track .band").count() > 1
    alone.close()
    assert barriers_of_file(browser, saved) == []


def test_a_session_is_exported_to_a_file_and_imported_from_it(browser: Browser, server: FakeServer, tmp_path: Path):
    job = refused_cancel(server)
    saved = tmp_path / "story.json"
    with session_page(browser, server, session="story", screen="actions") as page:
        with page.expect_download() as download:
            page.get_by_role("button", name="Export this session").click()
        download.value.save_as(saved)
        lines = page.get_by_role("region", name="The same action in a terminal")
        expect(lines).to_contain_text("mockserver sessions export story -o story.json")
        page.get_by_label("New session").fill("again")
        page.get_by_label("Import a session file").set_input_files(saved)
        expect(page.get_by_text("again@1")).to_be_visible()
        page.get_by_role("link", name="Jobs", exact=True).click()
        expect(page.locator(ROWS)).to_contain_text(job)
        assert accessibility_problems(page) == []
    rows = [server.admin("timeline", session=name)["jobs"] for name in ("story", "again")]
    assert rows[0] == rows[1]
