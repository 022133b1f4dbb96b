"""The clients of examples/clients on trial: the naive one fails for the right reasons, the good one survives."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.cli.app import run
from tests.support.paths import ROOT

CLIENTS = ROOT / "examples" / "clients"

VENDORS = ("phaseo", "reap", "twelvelabs")
"""The vendors of `apis.py`: the clients reach nothing of another one."""

FAILURES = {
    "cancel-accepted-yet-completed": ("misbehaved", "it reports 'cancelled', and its video will be 'completed'"),
    "cancel-answered-204-with-a-length": ("crashed", "without seeing that its project is cancelled"),
    "cancel-falls-silent": ("hung", "/cancel -> no whole answer"),
    "cancel-refused-upstream-502": ("misbehaved", "it reports 'cancelled', and its video will be 'completed'"),
    "download-cut-in-the-middle": ("crashed", "IncompleteRead"),
    "gzip-nobody-asked-for": ("crashed", "UnicodeDecodeError"),
    "html-from-a-proxy-in-the-middle": ("crashed", "JSONDecodeError"),
    "key-expires-while-it-runs-401": ("misbehaved", "C6: the client repeated a read that was refused for good"),
    "lost-cancel-answer-then-400": ("crashed", "although its project runs on"),
    "lost-create-answer-charges-twice": ("misbehaved", "it created the same job again after trouble"),
    "lost-create-answer-reserves-twice": ("misbehaved", "it created the same job again after trouble"),
    "malformed-json-once": ("crashed", "although its video runs on"),
    "poll-after-the-cancel-says-queued": ("misbehaved", "it reports 'cancelled'"),
    "refund-comes-once-after-two-cancels": ("misbehaved", "it reports 'cancelled'"),
    "results-cut-in-the-middle": ("crashed", "although its batch is completed"),
    "token-expires-mid-job-401": ("misbehaved", "it reports 'cancelled', and its video will be 'completed'"),
}
"""Scenarios that catch the naive client: the outcome, and a part of the reasons."""


def try_client(name: str, capsys, monkeypatch, tmp_path, *options: str) -> dict[str, Mapping[str, Any]]:
    """Run one of the clients on trial and return the results by scenario."""
    monkeypatch.chdir(tmp_path)
    # Beside the standard library the clients have each other: compiled once, and found without the site's packages.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path))
    run(["trial", "--json", *options, "--", sys.executable, "-S", str(CLIENTS / name)])
    return {each["name"]: each for each in json.loads(capsys.readouterr().out)["results"]}


def test_the_naive_client_fails_for_the_right_reasons(capsys, monkeypatch, tmp_path):
    only = [word for name in FAILURES for word in ("--only", name)]
    found = try_client("naive.py", capsys, monkeypatch, tmp_path, "--deadline", "8s", *only)
    for name, (outcome, reason) in FAILURES.items():
        assert found[name]["outcome"] == outcome, name
        assert reason in "\n".join(found[name]["reasons"]), name


def test_the_good_client_survives_all_that_it_reaches(capsys, monkeypatch, tmp_path):
    found: dict[str, Mapping[str, Any]] = {}
    for vendor in VENDORS:
        found |= try_client("good.py", capsys, monkeypatch, tmp_path, "--deadline", "60s", "--vendor", vendor)
    caught = [each for each in found.values() if each["outcome"] not in ("survived", "not reached")]
    assert caught == []
    survived = {name for name, each in found.items() if each["outcome"] == "survived"}
    assert set(FAILURES) <= survived
    assert len(survived) >= 50


@pytest.mark.parametrize("name", ["apis.py", "naive.py", "good.py"])
def test_the_clients_need_the_standard_library_only(name):
    lines = (CLIENTS / name).read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].partition(".")[0] for line in lines if line.startswith(("import ", "from "))}
    assert imported - {"apis"} <= sys.stdlib_module_names
