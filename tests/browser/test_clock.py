"""The clock and the actions of the page: each changes the session, and shows its lines."""

from concurrent.futures import ThreadPoolExecutor

from playwright.sync_api import Browser, expect

from tests.support.browser import ROWS, session_page
from tests.support.fake_server import FakeServer
from tests.support.page_sessions import refused_cancel
from tests.support.phaseo_requests import AUTHORIZATION


def elapsed(server: FakeServer, session: str = "story") -> str:
    """Return the time since the session's start, as the admin API says it."""
    return str(server.admin("clock", session=session)["elapsed"])


def test_steps_move_the_clock_and_show_their_lines(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        page.get_by_role("button", name="+1 s", exact=True).click()
        expect(page.locator("output")).to_have_text("+13s")
        assert elapsed(server) == "13s"
        lines = page.get_by_role("region", name="The same action in a terminal")
        expect(lines).to_contain_text("""curl -X POST""")
        expect(lines).to_contain_text(
            """/s/story/__mock/clock -H 'Content-Type: application/json' -d '{"advance":"1s"}'"""
        )
        expect(lines).to_contain_text(f"mockserver clock advance 1s --session story --url {server.url}")
        page.get_by_role("button", name="Next event").click()
        expect(page.locator(ROWS)).to_contain_text("completed")
        assert elapsed(server) == "40s"


def test_the_clock_plays_and_stops(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        page.get_by_label("Speed").select_option("3600")
        page.get_by_role("button", name="▶ Play").click()
        page.get_by_role("button", name="■ Stop").click()
        page.get_by_role("button", name="▶ Play").wait_for()
        assert server.admin("clock", session="story")["frozen"] is True
        expect(page.locator(ROWS)).to_contain_text("completed")


def test_the_slider_shows_the_past_and_advances_into_the_future(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        slider = page.get_by_role("slider")
        slider.fill("1000")
        expect(page.get_by_text("The session as it was at +1s.")).to_be_visible()
        expect(page.locator(ROWS)).to_contain_text("queued")
        assert elapsed(server) == "12s"
        page.get_by_role("button", name="Back to now").click()
        expect(page.locator(ROWS)).to_contain_text("processing")
        slider.fill("40000")
        expect(page.locator(ROWS)).to_contain_text("completed")
        assert elapsed(server) == "40s"


def test_the_arrow_keys_move_the_slider_far_enough(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        page.get_by_role("slider").focus()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_text("The session as it was at +11.")).to_be_visible()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_text("The session as it was at +11.")).to_have_count(1)
        assert elapsed(server) == "12s"


def test_jobs_faults_holds_and_sessions_are_made_from_forms(browser: Browser, server: FakeServer):
    with session_page(browser, server, screen="actions") as page:
        with page.expect_response("**/jobs"):
            page.get_by_role("button", name="Create", exact=True).click()
        page.get_by_role("button", name="Inject").click()
        expect(page.get_by_text("fault-1")).to_be_visible()
        page.get_by_role("button", name="Hold the next").click()
        expect(page.get_by_role("region", name="The same action in a terminal")).to_contain_text(
            "mockserver holds add cancel --at arrived"
        )
        page.get_by_role("button", name="Remove all holds").click()
        expect(page.get_by_text("hold-1")).to_have_count(0)
        assert server.admin("faults")["faults"][0]["do"] == {"status": 503, "retry_after": "30s"}
        assert server.admin("jobs")["total"] == 1
        page.get_by_role("button", name="Reset this session").click()
        expect(page.get_by_text("default@2")).to_be_visible()
        assert server.admin("jobs")["total"] == 0
        page.get_by_label("New session").fill("second one")
        page.get_by_role("button", name="Create and open").click()
        expect(page.get_by_text("second one@1")).to_be_visible()


def test_a_button_stays_under_the_pointer_when_its_lines_appear(browser: Browser, server: FakeServer):
    with session_page(browser, server, screen="actions") as page:
        button = page.get_by_role("button", name="Inject")
        before = button.bounding_box()
        button.hover()
        expect(page.get_by_role("region", name="The same action in a terminal")).to_contain_text("faults add")
        assert button.bounding_box() == before


def test_a_job_is_moved_from_its_screen(browser: Browser, server: FakeServer):
    job = refused_cancel(server)
    with session_page(browser, server, session="story", screen=f"job/{job}") as page:
        page.get_by_label("Move to").select_option("completed")
        page.get_by_role("button", name="Move", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("completed")
        assert server.admin(f"jobs/{job}", session="story")["state"] == "completed"


def test_a_held_cancel_is_released(browser: Browser, server: FakeServer):
    job = refused_cancel(server)
    server.admin("holds", {"operation": "cancel", "at": "arrived"}, session="story")
    headers = {**AUTHORIZATION, "X-Mock-Session": "story"}
    with session_page(browser, server, session="story", screen="actions") as page, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.request, "POST", f"/v1/videos/{job}/cancel", headers=headers)
        page.get_by_role("button", name="Release").click()
        assert answer.result(timeout=10).status == 409
