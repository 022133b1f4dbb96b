"""What is said with a refusal: the near miss, or what is the matter with the job."""

from dataclasses import replace

import pytest

from mockserver.core.wire import Response
from mockserver.engine.hints import HINT, LONGEST, hinted, whereabouts
from mockserver.engine.session import Session
from tests.support.toy_vendor import (
    CRATES,
    DELETING,
    ERA,
    POTS,
    Visitor,
    make_era,
    setup,
    visitor,
)


def hint(here: Visitor) -> str | None:
    return here.reply.response.header(HINT)


def here_with_pots(count: int = 1) -> Visitor:
    here = visitor(era=DELETING)
    for _ in range(count):
        here.request("POST", "/pots", {})
    return here


def test_a_near_miss_is_told_in_a_header_and_in_the_journal():
    here = visitor()
    here.request("POST", "/pots/p1/cancle")
    says = "nearest: POST /pots/{pot_id}/cancel (segment 3 of the path is 'cancle', not 'cancel')"
    assert hint(here) == says
    assert [entry.note for entry in here.session.journal] == [says]


def test_what_is_answered_well_has_no_hint():
    here = here_with_pots()
    here.request("GET", "/pots/pot-1")
    assert hint(here) is None


def test_a_command_that_comes_too_late_is_told_the_state():
    here = here_with_pots()
    here.advance(15)
    here.request("POST", "/pots/pot-1/cancel")
    assert (here.reply.response.status, hint(here)) == (409, "pot-1 has been 'done' for 5s")


def test_an_unfinished_one_too():
    here = visitor(era=make_era(kinds={"pot": replace(POTS, cancel={}), "crate": CRATES}))
    here.request("POST", "/pots", {})
    here.request("POST", "/pots/pot-1/cancel")
    assert hint(here) == "pot-1 has been 'wet' for 0s"


def test_a_deleted_one():
    here = here_with_pots()
    here.request("DELETE", "/pots/pot-1")
    here.advance(4)
    here.request("GET", "/pots/pot-1")
    assert hint(here) == "pot-1 was deleted 4s ago"


def test_one_past_its_retention():
    here = here_with_pots()
    here.advance(100)
    here.request("GET", "/pots/pot-1")
    assert hint(here) == "pot-1 is older than the 1m40s that the vendor keeps it"


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
    here = here_with_pots()
    here.request("GET", f"/pots/{asked}")
    assert hint(here) == f"the session has no pot {asked!r}{says}"


def test_spaces_around_an_id_are_a_slip_too():
    here = here_with_pots()
    here.request("GET", "/pots/%20%20pot-1%20%20")
    assert hint(here) == "the session has no pot of that id (did you mean 'pot-1'?)"


def test_nothing_odd_gets_into_a_header():
    here = visitor()
    here.request("GET", "/pots/a%0d%0aX-Evil:%20yes")
    assert hint(here) == "the session has no pot of that id: it has no pot at all"


def test_one_of_another_kind_and_an_item():
    here = here_with_pots()
    here.request("POST", "/crates", {"cups": [{}, {}]})
    here.request("GET", "/pots/crate-1")
    assert hint(here) == "crate-1 is a crate, not a pot"
    here.request("GET", "/pots/crate-1.1")
    assert hint(here) == "crate-1.1 is item 2 of crate crate-1"


def test_one_of_another_vendor():
    other = make_era(vendor="other", date="2025-01-01")
    session = Session(setup(eras={"toy": ERA, "other": other}))
    here = Visitor(session)
    here.request("POST", "/pots", {})
    session.room("other")
    found = whereabouts(session.stores(), other.pin, "pot", "pot-1", 0)
    assert found == ("OTHER_VENDOR", "pot-1 is a pot of toy")
    assert found.json() == {"reason": "OTHER_VENDOR", "text": "pot-1 is a pot of toy"}


def test_a_preference_speaks_for_itself():
    here = here_with_pots()
    here.request("GET", "/pots/pot-1", None, {"x-key": "k", "prefer": "code=404"})
    assert (here.reply.response.status, hint(here)) == (404, None)


def test_a_stranger_is_told_why():
    here = visitor()
    here.request("GET", "/pots", stranger="no scenario 'x'")
    assert hint(here) == "no scenario 'x'"
    here.request("PUT", "/photos/1", b"", stranger="no scenario 'x'")
    assert hint(here) is None


def test_a_hint_is_short():
    assert hinted(Response(404), "x" * 1000).header(HINT) == "x" * LONGEST
    assert hinted(Response(200), "x").header(HINT) is None
    assert hinted(Response(404), "").header(HINT) is None
