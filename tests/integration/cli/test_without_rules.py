"""A contract without a description of jobs: it judges answers, and says that it judges no job."""

import json

import pytest

from tests.support.paths import ROOT

DOCUMENT = (ROOT / "tests" / "integration" / "cli" / "kiln.openapi.yaml").read_bytes()
MISSING = "jobs of kiln are not judged: its contract has no rules.yaml that describes `resources`"
FIRING = {"id": "fir_a1b2c3d4e5f6", "status": "fired", "pieces": 3, "created_at": "2026-11-02T08:00:00Z"}


def har_entry(second, method, path, status, body):
    """Build an entry of a HAR file."""
    json_type = {"name": "Content-Type", "value": "application/json"}
    headers = [{"name": "X-Kiln-Key", "value": "key"}, {"name": "Host", "value": "api.kiln.example"}]
    return {
        "startedDateTime": f"2026-11-02T08:00:0{second}Z",
        "time": 5,
        "request": {"method": method, "url": f"https://api.kiln.example{path}", "headers": headers},
        "response": {
            "status": status,
            "headers": [json_type],
            "content": {"mimeType": "application/json", "text": json.dumps(body)},
        },
    }


@pytest.fixture
def calls(mockserver, tmp_path):
    """Write a pack and a capture of the vendor, no rules, and a recording in which a final state is left."""
    (tmp_path / "kiln.openapi.yaml").write_bytes(DOCUMENT)
    assert mockserver("pack", "init", "kiln.openapi.yaml", "-o", "vendors/kiln.yaml", "--date", "2026-11-02").code == 0
    captures = tmp_path / "contracts" / "kiln" / "captures"
    captures.mkdir(parents=True)
    (captures / "2026-11-02.yaml").write_bytes(DOCUMENT)
    path = f"/v1/firings/{FIRING['id']}"
    entries = [
        har_entry(1, "GET", path, 200, FIRING),
        har_entry(2, "GET", path, 200, {**FIRING, "status": "waiting"}),
    ]
    recording = tmp_path / "calls.har"
    recording.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return recording


def test_a_check_without_rules_says_that_no_job_was_judged(calls, mockserver):
    checked = mockserver("check", calls, "--vendor", "kiln")
    assert checked.code == 3, checked.out
    assert MISSING in checked.out


def test_a_distillation_without_rules_says_that_no_job_was_followed(calls, mockserver):
    distilled = mockserver("distill", calls, "--vendor", "kiln")
    assert distilled.code == 3
    assert f"inconclusive: {MISSING}" in distilled.err


def test_with_rules_the_job_is_judged(calls, mockserver, tmp_path):
    (tmp_path / "contracts" / "kiln" / "rules.yaml").write_text("""\
resources:
  firing:
    states: [waiting, firing, fired, cancelled]
    terminal: [fired, cancelled]
    operations:
      GET /firings/{firing_id}: {id: path firing_id, shows: {'200': ''}}
rules:
- {id: K1, level: E, kind: implies, on: firing, then: {field: /pieces, most: 2}, says: few, source: ours, example: '3'}
""")
    checked = mockserver("check", calls, "--vendor", "kiln")
    assert checked.code == 1
    assert "error L2" in checked.out
    # A rule of one's own is in no documentation but its file.
    assert "contracts/kiln/rules.yaml:8 (ours)" in checked.out
    assert "rules.html#K1" not in checked.out
    assert "contracts/kiln/rules.yaml:8" in mockserver("explain", "K1").out
