"""A vendor of another package, with its data: every command knows it, and the project's own vendors do not notice.

The package is installed in a site folder of its own, beside one whose vendor cannot be loaded, and one that calls its
vendor `twelvelabs`. The outside vendor has Phaseo's paths.
"""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.support.cli import CommandResult, ServeProcess
from tests.support.http_client import send_request
from tests.support.paths import ROOT

OUTSIDE = ROOT / "tests" / "support" / "outside"
BEARER = {"Authorization": "Bearer key"}
COMMANDS = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from mockserver.cli.app import run

for words in json.loads(sys.argv[1]):
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = run(words)
    print(json.dumps((code, out.getvalue(), err.getvalue())))
"""
"""A program that runs commands, and prints a line with the result of each."""


def install(site, name, entry_points):
    """Write the metadata of a package: what an installer leaves behind."""
    folder = site / f"{name}-1.2.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (folder / "entry_points.txt").write_text(entry_points)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site folder with the pottery and its data."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(OUTSIDE / "pottery_mock", folder / "pottery_mock", ignore=shutil.ignore_patterns("__pycache__"))
    install(
        folder,
        "pottery_mock",
        "[mockserver.vendors]\npottery = pottery_mock:VENDOR\n[mockserver.data]\npottery = pottery_mock.data\n",
    )
    return folder


@pytest.fixture(scope="module")
def damaged(site, tmp_path_factory):
    """A site folder with the packages that do harm, behind that of the pottery."""
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "kiln_mock" / "scenarios").mkdir(parents=True)
    (folder / "kiln_mock" / "__init__.py").write_text("raise ImportError('no clay')\n")
    (folder / "kiln_mock" / "scenarios" / "hot.yaml").write_text("scenario: hot\nvendor: kiln\n")
    install(folder, "kiln_mock", "[mockserver.vendors]\nkiln = kiln_mock:VENDOR\n[mockserver.data]\nkiln = kiln_mock\n")
    install(folder, "copy_mock", "[mockserver.vendors]\ntwelvelabs = pottery_mock:VENDOR\n")
    install(folder, "empty_mock", "[mockserver.data]\nempty = empty_mock.data\n")
    return f"{site}{os.pathsep}{folder}"


@pytest.fixture
def run(tmp_path):
    """Run command lines, one after the other, in a process that finds the packages of `path`."""

    def call(*lines, path):
        environment = {**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
        program = [sys.executable, "-c", COMMANDS, json.dumps([line.split() for line in lines])]
        done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return [CommandResult(*json.loads(line)) for line in done.stdout.splitlines()]

    return call


def test_a_scenario_of_the_package_is_listed_checked_played_and_judged(run, site):
    listed, linted, played, shown, tried = run(
        "list --vendor pottery",
        "lint pot-smashed",
        "test --json --vendor pottery",
        "show pottery",
        "trial --list --vendor pottery",
        path=site,
    )
    assert "pot-smashed" in listed.out
    assert listed.out.endswith("pottery: 2026-01-01\n")
    assert linted.out == "1 file, 0 problems\n"
    assert played.code == 0, played
    assert [each["name"] for each in json.loads(played.out)["scenarios"]] == ["pot-smashed"]
    assert "Pottery: eras 2026-01-01" in shown.out
    assert tried.out.startswith("pot-smashed")


def test_its_contract_is_compared_and_its_rules_are_explained(run, mockserver, site):
    compared, shown, explained, own = run(
        "diff pottery@2026-01-01 pottery@2026-01-01", "show pottery:R1", "explain R1", "explain reap:R1", path=site
    )
    assert "0 changes" in compared.out
    assert "a pot that is done has an id" in shown.out
    assert "pottery:R1: a pot that is done has an id" in explained.out
    assert "\nreap:R1: " in explained.out
    assert own == mockserver("explain", "R1")


def test_a_server_serves_it_below_its_name_and_says_so_where_paths_collide(site, tmp_path):
    server = ServeProcess("--port", "0", folder=tmp_path, PYTHONPATH=f"{site}{os.pathsep}{ROOT}")
    try:
        assert "Pottery (pottery@2026-01-01)" in server.greeting
        tied = send_request(f"{server.url}/v1/videos", "POST", {"shape": "jug"}, BEARER)
        assert tied.status == 300
        made = send_request(tied.json["addresses"][1]["url"], "POST", {"shape": "jug"}, BEARER)
        assert made.json == {"id": "pot-1", "state": "wet"}
    finally:
        result = server.stop(2)
    assert result.err == ""


# The project's own vendors


OWN = "cancel-then-poll cancel-twice-400 billed-duration-in-minutes"


def test_the_project_s_own_plays_and_reports_are_the_same_bytes(run, mockserver, site):
    lines = (f"test --json {OWN}", f"lint --json {OWN}", "show phaseo --sources")
    assert run(*lines, path=site) == [mockserver(*line.split()) for line in lines]


def test_a_recording_of_the_project_s_own_vendor_is_reported_in_the_same_bytes(run, mockserver, site, tmp_path):
    recording = tmp_path / "calls.har"
    server = ServeProcess("--port", "0", "--only", "phaseo", folder=tmp_path)
    try:
        made = send_request(f"{server.url}/v1/videos", "POST", {"model": "m", "prompt": "p"}, BEARER)
        recording.write_text(json.dumps(har(server.url, made)))
    finally:
        server.stop(2)
    alone = mockserver("check", "--json", recording)
    assert run(f"check --json {recording}", path=site) == [alone]
    assert json.loads(alone.out)


def har(url, answer):
    """Return a HAR with one POST of a video."""
    body = json.dumps({"model": "m", "prompt": "p"})
    headers = [{"name": "Content-Type", "value": "application/json"}]
    request = {"method": "POST", "url": f"{url}/v1/videos", "httpVersion": "HTTP/1.1", "headers": headers}
    request |= {"queryString": [], "cookies": [], "postData": {"mimeType": "application/json", "text": body}}
    content = {"size": len(answer.body), "mimeType": "application/json", "text": answer.body.decode()}
    response = {"status": answer.status, "statusText": "", "headers": headers, "content": content, "cookies": []}
    entry = {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": request, "response": response}
    return {"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [entry]}}


# Packages that do harm


def test_a_vendor_that_cannot_be_loaded_is_named_where_it_is_asked_for(run, damaged):
    (refused,) = run("show kiln", path=damaged)
    assert refused.code == 2
    assert refused.err == (
        "VEN004 the vendor 'kiln' cannot be loaded from the entry point kiln = kiln_mock:VENDOR of kiln-mock 1.2: "
        "ImportError: no clay\n    Correct it, or uninstall it. The other vendors work without it.\n"
    )


def test_two_vendors_of_one_name_are_refused_where_they_are_asked_for(run, damaged):
    (refused,) = run("show twelvelabs", path=damaged)
    assert refused.code == 2
    assert refused.err.startswith("VEN005 there are 2 vendors 'twelvelabs': the entry point twelvelabs = ")
    assert "of copy-mock 1.2" in refused.err
    assert "of videojob-mockserver " in refused.err


def test_the_others_live(run, damaged):
    named, shown, every, hot, listed = run(
        "test cancel-then-poll pot-smashed", "show phaseo", "test --vendor pottery", "test hot", "list", path=damaged
    )
    assert [result.code for result in (named, shown, listed)] == [0, 0, 0]
    assert every.code == 0, "the scenario of the kiln was not asked for"
    assert every.err.count("VEN004") == 1
    assert hot.code == 2
    assert "\nreap: " in listed.out
    assert "VEN004 the vendor 'kiln' cannot be loaded" in listed.err


def test_a_server_warns_of_them_and_starts(damaged, tmp_path):
    server = ServeProcess("--port", "0", folder=tmp_path, PYTHONPATH=f"{damaged}{os.pathsep}{ROOT}")
    try:
        assert send_request(f"{server.url}/v/kiln/pots", "GET", None, BEARER).status == 500
        assert set(send_request(f"{server.url}/__mock/version").json["vendors"]) == {"phaseo", "pottery", "reap"}
    finally:
        result = server.stop(2)
    assert [line.split()[0] for line in result.err.splitlines() if not line.startswith(" ")] == [
        "VEN004",
        "VEN005",
        "DAT002",
    ]
