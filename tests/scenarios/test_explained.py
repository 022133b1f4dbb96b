"""Every answer of every bundled play can be explained, and the explanation comes to the answer that was given."""

from collections.abc import Iterator

import pytest

from mockserver.engine.explain.past import replay_request
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
"""Reasons for which the vendor and the scenario alone would have answered otherwise, or not at all."""
STATES = {"TIMELINE", "POLLS", "MOVED", "CANCELLED", "DEADLINE", "ITEMS"}


def keeping(sessions: list[Session]) -> TargetFactory:
    """Targets in process, whose sessions are kept."""
    make = in_process_targets(memory_store)

    def made(asked: Scenario, era: Era) -> PlayTarget:
        target = make(asked, era)
        sessions.append(target.session)
        return target

    return made


def entries(name: str) -> Iterator[tuple[Session, JournalEntry]]:
    """What was asked and answered in a scenario's play."""
    sessions: list[Session] = []
    Suite(VENDORS, keeping(sessions)).play(scenario(name))
    yield from ((session, entry) for session in sessions for entry in session.journal)


@pytest.mark.parametrize("name", FILES)
def test_every_answer_of_a_play_can_be_explained(name: str) -> None:
    for session, entry in entries(name):
        told = explain_request(session, entry)
        reasons = {why.code for why in told.reasons}
        assert told.json()["text"].startswith(entry.request_id)
        assert any(why.part == "because" for why in told.reasons), told.json()["text"]
        assert len(reasons & STATES) <= 1, "a job has one state, for one reason"
        if not reasons & OVERRULED:
            room = session.context(entry.vendor)
            operation = room.era.operation(entry.operation)
            assert operation is not None
            again = replay_request(room, entry, operation.kind, base_url=BASE_URL)
            assert again.response.status == entry.response.status, told.json()["text"]
            assert again.response.body == entry.response.body
