"""The trial of the vendors' clients: its scenarios are sound, its page is of them, and the known finding is found."""

import json
import re
import sys

import pytest

from mockserver.cli.app import run
from mockserver.runner.play.results import PlayOutcome
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.library import ScenarioLibrary
from mockserver.stores import memory_store
from tests.sdk_trial.__main__ import FOLDER, PAGE
from tests.support.fake_world import VENDORS
from tests.support.node_packages import node_modules

SCENARIOS = sorted((FOLDER / "scenarios").glob("*.yaml"))
CLIENTS = {
    "sync": (sys.executable, "twelvelabs_sync.py"),
    "async": (sys.executable, "twelvelabs_async.py"),
    "node": ("node", "twelvelabs_node.cjs"),
}


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_each_scenario_does_what_it_says(path):
    scenario = load_scenario(path, VENDORS)
    assert scenario.catches
    assert Suite(VENDORS, in_process_targets(memory_store)).play(scenario).outcome is PlayOutcome.OK


def test_the_page_is_of_scenarios_that_exist():
    rows = re.findall(r"^\| `([\w-]+)` \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    library = ScenarioLibrary(VENDORS, FOLDER / "scenarios")
    assert {name for name, _ in rows} >= {path.stem for path in SCENARIOS}
    for name, title in rows:
        assert library.load(name).title == title


@pytest.mark.parametrize("client", CLIENTS)
def test_twelvelabs_waiters_repeat_a_read_for_ever_that_was_refused_for_good(client, capsys, monkeypatch):
    monkeypatch.chdir(FOLDER)
    monkeypatch.setenv("NODE_PATH", str(node_modules()))
    options = ("--only", "waiter-key-revoked-401", "--deadline", "8s", "--json")
    assert run(["trial", *options, "--", *CLIENTS[client]]) == 1
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["outcome"] == "hung"
    assert re.search(r"its last request was GET /v1.3/analyze/tasks/\w+ -> 401, sent \d+ times", result["reasons"][0])


PACK_CLIENTS = {
    "fal_queue.py": ("logs-missing", "crashed", "KeyError: 'logs'"),
    "replicate_wait.py": ("cancel-after-it-succeeded-409", "survived", ""),
    "runway_wait.py": ("throttled-for-ten-minutes", "crashed", "runwayml.TaskTimeoutError: Task timed out"),
    "openai_loop.py": ("cancelling-lasts", "survived", ""),
    "anthropic_loop.py": ("overloaded-529-once", "survived", ""),
}
"""A scenario for each program: its outcome, and the last of the reasons."""


@pytest.mark.parametrize("program", PACK_CLIENTS)
def test_the_clients_of_the_packs_are_tried_with_their_own_pauses(program, capsys, monkeypatch):
    name, outcome, reason = PACK_CLIENTS[program]
    monkeypatch.chdir(FOLDER)
    options = ("--only", name, "--clock", "real", "--deadline", "60s", "--json")
    run(["trial", *options, "--", sys.executable, program])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["outcome"] == outcome, result["reasons"]
    assert "".join(result["reasons"][-1:]) == reason


def test_a_pause_moves_the_clock_and_takes_no_time(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", str(FOLDER))
    monkeypatch.chdir(tmp_path)
    client = (
        "import time, virtual_time, urllib.request\n"
        "before = time.time()\n"
        "time.sleep(7200)\n"
        "print(round((time.time() - before) / 7200))\n"
    )
    options = ("--only", "overloaded-529-once", "--clock", "real", "--deadline", "60s", "--json")
    run(["trial", *options, "--", sys.executable, "-c", client])
    (result,) = json.loads(capsys.readouterr().out)["results"]
    assert result["output"] == "1"
