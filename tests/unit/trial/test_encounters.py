"""Whether a client met what a scenario is about."""

import pytest

from tests.support.trial_runs import call, candidate

CREATED = call("create", body='{"model": "qwen/wan2.7-t2v", "prompt": "A lighthouse"}')
REFUSED = "play:\n  - create:\n  - at: 1m\n    cancel: {status: 400}\n"
STATUSES = """
timeline: [queued: 5s, processing: {for: 30s, fields: {status: moderating}}, completed]
off_contract: {P1: an undocumented status}
play:
  - create:
  - {at: 10s, get: {body: {status: moderating}}}
"""
TWO_CANCELS = "play:\n  - create:\n  - cancel:\n  - cancel:\n"
OWN_BODY = "play:\n  - create:\n    send: {model: qwen/wan2.7-t2v, prompt: A lighthouse}\n"
SCRIPTED = "cancel: {refuse: {status: 502}}\nplay:\n  - create:\n  - cancel: {status: 502}\n"


def missed(text: str, *calls) -> str:
    return candidate(text).encounter.missed_by(calls)


def test_a_fault_must_have_altered_an_answer():
    text = "faults: [{on: [cancel, content], do: {status: 500}}]\n"
    assert missed(text, call("cancel", 500, faults=("status",))) == ""
    assert missed(text, CREATED) == "it never called cancel or content, which the faults are on"
    assert (
        missed(text, call("cancel"))
        == "no fault altered an answer: they are on cancel or content, at other calls or times"
    )
    assert "on any call" in missed('faults: [{on: "*", do: {status: 500}}]\n', CREATED)


def test_a_refusal_must_be_the_plays():
    assert missed(REFUSED, CREATED, call("cancel", 400)) == ""
    assert missed(REFUSED, CREATED, call("cancel", 200)) == "it never got cancel -> 400"
    assert missed(REFUSED, CREATED) == "it never called cancel"


def test_a_lost_answer_is_a_refusal_of_its_own():
    text = "play:\n  - create:\n  - cancel: {one_of: [{no_answer: true}, {status: 200}]}\n"
    assert missed(text, call("cancel", lost=True)) == ""
    assert missed(text, call("cancel")) == "it never got cancel -> no answer"


def test_a_scripted_cancel_must_be_called():
    assert missed(SCRIPTED, CREATED, call("cancel", 409)) == ""
    assert missed(SCRIPTED, CREATED) == "it never called cancel"


def test_commands_are_counted():
    assert missed(TWO_CANCELS, CREATED, call("cancel"), call("cancel")) == ""
    assert missed(TWO_CANCELS, CREATED, call("cancel"), call("cancel", 400)) == "it called cancel 1 times of 2"


def test_requests_of_a_group_and_repetitions_count():
    group = (
        "play:\n  - create:\n  - together: [{named: one, cancel: }, {named: two, cancel: }]\n    order: [one, two]\n"
    )
    assert missed(group, CREATED, call("cancel")) == "it called cancel 1 times of 2"
    repeated = "play:\n  - create:\n  - {times: 3, every: 1s, cancel: }\n"
    assert missed(repeated, CREATED, call("cancel"), call("cancel")) == "it called cancel 2 times of 3"


def test_statuses_must_be_seen():
    assert missed(STATUSES, CREATED, call("get", shown="moderating")) == ""
    assert missed(STATUSES, CREATED, call("get", shown="completed")) == "it never saw moderating in an answer of get"


@pytest.mark.parametrize("body", ['{"model": "qwen/wan2.7-t2v", "prompt": "Another"}', "no JSON"])
def test_a_body_of_the_play_must_be_sent(body):
    assert missed(OWN_BODY, CREATED) == ""
    assert missed(OWN_BODY, call("create", body=body)) == "it sent no create like the play's"
