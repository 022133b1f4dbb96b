"""Jobs that are remembered: few in full, many in short, and what is left of those that are forgotten."""

import pytest

from mockserver.contract.judge import job_records
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import StateCoverage
from tests.support.toy_contract import call, contracts, rule

COMMON = rule("L2", "absorbs", on="") + rule("L13", "ends", on="", level="I")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Room for one job in full, two ended ones and three open ones."""
    for name, number in {"MAX_AWAKE": 1, "MAX_ENDED": 2, "MAX_OPEN": 3}.items():
        monkeypatch.setattr(job_records, name, number)


@pytest.fixture
def told(tmp_path):
    """A history over the toy vendor."""
    rules = rule("A1", "monotone", "up: [/n]"), rule("A3", "sum", "parts: [/a]", "total: /t")
    return HistoryJudge("toy", root=contracts(tmp_path, *rules, common=COMMON), schemas=False)


def read(job, status, place, **more):
    return call("GET", f"/jobs/{job}", 200, {"id": job, "status": status, **more}, seq=place)


def later(job, status, at):
    """The same of a recording that has nothing but times."""
    return call("GET", f"/jobs/{job}", 200, {"id": job, "status": status}, at=at, took=1)


def outcomes(judgement, rule_id):
    return [(verdict.resource, verdict.outcome) for verdict in judgement.verdicts if verdict.rule == rule_id]


def test_ended_jobs_are_forgotten_before_open_ones(told):
    told.add(read("open", "working", 1))
    told.add(read("bad", "done", 2, a=1, t=2))
    for place in range(3, 9):
        told.add(read(f"j{place}", "done", place))
    judgement = told.finish()
    assert (judgement.counts.jobs, judgement.counts.forgotten) == (8, 4)
    assert outcomes(judgement, "A3") == [("job bad", "violated")]
    assert outcomes(judgement, "L13") == [
        ("job j6", "ok"), ("job j7", "ok"), ("job j8", "ok"), ("job open", "inconclusive"),
    ]  # fmt: skip
    assert judgement.counts.passed == 4
    assert judgement.count_outcomes() == {"violated": 1, "inconclusive": 1, "ok": 7}
    assert judgement.coverage == (StateCoverage("job", ("working", "done"), ("waiting", "stopped")),)


def test_of_too_many_open_ones_the_longest_unseen_are_forgotten(told):
    for place in range(1, 9):
        told.add(read(f"j{place}", "working", place))
    judgement = told.finish()
    assert judgement.counts.forgotten == 4
    assert len(outcomes(judgement, "L13")) == 8


def test_a_job_at_rest_wakes_with_all_that_was_known(told):
    told.add(read("ended", "done", 1))
    told.add(read("open", "working", 2, n=5))
    told.add(read("other", "working", 3))
    assert [found.rule for found in told.add(read("open", "working", 4, n=4))] == ["A1"]
    assert [found.rule for found in told.add(read("ended", "working", 5))] == ["L2"]
    assert told.finish().counts.jobs == 3


def test_the_last_call_of_a_job_is_settled_when_it_goes_to_rest(told):
    """By times no call is settled at once; a job that is not seen again must not wait for ever."""
    told.add(later("j1", "done", 1))
    assert not told.add(later("j1", "working", 5))
    assert [found.rule for found in told.add(later("j2", "done", 10))] == ["L2"]
    for number in range(3, 9):
        told.add(later(f"j{number}", "done", number * 10))
    assert told.finish().counts.forgotten == 4


def test_a_job_at_rest_holds_no_bodies(told):
    told.add(read("j1", "done", 1))
    told.add(read("j2", "done", 2))
    awake, rest = told._job_records._awake.values(), told._job_records._ended.values()
    assert [(job.id, len(job.unfolded_bodies)) for job in (*awake, *rest)] == [("j2", 1), ("j1", 0)]


def test_what_is_forgotten_is_not_held_against_a_job(told):
    told.add(read("j0", "done", 1))
    for place in range(2, 9):
        told.add(read(f"j{place}", "done", place))
    assert not told.add(read("j0", "working", 9))
    assert told.finish().counts.jobs == 9
