"""Seeded vendor bugs: each is found, and named by the right rule; without them nothing is found in the same stories."""

import pytest

from mockserver.contract.findings import render_findings
from mockserver.contract.rules.rule_set import load_rule_set
from tests.mutants.corpus import score_table
from tests.mutants.corpus.client_drivers import DRIVERS
from tests.mutants.corpus.mutant import Mutant, drive
from tests.mutants.corpus.mutants import BY_ID, MUTANTS, VENDORS
from tests.mutants.corpus.mutated_vendor import MutatedVendor
from tests.mutants.corpus.score import find_problems, score
from tests.mutants.corpus.undetectable import UNDETECTABLE
from tests.support.fake_world import ERAS

CORRECT_RUNS = [(pin, driver) for pin, era in ERAS.items() for driver in DRIVERS[era.vendor]]


def _said(world: MutatedVendor) -> list[object]:
    """What a client has seen, and what was booked."""
    store = world.session.context(world.era.vendor).store
    return [
        *(exchange.response for exchange in world.exchanges),
        *(world.bookings(job.id) for job in store.all_jobs()),
    ]


@pytest.mark.parametrize("name", BY_ID)
def test_each_is_named_by_the_right_rule(name: str) -> None:
    found = score(BY_ID[name])
    assert found.rule, (
        f"{BY_ID[name].says}: expected {' or '.join(BY_ID[name].rules)}, named {found.named or 'nothing'}"
    )
    assert found.level in ("error", "warning")


@pytest.mark.parametrize(
    ("pin", "driver"), CORRECT_RUNS, ids=[f"{pin} {driver.__name__}" for pin, driver in CORRECT_RUNS]
)
def test_without_a_bug_nothing_is_found(pin: str, driver: object) -> None:
    world = drive(driver, pin)
    assert render_findings(find_problems(world)) == ""
    assert len(world.exchanges) > 3


@pytest.mark.parametrize("beyond", UNDETECTABLE, ids=lambda beyond: beyond.mutant.id)
def test_what_is_said_not_to_be_found_is_not(beyond: object) -> None:
    assert render_findings(find_problems(beyond.mutant.run())) == ""


def test_there_are_enough_of_them() -> None:
    assert len(BY_ID) == len(MUTANTS) >= 80
    assert set(VENDORS) == {"phaseo", "reap", "twelvelabs"}
    assert all(sum(mutant.vendor == vendor for mutant in MUTANTS) >= 25 for vendor in VENDORS)
    assert len({mutant.description for mutant in MUTANTS if mutant.vendor == "phaseo"}) == sum(
        mutant.vendor == "phaseo" for mutant in MUTANTS
    )


@pytest.mark.parametrize("mutant", [*MUTANTS, *(each.mutant for each in UNDETECTABLE)], ids=lambda mutant: mutant.id)
def test_a_bug_is_seen_by_the_client(mutant: Mutant) -> None:
    assert _said(mutant.run()) != _said(drive(mutant.driver, mutant.pin))


def test_every_expected_rule_is_in_the_book() -> None:
    for mutant in MUTANTS:
        rules = {rule.id for rule in load_rule_set(*mutant.pin.split("@")).rules}
        assert set(mutant.rules) <= rules, mutant.id


def test_the_table_of_the_docs_says_the_same() -> None:
    scored = {mutant.id: score(mutant) for mutant in MUTANTS}
    ours = {name: [found.rule, str(found.calls)] for name, found in scored.items()}
    said = {name: cells[:2] for name, cells in score_table.written()[1].items()}
    assert said == ours, "python -m tests.mutants.corpus --ours"


def test_the_docs_name_what_is_not_found() -> None:
    page = score_table.PAGE.read_text(encoding="utf-8")
    for mutant, why in UNDETECTABLE:
        assert f"| {mutant.id} | {mutant.description} | {why} |" in page
