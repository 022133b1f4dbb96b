"""The steps of a play: when they happen, which job they are about, what must come back."""

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.errors import MockError
from mockserver.scenario.placeholders import interpolate, names_in, substitute
from mockserver.scenario.play_model import ExpectedAnswer, HttpCall, PlayStep, RelativeTime
from mockserver.vendors.api import BodyFormat

ONE = "jobs: [{id: 000000000000000000000001}]\n"
TWO = "jobs: [{id: 000000000000000000000001}, {id: 000000000000000000000002}]\n"
MIXED = "jobs: [{id: 000000000000000000000001}, {kind: batch, id: b-1}]\n"


@pytest.fixture
def play(compiled):
    return lambda text, jobs=ONE: compiled(f"{jobs}play: {text}\n").play


def test_times(play):
    steps = play("[get: , {at: 1m, get: }, get: , {after: 5s, get: , times: 3, every: 2s}, get: , {at: 70s, get: }]")
    assert [step.at // SECOND for step in steps] == [0, 60, 60, 65, 69, 70]
    assert steps[3].times == 3
    assert steps[3].every == 2 * SECOND
    assert steps[3].ends_at == 69 * SECOND
    assert steps[0].times == 1
    assert steps[0].every == 0
    assert steps[0].ends_at == 0


def test_a_step_does_not_go_back_in_time(codes):
    assert codes(ONE + "play: [{get: , times: 3, every: 2s}, {at: 3s, get: }]\n") == ["SCN055"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("{at: 9s, gett: }", ["SCN052", "SCN055"]),
        ("{at: 9s, get: {status: OK}}", ["SCN022", "SCN055"]),
        ("{at: 9s, as: x, get: }", ["SCN064", "SCN055"]),
        ("{at: 9, get: }", ["SCN026"]),
        ("{after: 9s, gett: }", ["SCN052", "SCN055"]),
    ],
)
def test_the_time_of_a_step_with_a_problem_counts(step, expected, codes):
    assert codes(ONE + f"play: [{step}, {{at: 3s, get: }}]\n") == expected
    assert codes(ONE + "play: [{get: , times: 3, every: 2s}, {at: 4s, get: }]\n") == []
    assert codes(ONE + "play: [{at: 99999d, get: }]\n") == ["SCN065"]


def test_what_must_come_back(compiled):
    body = "body: {status: queued, n: [1]}, absent: [/a, /b/0]"
    text = f"\n  - get: {{status: 202, {body}, headers: {{Retry-After: 5, X: ''}}, reason: wait}}\n"
    (step,) = compiled(f"{ONE}play:{text}").play
    headers = (("Retry-After", "5"), ("X", ""))
    assert step.expect == ExpectedAnswer(202, {"status": "queued", "n": [1]}, headers, "wait", ("/a", "/b/0"), line=5)
    assert step.line == 5
    assert step.column == 5
    assert step.operation == "get"


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
    assert step.expect.status is None
    assert step.expect.body is None
    assert step.expect.headers == ()
    assert step.expect.reason is None


def test_a_request_in_full(play):
    (step,) = play(
        "[{create: , as: film, send: {prompt: a cat}, query: {dry: 1, tag: [a, b], none: []},"
        " headers: {X-N: 5}, key: k1}]"
    )
    assert step.job_name == "film"
    assert step.send == {"prompt": "a cat"}
    assert step.key == "k1"
    assert step.query == (("dry", "1"), ("tag", "a"), ("tag", "b"))
    assert step.headers == (("X-N", "5"),)


@pytest.mark.parametrize(
    ("written", "sent"),
    [("{a: 1}", {"a": 1}), ("[1, x]", [1, "x"]), ("'{not json'", "{not json"), ("5", "5"), ("1_000", "1_000")],
)
def test_what_is_sent(written, sent, play):
    assert play(f"[create: , {{create: , send: {written}}}]")[1].send == sent


@pytest.mark.parametrize(
    ("key", "sent_as"), [("", None), ("sent_as: form", BodyFormat.FORM), ("sent_as: json", BodyFormat.JSON)]
)
def test_in_which_format_it_is_sent(key, sent_as, play):
    assert play(f"[create: , {{create: , {key}}}]")[1].sent_as is sent_as
    (step,) = play(f"[{{call: {{path: /v1/x, {key}}}}}]")
    assert step.call.sent_as is (sent_as or BodyFormat.JSON)


def test_a_call(play):
    (step,) = play(
        "[{call: {method: POST, path: '/v1/x/{job}?a=b', body: {n: 1}, query: {q: 1}, headers: {H: v}},"
        " expect: {status: 204}}]"
    )
    assert step.call == HttpCall("POST", "/v1/x/{job}?a=b", {"n": 1})
    assert step.operation is None
    assert step.query == (("q", "1"),)
    assert step.headers == (("H", "v"),)
    assert step.expect == ExpectedAnswer(204, line=4)


def test_a_call_about_no_job_needs_none(play):
    (step,) = play("[call: {method: GET, path: /health}]", "")
    assert step.expect == ExpectedAnswer(line=3)


def test_moves_and_the_ledger(play):
    move, ledger = play("[{move: completed}, {at: 1m, ledger: {refund: 1, charge: 0}}]")
    assert move.move == "completed"
    assert move.operation is None
    assert move.call is None
    assert ledger.ledger == {"refund": 1, "charge": 0}
    assert ledger.at == MINUTE


def test_jobs_are_picked_by_name_or_id(play):
    steps = play(
        "[{create: , as: a}, {create: , as: b}, {get: , job: a}, {get: , job: '000000000000000000000001'}, get: ,"
        " {get: {status: 404}, job: ffffffffffffffffffffffff}, {move: failed, job: b},"
        " {call: {method: GET, path: '/{job}'}, job: a}, {move: completed, job: ffffffffffffffffffffffff}]"
    )
    assert [step.job for step in steps] == [
        None, None, "a", "000000000000000000000001", None, "f" * 24, "b", "a", "f" * 24,
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
        ("", "[{job: '*', ledger: {refund: 1}}]", []),
        ("", "[{job: '*', get: }]", ["SCN053"]),
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
        ("{get: 200}", ["SCN022"]), ("{get: {stauts: 200}}", ["SCN020"]), ("{gett: 200}", ["SCN052"]),
        ("{together: [get: ]}", ["SCN030"]), ("{get: , order: [a]}", ["SCN028"]), ("{Get: }", ["SCN052"]),
        ("{get: , together: [get: , get: ]}", ["SCN057"]), ("{together: 5}", ["SCN022"]),
        ("{get: , named: a}", ["SCN064"]), ("{create: , at: 1ms of completed}", ["SCN023"]),
        ("{get: {no_answer: true, status: 200}}", ["SCN027"]), ("{get: {no_answer: false}}", ["SCN025"]),
        ("{get: {no_answer: 1}}", ["SCN022"]), ("{get: {one_of: [], status: 200}}", ["SCN030", "SCN027"]),
        ("{get: {one_of: [{body: {status: complted}}]}}", ["SCN056"]),
        ("{get: , keep: {a b: /id}}", ["SCN023"]), ("{get: , keep: {a: ''}}", ["SCN023"]),
        ("{move: failed, keep: {a: /id}}", ["SCN064"]),
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


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("creatxe: ", "SCN052"), ("CREATE: ", "SCN052"), ("create: {status: OK}", "SCN022"),
        ("together: [{creat: , as: film, keep: {link: /id}}, list: ]", "SCN052"),
    ],
)  # fmt: skip
def test_what_a_step_with_a_problem_would_make_is_there_for_later_steps(step, code, codes):
    own = "" if "together" in step else ", as: film, keep: {link: /id}"
    later = "get: , {get: , job: film}, {get: , query: {a: '{link}'}}"
    assert codes(f"play: [{{{step}{own}}}, {later}]\n") == [code]


@pytest.mark.parametrize("word", ["read", "READ"])
def test_the_word_for_a_role_means_the_vendors_own_operation(word, compiled):
    with pytest.raises(MockError) as found:
        compiled(f"{ONE}play: [{word}: ]\n")
    assert f"acme has no operation '{word}' (did you mean 'get'?)" in str(found.value)


def test_no_steps(compiled):
    assert compiled("play: []\n").play == ()


def test_a_plain_step_says_what_it_needs():
    step = PlayStep(at=5, line=1, column=1, operation="get")
    assert step.ends_at == 5
    assert step.expect.status is None
    assert step.ledger == {}


# Groups


def test_a_group_is_handled_in_its_order_and_then_as_written(play):
    (step,) = play(
        "[{at: 5s, together: [{named: a, cancel: {status: 409}}, get: , {named: c, call: {method: GET, path: /x}}],"
        " order: [c, a]}]"
    )
    assert step.at == 5 * SECOND
    assert step.from_start
    assert step.order == (2, 0, 1)
    assert step.outcomes == ()
    assert [(one.operation, one.request_name, one.at, one.expect.status) for one in step.together] == [
        ("cancel", "a", 5 * SECOND, 409), ("get", None, 5 * SECOND, None), (None, "c", 5 * SECOND, None),
    ]  # fmt: skip


def test_outcomes_belong_to_no_request(play):
    (step,) = play("[{together: [cancel: , cancel: ], outcomes: [{status: 200}, {status: 409}]}]")
    assert [outcome.status for outcome in step.outcomes] == [200, 409]
    assert [one.expect.anything for one in step.together] == [True, True]


def test_the_job_of_a_group_is_that_of_its_requests(play):
    other = "'000000000000000000000002'"
    step = play(f"[{{job: {other}, together: [cancel: , {{get: , job: '000000000000000000000001'}}, list: ]}}]", TWO)[0]
    assert step.job == "000000000000000000000002"
    assert [one.job for one in step.together] == [step.job, "000000000000000000000001", None]


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("together: [get: , {get: , at: 1s}]", ["SCN064"]),
        ("together: [get: , {get: , times: 2, every: 1s}]", ["SCN064", "SCN064"]),
        ("together: [get: , {move: completed}]", ["SCN064"]),
        ("together: [get: , {ledger: {refund: 1}}]", ["SCN064"]),
        ("together: [get: , {get: , as: x}]", ["SCN064"]),
        ("together: [get: , {get: , cancel: }]", ["SCN057"]),
        ("together: [get: , {gett: }]", ["SCN052"]),
        ("together: [get: , {get: , job: x}]", ["SCN053"]),
        ("together: [get: , {get: , together: [get: , get: ]}]", ["SCN022"]),
        ("together: [get: , get: ], times: 2", ["SCN064"]),
        ("together: [get: , get: ], as: x", ["SCN064"]),
        ("together: [{get: , named: a}, {get: , named: a}]", ["SCN084"]),
        ("together: [{get: , named: a}, {get: , named: b}], order: [a, a]", ["SCN084"]),
        ("together: [get: , get: ], order: [a]", ["SCN084"]),
        ("together: [get: {status: 200}, get: ], outcomes: [{status: 200}, {status: 200}]", ["SCN085"]),
        ("together: [get: , {gett: }], outcomes: [{status: 200}]", ["SCN052"]),
    ],
)
def test_groups_that_make_no_sense(group, expected, codes):
    assert codes(f"{ONE}play: [{{{group}}}]\n") == expected


def test_a_group_may_create_jobs(play):
    steps = play("[{together: [{create: , as: a}, {create: {no_answer: true}, as: b}]}, {get: , job: a}, get: ]", "")
    assert [one.job_name for one in steps[0].together] == ["a", "b"]


# Instants of a job's course


def test_an_instant_of_the_course(play):
    steps = play("[{at: 1ms before completed, get: }, {at: completed, get: }, {at: 5s after processing, list: }]")
    assert [step.relative_time for step in steps] == [
        RelativeTime("completed", -1_000), RelativeTime("completed"), RelativeTime("processing", 5 * SECOND)
    ]  # fmt: skip


def test_what_follows_such_an_instant_is_no_earlier(play, codes):
    steps = play("[{at: 2s, get: }, {at: completed, get: , times: 2, every: 1s}, {after: 1s, get: }, {at: 9s, get: }]")
    assert [(step.at // SECOND, step.from_start) for step in steps] == [(2, True), (2, True), (4, False), (9, True)]
    assert codes(ONE + "play: [{at: 5s, get: }, {at: completed, get: }, {at: 4s, get: }]\n") == ["SCN055"]


DRAINING = "cancel: {from: processing, accept: {draining: 5s}, refuse: {status: 409}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timeline: [queued: 1s, processing]\nplay: [create: , {at: completed, get: }]\n", ["SCN083"]),
        ("timeline: [queued: 1s, processing]\nplay: [create: , {at: expired, get: }]\n", []),
        ("timeline: [queued: 1s, processing]\nplay: [create: , {at: cancelled, get: }]\n", ["SCN083"]),
        ("timeline: [queued: 1s, processing]\nplay: [create: , cancel: , {at: cancelled, get: }]\n", []),
        (
            "timeline: [queued: 1s, processing]\nplay: [create: , {call: {path: '/{job}'}}, {at: cancelled, get: }]\n",
            [],
        ),
        (
            "timeline: [queued]\nplay: [create: , {together: [cancel: , get: ]}, {at: cancelled, get: }]",
            [],
        ),
        ("timeline: [queued: 1s, processing]\nplay: [create: , {at: draining, get: }]\n", ["SCN083"]),
        (DRAINING + "play: [create: , cancel: , {at: draining, get: }]\n", []),
        ("timeline: [queued: 1s, processing]\nplay: [create: , move: failed, {at: failed, get: }]\n", []),
        ("timeline: [queued: 1s, complted]\nplay: [create: , {at: completed, get: }]\n", ["SCN043"]),
        ("timeline: [queued: 1s, processing]\nplay: [create: , {at: 5s, at: completed, get: }]\n", ["SCN009"]),
        ("play: [create: , {at: complted, get: }]\n", ["SCN043"]),
        ("play: [create: , {at: 99999d before completed, get: }]\n", ["SCN065"]),
        ("play: [{at: completed, list: }]\n", ["SCN058"]),
        ("play: [create_batch: , {at: running, get_batch: }]\n", []),
        ("play: [create_batch: , {at: processing, get_batch: }]\n", ["SCN043"]),
        (f"{TWO}play: [{{at: completed, list: }}]\n", ["SCN059"]),
        (f"{TWO}play: [{{at: completed, job: '000000000000000000000002', together: [list: , get: ]}}]\n", []),
        (f"{ONE}play: [{{at: completed, job: nobody, get: }}]\n", ["SCN053"]),
        ("jobs: [{kind: bath}]\nplay: [{at: completed, get: }]\n", ["SCN042"]),
        ("jobs: [{id: x, kind: bath}]\nplay: [{at: completed, job: x, get: }]\n", ["SCN042", "SCN053"]),
    ],
)
def test_which_states_a_step_may_wait_for(text, expected, codes):
    assert codes(text) == expected


# What is kept, and comparisons


def test_what_is_kept_is_known_from_the_next_step_on(play):
    first, second = play(
        "[{get: , keep: {id: /data/0, wait: Retry-After}},"
        " {get: {body: {id: '{id}'}, headers: {A: '{wait}'}}, job: '{id}'}]"
    )
    assert first.keep == (("id", "/data/0"), ("wait", "Retry-After"))
    assert second.job == "{id}"
    assert second.expect.body == {"id": "{id}"}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("[{get: {body: {id: '{id}'}}, keep: {id: /id}}]", ["SCN080"]),
        ("[{together: [{get: , keep: {id: /id}}, {get: {body: {id: '{id}'}}}]}]", ["SCN080"]),
        ("[{together: [{get: , keep: {id: /id}}, get: ]}, {get: {body: {id: '{id}'}}}]", []),
        ("[{create: , send: {prompt: 'a {animal}'}}]", ["SCN080"]),
        ("[{create: , send: {prompt: 'a {{animal}} {base} {job}'}}]", []),
        ("[{get: , query: {a: [x, '{b}']}}]", ["SCN080"]),
        ("[{call: {method: GET, path: '{link}'}}]", ["SCN080"]),
        ("[{get: , keep: {link: /url}}, {call: {method: GET, path: '{link}'}}]", []),
        ("[{get: , keep: {base: /url}}]", ["SCN081"]),
        ("[{get: {body: {a: {$above: 3, $below: 4.5}, b: {$like: 'x*'}, c: {$contains: [1]}}}}]", []),
        ("[{get: {body: {a: {$not: {b: 1}}, b: {$one_of: [1, 2]}, c: {$contains: x}, d: [{$at_most: 1}]}}}]", []),
        ("[{get: {body: {a: {$above: x}}}}]", ["SCN082"]),
        ("[{get: {body: {a: {$like: 3}}}}]", ["SCN082"]),
        ("[{get: {body: {a: {$one_of: 3}}}}]", ["SCN082"]),
        ("[{get: {body: {a: {$above: 3, b: 4}}}}]", ["SCN082"]),
        ("[{get: , keep: {n: /n}}, {get: {body: {a: {$above: '{n}'}}}}]", []),
        ("[{get: {body: {$above: 3}}}]", []),
    ],
)
def test_words_and_comparisons(steps, expected, codes):
    assert codes(f"{ONE}play: {steps}\n") == expected


def test_words_are_put_in():
    words = {"a": "x", "n": 3}.__getitem__
    assert list(names_in({"k": ["{a}b{n}", 5], "l": "{{a}} {not json"})) == ["a", "n"]
    assert substitute({"k": ["{a}b{n}", "{n}", 5], "l": "{{a}}"}, words) == {"k": ["xb3", 3, 5], "l": "{a}"}
    assert interpolate("/v/{a}", words, lambda value: value * 2) == "/v/xx"


def test_how_an_answer_is_taken(play):
    lost, either = play("[{get: {no_answer: true}, timeout: 5s, key: none}, {get: {one_of: [{status: 409}, {}]}}]")
    assert lost.expect.no_answer
    assert lost.timeout == 5 * SECOND
    assert lost.key == "none"
    assert either.expect.anything
    assert [one.status for one in either.expect.one_of] == [409, None]
