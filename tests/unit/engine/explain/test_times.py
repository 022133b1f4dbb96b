"""What a request would have been answered at another time."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.engine.explain import past
from mockserver.engine.explain.past import TooManyJobs
from mockserver.engine.explain.times import answer_at, answer_times
from tests.support.toy_vendor import START, toy_world


def asked(method, path, *, after=0):
    """Return a session with one pot, and the entry of one request some seconds after the pot's creation."""
    world = toy_world()
    world.request("POST", "/pots", {"shape": "jug"})
    world.advance(after)
    world.request(method, path)
    return world.session, tuple(world.session.journal)[-1]


def test_the_whole_course_of_a_job_is_answered():
    session, entry = asked("GET", "/pots/pot-1", after=2)
    times = answer_times(session, entry)
    assert times[0].since == START
    assert [each.since for each in times[1:]] == [each.until for each in times[:-1]]
    assert times[-1].until is None
    assert [each.status for each in times] == [200] * len(times)
    assert times[0].state == "wet"


def test_a_request_about_no_job_has_no_times():
    for method, path in (("GET", "/nowhere"), ("GET", "/pots"), ("GET", "/pots/pot-9"), ("POST", "/pots")):
        session, entry = asked(method, path)
        assert answer_times(session, entry) == []


def test_the_answer_at_the_same_instant_is_the_same():
    session, entry = asked("GET", "/pots/pot-1", after=2)
    assert answer_at(session, entry, entry.at).body == entry.response.body
    later = answer_at(session, entry, entry.at + 3_600 * SECOND)
    assert later.status == 200
    assert later.body != entry.response.body


def test_an_unknown_path_is_unknown_at_any_time():
    session, entry = asked("GET", "/nowhere")
    assert answer_at(session, entry, START).status == entry.response.status


def test_a_list_of_too_many_jobs_is_not_answered_again(monkeypatch):
    session, entry = asked("GET", "/pots")
    monkeypatch.setattr(past, "MAX_JOBS", 0)
    with pytest.raises(TooManyJobs):
        answer_at(session, entry, START)
