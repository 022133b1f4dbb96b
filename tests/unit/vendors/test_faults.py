"""When a fault has its occasion, and an effect that has none."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.sending import PLAIN, Sending
from mockserver.core.wire import Response
from mockserver.vendors.api import Answer, Body, Operation
from mockserver.vendors.faults import ALWAYS, Draw, Effect, Fault, When
from mockserver.vendors.script import Script

DRAW = Draw("seed", ("fault-1", "job", "get", 1))


class Nothing(Effect):
    word = "nothing"


class Reading(Effect):
    word, reads = "reading", True


class Beside(Effect):
    word, combines = "beside", True


class Saying(Effect):
    word = "saying"

    @property
    def speaks(self) -> bool:
        return True


def operation(name="get", method="GET", *, polls=True, id_in=("path", "id")):
    return Operation(name, "job", method, "/x", lambda call: Answer(Response(200)), (), Body.NONE, True, polls, id_in)


GET = operation()
LIST = operation("list", polls=False, id_in=("", ""))
CANCEL = operation("cancel", "POST", polls=False)


class TestWhen:
    @pytest.mark.parametrize(
        ("when", "happens"),
        [
            (ALWAYS, [1, 2, 3, 4, 5, 6]),
            (When(frozenset({2, 5})), [2, 5]),
            (When(every=3), [3, 6]),
            (When(times=2), [1, 2]),
            (When(every=2, times=2), [2, 4]),
            (When(frozenset({1, 2, 4}), every=2), [2, 4]),
            (When(rate=1e-18), []),
        ],
    )
    def test_by_number(self, when, happens):
        met = []
        for number in range(1, 7):
            if when.holds(number, len(met), 0, DRAW):
                met.append(number)
        assert met == happens

    @pytest.mark.parametrize(
        ("when", "happens"),
        [
            (When(since=2 * SECOND), [2, 3, 4]),
            (When(until=2 * SECOND), [0, 1]),
            (When(since=SECOND, until=3 * SECOND), [1, 2]),
        ],
    )
    def test_by_the_clock_a_window_is_half_open(self, when, happens):
        assert [second for second in range(5) if when.holds(1, 0, second * SECOND, DRAW)] == happens

    def test_by_chance_which_the_seed_decides_for_each_call(self):
        def met(seed, rate):
            return [n for n in range(1_000) if When(rate=rate).holds(n, 0, 0, Draw(seed, ("f", "j", "get", n)))]

        assert met("a", 0.1) == met("a", 0.1)
        assert met("a", 0.1) != met("b", 0.1)
        assert 70 < len(met("a", 0.1)) < 130
        assert set(met("a", 0.1)) < set(met("a", 0.5))

    @pytest.mark.parametrize(
        ("when", "counts"),
        [
            (ALWAYS, False),
            (When(since=5, until=6), False),
            (When(frozenset({1})), True),
            (When(every=2), True),
            (When(times=1), True),
            (When(rate=0.5), True),
        ],
    )
    def test_it_counts_only_where_a_number_matters(self, when, counts):
        assert when.counts is counts


class TestConcerns:
    @pytest.mark.parametrize(
        ("fault", "names"),
        [
            (Fault((Nothing(),)), ["get", "list", "cancel"]),
            (Fault((Nothing(),), frozenset({"get", "cancel"})), ["get", "cancel"]),
            (Fault((Nothing(),), when=When(polls=True)), ["get"]),
            (Fault((Reading(),)), ["get", "list"]),
            (Fault((Beside(), Reading())), ["get", "list"]),
            (Fault((Nothing(),), job="j"), ["get", "cancel"]),
        ],
    )
    def test_operations(self, fault, names):
        assert [one.name for one in (GET, LIST, CANCEL) if fault.concerns(one)] == names


def test_what_happens_alone_and_what_goes_with_others():
    assert not Fault((Beside(),)).exclusive
    assert Fault((Beside(), Nothing())).exclusive


def test_what_speaks():
    assert not Fault((Nothing(), Beside())).speaks
    assert Fault((Nothing(), Saying())).speaks
    assert Script(faults=(Fault((Saying(),)),)).speaks
    assert not Script(faults=(Fault((Nothing(),)),)).speaks


def test_left_alone_an_effect_changes_nothing():
    response, sending = Response(200, (), b"x"), Sending(delay=5)
    effect = Nothing()
    assert effect.instead(None) is effect.sight(0) is None
    assert not effect.handled
    assert effect.becomes(response) is response
    assert effect.sent(response, sending, DRAW) is sending
    assert effect.sent(response, PLAIN, DRAW) is PLAIN
