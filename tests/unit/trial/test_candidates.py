"""The scenarios that a client is tried with, and what they become for one that creates its own jobs."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.errors import MockError
from mockserver.scenario.compile import load_scenario
from mockserver.trial.candidates import choose_scenarios
from tests.support.fake_world import VENDORS
from tests.support.trial_runs import candidate

BATCH = "twelvelabs@2026-07-30"


def scenario(name: str, catches: str = "a mistake", vendor: str = "phaseo"):
    text = f"scenario: {name}\nvendor: {vendor}\n" + (f"catches: {catches}\n" if catches else "")
    return load_scenario(text.encode(), VENDORS)


KNOWN = [scenario("cancel-one"), scenario("cancel-two", vendor="reap"), scenario("poll"), scenario("demo", catches="")]


def names(*patterns: str, vendor: str | None = None) -> list[str]:
    return [each.name for each in choose_scenarios(KNOWN, patterns, vendor)]


def test_those_that_catch_nothing_are_left_out():
    assert names() == ["cancel-one", "cancel-two", "poll"]


def test_patterns_names_and_vendors_select():
    assert names("cancel-*") == ["cancel-one", "cancel-two"]
    assert names("poll", "*-two") == ["cancel-two", "poll"]
    assert names("cancel-*", vendor="reap") == ["cancel-two"]


def test_a_misspelt_name_is_refused_with_the_nearest():
    with pytest.raises(MockError) as refused:
        names("pol")
    assert refused.value.problems[0].code == "TRI003"
    assert "did you mean 'poll'" in refused.value.problems[0].text()


def test_a_name_of_a_scenario_that_catches_nothing_is_refused_as_such():
    with pytest.raises(MockError) as refused:
        names("demo")
    assert "TRI003 the scenario 'demo' catches no mistake" in refused.value.problems[0].text()


def test_a_selection_of_nothing_is_refused():
    with pytest.raises(MockError) as refused:
        names("none-*")
    assert refused.value.problems[0].code == "TRI001"


def test_webhooks_are_an_obstacle():
    assert "webhooks" in candidate("play:\n  - create:\n  - deliveries: {count: 0}\n").obstacle
    assert candidate("play: [create: ]\n").obstacle == ""


def test_an_endpoint_for_webhooks_is_an_obstacle():
    assert "webhooks" in candidate('webhooks: {url: "http://127.0.0.1:4811/"}\n', "reap").obstacle


def test_the_course_of_a_ready_job_holds_for_created_jobs():
    script = candidate(
        "jobs: [{id: G-00000000000000000000000001, timeline: [queued: 7s, failed], fields: {seed: 3}}]\n"
    ).scenario.script
    (rule,) = script.timeline_rules
    assert rule.is_default
    assert rule.kind == "video"
    assert rule.timeline[0].stay.duration == 7 * SECOND
    assert script.fields == {"video": {"seed": 3}}


def test_a_timeline_of_the_scenario_wins_over_that_of_its_job():
    text = "timeline: [queued: 1s, processing: 1s, completed]\njobs: [{timeline: [queued: 7s, failed]}]\n"
    (rule,) = candidate(text).scenario.script.timeline_rules
    assert rule.timeline[-1].state == "completed"


def test_the_items_of_a_ready_batch_hold_for_created_ones():
    script = candidate("jobs: [{id: 65f1a2b3c4d5e6f7a8b9c0f4, items: [{for: 3s}]}]\n", BATCH).scenario.script
    assert len(script.items) == 1


def test_what_a_scenario_says_of_all_jobs_wins_over_its_first_job_and_that_over_the_second():
    jobs = "jobs: [{items: [{for: 3s}, {for: 3s}], fields: {a: 1, b: 1}}, {items: [{for: 9s}], fields: {b: 2}}]\n"
    script = candidate(f"fields: {{a: 0}}\n{jobs}", BATCH).scenario.script
    assert script.fields == {"batch": {"a": 0, "b": 1}}
    assert len(script.items) == 2
    assert len(candidate(f"items: [{{for: 1s}}]\n{jobs}", BATCH).scenario.script.items) == 1


def test_a_candidate_names_its_job_and_its_operations():
    tried = candidate("jobs: [{id: 65f1a2b3c4d5e6f7a8b9c0f4}]\nplay: [get: , get: , cancel: ]\n", BATCH)
    assert tried.job_id == "65f1a2b3c4d5e6f7a8b9c0f4"
    assert tried.operations == ("get", "cancel")
