"""`mockserver vendor check`: an outside vendor is held to the duties by one command."""

import json
import os
import subprocess
import sys

from mockserver.cli.app import run as run_command
from tests.support.paths import ROOT

OUTSIDE = ROOT / "tests" / "support" / "outside"


def check(tmp_path, *arguments):
    """Run the check in a process of its own, beside the package of the pottery."""
    metadata = tmp_path / "pottery_mock-1.2.dist-info"
    metadata.mkdir(exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: pottery-mock\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(
        "[mockserver.vendors]\npottery = pottery_mock:VENDOR\n[mockserver.data]\npottery = pottery_mock.data\n"
    )
    paths = os.pathsep.join(map(str, (tmp_path, OUTSIDE, ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    words = [sys.executable, "-m", "mockserver", "vendor", "check", *arguments]
    return subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_a_broken_duty_of_an_outside_vendor_is_a_finding(tmp_path):
    done = check(tmp_path, "pottery")
    assert done.returncode == 1
    assert done.stdout.startswith("error pottery@2026-01-01: ")
    assert "\nerror cancels-by-scenario: A scenario can refuse a cancel in every state" in done.stdout
    assert "\n    rerun     mockserver vendor check pottery" in done.stdout


def test_the_json_of_one_era_names_every_duty(tmp_path):
    done = check(tmp_path, "pottery@2026-06-01", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert [era["pin"] for era in report["eras"]] == ["pottery@2026-01-01"]
    assert [result["duty"] for result in report["eras"][0]["results"]] == [duty["id"] for duty in report["duties"]]


def test_a_vendor_that_keeps_its_duties_is_a_success(capsys):
    assert run_command(["vendor", "check", "reap"]) == 0
    assert capsys.readouterr().out.startswith("ok reap@2026-07-07: ")


def test_the_problems_of_a_broken_pack_follow(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "press.yaml").write_text("pack: 1\nvendor: press\n")
    assert run_command(["vendor", "check", "press"]) == 2
    first, hint, follows, *_ = capsys.readouterr().err.splitlines()
    assert first.startswith("VEN004 the vendor 'press' cannot be loaded")
    assert hint == "    The problems of its file follow."
    assert "press.yaml:1:1: SCN021 " in follows


def test_an_unknown_vendor_is_an_error_of_usage(capsys):
    assert run_command(["vendor", "check", "potery"]) == 2
    assert "VEN001 no vendor 'potery'" in capsys.readouterr().err
