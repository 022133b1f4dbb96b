"""The same runs judged without a date: a correct one has no finding, and nearly every bug is still named."""

from typing import NamedTuple

import pytest

from mockserver.contract.eras.recording import judge_recording
from mockserver.contract.judgement import Judgement
from tests.mutants.corpus.mutant import CORRECT_RUNS, CorrectRun, drive
from tests.mutants.corpus.mutants import BY_ID
from tests.support.finding_texts import render_findings

ERA_CHANGERS = {
    "phaseo/cancel-of-another-era": "it is another era that does so",
    "phaseo/eras-mixed-in-words": "half of it is of another era; that eras are mixed is said",
    "twelvelabs/task-canceled-in-july": "it is another era that does so",
}
"""Bugs that make the server one of another era, with the reason."""
LEDGER_ONLY = {"reap/refunded-twice", "reap/refunded-for-nothing"}
"""Bugs that no answer shows, only the ledger."""


class UndatedJudgement(NamedTuple):
    """The judgement of a recording whose era was detected."""

    judgement: Judgement
    best_eras: str
    """The eras that explain the recording best, in words."""


def judge_without_a_date(exchanges, vendor) -> UndatedJudgement:
    """Judge a recording of a vendor and detect its era."""
    (judgement,) = judge_recording(exchanges, vendor).judgements
    fitting = [clause for clause in judgement.chosen.split("; ") if "does not fit" not in clause]
    return UndatedJudgement(judgement, "; ".join([judgement.era, *fitting]))


@pytest.mark.parametrize("run", CORRECT_RUNS, ids=str)
def test_without_a_bug_nothing_is_found_and_the_era_is_among_the_best(run: CorrectRun):
    vendor, _, date = run.pin.partition("@")
    undated = judge_without_a_date(drive(run.driver, run.pin).exchanges, vendor)
    assert render_findings(found for found in undated.judgement.findings if found.level != "info") == ""
    assert date in undated.best_eras


@pytest.mark.parametrize("name", sorted(BY_ID.keys() - LEDGER_ONLY - ERA_CHANGERS.keys()))
def test_a_bug_is_named_by_the_right_rule_without_a_date(name):
    mutant = BY_ID[name]
    vendor, _, date = mutant.pin.partition("@")
    undated = judge_without_a_date(mutant.run().exchanges, vendor)
    assert date in undated.best_eras
    assert {found.rule for found in undated.judgement.findings} & set(mutant.rules)


@pytest.mark.parametrize("name", ERA_CHANGERS)
def test_a_bug_that_makes_it_another_era_is_judged_by_that_era(name):
    mutant = BY_ID[name]
    vendor, _, date = mutant.pin.partition("@")
    assert date not in judge_without_a_date(mutant.run().exchanges, vendor).best_eras
