"""A live judge reports each finding once, without secrets, and sums everything up."""

import json

from mockserver.contract.findings import Finding
from mockserver.core.wire import Exchange, Request, Response
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.live_judge import LiveJudge, TrafficSource, finding_line
from tests.support.fake_world import START

SECRET = "sk_live_4242424242abcdef"
JSON = (("Content-Type", "application/json"),)


def exchange(number: int, path: str, body: object, status: int = 200, host: str = "") -> Exchange:
    headers = {"authorization": f"Bearer {SECRET}", **({"host": host} if host else {})}
    request = Request("GET", path, f"key={SECRET}", headers)
    at = START + number
    return Exchange(request, Response(status, JSON, json.dumps(body).encode()), at, at, 2 * number - 1, 2 * number)


def make_judge(**options) -> tuple[LiveJudge, list[Finding]]:
    found: list[Finding] = []
    return LiveJudge(
        TrafficSource("http://x", options.pop("kind", "proxy"), **options), Redactor([SECRET]), found.append
    ), found


def test_a_finding_is_reported_once_and_counted_each_time():
    watcher, found = make_judge(vendor="phaseo", era="2026-10-02")
    for number in (1, 2, 3):
        watcher.add(exchange(number, "/v1/videos", {"data": 7}))
    assert len({(each.rule, each.where) for each in found}) == len(found) > 0
    assert watcher.finding_count == 3 * len(found)


def test_another_era_that_fits_better_is_announced_without_secrets():
    changes: list[str] = []
    watcher, found = make_judge(vendor="phaseo")
    watcher.on_change = changes.append
    watcher.add(exchange(1, "/v1/videos", {"data": 7, "secret": SECRET}))
    assert found == []
    (line,) = changes
    assert line.startswith("judged as  phaseo@2026-0")
    assert SECRET not in line


def test_no_secret_is_printed_or_reported():
    watcher, found = make_judge(vendor="phaseo")
    watcher.add(exchange(1, f"/v1/videos/{SECRET}", {"status": SECRET, "id": SECRET, "object": SECRET}))
    watcher.add(exchange(2, f"/v1/nothing/{SECRET}", {}))
    report = json.dumps([each.json() for each in watcher.finish().report.judgements])
    assert found
    assert SECRET not in report + "".join(map(finding_line, found))


def test_what_is_of_no_vendor_is_counted_by_name():
    watcher, found = make_judge()
    watcher.add(exchange(1, "/health", {}, host="status.example.com"))
    watcher.add(exchange(2, "/health", {}))
    recording = watcher.finish()
    assert found == []
    assert recording.report.foreign_calls == {"status.example.com": 1, "GET /health": 1}
    assert recording.report.judgements == ()


def test_a_lost_answer_is_no_answer():
    watcher, _ = make_judge(vendor="phaseo")
    watcher.add(exchange(1, "/v1/videos", {})._replace(response=None, answered_at=None), "body over 10 MB")
    recording = watcher.finish()
    assert recording.unanswered == 1
    assert dict(recording.incomplete) == {"body over 10 MB": 1}


def test_what_was_announced_is_judged_in_the_order_of_sending():
    watcher, _ = make_judge(vendor="phaseo")
    late, early = exchange(2, "/v1/videos", {"data": []}), exchange(1, "/v1/videos", {"data": []})
    for each in (early, late):
        watcher.announce(each.request, each.sent_seq)
    watcher.add(late)
    watcher.add(early)
    assert watcher.finish().report.judgements[0].counts.late == 0


def test_one_call_can_be_sent_again_and_a_story_cannot():
    watcher, _ = make_judge(
        vendor="phaseo",
        era="2026-10-02",
        kind="fuzz",
        rerun="all of it",
        resend_command=lambda request: f"send {request.path}",
    )
    watcher.add(exchange(1, "/v1/videos", {"data": 7}))
    finding = watcher.finish().report.judgements[0].findings[0]
    assert finding.rerun == "send /v1/videos"
