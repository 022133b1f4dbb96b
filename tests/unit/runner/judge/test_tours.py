"""The plays that lint generates to see everything that a scenario scripts."""

from mockserver.runner.judge.tours import Tour, scenario_tours
from mockserver.scenario.compile import load_scenario
from tests.support.fake_world import VENDORS

ERA = VENDORS["phaseo"].era("2026-06-11")


def tours(text: str) -> list[Tour]:
    scenario = load_scenario(f"scenario: s\nvendor: phaseo@2026-06-11\n{text}".encode(), VENDORS)
    return list(scenario_tours(scenario, ERA))


def moves(tour: Tour) -> list[str]:
    return [step.move for step in tour.steps if step.move]


def test_a_job_walks_through_its_states_once_and_is_cancelled_in_each():
    *cancels, walk = tours("timeline: [queued: 1s, processing: 2s, completed]\n")
    assert moves(walk) == ["processing", "completed"]
    assert [moves(each) for each in cancels] == [[], ["processing"], ["processing", "completed"]]


def test_a_job_whose_id_is_not_known_has_no_tour_of_its_own():
    assert len(tours("jobs: [{timeline: [queued: 1s, failed]}]\n")) == len(tours(""))


def test_only_faults_that_script_content_have_a_tour():
    scripted, delay = "{on: get, do: {corrupt: {/status: odd}}}", "{on: get, do: {delay: 5s}}"
    found = [each.fault for each in tours(f"faults: [{delay}, {scripted}]\n") if each.fault is not None]
    assert [fault.line for fault in found] == [3]
    assert len(found) == 1


def test_a_fault_and_fields_of_a_second_kind_have_tours_of_that_kind():
    pin = "twelvelabs@2026-07-30"
    text = f"""scenario: s
vendor: {pin}
fields: [{{kind: task, fields: {{note: x}}}}]
faults: [{{on: [get, get_task], do: {{corrupt: {{/status: odd}}}}}}]
"""
    found = list(scenario_tours(load_scenario(text, VENDORS), VENDORS["twelvelabs"].era("2026-07-30")))
    calls = [[step.operation for step in tour.steps] for tour in found if tour.fault is not None]
    assert calls == [["create", "get"], ["create_task", "get_task"]]
    assert any("create_task" in [step.operation for step in tour.steps] for tour in found if tour.fault is None)
