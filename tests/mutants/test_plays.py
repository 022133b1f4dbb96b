"""`mockserver test` on a vendor with a bug: a play that asks for nothing in particular fails by the broken rule."""

from collections import Counter

import pytest

from mockserver.core.instants import Duration
from mockserver.core.wire import Exchange, Request
from mockserver.runner.play.results import PlayResult
from mockserver.runner.suite import Suite
from mockserver.runner.targets.target import PlayTarget
from mockserver.scenario.compile import load_scenario
from mockserver.scenario.model import Scenario
from mockserver.vendors.api import Era
from tests.mutants.corpus.mutants import BY_ID
from tests.mutants.corpus.mutated_vendor import BASE, MutatedVendor
from tests.support.fake_world import VENDORS


class MutatedTarget:
    """A play target in virtual time whose vendor may have a bug."""

    is_mock = True
    base_url = BASE

    def __init__(self, world: MutatedVendor) -> None:
        self._world = world

    def send(self, request: Request, options: object = None) -> Exchange:
        self._world.send(request)
        return self._world.exchanges[-1]

    def advance_to(self, offset: Duration) -> None:
        session = self._world.session
        session.clock = session.clock.set(0, session.start + offset)

    def move_job(self, job_id: str, state: str) -> None:
        self._world.session.move_job(job_id, state, 0, force=True)

    def ledger_counts(self, job_id: str) -> Counter[str]:
        return self._world.bookings(job_id)

    def close(self) -> None:
        """Close nothing: there is no connection."""


def play(text: str, bug: str = "") -> PlayResult:
    """Play a scenario on the fake with one bug of the corpus; without one if none is named."""

    def open_target(scenario: Scenario, era: Era) -> PlayTarget:
        return MutatedTarget(MutatedVendor(era.pin, BY_ID[bug].bug if bug else None, scenario.script))

    return Suite(VENDORS, open_target).play(load_scenario(text.encode(), VENDORS))


def broken_rules(found: PlayResult) -> list[str]:
    """Return the first word of each failure: the id of the broken rule."""
    failures = [failure for tried in found.steps for failure in tried.failures]
    return [failure.removeprefix("breaks the contract: ").split()[0] for failure in (*failures, *found.failures)]


CANCELLED = """
scenario: cancelled
vendor: reap
play:
  - create:
  - {after: 3s, cancel: {status: 200}}
  - {after: 1s, cancel: {status: 400}}
"""
LIFE = """
scenario: lived
vendor: phaseo@2026-06-11
play:
  - create:
  - {times: 12, every: 4s, get: }
"""


@pytest.mark.parametrize("text", [CANCELLED, LIFE])
def test_without_a_bug_it_is_ok(text: str) -> None:
    assert broken_rules(play(text)) == []


def test_a_job_that_is_reopened_fails_the_step_that_shows_it() -> None:
    found = play(LIFE, "phaseo/reopened")
    assert broken_rules(found) == ["P15"]
    assert [place for place, tried in enumerate(found.steps) if tried.failures] == [9]


def test_a_second_refund_fails_the_play() -> None:
    found = play(CANCELLED, "reap/refunded-twice")
    assert broken_rules(found) == ["R8"]
    assert found.failures[0].endswith("however often it is repeated (2 refund entries)")


def test_a_warning_fails_nothing() -> None:
    assert broken_rules(play(LIFE, "phaseo/progress-falls")) == []


def declare(text: str, **rules: str) -> str:
    """Add `off_contract` with these rules to a scenario."""
    return text + "off_contract: {" + ", ".join(f"{rule}: {why}" for rule, why in rules.items()) + "}\n"


@pytest.mark.parametrize(
    ("text", "bug", "rule"),
    [
        (LIFE, "phaseo/reopened", "P15"),
        (CANCELLED, "reap/refunded-twice", "R8"),
        (LIFE, "phaseo/progress-falls", "P16"),
    ],
)
def test_a_scenario_may_declare_a_broken_rule_over_time(text: str, bug: str, rule: str) -> None:
    assert broken_rules(play(declare(text, **{rule: "on purpose"}), bug)) == []
    assert broken_rules(play(declare(text, **{rule: "on purpose"}))) == ["off_contract"]


MOVED = """
scenario: moved
vendor: phaseo@2026-06-11
play:
  - create:
  - {{after: 5s, get: {{body: {{status: processing}}}}}}
  - {{move: {to}}}
  - get:
"""


def test_a_state_that_a_move_leads_to_breaks_no_rule() -> None:
    assert broken_rules(play(MOVED.format(to="cancelled"))) == []
    assert broken_rules(play(MOVED.format(to="queued"))) == []  # a warning, for the order of the states is inferred


ALONE = """
scenario: alone
vendor: reap
play:
  - create:
  - {times: 9, every: 7s, get: }
"""


def test_a_state_that_only_a_move_explains_breaks_a_rule_without_one() -> None:
    assert broken_rules(play(ALONE, "reap/cancelled-without-cancel")) == ["R14a"]
    assert broken_rules(play(ALONE + "  - {move: failed}\n", "reap/cancelled-without-cancel")) == []
