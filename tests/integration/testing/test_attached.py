"""`--videojob-url`: the tests use a server that runs already."""

import pytest

from mockserver.runner.judge.judges import ServerJudge
from tests.integration.testing.conftest import PINNED, Run
from tests.support.fake_server import FakeServer, fake_server

TEST = """
def test_video(videojob):
    video = create(videojob)
    videojob.advance("1m")
    assert poll(videojob, video)[1]["status"] == "completed"
    assert videojob.url.startswith({url!r})
"""


@pytest.mark.parametrize("as_setting", [True, False])
def test_a_session_of_a_running_server_is_used_and_deleted(run: Run, as_setting: bool) -> None:
    with fake_server(judged=False, checker=ServerJudge()) as server:
        option = ("-o", f"videojob_url={server.url}/") if as_setting else (f"--videojob-url={server.url}",)
        result = run(TEST.format(url=server.url), *option)
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines([f"videojob: {server.url}*"])
        assert server.admin("sessions")["total"] == 1, "the default session, of a question about the server"


def test_a_server_that_does_not_judge_cannot_judge_a_client(run: Run, server: FakeServer) -> None:
    marked = "@pytest.mark.videojob(conduct='error')\ndef test_conduct(videojob): pass\n"
    result = run(TEST.format(url=server.url) + marked, f"--videojob-url={server.url}")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(['TST004 conduct="error" needs a server that judges, and http*', "*serve --check*"])


def test_a_server_that_does_not_answer_is_an_error(run: Run) -> None:
    result = run("def test_one(videojob): pass\ndef test_two(): pass\n", "--videojob-url=http://127.0.0.1:9")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["TST003 http://127.0.0.1:9 cannot be reached: *", "*mockserver serve --check*"])


def test_another_server_is_an_error(run: Run) -> None:
    import http.server
    import threading

    class Quiet(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as other:
        thread = threading.Thread(target=other.serve_forever, args=(0.01,))
        thread.start()
        result = run("def test_one(videojob): pass\n", f"--videojob-url=http://127.0.0.1:{other.server_port}")
        other.shutdown()
        thread.join()
    result.stdout.fnmatch_lines(["TST003 http://127.0.0.1:* is not a mock server"])


def test_the_token_comes_from_the_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_server(judged=False, token="s3cret") as server:
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "s3cret")
        result = run(TEST.format(url=server.url), f"--videojob-url={server.url}", beginning=PINNED)
    result.assert_outcomes(passed=1)
