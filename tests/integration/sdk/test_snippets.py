"""The snippets in the greeting of `serve` work when they are pasted."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mockserver.installed import installed_vendors
from tests.support.fake_server import FakeServer, ServerResponse, fake_server
from tests.support.sdk_clients import KEY


@pytest.mark.parametrize("vendor", ["phaseo", "twelvelabs"])
def test_a_python_snippet_runs(server, vendor):
    line = installed_vendors()[vendor].snippet(server.url, KEY)
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.strip()


PACK_CALLS = {
    "anthropic": ("from anthropic import Anthropic", "messages.batches.list()"),
    "fal": ("import fal_client", "submit('fal-ai/flux/dev', {'prompt': 'A lighthouse'})"),
    "openai": ("from openai import OpenAI", "batches.list()"),
    "runway": ("from runwayml import RunwayML", "organization.retrieve()"),
}
"""For each pack whose snippet is Python, the import and a call with the client that the snippet makes."""


@pytest.fixture
def packs() -> Iterator[FakeServer]:
    with fake_server(*PACK_CALLS, "replicate") as running:
        yield running


@pytest.mark.parametrize("vendor", PACK_CALLS)
def test_a_packs_python_snippet_connects_its_client(packs, vendor):
    begin, call = PACK_CALLS[vendor]
    known = installed_vendors()[vendor]
    *before, client = known.snippet(f"{packs.url}/v/{vendor}", known.own_key(KEY)).split("; ")
    code = "; ".join([begin, *before, f"print({client.removeprefix('client = ')}.{call})"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert done.stdout.strip()


def test_replicates_javascript_snippet_has_a_base_url_and_a_key_that_work(packs):
    known = installed_vendors()["replicate"]
    line = known.snippet(f"{packs.url}/v/replicate", known.own_key(KEY))
    key, base_url = re.fullmatch(r'new Replicate\({auth: "(.+)", baseUrl: "(.+)"}\)', line).groups()
    # As the client does: its paths begin behind `baseUrl`.
    assert packs.request("GET", f"{base_url}/predictions", None, {"Authorization": f"Bearer {key}"}).status == 200


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
