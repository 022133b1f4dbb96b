"""Recordings of which nobody says whose they are, or of when; rules explained; the page of all rules."""

from pathlib import Path

import pytest

from mockserver.contract import history, recording
from mockserver.contract.explain import MARKER, explain, page, rule_ids
from mockserver.contract.judgement import Counts, Judgement, Verdict
from mockserver.contract.recording import judge_recording
from mockserver.contract.rules.book import every_rule
from mockserver.errors import MockError
from tests.unit.contract.toy import call, contracts, rule

OFF = {"error": "not_implemented", "reason": "feature_temporarily_disabled"}


def test_the_vendor_is_found_by_host_or_path():
    report = judge_recording(
        [
            call("GET", "/v1/videos/G-1", 404, seq=1, headers={"host": "api.phaseo.app"}),
            call("GET", "/v1.3/analyze/batches", 200, seq=2),
            call("GET", "/s/x/api/v1/automation/get-all-projects", 200, seq=3, headers={"host": "127.0.0.1:4810"}),
            call("GET", "/index.html", 200, seq=4, headers={"host": "example.com"}),
            call("GET", "/index.html", 200, seq=5),
        ]
    )
    assert [judgement.vendor for judgement in report.judgements] == ["phaseo", "reap", "twelvelabs"]
    assert report.exchanges == 5
    assert report.strangers == {"example.com": 1, "GET /index.html": 1}
    assert len(report.findings) == sum(len(judgement.findings) for judgement in report.judgements)


def test_strangers_are_counted_by_name_up_to_a_number(monkeypatch):
    monkeypatch.setattr(recording, "NAMES", 1)
    report = judge_recording([call("GET", path, 200) for path in ("/a", "/b", "/a")])
    assert report == ((), 3, {"GET /a": 2, "others": 1})


def test_a_vendor_that_is_named_gets_everything():
    report = judge_recording([call("GET", "/index.html", 200)], "reap")
    (judgement,) = report.judgements
    assert judgement.counts.unknown_calls == {"GET /index.html": 1}
    assert judgement.chosen == "the only era there is"


def test_an_era_that_is_pinned_is_kept():
    (judgement,) = judge_recording([call("GET", "/v1/videos", 501, OFF)], "phaseo", "2026-06-30").judgements
    assert (judgement.era, judgement.chosen) == ("2026-06-11", "pinned")


def test_the_era_is_the_one_that_explains_it_best():
    calls = [call("GET", "/v1/videos/G-1", 501, OFF, seq=1), call("POST", "/v1/videos/G-1/cancel", 501, OFF, seq=2)]
    (judgement,) = judge_recording(calls).judgements
    assert judgement.era == "2026-05-07"
    assert judgement.chosen.startswith("2026-05-07 explains it best of 7 eras: 0 errors or unknown calls")


def test_of_equal_eras_the_newest_is_taken():
    calls = [call("GET", "/v1.3/analyze/batches/" + "a" * 24, None, seq=1)]
    (judgement,) = judge_recording(calls).judgements
    assert judgement.era == "2026-09-15"
    assert judgement.chosen.endswith("0 errors or unknown calls, 0 warnings; as well: 2026-07-30")


def test_eras_that_fall_far_behind_are_let_go(monkeypatch):
    monkeypatch.setattr(recording, "OFTEN", 2)
    monkeypatch.setattr(recording, "FAR", 1)
    made = []
    monkeypatch.setattr(recording, "History", lambda *a, **k: made.append(history.History(*a, **k)) or made[-1])
    calls = [
        call("POST", f"/v1.3/analyze/tasks/{n:024x}/cancel", 429, {"code": "x", "message": "m"}, seq=n)
        for n in range(1, 9)
    ]
    (judgement,) = judge_recording(calls, window=0).judgements
    assert judgement.era == "2026-09-15"
    assert sorted(each._counts.exchanges for each in made) == [2, 8]


def test_a_folder_of_contracts_of_ones_own(tmp_path):
    root = contracts(tmp_path, common=rule("L2", "absorbs", on=""))
    states = ("done", "working")
    calls = [call("GET", "/jobs/j", 200, {"id": "j", "status": s}, seq=n) for n, s in enumerate(states, 1)]
    (judgement,) = judge_recording(calls, root=root, schemas=False).judgements
    assert (judgement.vendor, [found.rule for found in judgement.findings]) == ("toy", ["L2"])


def test_a_judgement_without_evidence_is_inconclusive():
    nothing = Judgement("v", "e", "pinned", (), (), (), Counts())
    assert nothing.outcome == "inconclusive"
    fine = Judgement("v", "e", "pinned", (), (), (Verdict("L1", "error", "", "ok"),), Counts())
    assert fine.outcome == "ok"
    assert fine.json()["verdicts"][0]["outcome"] == "ok"


def test_a_rule_is_explained():
    assert explain("T13").splitlines() == [
        "T13: each of canceled_at, completed_at and expired_at is there in its own status and in no other",
        "    level    error: documented",
        "    vendor   twelvelabs",
        "    eras     all",
        "    job      batch",
        "    source   page twelvelabs-cancel-batch says of each in which status it is present",
        "    example  completed_at in a batch that is processing",
        "    judged   In each body of the job, each field is there, and not null, in its states and in no other.",
        f"    rule     {next(rule.place for _, rule in every_rule() if rule.id == 'T13')}",
    ]


@pytest.mark.parametrize("rule_id", rule_ids())
def test_every_rule_is_explained_however_it_is_written(rule_id):
    assert explain(f" {rule_id.lower()} ") == explain(rule_id)


def test_an_unknown_rule_is_refused():
    with pytest.raises(MockError, match="no rule is called 'T99'"):
        explain("T99")


def test_the_page_of_rules_is_up_to_date():
    written = Path(__file__).parents[3] / "docs" / "rules.md"
    assert written.read_text() == page(), "write page() of mockserver.contract.explain there"
    assert page().startswith(MARKER)
