"""Every answer of every bundled play can be explained, and repeating its request gives the same answer."""

from collections.abc import Iterator

import pytest

from mockserver.engine.explain.past import repeat_request
from mockserver.engine.explain.request import explain_request
from mockserver.engine.journal import JournalEntry
from mockserver.engine.session import Session
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import TargetFactory, in_process_targets
from mockserver.runner.targets.in_process import BASE_URL
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.model import Scenario
from mockserver.stores import memory_store
from mockserver.vendors.api import Era
from tests.support.bundled_scenarios import FILES, scenario
from tests.support.fake_world import VENDORS

OVERRULED = {"KEY", "RATE_LIMITED", "PREFER", "FAULT", "PATH", "METHOD"}
"""Reasons that replace the answer of vendor and scenario; their requests are not repeated."""
STATES = {"TIMELINE", "POLLS", "MOVED", "CANCELLED", "DEADLINE", "ITEMS"}


def recording_targets(sessions: list[Session]) -> TargetFactory:
    """Make targets in process, and append their sessions to a list."""
    make = in_process_targets(memory_store)

    def make_target(requested: Scenario, era: Era) -> PlayTarget:
        target = make(requested, era)
        sessions.append(target.session)
        return target

    return make_target


def played_entries(name: str) -> Iterator[tuple[Session, JournalEntry]]:
    """Play a scenario; yield each journal entry with its session."""
    sessions: list[Session] = []
    Suite(VENDORS, recording_targets(sessions)).play(scenario(name))
    yield from ((session, entry) for session in sessions for entry in session.journal)


@pytest.mark.parametrize("name", FILES)
def test_every_answer_of_a_play_can_be_explained(name: str) -> None:
    for session, entry in played_entries(name):
        explanation = explain_request(session, entry)
        reasons = {why.code for why in explanation.reasons}
        assert explanation.json()["text"].startswith(entry.request_id)
        assert any(why.part == "because" for why in explanation.reasons), explanation.json()["text"]
        assert len(reasons & STATES) <= 1, "a job has one state, for one reason"
        if not reasons & OVERRULED:
            context = session.context(entry.vendor)
            operation = context.era.operation(entry.operation)
            assert operation is not None
            again = repeat_request(context, entry, operation.kind, base_url=BASE_URL)
            assert again.response.status == entry.response.status, explanation.json()["text"]
            assert again.response.body == entry.response.body
