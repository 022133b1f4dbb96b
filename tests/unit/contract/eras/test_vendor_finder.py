"""Whose calls they are: by host first, and without a known host for many calls together."""

import pytest

from mockserver.contract.eras.recording import judge_recording
from mockserver.contract.eras.vendor_finder import VendorFinder
from tests.support.toy_contract import call

PHASEO, TWELVELABS, REAP = "/v1/videos", "/v1.3/analyze/batches", "/api/v1/automation/get-all-projects"


def calls(*targets):
    """Calls of `host/path`; without a host, of `/path`."""
    made = []
    for seq, target in enumerate(targets, 1):
        host, slash, path = target.partition("/")
        headers = {"host": host} if host else {}
        made.append(call("GET", slash + path, 200, seq=seq, headers=headers))
    return made


def vendors_of(*targets, vendor=None):
    exchanges = calls(*targets)
    finder = VendorFinder(vendor=vendor)
    finder.survey(exchanges)
    return [finder.vendor_of(each) for each in exchanges]


def test_a_vendors_host_decides_whatever_the_path():
    assert vendors_of(f"api.twelvelabs.io{PHASEO}", f"API.Phaseo.app:443{REAP}") == ["twelvelabs", "phaseo"]


def test_a_host_of_another_vendor_is_a_stranger_to_a_named_one():
    targets = f"api.twelvelabs.io{PHASEO}", f"eu.api.phaseo.app{PHASEO}", f"staging.example.com{PHASEO}", PHASEO, "/x"
    assert vendors_of(*targets, vendor="phaseo") == [None, "phaseo", None, "phaseo", "phaseo"]


def test_a_named_vendor_gets_the_calls_of_an_unknown_host_without_its_own():
    targets = f"staging.example.com{PHASEO}", "staging.example.com/x", f"public.reap.video{REAP}"
    assert vendors_of(*targets, vendor="phaseo") == ["phaseo", "phaseo", None]


def test_an_unknown_host_is_a_stranger_beside_a_known_one():
    assert vendors_of(f"api.example.org{PHASEO}", f"api.phaseo.app{PHASEO}") == [None, "phaseo"]
    assert vendors_of(f"api.example.org{PHASEO}", f"public.reap.video{REAP}") == [None, "reap"]


def test_an_unknown_host_has_one_vendor():
    targets = f"gw.example.com{PHASEO}", f"gw.example.com{REAP}", "gw.example.com/v1/videos/v1", "gw.example.com/x"
    assert vendors_of(*targets) == ["phaseo"] * 4
    assert vendors_of("gw.example.com/x", "gw.example.com/y") == [None, None]


def test_each_unknown_host_has_its_own():
    assert vendors_of(f"a.example.com{PHASEO}", f"b.example.com{REAP}") == ["phaseo", "reap"]


def test_a_documented_status_explains_more_than_a_path():
    exchanges = [
        call("GET", PHASEO, 299, seq=1, headers={"host": "gw.example.com"}),
        call("GET", TWELVELABS, 200, seq=2, headers={"host": "gw.example.com"}),
    ]
    finder = VendorFinder()
    finder.survey(exchanges)
    assert [finder.vendor_of(each) for each in exchanges] == ["twelvelabs"] * 2


@pytest.mark.parametrize("host", ["", "127.0.0.1:4810", "fake:80"])
def test_a_stand_in_serves_several_vendors_below_different_paths(host):
    targets = [f"{host}{path}" for path in (PHASEO, TWELVELABS, f"/s/a{REAP}", "/v1/other", "/health")]
    assert vendors_of(*targets) == ["phaseo", "twelvelabs", "reap", "phaseo", None]
    assert vendors_of(*targets, f"api.phaseo.app{PHASEO}")[:3] == ["phaseo", "twelvelabs", "reap"]


def test_live_traffic_is_attributed_by_the_first_call_that_a_vendor_has():
    finder = VendorFinder()
    targets = "gw.example.com/x", f"gw.example.com{REAP}", f"gw.example.com{PHASEO}", "gw.example.com/x"
    assert [finder.vendor_of(each) for each in calls(*targets)] == [None, "reap", "reap", "reap"]


def test_the_number_of_groups_is_bounded():
    exchanges = calls(*(f"{name}.example.com{PHASEO}" for name in "abcab"))
    finder = VendorFinder(max_groups=2)
    finder.survey(exchanges)
    assert [finder.vendor_of(each) for each in exchanges] == ["phaseo", "phaseo", None, "phaseo", "phaseo"]


def test_a_report_counts_the_strangers():
    report = judge_recording(calls(f"api.example.org{PHASEO}", f"api.phaseo.app{PHASEO}"), "phaseo", "2026-08-10")
    assert report.foreign_calls == {"api.example.org": 1}
    (judgement,) = report.judgements
    assert judgement.counts.exchanges == 1
