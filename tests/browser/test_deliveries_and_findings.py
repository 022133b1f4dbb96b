"""Webhooks and findings on the page: opened, sent again, spoilt; now, and as of an earlier instant."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from mockserver.runner.judge.judges import ServerJudge
from tests.support.browser import ROWS, accessibility_problems, session_page
from tests.support.fake_server import FakeServer, fake_server
from tests.support.page_sessions import refused_cancel, watched_session

REGION = "The same action in a terminal"


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """Start a server that judges, as `serve --check` does."""
    with fake_server("phaseo@2026-06-11", judged=False, checker=ServerJudge()) as running:
        yield running


def test_a_webhook_is_opened_and_sent_again_spoilt(browser: Browser, server: FakeServer):
    job = watched_session(server)
    with session_page(browser, server, session="watched", screen="deliveries") as page:
        page.locator(ROWS).first.click()
        expect(page.get_by_role("main")).to_contain_text(job)
        expect(page.get_by_role("group", name="Body of the webhook")).to_contain_text("video.")
        page.get_by_label("Signature").select_option("of a wrong secret")
        page.get_by_label("Copies").fill("1")
        sent = page.locator(ROWS).count()
        page.get_by_role("button", name="Send again").click()
        expect(page.locator(ROWS)).to_have_count(sent + 2)
        expect(page.locator(ROWS).nth(sent)).to_contain_text("redelivery")
        expect(page.locator(ROWS).nth(sent)).to_contain_text("signature wrong")
        expect(page.locator(ROWS).nth(sent + 1)).to_contain_text("duplicate")
        lines = page.get_by_role("region", name=REGION)
        expect(lines).to_contain_text("""-d '{"sign":"wrong-secret","duplicate":1}'""")
        expect(lines).to_contain_text("mockserver webhooks redeliver dlv_")
        expect(lines).to_contain_text("--sign wrong-secret --duplicate 1 --session watched")
        assert accessibility_problems(page) == []


def test_a_finding_leads_to_the_requests_that_prove_it(browser: Browser, server: FakeServer):
    watched_session(server)
    with session_page(browser, server, session="watched", screen="findings") as page:
        main = page.get_by_role("main")
        expect(main).to_contain_text("P15")
        assert accessibility_problems(page) == []
        main.get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Why this answer")).to_be_visible()


def test_every_screen_shows_the_past_as_it_was(browser: Browser, server: FakeServer):
    job = watched_session(server)
    with session_page(browser, server, session="watched", screen=f"job/{job}") as page:
        main = page.get_by_role("main")
        expect(main).to_contain_text("video.completed")
        page.get_by_role("slider").fill("1000")
        expect(page.get_by_text("The session as it was at +1s.")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("queued")
        expect(main).not_to_contain_text("video.completed")
        counts = {"traffic": "Traffic 1", "deliveries": "Deliveries 1", "findings": "Findings 0", "jobs": "Jobs 1"}
        for screen, heading in counts.items():
            page.get_by_role("link", name=screen.capitalize(), exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            assert accessibility_problems(page) == [], screen
        page.get_by_role("button", name="Back to now").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Jobs 1")
        page.get_by_role("link", name="Deliveries", exact=True).click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text("Deliveries 1")


def test_an_action_leaves_the_past(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        page.get_by_role("slider").fill("1000")
        page.get_by_text("The session as it was at +1s.").wait_for()
        page.get_by_role("button", name="+1 s", exact=True).click()
        expect(page.get_by_text("The session as it was")).to_have_count(0)
        expect(page.locator("output")).to_have_text("+13s")
