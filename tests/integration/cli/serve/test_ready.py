"""`serve` as another program starts it: one line of JSON, and the end together with the program."""

import json
import os
import signal
import subprocess
import sys

import pytest

from mockserver.installed import installed_vendors
from tests.support.http_client import send_request
from tests.support.paths import ROOT

SERVE = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--ready-json"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def start(*arguments: str, **options: object) -> tuple[subprocess.Popen[str], dict[str, object]]:
    """Start a server; return its process and the first line of its stdout."""
    options = {"stdin": subprocess.DEVNULL, **options}
    process = subprocess.Popen([*SERVE, *arguments], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT, **options)
    assert process.stdout is not None
    ready: dict[str, object] = json.loads(process.stdout.readline())
    return process, ready


def test_it_prints_one_line_once_it_listens_and_nothing_else():
    process, ready = start("--vendor", "phaseo@2026-06-11")
    with process:
        answer = send_request(f"{ready['url']}/__mock/health", "GET")
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert answer.status == 200
    assert rest == ""
    assert ready["pid"] == process.pid
    assert ready["url"] == f"http://127.0.0.1:{ready['port']}"
    assert "admin_token" not in ready
    vendors = {vendor["name"]: vendor for vendor in ready["vendors"]}
    assert set(vendors) == set(installed_vendors().served())
    assert vendors["phaseo"]["era"] == "phaseo@2026-06-11"
    assert vendors["phaseo"]["base_url"] == f"{ready['url']}/v1"
    assert vendors["phaseo"]["environment"] == {
        "PHASEO_API_KEY": "test-key",
        "PHASEO_BASE_URL": f"{ready['url']}/v1",
    }


def test_the_line_has_the_token_of_the_admin_api():
    process, ready = start("--admin-token", "secret")
    with process:
        process.terminate()
    assert ready["admin_token"] == "secret"


def test_a_requested_log_follows_the_line():
    process, ready = start("--log", "json")
    with process:
        send_request(f"{ready['url']}/v1/videos", "GET", None, {"Authorization": "Bearer key"})
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert [json.loads(line)["log"] for line in rest.splitlines()] == ["session", "request"]


# The end of the parent

PARENT = """
import json, subprocess, sys
server = subprocess.Popen(json.loads(sys.argv[1]), stdin=STDIN)
print("started", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("stdin", ["subprocess.PIPE", "subprocess.DEVNULL"])
def test_it_ends_when_its_parent_is_killed(stdin):
    command = json.dumps([*SERVE, "--exit-with-parent"])
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.replace("STDIN", stdin), command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    assert parent.stdout is not None
    lines = [parent.stdout.readline(), parent.stdout.readline()]
    ready = json.loads(next(line for line in lines if line.startswith("{")))
    assert send_request(f"{ready['url']}/__mock/health", "GET").status == 200
    parent.kill()
    # The server has the other end of this pipe: it is closed when the server has ended.
    assert parent.stdout.read() == ""
    parent.communicate(timeout=30)
    with pytest.raises(ConnectionRefusedError):
        send_request(f"{ready['url']}/__mock/health", "GET")


def test_it_ends_when_its_pipe_is_closed():
    process, _ = start("--exit-with-parent", stdin=subprocess.PIPE)
    _, _ = process.communicate(timeout=30)
    assert process.returncode == 0


def test_what_is_sent_to_it_does_not_end_it():
    process, ready = start("--exit-with-parent", stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write("anything\n" * 10_000)
    process.stdin.flush()
    assert send_request(f"{ready['url']}/__mock/health", "GET").status == 200
    process.communicate(timeout=30)


def test_without_a_pipe_and_with_a_living_parent_it_goes_on():
    process, ready = start("--exit-with-parent")
    with process:
        assert send_request(f"{ready['url']}/__mock/clock", "POST", {"advance": "1s"}).status == 200
        process.terminate()
        assert process.wait(30) == 0
