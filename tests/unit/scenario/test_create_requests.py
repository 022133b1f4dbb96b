"""The create requests that a scenario implies are those that the vendor accepts."""

import pytest

from mockserver.errors import MockError
from mockserver.installed import installed_vendors
from mockserver.scenario.compile import load_scenario

VENDORS = installed_vendors().served()


def problems(text, vendor="twelvelabs"):
    """Return (code, pointer) of each problem of the keys behind `scenario` and `vendor`."""
    try:
        load_scenario(f"scenario: s\nvendor: {vendor}\n{text}", VENDORS)
    except MockError as error:
        return [(problem.code, problem.location.pointer) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("vendor", "count", "expected"),
    [
        ("twelvelabs", 1000, []),
        ("twelvelabs", 1001, [("SCN072", "/items")]),
        ("phaseo@2026-08-10", 1001, []),
        ("phaseo@2026-08-10", 10_001, [("SCN024", "/items/0/count")]),
    ],
)
def test_a_batch_has_no_more_items_than_a_create_can_send(vendor, count, expected):
    assert problems(f"items: [{{count: {count}}}]\nplay: []\n", vendor) == expected


def test_the_items_of_one_job():
    assert problems("jobs: [{items: [{count: 2}]}, {items: [{count: 1001}]}]\n") == [("SCN072", "/jobs/1/items")]


@pytest.mark.parametrize(
    ("vendor", "body", "expected"),
    [("reap", "{genre: talking}", []), ("phaseo", "{model: 5}", [("SCN072", "/jobs/0/body")])],
)
def test_the_body_of_a_job_is_merged_over_the_example(vendor, body, expected):
    assert problems(f"jobs: [{{body: {body}}}]\n", vendor) == expected


def test_too_many_items_are_reported_once():
    body = "jobs: [{body: {analysis_mode: general}}]\n"
    assert problems(f"items: [{{count: 1001}}]\n{body}play: [create: ]\n") == [("SCN072", "/items")]
    assert problems(f"items: [{{count: 9999}}, {{count: 2}}]\n{body}") == [("SCN066", "/items")]


@pytest.mark.parametrize(
    ("step", "refused"),
    [
        ("{create: , send: {model: 5}}", True),
        ("{create: {status: 200}, send: {model: 5}}", True),
        ("{create: {status: 400}, send: {model: 5}}", False),
        ("{create: {no_answer: true}, send: {model: 5}}", False),
        ("{create: {one_of: [{status: 400}, {status: 200}]}, send: {model: 5}}", False),
        ("{create: , send: '{'}", False),
        ("{create: , send: {model: '{base}'}}", False),
        ("{create: , send: {prompt: a boat}}", False),
        ("{create: , send: {prompt: b, seconds: 4}, sent_as: form}", False),
        ("{create: , send: {prompt: b, duration: 4}}", False),
        ("{create: , send: {prompt: b, duration: 4}, sent_as: form}", True),
        ("{create: , send: {prompt: b, duration: 4}, sent_as: json}", False),
        ("{list: , send: {model: 5}}", False),
        ("{call: {method: POST, path: /v1/videos}}", False),
    ],
)
def test_what_a_step_sends(step, refused):
    expected = [("SCN072", "/play/0/send")] if refused else []
    assert problems(f"play: [{step}]\n", "phaseo@2026-06-11") == expected


def test_what_the_steps_of_a_group_send():
    group = "play:\n  - together: [{create: , send: {prompt: a}}, {create: , send: {model: 5}}]\n"
    assert problems(group, "phaseo@2026-06-11") == [("SCN072", "/play/0/together/1/send")]
    outcomes = "    outcomes: [{status: 200}, {status: 400}]\n"
    assert problems(group + outcomes, "phaseo@2026-06-11") == []


def test_the_operation_of_the_step_decides_and_no_other_create_of_its_kind():
    send = "send: {sourceUrl: 'https://example.com/v.mp4'}"
    assert problems(f"play: [{{create: , {send}}}]\n", "reap") == []
    assert problems(f"play: [{{create_dubbing: , {send}}}]\n", "reap") == [("SCN072", "/play/0/send")]
