"""The page with very many jobs, with a connection that drops, with hostile content, and behind a token."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Route, expect

from tests.support.breakable_line import breakable_line
from tests.support.browser import ROWS, session_page
from tests.support.fake_server import FakeServer, fake_server
from tests.support.phaseo_requests import AUTHORIZATION, VIDEO

HOSTILE = "<img src=x onerror=\"window.harmed='yes'\"><script>window.harmed='yes'</script>"
ROWS_IN_DOCUMENT = 60


def test_a_thousand_jobs_are_listed_and_few_are_drawn(browser: Browser, server: FakeServer):
    server.admin("jobs", {"vendor": "phaseo", "count": 1_000})
    with session_page(browser, server) as page:
        expect(page.get_by_role("heading", level=1)).to_have_text("Jobs 1000")
        assert page.locator(ROWS).count() < ROWS_IN_DOCUMENT
        page.get_by_role("listbox").focus()
        page.keyboard.press("End")
        expect(page.locator('[aria-posinset="1000"]')).to_be_in_viewport()
        assert page.locator(ROWS).count() < ROWS_IN_DOCUMENT


def answer_with_ten_thousand_requests(route: Route) -> None:
    answer = route.fetch()
    rows = [
        [n, f"req_{n}", n, "phaseo", "get", "job", "GET", f"/v1/videos/{n}", 200 if n % 100 else 409, "", 10, 0]
        for n in range(1, 10_001)
    ]
    route.fulfill(response=answer, json={**answer.json(), "requests": rows})


def test_ten_thousand_requests_are_listed_searched_and_few_are_drawn(browser: Browser, server: FakeServer):
    with session_page(browser, server, screen="traffic") as page:
        page.route(re.compile(r"/timeline\?"), answer_with_ten_thousand_requests)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Traffic 10000")
        expect(page.locator('[aria-posinset="10000"]')).to_be_in_viewport()
        assert page.locator(ROWS).count() < ROWS_IN_DOCUMENT
        page.get_by_label("Show").select_option("refused")
        expect(page.get_by_role("heading", level=1)).to_have_text("Traffic 100 of 10000")
        page.get_by_label("Search").fill("videos/9900")
        expect(page.get_by_role("heading", level=1)).to_have_text("Traffic 1 of 10000")


def test_a_dropped_connection_comes_back_with_what_was_missed(browser: Browser, server: FakeServer):
    where = urlsplit(server.url)
    with breakable_line(str(where.hostname), int(where.port or 0)) as line:
        page = browser.new_page()
        page.goto(f"{line.url}/__mock/ui/#/traffic")
        expect(page.locator(".link")).to_have_text("Live")
        line.drop()
        expect(page.locator(".link")).to_contain_text("Connection lost")
        assert server.request("GET", "/v1/videos", headers=AUTHORIZATION).status == 200
        line.restore()
        expect(page.locator(".link")).to_have_text("Live", timeout=20_000)
        expect(page.locator(ROWS)).to_contain_text("GET /v1/videos")
        page.close()


def test_a_call_that_gets_no_answer_says_so(browser: Browser, server: FakeServer):
    with session_page(browser, server) as page:
        page.get_by_role("status").filter(has_text="Live").wait_for()
        page.route(re.compile("/clock$"), lambda route: route.abort())
        page.get_by_role("button", name="+1 min").click()
        expect(page.get_by_role("alert")).to_contain_text("the server does not answer · start it again")


def test_hostile_names_bodies_and_paths_run_no_script(browser: Browser, server: FakeServer):
    headers = {**AUTHORIZATION, "User-Agent": HOSTILE}
    assert server.request("POST", "/v1/videos", {**VIDEO, "prompt": HOSTILE}, headers).status == 200
    server.request("GET", "/v1/videos/%3Cimg%20src=x%20onerror=alert(1)%3E", headers=headers)
    server.admin("sessions", {"name": HOSTILE[:150]})
    with session_page(browser, server, screen="traffic") as page:
        for number in (0, 1):
            page.goto(f"{page.url.partition('#')[0]}#/traffic")
            page.locator(ROWS).nth(number).click()
            page.get_by_role("heading", name="Request", exact=True).wait_for()
        page.goto(f"{page.url.partition('#')[0]}#/actions")
        expect(page.get_by_label("Switch to")).to_contain_text("onerror")
        for screen in ("jobs", "deliveries", "findings", "scenario", "job/<img src=x onerror=harmed>"):
            page.goto(f"{page.url.partition('#')[0]}#/{screen}")
            page.get_by_role("heading", level=1).wait_for()
        assert page.evaluate("window.harmed") is None


def test_the_page_asks_for_the_token(browser: Browser):
    with fake_server(judged=False, token="open-sesame") as server:
        page = browser.new_page()
        page.goto(f"{server.url}/__mock/ui/")
        page.get_by_label("This server needs its admin token").fill("open-sesame")
        page.get_by_role("button", name="Use it").click()
        expect(page.locator(".link")).to_have_text("Live")
        page.close()
