"""Runs of pytest within a test: the plugin as its users have it, on small test files."""

from collections.abc import Callable
from textwrap import dedent

import pytest

from tests.support.nested_pytest import IN_PROCESS, load_everything

HELPERS = '''
import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

CLIP = {"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse"}


def call(vendor, method, path, body=None):
    """Send one request as a vendor's client does; return its status and its decoded answer."""
    headers = {"Authorization": f"Bearer {vendor.api_key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(vendor.url + path, data, headers, method=method), timeout=30) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def create(videojob):
    return call(videojob.phaseo, "POST", "/videos", CLIP)[1]["id"]


def poll(videojob, video):
    return call(videojob.phaseo, "GET", f"/videos/{video}")


def cancel(videojob, video):
    return call(videojob.phaseo, "POST", f"/videos/{video}/cancel")
'''
"""A module of the test files: a client of a few lines."""

PINNED = 'import pytest\nfrom helpers import *\npytestmark = pytest.mark.videojob(vendors={"phaseo": "2026-06-11"})\n'
"""The beginning of a test file: Phaseo with a cancel that works, and no quota."""

OPTIONS = (*IN_PROCESS, "-W", "error", "--strict-markers")
"""The options of a strict run."""
Run = Callable[..., pytest.RunResult]


@pytest.fixture(scope="session", autouse=True)
def _everything_is_loaded() -> None:
    load_everything()


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file with the plugin, in this process; `arguments` are those of pytest."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    for name in ("TWELVELABS_BASE_URL", "MOCKSERVER_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(helpers=HELPERS)
    monkeypatch.syspath_prepend(pytester.path)

    def run_tests(source: str, *arguments: str, beginning: str = PINNED) -> pytest.RunResult:
        pytester.makepyfile(test_client=beginning + dedent(source))
        return pytester.runpytest(*OPTIONS, *arguments)

    return run_tests
