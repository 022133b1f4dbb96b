"""A play on the engine itself: groups, instants of a job's course, what is kept, answers that are lost."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.errors import MockError
from mockserver.runner.judge.judges import PlayJudge
from mockserver.runner.play.player import Player
from mockserver.runner.play.results import PlayOutcome, PlayResult
from mockserver.runner.suite import Suite
from mockserver.runner.targets.factories import DEFAULT_START, in_process_targets
from mockserver.scenario.compile import load_scenario
from mockserver.stores import memory_store
from mockserver.vendors.bodies import MEDIA_TYPES, BodyFormat
from tests.support.fake_world import VENDORS

PHASEO = "scenario: s\nvendor: phaseo@2026-06-11\ntimeline: [queued: 2s, processing: 20s, completed]\n"
REAP = "scenario: s\nvendor: reap@2026-07-07\ntimeline: [queued: 2s, processing: 20s, completed]\n"
TWELVELABS = "scenario: s\nvendor: twelvelabs@2026-07-30\n"
SUITE = Suite(VENDORS, in_process_targets(memory_store))


def play_steps(play: str, head: str = PHASEO) -> PlayResult:
    """A play of a job that takes 22 s."""
    return SUITE.play(load_scenario(f"{head}play: {play}\n".encode(), VENDORS))


def failures_of(found: PlayResult) -> list[str]:
    """Every failure, and every reason why something proved nothing."""
    return [*found.failures, *(why for one in found.steps for why in (*one.failures, one.inconclusive) if why)]


def statuses(found: PlayResult) -> list[int | None]:
    responses = [one.exchange.response for one in found.steps if one.exchange is not None]
    return [None if response is None else response.status for response in responses]


# Headers


@pytest.mark.parametrize("name", ["Authorization", "Content-Type"])
@pytest.mark.parametrize(
    "step",
    ["{create: , headers: {%s: absent}}", "{call: {method: POST, path: /v1/videos, body: {}, headers: {%s: absent}}}"],
)
def test_a_step_leaves_a_usual_header_out(step, name):
    found = play_steps(f"[{step % name}]")
    assert {*found.steps[0].exchange.request.headers} == {"authorization", "content-type"} - {name.lower()}


# Money


@pytest.mark.parametrize(("job", "count"), [("first", 1), ("'*'", 2)])
def test_the_bookings_of_one_job_or_of_all(job, count):
    steps = f"[{{as: first, create: }}, create: , {{job: {job}, ledger: {{charge: %d}}}}]"
    assert failures_of(play_steps(steps % count, REAP)) == []
    assert len(failures_of(play_steps(steps % (3 - count), REAP))) == 1


# Forms


@pytest.mark.parametrize("sent_as", ["form", "multipart"])
def test_a_form_is_sent_by_an_operation_and_by_a_call(sent_as):
    body = "{model: qwen/wan2.7-t2v, prompt: x, seconds: 4}"
    call = f"{{call: {{method: POST, path: /v1/videos, body: {body}, sent_as: {sent_as}}}}}"
    found = play_steps(f"[{{create: , send: {body}, sent_as: {sent_as}}}, {call}]")
    assert failures_of(found) == []
    sent = [one.exchange.request.headers["content-type"] for one in found.steps if one.exchange is not None]
    assert [each.partition(";")[0] for each in sent] == [MEDIA_TYPES[BodyFormat(sent_as)]] * 2


def test_a_file_is_sent_in_a_multipart_form():
    file = "{filename: a.png, content_type: image/png, bytes: 3}"
    step = f"{{create: , send: {{model: qwen/wan2.7-t2v, prompt: x, input_reference: {file}}}, sent_as: multipart}}"
    found = play_steps(f"[{step}]")
    assert failures_of(found) == []
    assert b'filename="a.png"' in found.steps[0].exchange.request.body


def test_a_text_is_sent_as_it_is_under_the_name_of_its_format():
    found = play_steps("[{create: , send: model=qwen/wan2.7-t2v&prompt=x, sent_as: form}]")
    assert failures_of(found) == []


# Groups


def test_a_group_is_handled_in_its_order():
    group = "[{named: a, cancel: {status: 200}}, {named: b, get: {body: {status: queued}}}]"
    assert failures_of(play_steps(f"[create: , {{together: {group}, order: [b, a]}}]")) == []
    failures = failures_of(play_steps(f"[create: , {{together: {group}, order: [a, b]}}]"))
    assert failures == ['body: /status is "cancelled"; expected "queued"']


def test_a_group_is_reported_in_the_order_of_handling_and_its_requests_overlap():
    found = play_steps("[create: , {together: [{named: a, get: }, {named: b, list: }, cancel: ], order: [b]}]")
    assert [tried.title for tried in found.steps[1:]] == ["list (b)", "get (a)", "cancel"]
    exchanges = [tried.exchange for tried in found.steps[1:] if tried.exchange is not None]
    assert [(one.sent_seq, one.answered_seq) for one in exchanges] == [(4, 6), (3, 7), (5, 8)]
    assert {(one.sent_at, one.answered_at) for one in exchanges} == {(DEFAULT_START, DEFAULT_START)}


@pytest.mark.parametrize(
    ("outcomes", "failures"),
    [
        ("[{status: 200}, {status: 400}]", []),
        ("[{status: 400}, {status: 200}]", []),
        ("[{status: 200}, {}]", ["no answer is left for outcome 2 of 2 (a 2xx, line 4); answered: 200, 400"]),
        ("[{status: 409}, {status: 200}]", ["no answer is left for outcome 1 of 2 (409, line 4); answered: 200, 400"]),
        ("[{no_answer: true}, {}]", ["no answer is left for outcome 1 of 2 (no answer, line 4); answered: 200, 400"]),
        ("[{body: {detail: '{never}'}}, {}]", None),
    ],
)
def test_outcomes_are_handed_out(outcomes, failures):
    play = f"[create: , {{together: [cancel: , cancel: ], outcomes: {outcomes}}}]"
    if failures is not None:
        assert failures_of(play_steps(play, REAP)) == failures
    else:
        with pytest.raises(MockError, match="SCN080"):
            play_steps(play, REAP)


def test_an_answer_that_fits_several_outcomes_makes_room():
    group = "[{named: b, get: }, {named: a, get: , job: G-00000000000000000000000000}]"
    for order, outcomes in (("a, b", "[{one}, {status: 404}]"), ("b, a", "[{status: 404}, {one}]")):
        either = outcomes.replace("{one}", "{headers: {Content-Type: application/json}, status: 200}")
        assert failures_of(play_steps(f"[create: , {{together: {group}, order: [{order}], outcomes: {either}}}]")) == []
    identical = "[{absent: [/nothing], status: 200}, {body: {status: queued}}]"
    three = "[get: , cancel: ]"
    assert failures_of(play_steps(f"[create: , {{together: {three}, outcomes: {identical}}}]")) == []


def test_what_was_never_kept_proves_nothing():
    group = "{together: [get: , get: ], outcomes: [{body: {id: '{link}'}}, {}]}"
    for step in ("{get: {body: {id: '{link}'}}}", "{get: , headers: {x-a: '{link}'}}", group, "{get: , job: '{link}'}"):
        found = play_steps(f"[create: , {{get: , keep: {{link: /nowhere}}}}, {step}]")
        assert failures_of(found)[0] == "/nowhere is missing; it was to be kept as `link`"
        assert failures_of(found)[1].startswith("`{link}` was never saved")


# Instants of a job's course


@pytest.mark.parametrize(
    ("at", "seconds"),
    [("completed", 22), ("5s before completed", 17), ("3s after processing", 5), ("1ms after queued", 0.001)],
)
def test_a_step_is_when_its_jobs_course_says(at, seconds):
    found = play_steps(f"[create: , {{at: {at}, get: }}, {{after: 2s, get: }}, {{at: 60s, list: }}]")
    assert failures_of(found) == []
    assert [tried.at / SECOND for tried in found.steps] == [0, seconds, seconds + 2, 60]


def test_the_instant_is_asked_for_when_it_is_due():
    found = play_steps(
        "[{at: 5s, create: }, {at: completed, get: {body: {status: completed}}, times: 2, every: 1s}, get: ]"
    )
    assert failures_of(found) == []
    assert [tried.at // SECOND for tried in found.steps] == [5, 27, 28, 28]


@pytest.mark.parametrize(
    ("play", "failure"),
    [
        (
            "[create: , {at: 10s, get: }, {at: processing, get: }]",
            "`processing` was at +2s; the play is at +10s already",
        ),
        (
            "[create: , {at: completed, get: }, {at: 10s, get: }]",
            "+10s is before the step above, which was done at +22s",
        ),
        ("[create: , cancel: , {at: completed, get: }]", "does not reach `completed` by time alone"),
        ("[create: , {at: completed, job: G-00000000000000000000000000, get: }]", "no job "),
    ],
)
def test_an_instant_that_cannot_be_fails_the_step(play, failure):
    found = play_steps(play)
    assert [failure in why for why in failures_of(found)] == [True]
    assert found.outcome is PlayOutcome.FAILED


def test_without_a_job_there_is_no_instant():
    head = PHASEO + "cancel: {refuse: {status: 400}}\nfaults: [{on: create, do: {status: 503}}]\n"
    found = play_steps("[{create: {one_of: [{status: 503}, {}]}}, {at: completed, get: }]", head)
    assert failures_of(found) == ["no video was created before this step"]


# What is kept


def test_what_is_kept_is_put_in_everywhere():
    play = """
  - create:
    keep: {id: /id, made: /created_at, kind: Content-Type}
  - get: {body: {id: "{id}", created_at: "{made}"}, headers: {Content-Type: "{kind}"}}
  - get: {body: {created_at: {$at_most: "{made}", $above: 3}, id: {$like: "G-*"}}}
    job: "{id}"
  - call: {method: GET, path: "/v1/videos/{id}", query: {note: "{id}"}, headers: {x-a: "a {id}"}}
    expect: {body: {id: "{id}"}}
  - {create: {body: {id: {$not: "{id}"}}}, send: {model: qwen/wan2.7-t2v, prompt: "as {id}"}}
"""
    found = play_steps(play)
    assert failures_of(found) == []
    assert found.steps[3].exchange is not None
    assert found.steps[3].exchange.request.headers["x-a"].startswith("a G-")
    assert b"as G-" in found.steps[4].exchange.request.body


def test_a_kept_url_is_followed():
    play = """
  - create:
  - get:
    keep: {link: /polling_url, id: /id}
  - call: {method: GET, path: "{link}"}
    expect: {body: {id: "{id}"}}
  - call: {method: GET, path: "{id}"}
"""
    assert failures_of(play_steps(play)) == ["`{id}` does not lead to http://127.0.0.1:4810"]


def test_a_name_stands_for_the_latest_answer():
    found = play_steps("[create: , {get: , keep: {s: /status}, times: 2, every: 3s}, {get: {body: {status: '{s}'}}}]")
    assert failures_of(found) == []


# How an answer is taken


def test_a_request_may_carry_no_key():
    found = play_steps("[create: , {get: {status: 401}, key: none}, {get: {status: 401}, key: invalid}, get: ]")
    assert failures_of(found) == []
    assert "authorization" not in found.steps[1].exchange.request.headers


@pytest.mark.parametrize(
    ("expect", "failures"),
    [
        ("{one_of: [{status: 409}, {body: {status: queued}}]}", []),
        (
            "{one_of: [{status: 409}, {no_answer: true}]}",
            ["matches none of 2 accepted answers: answered 200; expected 409 | answered 200; expected no answer"],
        ),
        ("{no_answer: true}", ["answered 200; expected no answer"]),
    ],
)
def test_what_may_come_back(expect, failures):
    assert failures_of(play_steps(f"[create: , get: {expect}]")) == failures


LOST = PHASEO + "faults: [{on: cancel, when: {call: 1}, do: {drop: reset}}, {on: get, do: {delay: 5s}}]\n"


def test_a_lost_answer_is_none_and_the_request_took_effect():
    found = play_steps("[create: , cancel: {no_answer: true}, cancel: {body: {status: cancelled}}]", LOST)
    assert failures_of(found) == []
    assert statuses(found)[1:] == [None, 200]
    assert failures_of(play_steps("[create: , cancel: ]", LOST)) == [
        "no answer; expected a 2xx (`no_answer: true` expects none)"
    ]


def test_an_answer_later_than_its_client_waits_is_none():
    found = play_steps("[create: , {get: {no_answer: true}, timeout: 4s}, {get: , timeout: 5s}]", LOST)
    assert failures_of(found) == []
    exchange = found.steps[2].exchange
    assert exchange is not None
    assert exchange.sent_at == DEFAULT_START
    assert exchange.answered_at == DEFAULT_START + 5 * SECOND


def test_a_job_whose_creation_was_never_answered_is_unknown_to_its_client():
    head = PHASEO + "faults: [{on: create, when: {call: 2}, do: {drop: before-headers}}]\n"
    play = "[{create: , keep: {id: /id}}, create: {no_answer: true}, {get: {body: {id: '{id}'}}}, list: {body: {data: "
    found = play_steps(play + "{$contains: [{id: '{id}'}]}}}]", head)
    assert failures_of(found) == []


def test_the_judge_takes_a_group_as_what_it_is():
    """Requests that overlap are announced together: none comes too late to be put in its place."""
    group = "[{named: a, get: }, {named: b, cancel: }, {named: c, get: , headers: {prefer: code=404}}]"
    outcomes = "[{status: 200}, {status: 200}, {status: 404}]"
    text = f"{PHASEO}play: [create: , {{together: {group}, order: [c, b, a], outcomes: {outcomes}}}, get: ]\n"
    found = load_scenario(text.encode(), VENDORS)
    era = SUITE.era(found)
    judge = PlayJudge(era)
    assert failures_of(Player(found, era, in_process_targets(memory_store)(found, era), judge).play()) == []
    summed = judge._history.finish()
    assert summed.counts.late == 0
    assert summed.counts.judged == 4


# Webhooks


@pytest.mark.parametrize(
    ("head", "create", "why"),
    [
        (PHASEO, "{as: v, create: }", "names no receiver)"),
        (TWELVELABS, "{as: v, create: }", " (the scenario has no `webhooks`)"),
        (PHASEO, "{as: v, create: , send: {model: qwen/wan2.7-t2v, prompt: x, webhook: {url: 'https://a.test'}}}", ""),
    ],
)
@pytest.mark.parametrize("of", ["", "job: v, "])
def test_a_step_says_why_nothing_was_delivered(head, create, why, of):
    (failure,) = failures_of(play_steps(f"[{create}, {{{of}deliveries: {{events: [completed]}}}}]", head))
    assert failure.startswith("the events are none; expected completed")
    assert failure.endswith(why or "expected completed")


# Creates that fail


AFTER = "{get: , times: 3, every: 1s}, {job: a, cancel: }, {at: completed, get: }, {ledger: {charge: 0}}, "
AFTER += "{deliveries: {count: 1}}, {job: '*', ledger: {charge: 1}}, {together: [get: , cancel: ]}"
WHY = "not played, like all later steps that use its job: the create of line 4 made none"


@pytest.mark.parametrize("expected", ["", "{one_of: [{status: 200}, {status: 429}]}"])
def test_of_the_steps_after_a_failed_create_one_says_that_none_is_played(expected):
    found = play_steps(f"[{{as: a, create: {expected}, key: none}}, list: , {AFTER}]")
    assert [each.title for each in found.steps] == ["create", "list", "get"]
    assert found.steps[2].inconclusive == WHY
    assert len(failures_of(found)) == 2
    assert found.outcome == PlayOutcome.FAILED


def test_a_later_create_has_a_job_again():
    later = "{as: b, create: }, get: , {job: b, get: }, {job: a, get: }"
    found = play_steps(f"[{{as: a, create: , key: none}}, {later}]")
    assert [each.title for each in found.steps] == ["create", "create", "get", "get", "get"]
    assert [each.inconclusive for each in found.steps] == [None, None, None, None, WHY]


def test_a_create_that_was_to_be_refused_takes_no_job_away():
    found = play_steps("[create: , {create: {status: 400}, key: none}, get: ]")
    assert [each.status for each in found.steps] == [200, 401, 200]
    assert len(failures_of(found)) == 1
