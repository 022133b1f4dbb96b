"""When a fault has its occasion, and an effect that has none."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.transmission import NORMAL, Transmission
from mockserver.core.wire import Request, Response
from mockserver.vendors.api import Answer, Operation, Role
from mockserver.vendors.faults import ABSENT, ALWAYS, Effect, Fault, FaultCondition, RequestCondition, SeededChoice
from mockserver.vendors.script import Script

DRAW = SeededChoice("seed", ("fault-1", "job", "get", 1))


class Nothing(Effect):
    keyword = "nothing"


class Reading(Effect):
    keyword, reads_only = "reading", True


class Beside(Effect):
    keyword, combinable = "beside", True


class Saying(Effect):
    keyword = "saying"

    @property
    def may_break_contract(self) -> bool:
        return True


def operation(name="get", method="GET", *, polls=True, id_in=("path", "id")):
    return Operation(
        name, "job", method, "/x", lambda call: Answer(Response(200)), role=Role.OTHER, polls=polls, id_in=id_in
    )


GET = operation()
LIST = operation("list", polls=False, id_in=None)
CANCEL = operation("cancel", "POST", polls=False)


class TestWhen:
    @pytest.mark.parametrize(
        ("when", "happens"),
        [
            (ALWAYS, [1, 2, 3, 4, 5, 6]),
            (FaultCondition(frozenset({2, 5})), [2, 5]),
            (FaultCondition(every=3), [3, 6]),
            (FaultCondition(times=2), [1, 2]),
            (FaultCondition(every=2, times=2), [2, 4]),
            (FaultCondition(frozenset({1, 2, 4}), every=2), [2, 4]),
            (FaultCondition(rate=1e-18), []),
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
            (FaultCondition(since=2 * SECOND), [2, 3, 4]),
            (FaultCondition(until=2 * SECOND), [0, 1]),
            (FaultCondition(since=SECOND, until=3 * SECOND), [1, 2]),
        ],
    )
    def test_by_the_clock_a_window_is_half_open(self, when, happens):
        assert [second for second in range(5) if when.holds(1, 0, second * SECOND, DRAW)] == happens

    def test_by_chance_which_the_seed_decides_for_each_call(self):
        def met(seed, rate):
            return [
                n
                for n in range(1_000)
                if FaultCondition(rate=rate).holds(n, 0, 0, SeededChoice(seed, ("f", "j", "get", n)))
            ]

        assert met("a", 0.1) == met("a", 0.1)
        assert met("a", 0.1) != met("b", 0.1)
        assert 70 < len(met("a", 0.1)) < 130
        assert set(met("a", 0.1)) < set(met("a", 0.5))

    @pytest.mark.parametrize(
        ("when", "counts"),
        [
            (ALWAYS, False),
            (FaultCondition(since=5, until=6), False),
            (FaultCondition(frozenset({1})), True),
            (FaultCondition(every=2), True),
            (FaultCondition(times=1), True),
            (FaultCondition(rate=0.5), True),
        ],
    )
    def test_it_counts_only_where_a_number_matters(self, when, counts):
        assert when.counts_calls is counts


class TestConcerns:
    @pytest.mark.parametrize(
        ("fault", "names"),
        [
            (Fault((Nothing(),)), ["get", "list", "cancel"]),
            (Fault((Nothing(),), frozenset({"get", "cancel"})), ["get", "cancel"]),
            (Fault((Nothing(),), when=FaultCondition(polls_only=True)), ["get"]),
            (Fault((Reading(),)), ["get", "list"]),
            (Fault((Beside(), Reading())), ["get", "list"]),
            (Fault((Nothing(),), job="j"), ["get", "cancel"]),
        ],
    )
    def test_operations(self, fault, names):
        assert [one.name for one in (GET, LIST, CANCEL) if fault.applies_to(one)] == names


def test_what_happens_alone_and_what_goes_with_others():
    assert not Fault((Beside(),)).exclusive
    assert Fault((Beside(), Nothing())).exclusive


def test_what_speaks():
    assert not Fault((Nothing(), Beside())).may_break_contract
    assert Fault((Nothing(), Saying())).may_break_contract
    assert Script(faults=(Fault((Saying(),)),)).may_break_contract
    assert not Script(faults=(Fault((Nothing(),)),)).may_break_contract


def test_left_alone_an_effect_changes_nothing():
    response, sending = Response(200, (), b"x"), Transmission(delay=5)
    effect = Nothing()
    assert effect.replace(None) is effect.override_view(0) is None
    assert not effect.takes_effect
    assert effect.transform(response, None) is response
    request = Request("GET", "/")
    assert effect.rewrite(request) is request
    assert effect.transmit(response, sending, DRAW) is sending
    assert effect.transmit(response, NORMAL, DRAW) is NORMAL


class Replacing(Nothing):
    """An effect that answers instead of the operation."""

    def replace(self, call):
        return Response(409)


class Handled(Replacing):
    """One that lets the request take effect."""

    takes_effect = True


@pytest.mark.parametrize(
    ("effects", "takes_effect"),
    [
        ((Nothing(),), True),
        ((Nothing(), Replacing()), False),
        ((Handled(), Nothing()), True),
    ],
)
def test_a_request_takes_effect_unless_its_answer_is_replaced(effects, takes_effect):
    assert Fault(effects).takes_effect is takes_effect


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (RequestCondition(), True),
        (RequestCondition(headers={"x-a": "1"}), True),
        (RequestCondition(headers={"x-a": "2"}), False),
        (RequestCondition(headers={"x-b": "1"}), False),
        (RequestCondition(headers={"x-a": ABSENT}), False),
        (RequestCondition(headers={"x-b": ABSENT}), True),
        (RequestCondition(headers={"x-a": {"$absent": True}}), False),
        (RequestCondition(headers={"x-b": {"$absent": True}}), True),
        (RequestCondition(body={"webhook": {"$absent": True}}), True),
        (RequestCondition(body={"webhook": {"$absent": False}}), False),
        (RequestCondition(query={"page": "2"}), True),
        (RequestCondition(query={"page": "3"}), False),
        (RequestCondition(body={"a": {"b": 1}}), True),
        (RequestCondition(body={"a": {"b": 2}}), False),
        (RequestCondition(headers={"x-a": "1"}, query={"page": "2"}, body={"c": 2}), False),
    ],
)
def test_a_request_meets_a_condition_in_every_part(condition, holds):
    request = Request("POST", "/", "page=2", {"x-a": "1"}, b"")
    assert condition.holds(request, {"a": {"b": 1, "c": 2}}) is holds
