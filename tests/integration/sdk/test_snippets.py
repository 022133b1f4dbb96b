"""The snippets in the greeting of `serve` work when they are pasted."""

import shlex
import subprocess
import sys

import pytest

from mockserver.installed import installed_vendors
from tests.support.fake_server import FakeServer, ServerResponse
from tests.support.sdk_clients import KEY


@pytest.mark.parametrize("vendor", ["phaseo", "twelvelabs"])
def test_a_python_snippet_runs(server, vendor):
    line = installed_vendors()[vendor].snippet(server.url, KEY)
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.strip()


def curl(server: FakeServer, line: str) -> ServerResponse:
    """Send the request of a curl line: its URL, headers and data."""
    command, url, *options = shlex.split(line)
    assert command == "curl"
    pairs = list(zip(options[::2], options[1::2], strict=True))
    headers = dict(value.split(": ", 1) for name, value in pairs if name == "-H")
    (data,) = [value for name, value in pairs if name == "-d"]
    return server.request("POST", url, data.encode(), headers)


def test_a_curl_snippet_is_answered(server):
    answer = curl(server, installed_vendors()["reap"].snippet(server.url, KEY))
    assert answer.status == 200
    assert answer.json["status"] == "queued"
