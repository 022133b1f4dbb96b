"""What is said with a refusal: the near miss, or what is the matter with the job."""

import pytest

from mockserver.engine.hints import HINT_HEADER, MAX_HINT, missing_job_hint
from mockserver.engine.session import Session
from tests.support.toy_vendor import (
    CRATES,
    DELETING,
    ERA,
    POTS,
    ToyWorld,
    make_era,
    setup,
    toy_world,
)


def hint(world: ToyWorld) -> str | None:
    return world.reply.response.header(HINT_HEADER)


def world_with_pots(count: int = 1) -> ToyWorld:
    world = toy_world(era=DELETING)
    for _ in range(count):
        world.request("POST", "/pots", {})
    return world


def test_a_near_miss_is_told_in_a_header_and_in_the_journal():
    world = toy_world()
    world.request("POST", "/pots/p1/cancle")
    says = "nearest: POST /pots/{pot_id}/cancel (segment 3 of the path is 'cancle', not 'cancel')"
    assert hint(world) == says
    assert [entry.note for entry in world.session.journal] == [says]


def test_what_is_answered_well_has_no_hint():
    world = world_with_pots()
    world.request("GET", "/pots/pot-1")
    assert hint(world) is None


def test_a_command_that_comes_too_late_is_told_the_state():
    world = world_with_pots()
    world.advance(15)
    world.request("POST", "/pots/pot-1/cancel")
    assert world.reply.response.status == 409
    assert hint(world) == "pot-1 has been 'done' for 5s"


def test_an_unfinished_one_too():
    world = toy_world(era=make_era(kinds={"pot": POTS._replace(cancel_table={}), "crate": CRATES}))
    world.request("POST", "/pots", {})
    world.request("POST", "/pots/pot-1/cancel")
    assert hint(world) == "pot-1 has been 'wet' for 0s"


def test_a_deleted_one():
    world = world_with_pots()
    world.request("DELETE", "/pots/pot-1")
    world.advance(4)
    world.request("GET", "/pots/pot-1")
    assert hint(world) == "pot-1 was deleted 4s ago"


def test_one_past_its_retention():
    world = world_with_pots()
    world.advance(100)
    world.request("GET", "/pots/pot-1")
    assert hint(world) == "pot-1 is older than the 1m40s that the vendor keeps it"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("pot-2", " (did you mean 'pot-1'?)"),
        ("POT-1", " (did you mean 'pot-1'?)"),
        ("pot-1-or-so", ""),
        ("pt-1", " (did you mean 'pot-1'?)"),
        ("kettle", ""),
    ],
)
def test_an_unknown_one_by_a_slip_of_the_finger(asked, says):
    world = world_with_pots()
    world.request("GET", f"/pots/{asked}")
    assert hint(world) == f"the session has no pot {asked!r}{says}"


def test_spaces_around_an_id_are_a_slip_too():
    world = world_with_pots()
    world.request("GET", "/pots/%20%20pot-1%20%20")
    assert hint(world) == "the session has no pot of that id (did you mean 'pot-1'?)"


def test_nothing_odd_gets_into_a_header():
    world = toy_world()
    world.request("GET", "/pots/a%0d%0aX-Evil:%20yes")
    assert hint(world) == "the session has no pot of that id, and no other pot"


def test_one_of_another_kind_and_an_item():
    world = world_with_pots()
    world.request("POST", "/crates", {"cups": [{}, {}]})
    world.request("GET", "/pots/crate-1")
    assert hint(world) == "crate-1 is a crate, not a pot"
    world.request("GET", "/pots/crate-1.1")
    assert hint(world) == "crate-1.1 is item 2 of crate crate-1"


def test_one_of_another_vendor():
    other = make_era(vendor="other", date="2025-01-01")
    session = Session(setup(eras={"toy": ERA, "other": other}))
    world = ToyWorld(session)
    world.request("POST", "/pots", {})
    session.context("other")
    found = missing_job_hint(session.contexts(), other.pin, "pot", "pot-1", 0)
    assert found is not None
    assert found.code == "OTHER_VENDOR"
    assert found.text == "pot-1 is a pot of toy"


def test_a_preference_speaks_for_itself():
    world = world_with_pots()
    world.request("GET", "/pots/pot-1", None, {"x-key": "k", "prefer": "code=404"})
    assert world.reply.response.status == 404
    assert hint(world) is None


def test_a_stranger_is_told_why():
    world = toy_world()
    world.request("GET", "/pots", key_error="no scenario 'x'")
    assert hint(world) == "no scenario 'x'"
    world.request("PUT", "/photos/1", b"", key_error="no scenario 'x'")
    assert hint(world) is None


def test_a_hint_is_short():
    world = toy_world()
    world.request("GET", "/pots", key_error="x" * 1000)
    assert hint(world) == "x" * MAX_HINT
    assert world.session.journal.since(0)[0].note == "x" * 1000
