"""The files of the live page: which there are, their headers, and who may load them."""

import subprocess
import sys

import pytest

from mockserver.server.ui.files import FOLDER, read_files
from tests.support.fake_server import Refusal, fake_server


def test_the_page_and_its_files_are_served(server):
    page = server.request("GET", "/__mock/ui/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.body == (FOLDER / "index.html").read_bytes()
    for name in read_files(FOLDER):
        assert server.request("GET", f"/__mock/ui/{name}").status == 200


def test_the_address_without_a_slash_leads_to_the_page_of_the_same_session(server):
    answer = server.request("GET", "/s/t1/__mock/ui")
    assert answer.status == 308
    assert answer.headers["Location"] == "ui/"
    assert server.request("GET", "/s/t1/__mock/ui/").status == 200


def test_the_policy_allows_this_server_alone(server):
    answer = server.request("GET", "/__mock/ui/")
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    allowed = {source for sources in policy.values() for source in sources.split()}
    assert allowed == {"'none'", "'self'", "data:"}
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_the_browser_has_is_not_sent_again(server):
    first = server.request("GET", "/__mock/ui/")
    again = server.request("GET", "/__mock/ui/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert again.body == b""


@pytest.mark.parametrize(
    "path",
    [
        "../files.py",
        "..%2ffiles.py",
        "%2e%2e/files.py",
        "/etc/passwd",
        "./index.html",
        "a/../index.html",
        "index.html/",
        "index.html%00.js",
        "nothing.js",
    ],
)
def test_no_path_leads_out_of_the_folder(server, path):
    assert server.request("GET", f"/__mock/ui/{path}").refusal == Refusal(404, "ADM001")


def test_a_folder_gives_only_files_of_known_kinds(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "x.js").write_text("export {}")
    (tmp_path / "x.py").write_text("")
    (tmp_path / "away.js").symlink_to("/etc/hostname")
    assert list(read_files(tmp_path)) == ["lib/x.js"]


def test_a_file_is_only_read(server):
    answer = server.request("POST", "/__mock/ui/", {})
    assert answer.refusal == Refusal(405, "ADM001")
    assert answer.headers["Allow"] == "GET, HEAD"


def test_the_files_need_no_token():
    with fake_server(token="secret-token", judged=False) as server:
        assert server.request("GET", "/__mock/ui/").status == 200
        assert server.request("GET", "/__mock/uix").refusal == Refusal(401, "ADM000")


@pytest.mark.parametrize(
    ("headers", "code"), [({"Host": "evil.test"}, "ADM040"), ({"Origin": "https://evil.test"}, "ADM039")]
)
def test_another_origin_cannot_load_the_page(server, headers, code):
    assert server.request("GET", "/__mock/ui/", headers=headers).refusal == Refusal(403, code)


COUNT_LOADED = """
import sys
from tests.support.fake_server import fake_server
with fake_server("phaseo@2026-06-11") as server:
    server.admin("jobs", {"vendor": "phaseo"})
    server.request("GET", "/v1/videos", headers={"Authorization": "Bearer test-key"})
loaded = ("ui.files", "ui.feed", "http.feed")
print([name for name in loaded if f"mockserver.server.{name}" in sys.modules])
"""


def test_a_server_that_is_not_looked_at_loads_neither_page_nor_feed():
    done = subprocess.run([sys.executable, "-c", COUNT_LOADED], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
