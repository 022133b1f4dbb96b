"""`serve` as a person watches it on a terminal, and a program on a pipe."""

import json
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from mockserver.cli.serve import log_writer
from mockserver.cli.serve.log_writer import LogWriter, start_json_log
from mockserver.server.activity import Activity, ClockChanged
from tests.support.fake_world import START
from tests.support.http_client import ServerResponse, send_request
from tests.support.terminal import TerminalProcess

KEY = "sk-very-secret-0123456789"
CREATE = {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}
MOVE = ClockChanged(START, "default@1", "advance 8h", "manual")


def send(url: str, path: str, method: str = "GET", body: object = None, key: str = KEY) -> ServerResponse:
    """Send a request with an API key."""
    return send_request(f"{url}{path}", method, body, {"Authorization": f"Bearer {key}"})


@pytest.fixture
def watch(tmp_path) -> Iterator[Callable[..., tuple[TerminalProcess, str]]]:
    """Start servers on a terminal; returns each with its URL."""
    started: list[TerminalProcess] = []

    def start(*arguments: str, **options: object) -> tuple[TerminalProcess, str]:
        terminal = TerminalProcess("serve", "--port", "0", *arguments, folder=tmp_path, **options)
        started.append(terminal)
        terminal.wait_for("stop       Ctrl-C")
        return terminal, terminal.screen[0].split()[-1]

    yield start
    for terminal in started:
        if terminal.process.poll() is None:
            terminal.stop()


# On a terminal


def test_a_terminal_shows_each_request_and_folds_the_polls(watch):
    terminal, url = watch("--vendor", "phaseo@2026-06-11", "--clock", "manual")
    job = send(url, "/v1/videos", "POST", CREATE).json["id"]
    for _ in range(1000):
        send(url, f"/v1/videos/{job}")
    terminal.wait_for("x1,000")
    send(url, "/__mock/clock", "POST", {"advance": "5s"})
    send(url, f"/v1/videos/{job}")
    terminal.wait_for("processing")
    terminal.stop()
    shown = terminal.screen
    log = shown[shown.index("stop       Ctrl-C") + 1 :]
    assert [line[21:28].strip() for line in log[:5]] == ["session", "POST", "GET", "clock", "GET"]
    assert log[2].endswith("200 queued x1,000")
    assert log[5] == "stopped"
    assert "\x1b[32m200" in terminal.raw
    assert KEY not in terminal.raw


def test_a_misspelt_scenario_is_seen_at_once(watch):
    terminal, url = watch()
    send(url, "/v1/videos", key="scenario:cancel-then-pol")
    terminal.wait_for("HINT  API key: no scenario 'cancel-then-pol' (did you mean 'cancel-then-poll'?)")
    assert "\x1b[1;33mHINT" in terminal.raw


def test_no_control_code_of_a_request_reaches_the_terminal(watch):
    terminal, url = watch("--vendor", "phaseo@2026-06-11")
    send_request(f"{url}/v1/videos/x", "GET", None, {"X-Mock-Session": "t\x9b2J\x1b[2J"})
    send(url, "/v1/videos/%1b%5b2J")
    terminal.wait_for("/v1/videos/%1b")
    assert "\x9b" not in terminal.raw
    assert "\x1b[2J" not in terminal.raw


def test_a_warning_of_the_server_is_not_overwritten(watch):
    terminal, url = watch("--vendor", "phaseo@2026-06-11", "--clock", "x1000")
    job = send(url, "/v1/videos", "POST", {**CREATE, "webhook": {"url": "http://127.0.0.1:9/"}}).json["id"]
    terminal.wait_for("WARNING webhook not sent")
    for _ in range(20):
        send(url, f"/v1/videos/{job}")
    terminal.stop()
    assert any(line.startswith("WARNING webhook not sent") for line in terminal.screen)


def test_quiet_prints_no_request(watch):
    terminal, url = watch("--quiet")
    send(url, "/v1/videos", key="scenario:nothing")
    terminal.stop()
    assert terminal.screen[-2:] == ["stopped", ""]
    assert terminal.screen[-3] == "stop       Ctrl-C"


def test_no_color_takes_the_colours_away(watch):
    terminal, url = watch(environment={"NO_COLOR": "1"})
    send(url, "/v1/videos")
    terminal.wait_for("/v1/videos  ")
    assert "\x1b[3" not in terminal.raw


def test_a_scenario_that_is_saved_broken_is_seen_with_its_line_and_goes_on(watch, scenario):
    text = "vendor: phaseo@2026-06-11\ntimeline: [queued: 2s, processing: 9s, completed]\n"
    path = scenario("late", text)
    terminal, url = watch("late", "--watch", "--clock", "manual")
    send(url, "/v1/videos", "POST", CREATE)
    scenario("late", text.replace("queued", "quued"))
    terminal.wait_for("scenarios/late.yaml cannot be used; the last good version of late is played")
    terminal.wait_for("SCN043")
    terminal.wait_for("           ^")
    assert "late.yaml:3:" in send(url, "/v1/videos").headers["X-Mock-Hint"]
    scenario("late", text.replace("2s", "5s"))
    terminal.wait_for("late is loaded from scenarios/late.yaml; 1 session began a new epoch: default@2")
    assert path.is_file()


# On a pipe


def test_a_pipe_gets_no_log_by_itself(serve):
    running = serve("--port", "0")
    send(running.url, "/v1/videos", key="scenario:nothing")
    assert running.stop(signal.SIGTERM).out == "stopped\n"


def test_a_text_log_on_a_pipe_has_no_control_codes(serve):
    running = serve("--port", "0", "--log", "text", "--vendor", "phaseo@2026-06-11", "--clock", "manual")
    job = send(running.url, "/v1/videos", "POST", CREATE).json["id"]
    for _ in range(3):
        send(running.url, f"/v1/videos/{job}")
    lines = running.stop(signal.SIGTERM).out.splitlines()
    assert [line[21:28].strip() for line in lines[:3]] == ["session", "POST", "GET"]
    assert lines[-2].endswith("200 queued x3")
    assert all(line.isprintable() for line in lines)


def test_a_json_log_has_an_object_for_each_request(serve):
    running = serve("--port", "0", "--log", "json", "--vendor", "phaseo@2026-06-11", "--clock", "manual")
    job = send(running.url, "/v1/videos", "POST", CREATE).json["id"]
    for _ in range(3):
        send(running.url, f"/v1/videos/{job}")
    lines = [json.loads(line) for line in running.stop(signal.SIGTERM).out.splitlines()[:-1]]
    assert [line["log"] for line in lines] == ["session"] + ["request"] * 4
    assert lines[-1]["state"] == "queued"
    assert lines[-1]["job_id"] == job
    assert KEY not in str(lines)


# The writer


def test_a_writer_that_cannot_keep_up_counts_what_it_leaves_out(monkeypatch):
    monkeypatch.setattr(log_writer, "MAX_WAITING", 0)
    printed: list[Activity] = []
    lost: list[int] = []
    writer = LogWriter(printed.extend, lost.append)
    for _ in range(3):
        writer.observe(MOVE)
    writer.close()
    assert printed == []
    assert sum(lost) == 3


def test_what_is_left_out_is_counted_once(monkeypatch):
    monkeypatch.setattr(log_writer, "MAX_WAITING", 1)
    started, may_end = threading.Semaphore(0), threading.Semaphore(0)
    lost: list[int] = []

    def print_batch(batch):
        if batch:
            started.release()
            may_end.acquire(timeout=10)

    writer = LogWriter(print_batch, lost.append)
    writer.observe(MOVE)
    for _ in range(2):
        assert started.acquire(timeout=10)
        # The first one waits for the writer, the second one has no room.
        writer.observe(MOVE)
        writer.observe(MOVE)
        may_end.release()
    may_end.release()
    writer.close()
    assert lost == [1, 1]


def test_a_lost_activity_is_an_object_of_a_json_log(monkeypatch, capsys):
    monkeypatch.setattr(log_writer, "MAX_WAITING", 0)
    writer = start_json_log()
    writer.observe(MOVE)
    writer.close()
    assert json.loads(capsys.readouterr().out) == {"log": "lost", "number": 1}


def test_an_output_that_is_stopped_holds_up_neither_answers_nor_the_end():
    released = threading.Event()
    writer = LogWriter(lambda activities: released.wait() and None, lambda number: None)
    for _ in range(100):
        writer.observe(MOVE)
    writer.close()
    assert not released.is_set()
    released.set()
