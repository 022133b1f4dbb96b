"""Whose calls they are: by host first, and without a known host for many calls together."""

import json

import pytest

from mockserver.contract.eras.pack_contest import MAX_HOSTS, PackContest
from mockserver.contract.eras.pack_contest import MAX_SAMPLES as PACK_SAMPLES
from mockserver.contract.eras.recording import judge_recording
from mockserver.contract.eras.vendor_finder import MAX_SAMPLES, VendorFinder
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


@pytest.mark.parametrize(
    ("target", "readings"), [("other.example.com/x", 1), ("localhost/x", 2)], ids=["foreign", "stand-in"]
)
def test_calls_are_read_again_only_for_those_that_may_be_a_vendors(target, readings):
    read = []

    class Calls(list):
        def __iter__(self):
            read.append(1)
            return super().__iter__()

    exchanges = Calls(calls(f"api.phaseo.app{PHASEO}", target))
    assert [vendor for vendor, _ in VendorFinder().survey_calls(exchanges)] == ["phaseo"]
    assert len(read) == readings


def test_a_report_counts_the_strangers():
    report = judge_recording(calls(f"api.example.org{PHASEO}", f"api.phaseo.app{PHASEO}"), "phaseo", "2026-08-10")
    assert report.foreign_calls == {"api.example.org": 1}
    (judgement,) = report.judgements
    assert judgement.counts.exchanges == 1


# A vendor that is named by its prefix


@pytest.mark.parametrize("host", ["", "127.0.0.1:4810"])
def test_a_prefix_names_the_vendor_on_a_stand_in(host):
    assert vendors_of(f"{host}/v/reap{PHASEO}", f"{host}/s/a/v/reap/x", f"{host}{PHASEO}") == ["reap", "reap", "phaseo"]
    assert vendors_of(f"{host}/v/nobodys{PHASEO}") == ["phaseo"], "no vendor has that name"
    assert vendors_of(f"{host}/v/reap{PHASEO}", f"{host}/x", vendor="phaseo") == [None, "phaseo"]


def test_elsewhere_it_is_a_path_like_any_other():
    assert vendors_of(f"gw.example.com/v/reap{PHASEO}") == ["phaseo"]


# Vendors that explain as much


@pytest.fixture
def pottery(tmp_path, monkeypatch):
    """The project's own contract of a vendor with one of Phaseo's calls, first by name."""
    captures = tmp_path / "contracts" / "amphora" / "captures"
    captures.mkdir(parents=True)
    body = {"description": "pots", "content": {"application/json": {"schema": {"type": "array"}}}}
    paths = {PHASEO: {"get": {"operationId": "pots", "responses": {"200": body}}}}
    document = {"openapi": "3.1.0", "info": {"title": "Amphora", "version": "1"}, "paths": paths}
    (captures / "2026-01-01.yaml").write_text(json.dumps(document))
    monkeypatch.chdir(tmp_path)
    return captures


def answers_of(*bodies):
    exchanges = [call("GET", PHASEO, 200, body, seq=seq) for seq, body in enumerate(bodies, 1)]
    finder = VendorFinder()
    finder.survey(exchanges)
    return {finder.vendor_of(each) for each in exchanges}


def test_of_equals_the_vendor_that_finds_the_answers_valid(pottery):
    assert answers_of([1], [2], {"data": []}) == {"amphora"}
    assert answers_of({"data": []}, {"data": []}, [1]) == {"phaseo"}


def test_of_equals_without_a_valid_answer_the_bundled_one(pottery):
    assert answers_of("none") == {"phaseo"}


def test_only_the_first_answers_of_a_group_decide_between_equals(pottery):
    assert answers_of(*[[1]] * MAX_SAMPLES, {"data": []}) == {"amphora"}


def test_a_contract_that_cannot_be_read_harms_no_other(pottery):
    (pottery / "2026-01-01.yaml").write_text("[")
    (pottery.parent / "rules.yaml").write_text("[")
    assert vendors_of(f"api.phaseo.app{PHASEO}", "gw.example.com/x") == ["phaseo", None]
    assert vendors_of(PHASEO, REAP) == ["phaseo", "reap"]


# Bundled packs

FILES, BATCHES, LOGIN = "/v1/files", "/v1/batches", "/auth/login"


def surveyed(*calls_made):
    exchanges = [
        call(method, target[target.index("/") :], status, body, seq=seq, headers={"host": target.partition("/")[0]})
        for seq, (method, target, status, body) in enumerate(calls_made, 1)
    ]
    finder = VendorFinder()
    finder.survey(exchanges)
    return finder, [finder.vendor_of(each) for each in exchanges]


def test_the_host_of_a_pack_is_known():
    assert vendors_of(f"api.openai.com{BATCHES}", f"api.phaseo.app{BATCHES}") == ["openai", "phaseo"]


@pytest.mark.parametrize("host", ["localhost", "gw.example.com"])
def test_a_pack_that_explains_more_of_a_host_gets_all_of_it(host):
    finder, found = surveyed(
        ("POST", f"{host}{FILES}", 200, {}), ("POST", f"{host}{BATCHES}", 200, {}), ("GET", f"{host}{LOGIN}", 200, {})
    )
    assert found == ["openai"] * 3
    where = "localhost" if host == "localhost" else host
    assert finder.reason("openai") == f"vendor detected: it has 2 of 3 calls of {where}"
    assert finder.reason("phaseo") is None


def test_a_pack_gets_no_recording_that_another_vendor_explains_as_well():
    finder, found = surveyed(("GET", f"localhost{BATCHES}/b-1", 200, {"object": "batch"}))
    assert found == ["phaseo"]
    assert finder.reason("phaseo") is None


def test_a_pack_whose_path_fits_anything_needs_half_of_the_calls():
    assert surveyed(("GET", f"localhost{PHASEO}", 200, {}), ("POST", f"localhost{LOGIN}", 200, {}))[1] == [
        "phaseo",
        None,
    ]
    web = [("GET", f"app.example.com/{name}", 200, {}) for name in "abc"]
    assert surveyed(*web, ("POST", f"app.example.com{LOGIN}", 200, {}))[1] == [None] * 4


SUBMITTED = {
    "status": "IN_QUEUE",
    "request_id": "6aa0ea73-b364-49c0-9fd0-ddd60e1beb10",
    "response_url": "https://queue.fal.run/fal-ai/x/requests/6aa0ea73-b364-49c0-9fd0-ddd60e1beb10",
    "status_url": "https://queue.fal.run/fal-ai/x/requests/6aa0ea73-b364-49c0-9fd0-ddd60e1beb10/status",
    "cancel_url": "https://queue.fal.run/fal-ai/x/requests/6aa0ea73-b364-49c0-9fd0-ddd60e1beb10/cancel",
    "queue_position": 0,
}


@pytest.mark.parametrize(("answer", "vendor"), [({"id": "G-1", "status": "queued"}, None), (SUBMITTED, "fal")])
def test_a_path_that_fits_anything_proves_a_pack_only_with_a_valid_answer(answer, vendor):
    assert surveyed(("POST", "gw.example.com/ai/videos", 200, answer))[1] == [vendor]


def test_a_session_before_a_path_proves_no_pack():
    assert surveyed(("POST", "gw.example.com/s/mine/ai/videos", 200, {"id": "G-1"}))[1] == [None]


def test_a_pack_is_proven_by_a_part_of_its_own_in_a_path():
    calls = [("POST", "gw.example.com/ai/x", 200, {}), ("GET", "gw.example.com/ai/x/requests/1/status", 200, {})]
    assert surveyed(*calls)[1] == ["fal", "fal"]


def test_a_pack_is_measured_by_its_first_answers():
    uploads = [("POST", f"localhost{FILES}", 200, {})] * (PACK_SAMPLES + 2)
    assert surveyed(*uploads)[1] == ["openai"] * len(uploads)


def test_the_number_of_counted_hosts_is_bounded():
    contest = PackContest(None)
    for number in range(MAX_HOSTS + 1):
        contest.note(call("POST", FILES, 200, {}, headers={"host": f"h{number}.example.com"}), 0, None)
    last = [call("POST", FILES, 200, {}, seq=seq, headers={"host": f"h{MAX_HOSTS}.example.com"}) for seq in (1, 2)]
    contest.decide(last)
    assert [contest.winner(each) for each in last] == [None, None]


def test_the_report_says_why_a_pack_judges(tmp_path):
    exchanges = [call("POST", FILES, 200, {}, seq=1), call("GET", FILES, 200, {}, seq=2)]
    report = judge_recording(exchanges)
    (judgement,) = report.judgements
    assert judgement.vendor == "openai"
    assert judgement.chosen.startswith("vendor detected: it has 2 of 2 calls; ")
    assert not judge_recording([call("GET", PHASEO, 200, {})]).judgements[0].chosen.startswith("vendor")
