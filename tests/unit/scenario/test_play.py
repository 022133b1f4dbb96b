"""The steps of a play: when they happen, which job they are about, what must come back."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.scenario.model import Expect, HttpCall, PlayStep

ONE = "jobs: [{id: 000000000000000000000001}]\n"
TWO = "jobs: [{id: 000000000000000000000001}, {id: 000000000000000000000002}]\n"
MIXED = "jobs: [{id: 000000000000000000000001}, {kind: batch, id: b-1}]\n"


@pytest.fixture
def play(compiled):
    return lambda text, jobs=ONE: compiled(f"{jobs}play: {text}\n").play


def test_times(play):
    steps = play("[get: , {at: 1m, get: }, get: , {after: 5s, get: , times: 3, every: 2s}, get: , {at: 70s, get: }]")
    assert [step.at // SECOND for step in steps] == [0, 60, 60, 65, 69, 70]
    assert (steps[3].times, steps[3].every, steps[3].ends) == (3, 2 * SECOND, 69 * SECOND)
    assert (steps[0].times, steps[0].every, steps[0].ends) == (1, 0, 0)


def test_a_step_does_not_go_back_in_time(codes):
    assert codes(ONE + "play: [{get: , times: 3, every: 2s}, {at: 3s, get: }]\n") == ["SCN055"]
    assert codes(ONE + "play: [{get: , times: 3, every: 2s}, {at: 4s, get: }]\n") == []
    assert codes(ONE + "play: [{at: 99999d, get: }]\n") == ["SCN065"]


def test_what_must_come_back(compiled):
    body = "body: {status: queued, n: [1]}, absent: [/a, /b/0]"
    text = f"\n  - get: {{status: 202, {body}, headers: {{Retry-After: 5, X: ''}}, reason: wait}}\n"
    (step,) = compiled(f"{ONE}play:{text}").play
    headers = (("Retry-After", "5"), ("X", ""))
    assert step.expect == Expect(202, {"status": "queued", "n": [1]}, headers, "wait", ("/a", "/b/0"), line=5)
    assert (step.line, step.column, step.operation) == (5, 5, "get")


@pytest.mark.parametrize(
    "shown",
    [
        "fields: {status: canceled}\n",
        "timelines: [{match: {}, timeline: [queued: {for: 1s, fields: {status: canceled}}, processing]}]\n",
        "jobs: [{id: J-9, timeline: [queued: {for: 1s, fields: {status: canceled}}, processing]}]\n",
        "jobs: [{id: J-9, fields: {status: canceled}}]\n",
    ],
)
def test_a_status_that_the_scenario_itself_shows(shown, codes):
    found = codes(f"scenario: x\nvendor: toy\n{shown}play: [create: , get: {{body: {{status: canceled}}}}]\n")
    assert "SCN056" not in found


@pytest.mark.parametrize("nothing", ["", "~", "{}"])
def test_any_2xx_will_do(nothing, play):
    (step,) = play(f"[get: {nothing}]")
    assert (step.expect.status, step.expect.body, step.expect.headers, step.expect.reason) == (None, None, (), "")


def test_a_request_in_full(play):
    (step,) = play(
        "[{create: , as: film, send: {prompt: a cat}, query: {dry: 1, tag: [a, b], none: []},"
        " headers: {X-N: 5}, key: k1}]"
    )
    assert (step.name, step.send, step.key) == ("film", {"prompt": "a cat"}, "k1")
    assert step.query == (("dry", "1"), ("tag", "a"), ("tag", "b"))
    assert step.headers == (("X-N", "5"),)


@pytest.mark.parametrize(
    ("written", "sent"),
    [("{a: 1}", {"a": 1}), ("[1, x]", [1, "x"]), ("'{not json'", "{not json"), ("5", "5"), ("1_000", "1_000")],
)
def test_what_is_sent(written, sent, play):
    assert play(f"[create: , {{create: , send: {written}}}]")[1].send == sent


def test_a_call(play):
    (step,) = play(
        "[{call: {method: POST, path: '/v1/x/{job}?a=b', body: {n: 1}, query: {q: 1}, headers: {H: v}},"
        " expect: {status: 204}}]"
    )
    assert step.call == HttpCall("POST", "/v1/x/{job}?a=b", {"n": 1})
    assert (step.operation, step.query, step.headers) == ("", (("q", "1"),), (("H", "v"),))
    assert step.expect == Expect(204, line=4)


def test_a_call_about_no_job_needs_none(play):
    (step,) = play("[call: {method: GET, path: /health}]", "")
    assert step.expect == Expect(line=3)


def test_moves_and_the_ledger(play):
    move, ledger = play("[{move: completed}, {at: 1m, ledger: {refund: 1, charge: 0}}]")
    assert (move.move, move.operation, move.call) == ("completed", "", None)
    assert (ledger.ledger, ledger.at) == ({"refund": 1, "charge": 0}, MINUTE)


def test_jobs_are_picked_by_name_or_id(play):
    steps = play(
        "[{create: , as: a}, {create: , as: b}, {get: , job: a}, {get: , job: '000000000000000000000001'}, get: ,"
        " {get: {status: 404}, job: ffffffffffffffffffffffff}, {move: failed, job: b},"
        " {call: {method: GET, path: '/{job}'}, job: a}, {move: completed, job: ffffffffffffffffffffffff}]"
    )
    assert [step.job for step in steps] == [
        "", "", "a", "000000000000000000000001", "", "f" * 24, "b", "a", "f" * 24,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("jobs", "steps", "expected"),
    [
        (TWO, "[get: ]", ["SCN059"]),
        (TWO, "[create: , get: ]", []),
        (TWO, "[{create: {status: 400}}, get: ]", ["SCN059"]),
        (TWO, "[{get: , job: '000000000000000000000002'}]", []),
        ("", "[get: ]", ["SCN058"]),
        ("", "[{create: {status: 400}}, get: ]", ["SCN058"]),
        ("", "[{create: {status: 201}}, get: ]", []),
        ("", "[create_batch: , get: ]", ["SCN058"]),
        ("", "[create_batch: , get_batch: ]", []),
        ("", "[list: , {call: {method: GET, path: '/{job}'}}]", ["SCN058"]),
        ("", "[move: completed]", ["SCN058"]),
        ("", "[ledger: {refund: 1}]", ["SCN058"]),
        (MIXED, "[get: , get_batch: , move: completed, {move: canceling, job: b-1}]", []),
        (MIXED, "[{get: , job: b-1}]", ["SCN053"]),
        (MIXED, "[{move: completed, job: b-1}]", ["SCN043"]),
        (MIXED, "[{move: complted}]", ["SCN043"]),
        (ONE, "[{get: , job: nobody}]", ["SCN053"]),
        ("", "[{get: , job: nobody}]", ["SCN053"]),
        (ONE, "[{move: completed, job: nobody}]", ["SCN053"]),
        ("jobs: [{id: nope}]\n", "[get: , {get: , job: nope}, {get: , job: other}]", ["SCN048"]),
        ("jobs: [{kind: bath}, {}]\n", "[get: ]", ["SCN042"]),
        (ONE, "[{create: , as: '000000000000000000000001'}]", ["SCN054"]),
    ],
)
def test_which_job_a_step_is_about(jobs, steps, expected, codes):
    assert codes(f"{jobs}play: {steps}\n") == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{}", ["SCN030"]), ("{at: 1s}", ["SCN057"]), ("{get: , move: completed}", ["SCN057"]), ("get", ["SCN022"]),
        ("{gett: }", ["SCN052"]), ("{gett: , cancle: }", ["SCN052", "SCN052"]), ("{get: , jbo: }", ["SCN052"]),
        ("{get: 200}", ["SCN022"]), ("{get: {stauts: 200}}", ["SCN020"]), ("{gett: 200}", ["SCN052", "SCN022"]),
        ("{together: []}", ["SCN029"]), ("{get: , order: [a]}", ["SCN029"]), ("{Get: }", ["SCN052"]),
        ("{get: , at: 5}", ["SCN026"]), ("{get: , at: 1s, after: 1s}", ["SCN027"]),
        ("{get: , every: 1s}", ["SCN028"]),
        ("{get: , expect: {status: 200}}", ["SCN028"]), ("{get: , times: 0}", ["SCN024"]),
        ("{get: , as: x}", ["SCN064"]), ("{list: , as: x}", ["SCN064"]), ("{create: , job: x}", ["SCN064"]),
        ("{call: {method: GET, path: /a}, send: {a: 1}}", ["SCN064"]),
        ("{move: failed, as: x, key: k}", ["SCN064", "SCN064"]),
        ("{ledger: {refund: 1}, times: 2}", ["SCN064"]), ("{ledger: {}}", ["SCN030"]),
        ("{ledger: {refnd: 1}}", ["SCN020"]),
        ("{ledger: {refund: -1}}", ["SCN024"]), ("{call: {method: get, path: /a}}", ["SCN025"]),
        ("{call: {method: GET, path: a}}", ["SCN023"]), ("{call: {method: GET}}", ["SCN021"]),
        ("{call: }", ["SCN022"]),
        ("{get: , key: 'a b'}", ["SCN023"]), ("{get: , headers: {'': x}}", ["SCN023"]),
        ("{create: , send: }", ["SCN022"]),
        ("{get: , query: {a: {b: c}}}", ["SCN022"]), ("{get: {body: {n: 012}}}", ["SCN011"]),
    ],
)  # fmt: skip
def test_steps_that_make_no_sense(step, expected, codes):
    assert codes(f"{ONE}play: [{step}]\n") == expected


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("get: {body: {status: complted}}", ["SCN056"]),
        ("get: {status: 200, body: {status: canceled}}", ["SCN056"]),
        ("{call: {method: GET, path: /a}, expect: {body: {status: canceld}}}", ["SCN056"]),
        ("get: {body: {status: in_progress}}", []),
        ("get: {body: {status: completed}}", []),
        ("get: {body: {status: [completd]}}", []),
        ("get: {status: 400, body: {status: complted}}", []),
        ("get: {body: [1]}", []),
        ("get: {body: text}", []),
    ],
)
def test_a_status_that_is_almost_a_state(step, expected, codes):
    assert codes(f"{ONE}play: [{step}]\n") == expected


def test_a_bad_step_hides_no_other(codes):
    assert codes(f"{ONE}play: [{{gett: }}, {{get: , job: x}}, {{at: 5, get: }}, get: ]\n") == [
        "SCN052",
        "SCN053",
        "SCN026",
    ]


def test_no_steps(compiled):
    assert compiled("play: []\n").play == ()


def test_a_plain_step_says_what_it_needs():
    step = PlayStep(at=5, line=1, column=1, operation="get")
    assert (step.ends, step.expect.status, step.ledger) == (5, None, {})
