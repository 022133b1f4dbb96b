"""Seeded vendor bugs: each is found, and named by the right rule; without them nothing is found in the same stories."""

import pytest

from mockserver.contract.findings import render
from mockserver.contract.rules.book import load_book
from tests.mutants.corpus import score_table
from tests.mutants.corpus.client_drivers import STORIES
from tests.mutants.corpus.mutant import Kind, live
from tests.mutants.corpus.mutants import BY_ID, KINDS, VENDORS
from tests.mutants.corpus.mutated_vendor import World
from tests.mutants.corpus.score import judged, score
from tests.mutants.corpus.undetectable import BEYOND
from tests.support.fake_world import ERAS

LIVED = [(pin, story) for pin, era in ERAS.items() for story in STORIES[era.vendor]]


def _said(world: World) -> list[object]:
    """What a client has seen, and what was booked."""
    _, store = world.session.room(world.era.vendor)
    return [*(exchange.response for exchange in world.tape), *(world.bookings(job.id) for job in store.everything())]


@pytest.mark.parametrize("name", BY_ID)
def test_each_is_named_by_the_right_rule(name: str) -> None:
    found = score(BY_ID[name])
    assert found.rule, (
        f"{BY_ID[name].says}: expected {' or '.join(BY_ID[name].rules)}, named {found.named or 'nothing'}"
    )
    assert found.level in ("error", "warning")


@pytest.mark.parametrize(("pin", "story"), LIVED, ids=[f"{pin} {story.__name__}" for pin, story in LIVED])
def test_without_a_bug_nothing_is_found(pin: str, story: object) -> None:
    world = live(story, pin)
    assert render(judged(world)) == ""
    assert len(world.tape) > 3


@pytest.mark.parametrize("beyond", BEYOND, ids=lambda beyond: beyond.kind.id)
def test_what_is_said_not_to_be_found_is_not(beyond: object) -> None:
    assert render(judged(beyond.kind.lived())) == ""


def test_there_are_enough_of_them() -> None:
    assert len(BY_ID) == len(KINDS) >= 80
    assert set(VENDORS) == {"phaseo", "reap", "twelvelabs"}
    assert all(sum(kind.vendor == vendor for kind in KINDS) >= 25 for vendor in VENDORS)
    assert len({kind.says for kind in KINDS if kind.vendor == "phaseo"}) == sum(
        kind.vendor == "phaseo" for kind in KINDS
    )


@pytest.mark.parametrize("kind", [*KINDS, *(each.kind for each in BEYOND)], ids=lambda kind: kind.id)
def test_a_bug_is_seen_by_the_client(kind: Kind) -> None:
    assert _said(kind.lived()) != _said(live(kind.story, kind.pin))


def test_every_expected_rule_is_in_the_book() -> None:
    for kind in KINDS:
        rules = {rule.id for rule in load_book(*kind.pin.split("@")).rules}
        assert set(kind.rules) <= rules, kind.id


def test_the_table_of_the_docs_says_the_same() -> None:
    scored = {kind.id: score(kind) for kind in KINDS}
    ours = {name: [found.rule, str(found.calls)] for name, found in scored.items()}
    said = {name: cells[:2] for name, cells in score_table.written()[1].items()}
    assert said == ours, "python -m tests.mutants.corpus --ours"


def test_the_docs_name_what_is_not_found() -> None:
    page = score_table.PAGE.read_text(encoding="utf-8")
    for kind, why in BEYOND:
        assert f"| {kind.id} | {kind.says} | {why} |" in page
