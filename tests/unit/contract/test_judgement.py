"""The outcome of a judgement."""

from mockserver.contract.judgement import Judgement, JudgementCounts, RuleVerdict, count_name


def test_a_judgement_without_evidence_is_inconclusive():
    nothing = Judgement("v", "e", "pinned", (), (), (), JudgementCounts())
    assert nothing.outcome == "inconclusive"
    fine = Judgement("v", "e", "pinned", (), (), (RuleVerdict("L1", "error", "", "ok"),), JudgementCounts())
    assert fine.outcome == "ok"
    assert fine.json()["verdicts"][0]["outcome"] == "ok"


def test_names_beyond_a_number_are_counted_together():
    counts: dict[str, int] = {}
    for name in ("a", "b", "c", "a", "c"):
        count_name(counts, name, 2)
    assert counts == {"a": 2, "b": 1, "others": 2}
