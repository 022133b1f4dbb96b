"""What bodies show of what was asked, the made-up results, ids, courses and money."""

import json
import re
from itertools import pairwise
from types import MappingProxyType

import pytest

from mockserver.core.instants import MINUTE, SECOND
from mockserver.core.lifecycle import mermaid_diagram
from mockserver.core.timeline import Timed
from mockserver.vendors.batch_items import staggered_timeline
from mockserver.vendors.planner import Planner
from mockserver.vendors.script import NO_SCRIPT, SeededJob
from mockserver.vendors.twelvelabs import VENDOR
from mockserver.vendors.twelvelabs.requests import BATCH_EXAMPLE, TASK_EXAMPLE
from mockserver.vendors.twelvelabs.responses import overlay
from mockserver.vendors.twelvelabs.states import BATCH_LIFECYCLE, BATCH_RULES, ITEM_LIFECYCLE, TASK_TIMELINE
from mockserver.vendors.twelvelabs.vendor import OPERATIONS, snippet

FIRST, NEWEST = "2026-07-30", "2026-09-15"
LONG = "x" * 40
SOURCE = {"name": "a", "media_type": "image", "base64_string": "AAAA"}
SEGMENTS = {
    "type": "segment_definitions",
    "segment_time_format": "seconds",
    "segment_definitions": [
        {
            "id": "scene",
            "description": "a scene",
            "fields": [
                {"name": "mood", "type": "string", "description": "", "enum": ["calm", "wild"]},
                {"name": "at", "type": "timestamp", "description": "", "format": "seconds"},
                {"name": "tags", "type": "array", "description": "", "items": {"type": "string"}},
            ],
            "media_sources": [SOURCE],
            "time_ranges": [{"start_time": 0, "end_time": 4}],
        },
        {"id": "other", "description": "another"},
    ],
}
SCHEMA = {
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "kind": {"enum": ["a"]},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "odd": 7,
        "any": {"type": ["string", "null"]},
        "list": {"type": "array"},
    },
}


class TestRequestParams:
    def test_a_batch_s_prompt_is_shown_as_prompt_v2(self, each):
        made = each.batch(each.item(prompt={"input_text": LONG, "media_sources": [SOURCE]}, temperature=1))
        shown = each.get_task(made["items"][0]["task_id"])["request_params"]
        assert shown == {
            "analysis_mode": "general",
            "temperature": 1,
            "prompt_v2": {"input_text": LONG, "media_sources": [{"name": "a", "media_type": "image"}]},
        }
        [listed] = each.request("GET", "/analyze/tasks").body["data"]
        assert listed["request_params"]["prompt_v2"]["input_text"] == LONG[:30]

    def test_lists_shorten(self, each):
        each.task(prompt=LONG, response_format={"type": "json_schema", "json_schema": SCHEMA})
        [listed] = each.request("GET", "/analyze/tasks").body["data"]
        assert listed["request_params"]["prompt"] == LONG[:30]
        assert listed["request_params"]["response_format"] == {"type": "json_schema"}

    def test_segment_definitions(self, make):
        for date in (FIRST, NEWEST):
            each = make(date)
            body = {"video": TASK_EXAMPLE["video"], "analysis_mode": "time_based_metadata", "response_format": SEGMENTS}
            made = each.request("POST", "/analyze/tasks", body)
            shown = each.get_task(made.body["task_id"])["request_params"]["response_format"]
            first = shown["segment_definitions"][0]
            assert len(shown["segment_definitions"]) == 2
            assert ("segment_time_format" in shown) == (date == NEWEST)
            assert ("format" in first["fields"][1]) == (date == NEWEST)
            assert first["media_sources"] == [{"name": "a", "media_type": "image"}]
            [listed] = each.request("GET", "/analyze/tasks").body["data"]
            assert len(listed["request_params"]["response_format"]["segment_definitions"]) == 1
            each.elapsed = 60
            data = json.loads(each.get_task(made.body["task_id"])["result"]["data"])
            assert data["scene"][0]["metadata"] == {"mood": "calm", "at": 1.5, "tags": ["mock"]}
            assert data["other"][0]["metadata"] == {}

    def test_images(self, world):
        image = {"name": "one", "url": "https://example.com/one.png"}
        body = {"image": [image], "prompt": "?", "model_name": "pegasus1.6"}
        made = world.request("POST", "/analyze/tasks", body)
        shown = world.get_task(made.body["task_id"])
        assert "video_source" not in shown
        assert shown["request_params"]["image"] == [{**image, "media_type": "image"}]
        assert world.request("GET", "/analyze/tasks?asset_id=x").body["data"] == []

    def test_base64_data_is_not_shown(self, each):
        task_id = each.task(video={"type": "base64_string", "base64_string": "AAAA"})
        assert each.get_task(task_id)["video_source"] == {"type": "base64_string"}


def test_a_schema_is_answered_with_json(each):
    task_id = each.task(response_format={"type": "json_schema", "json_schema": SCHEMA})
    each.elapsed = 60
    assert json.loads(each.get_task(task_id)["result"]["data"]) == {
        "title": "mock",
        "kind": {},
        "parts": [{"n": 1}],
        "odd": {},
        "any": {},
        "list": [{}],
    }


@pytest.mark.parametrize("schema", [{}, {"type": "object", "properties": []}, {"type": 1}])
def test_an_odd_schema_is_answered_with_an_empty_object(each, schema):
    task_id = each.task(response_format={"type": "json_schema", "json_schema": schema})
    each.elapsed = 60
    assert each.get_task(task_id)["result"]["data"] == "{}"


class TestFates:
    def test_an_unreadable_asset_fails_its_item(self, each):
        made = each.batch(each.item("a"), each.item("b", asset="000000000000000000000002"))
        each.elapsed = 60
        assert [line["status"] for line in each.results(made["batch_id"])] == ["ready", "failed"]
        assert each.results(made["batch_id"])[1]["error"]["code"] == "asset_unavailable"

    SEGMENTS = MappingProxyType(
        {
            "analysis_mode": "time_based_metadata",
            "response_format": {
                "type": "segment_definitions",
                "segment_definitions": [{"id": "a", "description": "b"}],
            },
        }
    )
    CUT = MappingProxyType({"type": "asset_id", "asset_id": "000000000000000000000003"})

    def test_an_answer_that_was_cut_off_is_ready_with_an_error(self, each):
        task_id = each.task(video=dict(self.CUT))
        assert {"error", "result"}.isdisjoint(each.get_task(task_id))
        each.elapsed = 60
        seen = each.get_task(task_id)
        assert seen["status"] == "ready"
        assert seen["result"]["finish_reason"] == "length"
        assert set(seen["error"]) == {"message"}

    def test_incomplete_segments_have_an_error_in_the_second_era(self, make):
        for date, has_error in ((FIRST, False), (NEWEST, True)):
            each = make(date)
            made = each.request("POST", "/analyze/tasks", {"video": dict(self.CUT), **self.SEGMENTS})
            each.elapsed = 60
            seen = each.get_task(made.body["task_id"])
            assert seen["status"] == "ready"
            assert seen["result"]["finish_reason"] == "stop"
            assert ("error" in seen) is has_error

    def test_an_item_of_a_batch_that_was_cut_off_has_no_error(self, each):
        made = each.batch(each.item("a", asset=self.CUT["asset_id"]), each.item("b"))
        each.elapsed = 60
        first, second = each.results(made["batch_id"])
        assert first["data"]["finish_reason"] == "length"
        assert second["data"]["finish_reason"] == "stop"
        assert "error" not in first
        assert "error" not in each.get_task(first["task_id"])

    def test_an_item_too_long_fails_by_itself_in_the_second_era(self, make):
        for date, outcome in ((FIRST, "ready"), (NEWEST, "failed")):
            each = make(date)
            made = each.batch(each.item("a", end_time=7201), each.item("b", start_time=1, end_time=7201))
            each.elapsed = 60
            lines = each.results(made["batch_id"])
            assert [line["status"] for line in lines] == [outcome, "ready"]
            body = each.get(made["batch_id"])
            assert body["status"] == "completed"
            assert body["ready_items"] + body["failed_items"] == 2
        assert lines[0]["error"]["code"] == "video_duration_too_long"


class TestCourses:
    def test_every_size_finishes_in_half_a_minute(self):
        for total in (1, 2, 3, 39, 40, 41, 999, 1000):
            courses = [staggered_timeline(BATCH_RULES, place, total) for place in range(total)]
            waits = [timeline[0].stay.duration for timeline in courses]
            assert waits == sorted(waits)
            assert waits[0] == 2 * SECOND
            assert all(sum(step.stay.duration for step in timeline[:-1]) <= 28 * SECOND for timeline in courses)
            assert len({id(timeline) for timeline in courses}) == min(total, 40)

    def test_a_task_takes_a_quarter_of_a_minute(self):
        assert sum(step.stay.duration for step in TASK_TIMELINE if isinstance(step.stay, Timed)) == 15 * SECOND


class TestMoney:
    def test_ready_items_are_charged_once_and_others_not(self, world):
        made = world.batch(world.item("a", end_time=90), world.item("b"), world.item("c"))
        world.elapsed = 3
        world.request("POST", f"/analyze/batches/{made['batch_id']}/cancel")
        world.elapsed = 60
        world.request("DELETE", f"/analyze/batches/{made['batch_id']}")
        start = world.session.start
        [(job_id, entry)] = world.session.ledger(start + MINUTE)
        assert job_id == made["batch_id"]
        assert entry == (start + 8 * SECOND, "charge", 1.5, "minutes", f"{made['batch_id']}:charge:0")
        assert list(world.session.ledger(start + 7 * SECOND)) == []

    def test_a_ready_task_is_charged(self, world):
        done, canceled = world.task(), world.task()
        world.request("POST", f"/analyze/tasks/{canceled}/cancel")
        [(job_id, entry)] = world.session.ledger(world.session.start + MINUTE)
        assert job_id == done
        assert entry.amount == 1.0
        assert entry.key == f"{done}:charge"


class TestEras:
    def test_the_dates_and_pins(self):
        assert [era.pin for era in VENDOR.eras] == ["twelvelabs@2026-07-30", "twelvelabs@2026-09-15"]

    def test_only_the_second_cancels_tasks(self):
        first, second = VENDOR.eras
        assert {operation.name for operation in second.operations} - {
            operation.name for operation in first.operations
        } == {"cancel_task"}
        assert first.kinds["task"].cancel_table == {}
        assert "canceled" not in first.kinds["task"].lifecycle.states

    @pytest.mark.parametrize("era", VENDOR.eras, ids=lambda era: era.date)
    def test_tables_speak_of_states_that_exist(self, era):
        for kind in era.kinds.values():
            states = set(kind.lifecycle.states)
            assert set(kind.cancel_table) in (set(), states)
            assert {step.state for step in kind.timeline} <= states
            assert {arrow.source for arrow in kind.lifecycle.transitions} == states - kind.lifecycle.terminal
            moves = [(one.state, other.state) for one, other in pairwise(kind.timeline)]
            assert all(kind.lifecycle.allows(*move) for move in moves)
        assert {step.state for step in staggered_timeline(BATCH_RULES, 0, 1)} <= set(ITEM_LIFECYCLE.states)

    @pytest.mark.parametrize("era", VENDOR.eras, ids=lambda era: era.date)
    def test_every_kind_s_example_makes_a_job_with_an_id_of_its_pattern(self, era):
        planner = Planner(era, NO_SCRIPT, "seed")
        for name, kind in era.kinds.items():
            job = planner.create_seeded_job(SeededJob(kind=name), 1, 10**15)
            ids = [job.id, *(kind.item_ids(job) if kind.item_ids else ())]
            assert all(re.fullmatch(kind.id_pattern, one) for one in ids)

    def test_the_key_is_worn_as_it_is_read(self, make):
        era = VENDOR.eras[0]
        assert era.auth_headers("abc") == {"x-api-key": "abc"}

    def test_every_operation_of_an_id_says_where_it_is(self):
        for operation in OPERATIONS:
            where, name = operation.id_in or (None, "")
            assert (where == "path") == ("{" in operation.path)
            assert f"{{{name}}}" in operation.path or not name


def test_the_snippet_is_python():
    line = snippet("http://127.0.0.1:4810", "k")
    compile(line, "snippet", "exec")
    assert "http://127.0.0.1:4810/v1.3" in line


def test_overlay_merges_one_level():
    body = {"a": {"x": 1, "y": 2}, "b": 1}
    assert overlay(body, {"a": {"y": 3}, "b": {"z": 1}}, {"c": None}) == {
        "a": {"x": 1, "y": 3},
        "b": {"z": 1},
        "c": None,
    }


def test_examples_are_accepted(each):
    assert each.request("POST", "/analyze/batches", BATCH_EXAMPLE).status == 201
    assert each.request("POST", "/analyze/tasks", TASK_EXAMPLE).status == 202


def test_the_diagrams_have_all_states():
    for lifecycle in (BATCH_LIFECYCLE, ITEM_LIFECYCLE):
        assert all(state in mermaid_diagram(lifecycle) for state in lifecycle.states)
