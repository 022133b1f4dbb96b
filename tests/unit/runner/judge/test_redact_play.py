"""What may be shown of a play on a server: no key of the run, and no secret of an answer."""

import json

import pytest

from mockserver.core.wire import Exchange, Request, Response
from mockserver.installed import installed_vendors
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_play import redact_play
from mockserver.runner.play.results import PlayOutcome, PlayResult, StepResult
from mockserver.runner.reports.plays.json_report import plays_json
from mockserver.runner.reports.plays.junit import plays_junit
from mockserver.runner.reports.plays.text import closing_report
from mockserver.scenario.compile import load_scenario

KEY = "acme-0123456789-abc"
VENDORS = installed_vendors().served()
SCENARIO = load_scenario(b"scenario: s\nvendor: phaseo@2026-06-11\nplay: [list: ]\n", VENDORS)


@pytest.fixture
def played():
    request = Request("GET", "/v1/videos", f"api_key={KEY}", {"authorization": f"Bearer {KEY}"})
    body = json.dumps({"status": "queued", "echo": KEY, "signing_secret": "s3cret-of-a-hook"})
    answer = Response(200, (("X-Echo", KEY),), body.encode())
    failures = (f"body: /echo is '{KEY}'; expected 1", "body: /signing_secret is 's3cret-of-a-hook'; expected 1")
    step = StepResult(SCENARIO.play[0], 0, Exchange(request, answer, 1, 2), failures, f"no answer to {KEY}")
    era = VENDORS["phaseo"].era(SCENARIO.date)
    return PlayResult(SCENARIO, era, (step, StepResult(SCENARIO.play[0], 0)), (f"with {KEY}",), f"of {KEY}")


@pytest.mark.parametrize("known", [(), (KEY,)])
def test_no_report_has_a_secret(played, known):
    clean = redact_play(played, Redactor(known))
    assert clean.outcome is PlayOutcome.FAILED
    for report in (plays_json([clean], 1).decode(), plays_junit([clean]).decode(), closing_report([clean], 1.0)):
        assert KEY not in report
        assert "s3cret-of-a-hook" not in report
        assert "[redacted:key-1]" in report


def test_a_play_without_secrets_stays_as_it_is():
    step = StepResult(SCENARIO.play[0], 5, Exchange(Request("GET", "/v1"), Response(200), 1, 2))
    result = PlayResult(SCENARIO, VENDORS["phaseo"].era(SCENARIO.date), (step,))
    assert redact_play(result, Redactor()) == result
