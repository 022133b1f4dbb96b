"""Seeded vendor bugs: each is found and named by the right rule; without a bug, the same calls lead to no finding."""

import pytest

from mockserver.contract.rules.rule_set import load_rule_set
from tests.mutants.corpus import score_table
from tests.mutants.corpus.mutant import CORRECT_RUNS, CorrectRun, Mutant, drive
from tests.mutants.corpus.mutants import BY_ID, MUTANTS, VENDORS
from tests.mutants.corpus.mutated_vendor import MutatedVendor
from tests.mutants.corpus.score import find_problems, score
from tests.mutants.corpus.undetectable import UNDETECTABLE, Undetectable
from tests.support.finding_texts import render_findings


def _visible_effects(world: MutatedVendor) -> list[object]:
    """Return every answer that the client got, and the ledger entries of every job."""
    store = world.session.context(world.era.vendor).store
    return [
        *(exchange.response for exchange in world.exchanges),
        *(world.bookings(job.id) for job in store.all_jobs()),
    ]


@pytest.mark.parametrize("name", BY_ID)
def test_each_is_named_by_the_right_rule(name: str) -> None:
    found = score(BY_ID[name])
    assert found.rule, (
        f"{BY_ID[name].description}: expected {' or '.join(BY_ID[name].rules)}, named {found.named or 'nothing'}"
    )
    assert (found.level == "info") is BY_ID[name].as_info


@pytest.mark.parametrize("run", CORRECT_RUNS, ids=str)
def test_without_a_bug_nothing_is_found(run: CorrectRun) -> None:
    world = drive(run.driver, run.pin)
    assert render_findings(find_problems(world)) == ""
    assert len(world.exchanges) > 3


@pytest.mark.parametrize("undetectable", UNDETECTABLE, ids=lambda undetectable: undetectable.mutant.id)
def test_an_undetectable_bug_is_not_found(undetectable: Undetectable) -> None:
    assert render_findings(find_problems(undetectable.mutant.run())) == ""


def test_there_are_enough_of_them() -> None:
    assert len(BY_ID) == len(MUTANTS) >= 80
    assert set(VENDORS) == {"phaseo", "reap", "twelvelabs"}
    assert all(sum(mutant.vendor == vendor for mutant in MUTANTS) >= 25 for vendor in VENDORS)
    assert len({mutant.description for mutant in MUTANTS if mutant.vendor == "phaseo"}) == sum(
        mutant.vendor == "phaseo" for mutant in MUTANTS
    )


@pytest.mark.parametrize("mutant", [*MUTANTS, *(each.mutant for each in UNDETECTABLE)], ids=lambda mutant: mutant.id)
def test_a_bug_is_seen_by_the_client(mutant: Mutant) -> None:
    assert _visible_effects(mutant.run()) != _visible_effects(drive(mutant.driver, mutant.pin))


def test_every_expected_rule_exists() -> None:
    for mutant in MUTANTS:
        rules = {rule.id for rule in load_rule_set(*mutant.pin.split("@")).rules}
        assert set(mutant.rules) <= rules, mutant.id


def test_the_table_of_the_docs_is_up_to_date() -> None:
    scored = {mutant.id: score(mutant) for mutant in MUTANTS}
    actual = {name: [found.rule, str(found.calls)] for name, found in scored.items()}
    documented = {name: cells[:2] for name, cells in score_table.written()[1].items()}
    assert documented == actual, "python -m tests.mutants.corpus --ours"


def test_the_docs_name_what_is_not_found() -> None:
    page = score_table.PAGE.read_text(encoding="utf-8")
    for mutant, why in UNDETECTABLE:
        assert f"| {mutant.id} | {mutant.description} | {why} |" in page
