"""A client judged by what it saw, faults of the server included."""

from mockserver.contract.judge.conduct import ConductJudge
from mockserver.core.wire import SourcePosition
from tests.support.toy_contract import COMMON_RULES, CONDUCT_RULES, call, read_job


def test_an_answer_that_is_no_evidence_of_the_service_counts_for_the_client(make_judge):
    judge = ConductJudge(make_judge(common=COMMON_RULES + CONDUCT_RULES).contract)
    judge.add(call("GET", "/jobs/j1", 503, seq=1, answer_headers=(("retry-after", "9"),)))
    judge.add(read_job("done", 2, at=1)._replace(position=SourcePosition(2)))
    judge.add(read_job("done", 3, at=20))
    too_soon, after_the_end = judge.findings
    assert (after_the_end.rule, too_soon.rule) == ("C3", "C2")
    assert after_the_end.spot == SourcePosition(2)


def test_a_session_in_the_path_is_no_part_of_the_call(make_judge):
    judge = ConductJudge(make_judge(common=COMMON_RULES + CONDUCT_RULES).contract)
    for seq in (1, 2):
        exchange = read_job("done", seq, at=seq)
        judge.add(exchange._replace(request=exchange.request._replace(path=f"/s/t1{exchange.request.path}")))
    assert [finding.rule for finding in judge.findings] == ["C2"]


def test_lost_answers_and_unknown_calls_are_no_findings(make_judge):
    judge = ConductJudge(make_judge(common=COMMON_RULES + CONDUCT_RULES).contract)
    judge.add(call("GET", "/nothing", 404, seq=1))
    judge.add(read_job("working", 2)._replace(response=None, answered_at=None))
    judge.add(read_job("working", 3, at=1))
    assert judge.findings == []
