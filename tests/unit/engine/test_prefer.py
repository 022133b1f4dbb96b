"""`Prefer`: one answer otherwise than the job would have it, and nothing happens."""

import pytest

from tests.support.toy_vendor import toy_world


def asking(prefer, world=None, method="GET", path="/pots/pot-1", body=None):
    world = world or toy_world()
    if world.session.journal.seq == 0:
        world.request("POST", "/pots", {"shape": "jug"})
    status, said = world.request(method, path, body, headers={"x-key": "key", "prefer": prefer})
    return status, said, world.reply.response.header("Preference-Applied")


def test_a_status_is_the_vendors_error_of_that_status():
    world = toy_world()
    assert asking("code=409", world) == (409, None, "code=409")
    assert world.request("GET", "/pots/pot-1")[1]["state"] == "wet"


@pytest.mark.parametrize(
    ("prefer", "path", "hint"),
    [
        ("code=999", "/pots/pot-1", "Prefer: code=999 is ignored: code takes a status from 400 to 599"),
        ("code=abc", "/pots/pot-1", "Prefer: code=abc is ignored: code takes a status from 400 to 599"),
        ("state=doen", "/pots/pot-1", "Prefer: state=doen is ignored: the states are "),
        ("wait=1, state=done", "/pots", "Prefer: state=done is ignored: list is not about one job"),
        ("respond-async", "/pots/pot-1", None),
        ("state=done", "/pots/pot-1", None),
        ("state=done", "/potz", "nearest: "),
    ],
)
def test_a_preference_that_can_never_be_met_is_ignored_with_a_hint(prefer, path, hint):
    world = toy_world()
    asking(prefer, world, path=path)
    found = world.reply.response.header("X-Mock-Hint")
    assert (found or "").startswith(hint or "")
    assert (found is None) == (hint is None)


def test_a_create_that_is_refused_creates_nothing():
    world = toy_world()
    asking("code=503", world, "POST", "/pots", {"shape": "jug"})
    assert world.request("GET", "/pots")[1]["pots"] == ["pot-1"]


def test_a_state_is_shown_and_not_entered():
    world = toy_world()
    status, said, applied = asking('respond-async, state="done"; code=200', world)
    assert status == 200
    assert said["state"] == "done"
    assert applied == "state=done"
    assert world.request("GET", "/pots/pot-1")[1]["state"] == "wet"


def test_what_a_command_would_meet_in_a_state():
    world = toy_world()
    assert asking("state=done", world, "POST", "/pots/pot-1/cancel")[0] == 409
    assert asking("state=firing", world, "POST", "/pots/pot-1/cancel")[0] == 200
    assert world.request("GET", "/pots/pot-1")[1]["state"] == "wet"


def test_an_unknown_job_stays_unknown():
    assert asking("state=done", path="/pots/pot-9")[0] == 404


@pytest.mark.parametrize(
    ("prefer", "path"),
    [
        ("wait=5", "/pots/pot-1"),
        ("code=200", "/pots/pot-1"),
        ("code=teapot", "/pots/pot-1"),
        ("state=melted", "/pots/pot-1"),
        ("state=done", "/pots"),
        ("", "/pots/pot-1"),
    ],
)
def test_what_cannot_be_had_is_ignored_and_not_said_to_be_applied(prefer, path):
    status, _, applied = asking(prefer, path=path)
    assert status == 200
    assert applied is None


def test_a_preferred_answer_is_never_kept():
    world = toy_world()
    asking("state=done", world)
    assert world.reply.valid_until == 0


def test_a_job_of_another_kind_is_left_alone():
    from mockserver.engine.prefer import _MovedView

    world = toy_world()
    world.request("POST", "/crates", {"cups": [{}]})
    store = world.session.context("toy").store
    shown = _MovedView(store, "pot", "done", world.session.start)
    assert shown.job("crate", "crate-1") == store.job("crate", "crate-1")
    assert shown.next_number("crate") == 2


def test_operations_about_a_kind_that_has_no_jobs():

    from tests.support.toy_vendor import OPERATIONS, make_era

    odd = make_era(operations=(*OPERATIONS[:3], OPERATIONS[3]._replace(kind="vase"), *OPERATIONS[4:]))
    world = toy_world(era=odd)
    world.request("POST", "/pots", {"shape": "jug"})
    assert world.request("GET", "/pots/pot-1", headers={"x-key": "key", "prefer": "state=done"})[1]["state"] == "wet"
