"""Which of the likeliest eras judges first, when another has its turn, and who is asked at all."""

import pytest

from mockserver.contract.eras import selection
from mockserver.contract.eras.recording import judge_recording
from mockserver.contract.judge.history import HistoryJudge
from tests.support.toy_contract import CAPTURE, call, contracts, rule

JSON = "'200': {content: {application/json: {schema: {type: object, properties: {id: {}, status: {}, made: {}%s}}}}}"
READ = "operationId: read, responses: {'200': {}"
OLD, NEW = "2026-01-01", "2026-02-01"
OF_NEW = f"eras: ['{NEW}']"


@pytest.fixture
def made(monkeypatch):
    """The eras that were asked, in their order."""
    eras = []
    monkeypatch.setattr(selection, "HistoryJudge", lambda *a, **k: eras.append(a[1]) or HistoryJudge(*a, **k))
    return eras


@pytest.fixture
def judged(tmp_path):
    """Judges states of a job by two eras of the toy vendor; `old` and `new` are the fields that each declares."""

    def judge(states, *rules, old="", new="", **how):
        root = contracts(tmp_path, *rules)
        for era, fields in ((OLD, old), (NEW, new)):
            text = CAPTURE.replace(READ, f"operationId: read, responses: {{{JSON % fields}")
            (root / "toy" / "captures" / f"{era}.yaml").write_text(text)
        bodies = [{"id": "j", "status": status, "m": 1} for status in states]
        calls = [call("GET", "/jobs/j", 200, body, seq=place) for place, body in enumerate(bodies, 1)]
        (judgement,) = judge_recording(calls, root=root, **how).judgements
        return judgement.era

    return judge


REOPENED = ("done", "working")


def test_of_equal_eras_the_newest_judges_and_no_other(judged, made):
    assert judged(REOPENED) == NEW
    assert made == [NEW]


def test_before_its_age_counts_what_an_era_declares(judged, made):
    assert judged(REOPENED, old=", m: {}") == OLD
    assert made == [OLD]


def test_another_has_its_turn_where_the_first_finds_something_and_its_rules_differ(judged, made):
    assert judged(REOPENED, rule("L2", "absorbs", OF_NEW), new=", m: {}") == OLD
    assert made == [NEW, OLD]


def test_and_only_then(judged, made):
    assert judged(("working", "done"), rule("L2", "absorbs", OF_NEW), new=", m: {}") == NEW
    assert made == [NEW]


def test_what_both_find_decides_nothing(judged, made):
    assert judged(REOPENED, rule("L2", "absorbs")) == NEW
    assert made == [NEW]


def test_rules_on_calls_that_nobody_made_are_no_difference(judged, made):
    assert judged(REOPENED, rule("L2", "absorbs"), rule("A1", "refused", OF_NEW, "operations: [remove]")) == NEW
    assert made == [NEW]


def test_but_where_others_may_make_them(judged, made):
    ruled = rule("L2", "absorbs"), rule("A1", "refused", OF_NEW, "operations: [remove]")
    assert judged(REOPENED, *ruled, alone=False) == NEW
    assert made == [NEW, OLD]


def test_an_era_that_is_certainly_worse_judges_no_further(judged, monkeypatch):
    askings = []

    class CountedJudge(HistoryJudge):
        def add(self, exchange):
            askings.append(self.era)
            return super().add(exchange)

    monkeypatch.setattr(selection, "HistoryJudge", CountedJudge)
    assert judged(("done", *["working"] * 4), rule("L2", "absorbs", f"eras: ['{OLD}']"), window=0) == NEW
    assert askings == [NEW] * 5 + [OLD] * 2
