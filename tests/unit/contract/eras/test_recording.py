"""Recordings without a vendor or a date."""

import pytest

from mockserver.contract.eras import recording
from mockserver.contract.eras.recording import judge_recording
from tests.support.toy_contract import call, contracts, rule

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
    assert report.foreign_calls == {"example.com": 1, "GET /index.html": 1}
    assert len(report.findings) == sum(len(judgement.findings) for judgement in report.judgements)


def test_foreign_calls_are_counted_by_name_up_to_a_number(monkeypatch):
    monkeypatch.setattr(recording, "MAX_COUNTED_NAMES", 1)
    report = judge_recording([call("GET", path, 200) for path in ("/a", "/b", "/a")])
    assert report == ((), 3, {"GET /a": 2, "others": 1}, {})


def test_calls_of_other_vendors_are_counted_apart_from_those_of_none():
    hosts = ("api.phaseo.app", "public.reap.video", "cdn.example.com", "public.reap.video")
    calls = [call("GET", "/x", 404, seq=seq, headers={"host": host}) for seq, host in enumerate(hosts, 1)]
    report = judge_recording(calls, "phaseo")
    assert report.other_vendors == {"public.reap.video": 2}
    assert report.unknown_calls == {"cdn.example.com": 1}
    assert report.foreign_calls == {"public.reap.video": 2, "cdn.example.com": 1}


def test_a_vendor_that_is_named_gets_everything():
    report = judge_recording([call("GET", "/index.html", 200)], "reap")
    (judgement,) = report.judgements
    assert judgement.counts.unknown_calls == {"GET /index.html": 1}
    assert judgement.chosen == "the only era"


def test_an_era_that_is_pinned_is_kept():
    (judgement,) = judge_recording([call("GET", "/v1/videos", 501, OFF)], "phaseo", "2026-06-30").judgements
    assert judgement.era == "2026-06-11"
    assert judgement.chosen == "pinned"


def test_the_era_is_the_one_that_explains_it_best():
    calls = [call("GET", "/v1/videos/G-1", 501, OFF, seq=1), call("POST", "/v1/videos/G-1/cancel", 501, OFF, seq=2)]
    (judgement,) = judge_recording(calls).judgements
    assert judgement.era == "2026-05-07"
    assert judgement.chosen.startswith("era detected: 0 errors, 0 warnings")


def test_of_equal_eras_the_newest_is_taken():
    calls = [call("GET", "/v1.3/analyze/batches/" + "a" * 24, None, seq=1)]
    (judgement,) = judge_recording(calls).judgements
    assert judgement.era == "2026-09-15"
    assert judgement.chosen == "era detected: 0 errors, 0 warnings; 2026-07-30 fits equally well"


def test_what_has_to_be_read_again_is_no_iterator():
    with pytest.raises(TypeError, match="cannot be read twice"):
        judge_recording(iter([]))
    assert judge_recording(iter([call("GET", "/index.html", 200)]), "reap").exchanges == 1
    assert judge_recording(iter([]), "phaseo", "2026-06-11").exchanges == 0


def test_every_vendor_has_its_own_era():
    calls = [
        call("GET", "/v1/videos/G-1", 501, OFF, seq=1),
        call("GET", "/v1.3/analyze/batches/" + "a" * 24, None, seq=2),
        call("GET", "/index.html", 200, seq=3),
        call("POST", "/v1/videos/G-1/cancel", 501, OFF, seq=4),
    ]
    report = judge_recording(calls)
    assert [(each.vendor, each.era, each.counts.exchanges) for each in report.judgements] == [
        ("phaseo", "2026-05-07", 2),
        ("twelvelabs", "2026-09-15", 1),
    ]
    assert report.exchanges == 4
    assert report.foreign_calls == {"GET /index.html": 1}


# Which era it is

BODY = {
    "id": "G-01", "object": "video", "output_access": "signed_url", "progress": 10, "progress_source": "provider",
    "polling_url": "https://api.phaseo.app/v1/videos/G-01", "websocket_url": "wss://api.phaseo.app/x",
    "poll_after_seconds": 5,
    "cancel_url": None, "generation_id": "G-01", "native_video_id": None, "created_at": 1791201600,
    "expires_at": None, "started_at": None, "completed_at": None, "provider": "qwen", "model": "qwen/wan2.7-t2v",
    "seconds": None, "size": None, "audio": None, "asset": None, "outputs": [], "usage": {}, "billing": {},
    "download_url": None, "error": None,
}  # fmt: skip
LIFE = {"queued": "pending", "pending": "pending", "processing": "running", "canceled": "cancelled"}
DISABLED = {
    "error": "not_implemented_yet", "reason": "video_cancellation_disabled", "status_code": 501, "error_type": "user",
    "error_origin": "user", "request_id": "G-01", "workspace_id": "w", "video_id": "G-01", "generation_id": "G-01",
}  # fmt: skip
NO_STORE = (("Cache-Control", "no-store"),)


def read(status, **more):
    """A poll, and the method, path, status and body of its answer."""
    return (
        "GET",
        "/v1/videos/G-01",
        200,
        {**BODY, "status": status, "lifecycle_status": LIFE.get(status, status), **more},
    )


def cancelled(status):
    """A cancel that works."""
    return "POST", "/v1/videos/G-01/cancel", 200, read(status)[3]


REFUSED = "POST", "/v1/videos/G-01/cancel", 501, DISABLED
"""A cancel as of 2026-08-10."""


def judged(*answers):
    calls = [call(*each, seq=n, at=n * 30, answer_headers=NO_STORE) for n, each in enumerate(answers, 1)]
    (judgement,) = judge_recording(calls, "phaseo").judgements
    return judgement


def error_rules(judgement):
    return sorted({found.rule for found in judgement.findings if found.level == "error"})


def test_a_misspelt_state_is_no_reason_for_an_era_in_which_the_statuses_do_not_fit():
    judgement = judged(read("queued"), read("processing"), cancelled("canceled"))
    assert judgement.era == "2026-08-05"
    assert error_rules(judgement) == ["P1"]
    assert judgement.chosen == (
        "era detected: 1 error, 0 warnings; "
        "2026-06-11, 2026-07-09 fit equally well; 2026-10-02 does not fit: cancelVideo 200"
    )


def test_and_none_against_the_era_in_which_they_do():
    judgement = judged(read("processing"), REFUSED, read("canceled"))
    assert judgement.era == "2026-10-02"
    assert error_rules(judgement) == ["P1"]
    assert judgement.chosen.endswith(
        '2026-08-05 does not fit: cancelVideo 501 with /reason "video_cancellation_disabled"'
    )


def test_nor_is_a_state_of_another_era():
    judgement = judged(read("pending"), read("processing"), cancelled("cancelled"))
    assert judgement.era == "2026-08-05"
    assert error_rules(judgement) == ["P1"]


def test_of_two_that_contradict_each_other_the_rarer_is_the_mistake():
    judgement = judged(read("processing"), *[REFUSED] * 3, cancelled("cancelled"), REFUSED)
    assert judgement.era == "2026-10-02"
    assert error_rules(judgement) == ["P11"]
    judgement = judged(read("processing"), *[cancelled("cancelled")] * 3, REFUSED)
    assert judgement.era == "2026-08-05"
    assert error_rules(judgement) == []
    assert "P12" in {found.rule for found in judgement.findings}


def test_fields_that_only_an_era_declares_speak_for_it():
    judgement = judged(read("processing"), read("completed"))
    assert judgement.era == "2026-10-02"
    assert "2026-05-06" not in judgement.chosen


def test_an_era_judges_in_full_where_the_first_one_finds_something(tmp_path):
    """By single answers alone the eras are equal; the later one has a rule that is broken."""
    root = contracts(tmp_path, rule("L2", "absorbs", "eras: ['2026-02-01']", on="job"))
    capture = root / "toy" / "captures" / "2026-01-01.yaml"
    capture.with_name("2026-02-01.yaml").write_text(capture.read_text())
    states = ("done", "working")
    calls = [call("GET", "/jobs/j", 200, {"id": "j", "status": s}, seq=n) for n, s in enumerate(states, 1)]
    (judgement,) = judge_recording([*calls, call("GET", "/index.html", 200, seq=3)], root=root).judgements
    assert judgement.era == "2026-01-01"
    assert error_rules(judgement) == []
    assert judgement.chosen == "era detected: 0 errors, 0 warnings"
    (judgement,) = judge_recording(calls[:1], root=root).judgements
    assert judgement.era == "2026-02-01"
    assert judgement.chosen.endswith("0 warnings; 2026-01-01 fits equally well")
    (judgement,) = judge_recording(calls, root=root, alone=False).judgements
    assert judgement.era == "2026-01-01"


def test_a_folder_of_contracts_of_ones_own(tmp_path):
    root = contracts(tmp_path, common=rule("L2", "absorbs", on=""))
    states = ("done", "working")
    calls = [call("GET", "/jobs/j", 200, {"id": "j", "status": s}, seq=n) for n, s in enumerate(states, 1)]
    (judgement,) = judge_recording(calls, root=root, schemas=False).judgements
    assert judgement.vendor == "toy"
    assert [found.rule for found in judgement.findings] == ["L2"]
