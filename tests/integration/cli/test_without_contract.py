"""A vendor that has no contract is judged by its own tables."""

import pytest

from mockserver.contract.documents.derived import deriving_with
from mockserver.installed.derived_contracts import TABLES_OF_INSTALLED
from mockserver.runner.judge.recording_check import CheckRequest
from mockserver.runner.judge.recording_checks import check_recordings
from mockserver.runner.judge.recording_pool import check_at_once
from tests.support.packs import ATELIER_TEXT

CASSETTE = """\
interactions:
- request: {method: GET, uri: https://frames.example/v1/frames/fr_111111111111, body: null, headers: {}}
  response:
    status: {code: 418, message: teapot}
    headers: {Content-Type: [application/json]}
    body: {string: '{}'}
version: 1
"""


@pytest.fixture(autouse=True)
def _atelier(tmp_path):
    (tmp_path / "vendors").mkdir()
    (tmp_path / "vendors" / "atelier.yaml").write_text(ATELIER_TEXT)
    (tmp_path / "calls.yaml").write_text(CASSETTE)


def test_a_recording_is_judged_by_the_vendor_s_own_tables(mockserver):
    checked = mockserver("check", "calls.yaml")
    assert checked.code == 1
    assert "atelier@2026-06-01 (vendor detected: it has 1 of 1 calls of frames.example" in checked.out
    assert "it has no contract: its own tables judge it" in checked.out
    assert "source    atelier@2026-06-01 the vendor's own tables, operation get" in checked.out


def test_a_worker_derives_contracts_as_its_parent_does():
    with deriving_with(TABLES_OF_INSTALLED):
        results = check_at_once(
            {"calls.yaml": 1}, CheckRequest(), str, workers=1, on_worker_lost=str, start_method="spawn"
        )
        assert [results["calls.yaml"]] == check_recordings(["calls.yaml"], CheckRequest(), str, 1)
    assert results["calls.yaml"].report.findings


def test_a_recording_is_distilled_by_them(mockserver):
    distilled = mockserver("distill", "calls.yaml", "--vendor", "atelier@2026-01-05")
    assert "vendor: atelier@2026-01-05" in distilled.out


def test_a_fake_is_fuzzed_by_them(mockserver):
    fuzzed = mockserver("fuzz", "--vendor", "atelier", "--max-examples", "1")
    assert "atelier@2026-06-01" in fuzzed.out
    assert "CON005" not in fuzzed.err


def test_a_scenario_is_judged_by_the_vendor_s_own_tables(mockserver, scenario):
    scenario("plain", "vendor: atelier\n")
    assert "atelier has no contract: its own tables judge it" in mockserver("test", "plain").err


@pytest.mark.parametrize(
    ("name", "vendor"),
    [("D1", "each that has no contract"), ("d1", "each that has no contract"), ("atelier:D1", "atelier")],
)
def test_the_rule_of_such_vendors_is_explained(name, vendor, mockserver):
    lines = mockserver("explain", name).out.splitlines()
    assert lines[0] == f"{name}: a job that has ended does not move again"
    assert lines[2] == f"    vendor   {vendor}"
    assert lines[-1].startswith("    fix      Look for a worker that writes late")


@pytest.mark.parametrize("name", ["reap:D1", "nowhere:D1"])
def test_no_other_vendor_has_it(name, mockserver):
    refused = mockserver("explain", name)
    assert refused.code == 2
    assert refused.err.startswith(f"CLI003 no rule, error code or request has the name '{name}'")
