"""Tables of a state machine, and relaxations of the bundled rules."""

import pytest

from mockserver.contract.oracle.state_machine import NOT_SHOWN, Observation, StateMachine, relaxation_of
from mockserver.contract.rules.resources import state_indices
from mockserver.contract.rules.rule_set import load_rule_set
from tests.support.toy_contract import book


@pytest.fixture
def job(tmp_path):
    """The toy vendor's kind of job."""
    return book(tmp_path).resources["job"]


def test_a_clause_that_does_not_apply_forbids_its_status(job):
    step = StateMachine(job).transition(Observation("stop", 409, NOT_SHOWN, ()))
    assert step(job.states.all) == 0


def test_the_bundled_rules_about_states_can_all_be_relaxed():
    for vendor in ("phaseo", "twelvelabs", "reap"):
        read = load_rule_set(vendor)
        for resource in read.resources.values():
            for each in read.rules:
                if each.resource_kind in (None, resource.kind) and each.kind in (
                    "absorbs",
                    "follows",
                    "refused",
                    "accepted",
                    "gone",
                ):
                    relax = relaxation_of(each, resource)
                    assert list(state_indices(relax.source))
