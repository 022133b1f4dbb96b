"""The same stories where nobody says as of when they are judged: nothing is made up, and hardly a bug is lost."""

import pytest

from mockserver.contract.eras.recording import judge_recording
from mockserver.contract.findings import render_findings
from tests.mutants.corpus.client_drivers import DRIVERS
from tests.mutants.corpus.mutant import drive
from tests.mutants.corpus.mutants import BY_ID
from tests.support.fake_world import ERAS

CORRECT_RUNS = [(pin, driver) for pin, era in ERAS.items() for driver in DRIVERS[era.vendor]]

OTHERWISE = {
    "phaseo/cancel-of-another-era": "it is another era that does so",
    "phaseo/eras-mixed-in-words": "half of it is of another era; that eras are mixed is said",
    "twelvelabs/task-canceled-in-july": "it is another era that does so",
}
"""Bugs that make the server one of another era; of others the true one is found, or one that judges alike."""
BOOKED = {"reap/refunded-twice", "reap/refunded-for-nothing"}
"""Bugs that no answer shows, only the ledger."""


def judged(tape, vendor):
    """The judgement, and (in words) the eras that explain the tape best."""
    (judgement,) = judge_recording(tape, vendor).judgements
    return judgement, f"{judgement.era}, {judgement.chosen.partition('; against')[0]}"


@pytest.mark.parametrize(
    ("pin", "driver"), CORRECT_RUNS, ids=[f"{pin} {driver.__name__}" for pin, driver in CORRECT_RUNS]
)
def test_without_a_bug_nothing_is_found_and_the_era_is_among_the_best(pin, driver):
    vendor, _, date = pin.partition("@")
    judgement, best = judged(drive(driver, pin).exchanges, vendor)
    assert render_findings(found for found in judgement.findings if found.level != "info") == ""
    assert date in best


@pytest.mark.parametrize("name", sorted(BY_ID.keys() - BOOKED - OTHERWISE.keys()))
def test_a_bug_is_named_by_the_right_rule_without_a_date(name):
    mutant = BY_ID[name]
    vendor, _, date = mutant.pin.partition("@")
    judgement, best = judged(mutant.run().exchanges, vendor)
    assert date in best
    assert {found.rule for found in judgement.findings} & set(mutant.rules)


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_server_that_is_one_of_another_era_is_judged_by_that(name):
    mutant = BY_ID[name]
    vendor, _, date = mutant.pin.partition("@")
    _, best = judged(mutant.run().exchanges, vendor)
    assert date not in best
