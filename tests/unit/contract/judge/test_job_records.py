"""Jobs that are remembered: few in full, many in short, and what is left of those that are forgotten."""

import pytest

from mockserver.contract.judge import job_records
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.judgement import StateCoverage
from tests.support.toy_contract import call, contracts, outcomes, read_job, rule

COMMON = rule("L2", "absorbs", on="") + rule("L13", "ends", on="", level="I")


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Room for one job in full, two ended ones and three open ones."""
    for name, number in {"MAX_AWAKE": 1, "MAX_ENDED": 2, "MAX_OPEN": 3}.items():
        monkeypatch.setattr(job_records, name, number)


@pytest.fixture
def judge(tmp_path):
    """A history over the toy vendor."""
    rules = rule("A1", "monotone", "up: [/n]"), rule("A3", "sum", "parts: [/a]", "total: /t")
    return HistoryJudge("toy", root=contracts(tmp_path, *rules, common=COMMON), schemas=False)


def later(job, status, at):
    """The same of a recording that has nothing but times."""
    return call("GET", f"/jobs/{job}", 200, {"id": job, "status": status}, at=at, took=1)


def test_ended_jobs_are_forgotten_before_open_ones(judge):
    judge.add(read_job("working", 1, "open"))
    judge.add(read_job("done", 2, "bad", a=1, t=2))
    for place in range(3, 9):
        judge.add(read_job("done", place, f"j{place}"))
    judgement = judge.finish()
    assert judgement.counts.jobs == 8
    assert judgement.counts.forgotten == 4
    assert outcomes(judgement, "A3") == [("job bad", "violated")]
    assert outcomes(judgement, "L13") == [
        ("job j6", "ok"), ("job j7", "ok"), ("job j8", "ok"), ("job open", "inconclusive"),
    ]  # fmt: skip
    assert judgement.counts.passed == 4
    assert judgement.count_outcomes() == {"violated": 1, "inconclusive": 1, "ok": 7}
    assert judgement.coverage == (StateCoverage("job", ("working", "done"), ("waiting", "stopped")),)


def test_of_too_many_open_ones_the_longest_unseen_are_forgotten(judge):
    for place in range(1, 9):
        judge.add(read_job("working", place, f"j{place}"))
    judgement = judge.finish()
    assert judgement.counts.forgotten == 4
    assert len(outcomes(judgement, "L13")) == 8


def test_a_compacted_job_wakes_with_all_that_was_known(judge):
    judge.add(read_job("done", 1, "ended"))
    judge.add(read_job("working", 2, "open", n=5))
    judge.add(read_job("working", 3, "other"))
    assert [found.rule for found in judge.add(read_job("working", 4, "open", n=4))] == ["A1"]
    assert [found.rule for found in judge.add(read_job("working", 5, "ended"))] == ["L2"]
    assert judge.finish().counts.jobs == 3


def test_the_last_call_of_a_job_is_settled_when_it_goes_to_rest(judge):
    """By times no call is settled at once; a job that is not seen again must not wait for ever."""
    judge.add(later("j1", "done", 1))
    assert not judge.add(later("j1", "working", 5))
    assert [found.rule for found in judge.add(later("j2", "done", 10))] == ["L2"]
    for number in range(3, 9):
        judge.add(later(f"j{number}", "done", number * 10))
    assert judge.finish().counts.forgotten == 4


def test_a_compacted_job_holds_no_bodies(judge):
    # Known by its time alone, a call may overlap the next one until that is known.
    judge.add(later("j1", "done", at=10))
    judge.add(later("j2", "done", at=20))
    awake, rest = judge._job_records._awake.values(), judge._job_records._ended.values()
    assert [(job.id, len(job.unfolded_bodies)) for job in (*awake, *rest)] == [("j2", 1), ("j1", 0)]


def test_what_is_forgotten_is_not_held_against_a_job(judge):
    judge.add(read_job("done", 1, "j0"))
    for place in range(2, 9):
        judge.add(read_job("done", place, f"j{place}"))
    assert not judge.add(read_job("working", 9, "j0"))
    assert judge.finish().counts.jobs == 9
