"""The window that brings calls into their order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.core.wire import Exchange, Request, Response
from mockserver.errors import MockError, refuse
from mockserver.recordings.reorder import in_sent_order


def exchange(seq, name=0, size=0):
    return Exchange(Request("GET", f"/{name}"), Response(200, (), b"x" * size), seq, seq, seq, seq + 1)


@given(st.lists(st.integers(0, 50), max_size=30))
def test_a_window_that_holds_all_sorts_all_and_keeps_equals_as_they_came(seqs):
    given_ = [exchange(seq, name) for name, seq in enumerate(seqs)]
    assert list(in_sent_order(given_)) == sorted(given_, key=lambda each: each.sent_seq)


@given(st.lists(st.integers(0, 50), max_size=30), st.integers(0, 5))
def test_no_more_is_held_back_than_the_window(seqs, window):
    taken = 0

    def counted():
        nonlocal taken
        for name, seq in enumerate(seqs):
            taken += 1
            yield exchange(seq, name)

    for given_out, _ in enumerate(in_sent_order(counted(), window)):
        assert taken - given_out <= window + 1
    assert taken == len(seqs)


@given(st.permutations(range(12)), st.integers(1, 12))
def test_what_is_out_of_place_by_less_than_the_window_is_put_right(order, window):
    near = sorted(range(12), key=lambda each: each // window * window * 100 + order[each])
    assert [each.sent_seq for each in in_sent_order(map(exchange, near), window)] == list(range(12))


def test_large_bodies_are_not_held_back():
    given_ = [exchange(5, size=10), exchange(4, size=10), exchange(3, size=10), exchange(1)]
    assert [each.sent_seq for each in in_sent_order(given_, window_bytes=25)] == [3, 1, 4, 5]
    assert [each.sent_seq for each in in_sent_order([exchange(5, size=99), exchange(4)], window_bytes=25)] == [4, 5]


def test_an_unanswered_call_takes_its_place():
    lost = Exchange(Request("GET", "/"), None, 1, None, 1)
    assert list(in_sent_order([exchange(2), lost])) == [lost, exchange(2)]


def test_what_was_held_back_is_given_out_before_a_recording_breaks_off():
    def cut_off():
        yield from (exchange(2), exchange(1))
        raise refuse("REC003", "the recording breaks off")

    seen = []

    def take():
        for each in in_sent_order(cut_off()):
            seen.append(each.sent_seq)

    with pytest.raises(MockError, match="breaks off"):
        take()
    assert seen == [1, 2]
