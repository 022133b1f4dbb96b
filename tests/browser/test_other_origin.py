"""A page of another origin, or under another name of this machine, can neither read nor change a session."""

from playwright.sync_api import Browser

from tests.support.fake_server import FakeServer, fake_server

TRY_CALL = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return answer.status;
    } catch (error) {
        return "refused by the browser";
    }
}"""
CALLS: dict[str, dict[str, object]] = {
    "a read": {},
    "JSON": {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": '{"advance":"1h"}'},
    "plain text": {"method": "POST", "headers": {"Content-Type": "text/plain"}, "body": '{"advance":"1h"}'},
    "no type": {"method": "POST", "mode": "no-cors"},
    "a deletion": {"method": "DELETE"},
}


def test_another_origin_cannot_use_the_admin_api(browser: Browser, server: FakeServer):
    server.admin("jobs", {"vendor": "phaseo"})
    before = server.admin("clock")["now"]
    with fake_server(judged=False) as other:
        page = browser.new_page()
        page.goto(f"{other.url}/v1/videos")
        for name, options in CALLS.items():
            for call in ("clock", "reset", "jobs", "feed", "sessions/default"):
                found = page.evaluate(TRY_CALL, [f"{server.url}/__mock/{call}", options])
                # An answer without CORS headers is opaque to a `no-cors` request: its status is 0.
                assert found in ("refused by the browser", 0), (name, call)
        page.close()
    assert server.admin("clock")["now"] == before
    assert server.admin("jobs")["total"] == 1
    assert server.admin("sessions")["sessions"][0]["epoch"] == 1


def test_the_page_is_not_framed_by_another_origin(browser: Browser, server: FakeServer):
    with fake_server(judged=False) as other:
        page = browser.new_page()
        page.goto(f"{other.url}/v1/videos")
        page.evaluate(
            """url => new Promise(done => {
                const frame = document.createElement("iframe");
                frame.onload = done;
                frame.src = url;
                document.body.append(frame);
            })""",
            f"{server.url}/__mock/ui/",
        )
        assert page.frames[1].locator("#page").count() == 0
        page.close()


def test_a_name_that_leads_to_this_machine_has_no_page(browser: Browser, server: FakeServer):
    page = browser.new_page()
    port = server.url.rpartition(":")[2]
    answer = page.goto(f"http://rebound.example.com:{port}/__mock/ui/")
    assert answer is not None
    assert answer.status == 403
    assert page.evaluate(TRY_CALL, ["/__mock/clock", CALLS["JSON"]]) == 403
    page.close()
