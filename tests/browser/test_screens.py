"""Each screen of the page in a browser: what it shows, without a mouse, in every appearance."""

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from mockserver.stores.redis import RedisLog
from mockserver.stores.redis_link import RedisLink
from tests.support.browser import NARROW, ROWS, WIDE, accessibility_problems, session_page
from tests.support.fake_server import FakeServer, fake_server
from tests.support.page_sessions import busy_session, refused_cancel
from tests.support.redis_server import RedisServer

SCREENS = ("jobs", "traffic", "deliveries", "findings", "scenario", "actions")


def test_why_a_cancel_answered_409_is_found_in_two_clicks(browser: Browser, server: FakeServer):
    job = refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        page.locator(ROWS).filter(has_text=job).click()
        page.get_by_role("link", name="409 cancel").click()
        because = page.locator("dd.because")
        expect(because).to_contain_text("'processing'")
        expect(because).to_contain_text("cancel")
        because.get_by_role("link", name="line 6").first.click()
        expect(page.locator("li.chosen")).to_contain_text("processing: 37s")


def test_a_job_has_its_whole_story(browser: Browser, server: FakeServer):
    job = refused_cancel(server)
    with session_page(browser, server, session="story", screen=f"job/{job}") as page:
        main = page.get_by_role("main")
        for text in ("States", "What is ahead, by time alone", "Requests 4", "line 6", "reserve", "completed"):
            expect(main).to_contain_text(text)


def test_an_answer_is_compared_with_the_previous_poll(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story", screen="traffic") as page:
        page.get_by_label("Search").fill("get 200")
        page.locator(ROWS).nth(1).click()
        changes = page.get_by_role("group", name="Changes since the previous answer")
        expect(changes).to_contain_text('- "status": "queued"')
        expect(changes).to_contain_text('+ "status": "processing"')


def test_the_page_works_without_a_mouse(browser: Browser, server: FakeServer):
    job = refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        jobs = page.get_by_role("listbox", name="Jobs")
        for _ in range(40):
            page.keyboard.press("Tab")
            if jobs.evaluate("list => list === document.activeElement"):
                break
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(job)


def test_a_list_is_as_it_was_left(browser: Browser, server: FakeServer):
    server.admin("jobs", {"vendor": "phaseo", "count": 100})
    with session_page(browser, server) as page:
        page.get_by_label("Show").select_option("unfinished")
        page.get_by_role("listbox", name="Jobs").focus()
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        expect(page.get_by_role("region", name="Timeline")).to_be_visible()
        assert page.evaluate("document.activeElement.id") == "main"
        page.go_back()
        last = page.locator('[aria-posinset="100"]')
        expect(last).to_be_in_viewport()
        expect(last).to_have_attribute("aria-selected", "true")
        expect(page.get_by_label("Show")).to_have_value("unfinished")


def test_a_search_without_a_result_says_so(browser: Browser, server: FakeServer):
    refused_cancel(server)
    with session_page(browser, server, session="story") as page:
        page.get_by_label("Search").fill("nothing")
        expect(page.get_by_text("No job is like this.")).to_be_visible()
        page.get_by_role("link", name="Traffic").click()
        # The field of this screen is empty: that of the jobs is gone.
        expect(page.get_by_label("Search")).to_have_value("")
        page.get_by_label("Search").fill("nothing")
        expect(page.get_by_text("No request is like this.")).to_be_visible()


def test_on_one_of_several_servers_the_page_says_whose_requests_it_shows(browser: Browser, redis: RedisServer):
    with (
        fake_server("phaseo@2026-06-11", log=RedisLog(RedisLink(redis.url))) as server,
        session_page(browser, server) as page,
    ):
        expect(page.get_by_text("Requests and deliveries are about this server alone (process ")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_no_screen_has_a_barrier(browser: Browser, server: FakeServer, dark: bool):
    job = refused_cancel(server)
    with session_page(browser, server, session="story", dark=dark) as page:
        for screen in (*SCREENS, f"job/{job}", "answer/last:cancel"):
            page.evaluate("screen => { location.hash = `#/${screen}`; }", screen)
            page.get_by_role("heading", level=1).wait_for()
            assert accessibility_problems(page) == [], screen


def test_a_narrow_window_needs_no_sideways_scrolling(browser: Browser, server: FakeServer):
    job = refused_cancel(server)
    with session_page(browser, server, session="story", size=NARROW) as page:
        for screen in (*SCREENS, f"job/{job}"):
            page.evaluate("screen => { location.hash = `#/${screen}`; }", screen)
            page.get_by_role("heading", level=1).wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= NARROW[0], screen


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_names_and_times_of_any_length_fit(browser: Browser, server: FakeServer, size: tuple[int, int]):
    session = "n" * 200
    busy_session(server, session)
    server.admin("clock", {"advance": "9h"}, session=session)
    with session_page(browser, server, session=session, size=size) as page:
        for screen in SCREENS:
            page.evaluate("screen => { location.hash = `#/${screen}`; }", screen)
            page.locator(f'nav [aria-current=page][href="#/{screen}"]').wait_for()
            page.get_by_role("heading", level=1).wait_for()
            assert (
                page.evaluate("""() => [...document.querySelectorAll("header *, .tick, .card *")].filter(each => {
                const frame = each.closest(".card")?.getBoundingClientRect().right ?? innerWidth;
                return each.getBoundingClientRect().right > frame;
            }).map(each => each.outerHTML.slice(0, 90))""")
                == []
            ), screen


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_label_of_the_axis_covers_the_next_one(browser: Browser, server: FakeServer, size: tuple[int, int]):
    busy_session(server)
    with session_page(browser, server, session="checkout", size=size) as page:
        page.locator(ROWS).first.wait_for()
        labels = page.evaluate("""() => [...document.querySelectorAll(".axis .tick")]
            .map(tick => tick.getBoundingClientRect()).filter(box => box.width).map(box => [box.left, box.right])""")
        assert len(labels) >= 2
        assert all(right < left for (_, right), (left, _) in pairwise(labels)), labels


def test_the_vendor_of_a_job_is_shown_whole(browser: Browser, server: FakeServer):
    busy_session(server)
    with session_page(browser, server, session="checkout") as page:
        page.locator(ROWS).first.wait_for()
        assert page.evaluate("""() => [...document.querySelectorAll(".row .name")].every(name => {
            const [id, vendor] = ["b", "small"].map(each => name.querySelector(each).getBoundingClientRect());
            return id.right < vendor.left && vendor.right <= name.getBoundingClientRect().right;
        })""")
