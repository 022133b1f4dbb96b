"""`GET /`: a page for a person, JSON for a program, nothing for a browser's icon."""

import re
from html.parser import HTMLParser

import pytest

from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario
from mockserver.server.clock import wall_clock
from mockserver.server.home import render_page, wants_html
from mockserver.stores.sqlite import SqliteLog
from tests.support.fake_server import Refusal, fake_server

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LATE = load_scenario(b"scenario: late\nvendor: phaseo@2026-06-11\n", installed_vendors())


class PageLinks(HTMLParser):
    """The targets of a page's links, and the addresses of everything that it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the addresses of one tag."""
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "srcset", "data", "action"):
                self.loaded.append(value or "")


@pytest.mark.parametrize("fast_path", [True, False])
def test_a_program_gets_json(fast_path):
    with fake_server(fast_path=fast_path, scenarios=(LATE,), known=[LATE]) as server:
        answer = server.request("GET", "/", headers={"Accept": "*/*"})
        url = server.url
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json["url"] == url
    vendors = {vendor["name"]: vendor for vendor in answer.json["vendors"]}
    assert set(vendors) == set(installed_vendors().served())
    assert vendors["phaseo"]["era"] == "phaseo@2026-06-11"
    assert vendors["phaseo"]["scenario"] == "late"
    assert vendors["phaseo"]["base_url"] == f"{url}/v1"
    assert vendors["twelvelabs"]["environment"]["TWELVELABS_BASE_URL"] == f"{url}/v1.3"
    assert answer.json["clock"] == {"now": "2026-10-01T12:00:00.000Z", "mode": "manual"}
    assert answer.json["scenarios"] == ["late"]


def test_the_page_says_in_which_era_a_kept_session_goes_on(tmp_path):
    with fake_server("phaseo@2026-06-11", log=SqliteLog(tmp_path / "kept.db", wall_clock())) as server:
        server.admin("sessions", {"name": "default"})
        server.admin("sessions", {"name": "other"})
    with fake_server("phaseo@2026-08-10", log=SqliteLog(tmp_path / "kept.db", wall_clock())) as server:
        page = server.request("GET", "/", headers=BROWSER).body.decode()
    assert (
        "Session <code>default</code> was kept and goes on with <code>phaseo@2026-06-11</code>, until it is deleted"
        in page
    )
    assert "Other sessions that go on in another era: 1." in page


def test_a_person_gets_a_page_that_loads_nothing():
    with fake_server(known=[LATE]) as server:
        server.advance("1h")
        answer = server.request("GET", "/", headers=BROWSER)
        links = PageLinks(answer.body.decode())
        reached = [server.request("GET", link).status for link in links.links if "explain" not in link]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "13:00:00.000Z" in answer.body.decode()
    assert "/v1  # no client: promised by the README of phaseo" in answer.body.decode(), "who reads PHASEO_BASE_URL"
    assert links.loaded == []
    assert all(link.startswith("/__mock/") for link in links.links)
    assert set(reached) == {200}


def test_the_policy_of_the_page_allows_its_own_style_alone():
    with fake_server() as server:
        answer = server.request("GET", "/", headers=BROWSER)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    page = answer.body.decode()
    assert "<script" not in page
    assert " style=" not in page
    assert len(re.findall("<style>", page)) == 1


def test_everything_from_outside_is_escaped():
    evil = "<img src=x onerror=alert(1)>'\""
    description = {
        "version": evil,
        "clock": {"now": evil, "mode": evil},
        "scenarios": [evil],
        "vendors": [
            {
                "title": evil,
                "era": evil,
                "base_url": evil,
                "scenario": evil,
                "environment": {"A": evil},
                "read_by": {"A": evil},
            },
        ],
    }
    page = render_page(description)
    assert "<img" not in page
    assert page.count("&lt;img") == 10


def test_an_odd_host_is_not_repeated():
    with fake_server() as server:
        answer = server.request("GET", "/", headers={**BROWSER, "Host": "a<b>.test"})
        url = server.url
    assert "a<b>" not in answer.body.decode()
    assert f"{url}/v1" in answer.body.decode()


def test_with_a_token_the_page_does_not_have_it():
    with fake_server(token="secret-token", judged=False) as server:
        answer = server.request("GET", "/", headers=BROWSER)
        asked = server.request("GET", "/")
    assert answer.status == asked.status == 200
    assert b"secret-token" not in answer.body + asked.body


def test_a_browsers_icon_is_no_unknown_path():
    with fake_server() as server:
        answer = server.request("GET", "/favicon.ico", headers=BROWSER)
    assert answer.status == 204
    assert answer.body == b""


def test_no_session_is_made_and_other_methods_are_no_page():
    with fake_server() as server:
        head = server.request("HEAD", "/")
        posted = server.request("POST", "/", {})
        sessions = server.admin("sessions")["total"]
    assert head.status == 200
    assert head.body == b""
    assert posted.refusal == Refusal(404, "SRV002")
    assert sessions == 0


@pytest.mark.parametrize(
    ("accept", "html"),
    [("", False), ("*/*", False), ("application/json", False), ("text/html", True), (BROWSER["Accept"], True),
     ("TEXT/HTML; q=0.5", True), ("text/html;q=0, */*", False), ("text/html;q=0.0", False)],
)  # fmt: skip
def test_only_a_client_that_names_html_gets_it(accept, html):
    assert wants_html(accept) is html
