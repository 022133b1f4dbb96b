"""`mockserver fuzz` from its options to its report."""

import json

import pytest

from tests.support.fake_server import fake_server

FEW = ("--max-examples", 3, "--vendor", "phaseo@2026-06-11")


@pytest.fixture(scope="module", autouse=True)
def _import_schemathesis():
    """Import it before the first test: it takes seconds, and the tests have a time limit."""
    import schemathesis  # noqa: F401


def test_the_report_is_reproducible(mockserver):
    first, second = (mockserver("fuzz", *FEW, "--json") for _ in range(2))
    assert first == second


def test_the_embedded_fake_has_no_findings(mockserver, tmp_path):
    found = mockserver("fuzz", *FEW, "--json", "--junit", "r.xml")
    assert found.code == 0, found
    report = json.loads(found.out)
    assert report["files"][0]["again"] == "mockserver fuzz --vendor phaseo@2026-06-11 --seed 0 --max-examples 3"
    assert report["files"][0]["exchanges"] > 40
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.xml"]


def test_a_server_on_this_machine_gets_writes_too(mockserver):
    with fake_server("phaseo@2026-06-11", judged=False) as server:
        result = mockserver("fuzz", *FEW, "--base-url", f"{server.url}/v1")
    assert result.code in (0, 3), result
    assert " 0 errors" in result.out
    assert "judged, 1" in result.out or "jobs" in result.out


def test_a_finding_has_a_curl_line_that_repeats_it(mockserver, monkeypatch):
    monkeypatch.setenv("VIDEO_KEY", "test-key-0123456789")
    with fake_server("phaseo@2026-08-05", judged=False) as server:
        result = mockserver(
            *("fuzz", "--max-examples", 3, "--vendor", "phaseo@2026-05-06", "--base-url", server.url),
            *("--api-key-env", "VIDEO_KEY"),
        )
    assert result.code == 1
    assert "P11" in result.out
    assert f"rerun     curl -i -X POST {server.url}/v1/video" in result.out
    assert "test-key-0123456789" not in result.out + result.err


def test_max_time_ends_the_run(mockserver):
    result = mockserver("fuzz", *FEW, "--max-time", "1ms")
    assert result.code == 3
    assert "the time limit (--max-time) was reached" in result.err


def test_a_remote_server_gets_only_reads(mockserver, monkeypatch):
    methods = []

    class UnreachableTarget:
        def __init__(self, url, patience):
            pass

        def send(self, request):
            methods.append(request.method)
            raise ValueError

        def close(self):
            pass

    monkeypatch.setattr("mockserver.cli.commands.fuzz.LiveTarget", UnreachableTarget)
    result = mockserver("fuzz", *FEW, "--base-url", "https://api.phaseo.app")
    assert result.code == 3
    assert set(methods) == {"GET"}
    assert "--allow-writes sends all" in result.err


def test_without_schemathesis_it_is_2_with_the_install_command(mockserver, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "schemathesis", None)
    result = mockserver("fuzz", *FEW)
    assert result.code == 2
    assert result.err.startswith("RUN007")
    assert "pip install 'schemathesis>=4.25'" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--base-url", "http://127.0.0.1:1"), "CLI009"),
        (("--vendor", "faseo"), "CON005"),
        (("--max-time", "10"), "CLI006"),
        (("--vendor", "reap", "--base-url", "nowhere"), "RUN001"),
        (("--api-key-env", "NOT_SET"), "CLI008"),
    ],
)
def test_an_unusable_argument_is_2(mockserver, arguments, words):
    result = mockserver("fuzz", "--max-examples", 1, *arguments)
    assert result.code == 2
    assert words in result.err


def test_an_unreachable_server_is_3(mockserver):
    result = mockserver("fuzz", *FEW, "--base-url", "http://127.0.0.1:1")
    assert result.code == 3
    assert "cannot be reached" in result.err
