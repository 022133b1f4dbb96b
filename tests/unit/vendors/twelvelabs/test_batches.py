"""The six batch operations, over the engine, in both eras; every answer is judged by its capture."""

from typing import Any

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.timeline import Manual, Polls, Timed, TimelineStep
from mockserver.vendors.script import CancelScript, ItemScript, Script, ScriptedResponse, SeededJob, TimelineRule

NEWEST = "2026-09-15"
COUNTERS = ("queued_items", "processing_items", "ready_items", "failed_items", "canceled_items")
UNKNOWN = "0123456789abcdef01234567"
HOUR, DAY = 3600, 86400


def counts(body: dict[str, Any]) -> tuple[int, ...]:
    return tuple(body[name] for name in COUNTERS)


def item(queued: int, work: int, outcome: str = "", copies: int = 1, **fields: Any) -> ItemScript:
    return ItemScript(copies, None, (queued * SECOND,) * 2, (work * SECOND,) * 2, outcome, fields)


def endless(**more: Any) -> Script:
    """Two items: one is processed until it is moved, one stays queued."""
    busy = (TimelineStep("queued", Timed(0)), TimelineStep("processing", Manual()), TimelineStep("ready"))
    idle = (TimelineStep("queued", Manual()), TimelineStep("processing", Timed(0)), TimelineStep("ready"))
    return Script(items=(ItemScript(timeline=busy), ItemScript(timeline=idle)), **more)


class TestCreate:
    def test_answers_201_with_a_task_for_every_item(self, each):
        made = each.batch(each.item("a"), each.item())
        assert made == {
            "batch_id": made["batch_id"],
            "status": "pending",
            "total_items": 2,
            "created_at": "2026-10-01T12:00:00Z",
            "expires_at": "2026-10-02T12:00:00Z",
            "items": [
                {"task_id": made["items"][0]["task_id"], "custom_id": "a"},
                {"task_id": made["items"][1]["task_id"], "custom_id": None},
            ],
        }
        assert len({task["task_id"] for task in made["items"]} | {made["batch_id"]}) == 3

    @pytest.mark.parametrize(
        ("asset", "status", "code"),
        [("000000000000000000000000", 404, "resource_not_exist"), ("000000000000000000000001", 409, "asset_not_ready")],
    )
    def test_magic_assets_are_refused_and_nothing_is_created(self, each, asset, status, code):
        seen = each.request("POST", "/analyze/batches", each.body(each.item("a"), each.item("b", asset=asset)))
        assert seen.status == status
        assert seen.error_reason == code
        assert each.request("GET", "/analyze/batches").body["page_info"]["total_results"] == 0

    def test_a_flaw_is_answered_400_and_nothing_is_created(self, each):
        seen = each.request("POST", "/analyze/batches", each.body(each.item("a"), each.item("a")))
        assert seen.status == 400
        assert seen.error_reason == "parameter_invalid"
        assert each.request("GET", "/analyze/batches").body["data"] == []

    def test_a_sixth_active_batch_is_answered_429_until_one_has_ended(self, world):
        for _ in range(5):
            world.batch()
        seen = world.request("POST", "/analyze/batches", world.body())
        assert seen.status == 429
        assert seen.error_reason == "too_many_requests"
        assert world.request("GET", "/analyze/batches").body["page_info"]["total_results"] == 5
        world.elapsed = 60
        world.batch()

    def test_a_scenario_sets_the_number_of_active_batches(self, make):
        one = make(NEWEST, Script(active_limits={"*": 1}))
        one.batch()
        assert one.request("POST", "/analyze/batches", one.body()).status == 429
        free = make(NEWEST, Script(active_limits={"*": 0}))
        for _ in range(6):
            free.batch()

    def test_the_same_seed_gives_the_same_ids(self, make):
        assert make().batch() == make().batch()


class TestGet:
    def test_a_batch_goes_from_pending_to_completed_in_half_a_minute(self, each):
        made = each.batch(each.item("a"), each.item("b"))
        seen = []
        for each.elapsed in (0, 2, 8, 12, 18):
            body = each.get(made["batch_id"])
            seen.append((body["status"], counts(body)))
        assert seen == [
            ("pending", (2, 0, 0, 0, 0)),
            ("processing", (1, 1, 0, 0, 0)),
            ("processing", (1, 0, 1, 0, 0)),
            ("processing", (0, 1, 1, 0, 0)),
            ("completed", (0, 0, 2, 0, 0)),
        ]
        assert body["completed_at"] == "2026-10-01T12:00:18Z"
        assert not {"canceled_at", "expired_at", "webhooks"} & set(body)

    def test_a_thousand_items_finish_in_half_a_minute_too(self, world):
        made = world.batch(*(world.item(f"clip-{n}") for n in range(1000)))
        world.elapsed = 15
        assert sum(counts(world.get(made["batch_id"]))) == 1000
        world.elapsed = 30
        assert world.get(made["batch_id"])["status"] == "completed"

    def test_it_expires_after_24_hours_and_cancels_what_is_unfinished(self, make):
        each = make(NEWEST, Script(items=(item(0, 1), item(0, DAY), item(2 * DAY, 1))))
        made = each.batch(each.item("a"), each.item("b"), each.item("c"))
        each.elapsed = DAY - 1
        assert each.get(made["batch_id"])["status"] == "processing"
        each.elapsed = DAY
        body = each.get(made["batch_id"])
        assert body["status"] == "expired"
        assert counts(body) == (0, 0, 2, 0, 1)
        assert body["expired_at"] == made["expires_at"]

    def test_it_is_unknown_after_30_days(self, each):
        made = each.batch()
        each.elapsed = 30 * DAY - 1
        assert each.get(made["batch_id"])["status"] == "completed"
        assert len(each.request("GET", "/analyze/batches").body["data"]) == 1
        each.elapsed = 30 * DAY
        assert each.request("GET", f"/analyze/batches/{made['batch_id']}").status == 404
        assert each.request("GET", f"/analyze/tasks/{made['items'][0]['task_id']}").status == 404
        assert each.request("GET", "/analyze/batches").body["data"] == []

    def test_an_answer_says_until_when_it_holds(self, world):
        made = world.batch(world.item())
        path = f"/analyze/batches/{made['batch_id']}"
        assert world.request("GET", path).valid_until == 2
        world.elapsed = 100
        assert world.request("GET", path).valid_until == 30 * DAY

    def test_polls_drive_the_items_where_a_scenario_says_so(self, make):
        timeline = (TimelineStep("queued", Polls(1)), TimelineStep("processing", Polls(2)), TimelineStep("ready"))
        each = make(NEWEST, Script(items=(ItemScript(timeline=timeline),)))
        made = each.batch(each.item())
        each.get_task(made["items"][0]["task_id"])
        states = [each.get(made["batch_id"])["status"] for _ in range(5)]
        assert states == ["pending", "processing", "processing", "completed", "completed"]

    def test_values_of_a_scenario_lie_over_ours(self, make):
        timeline = TimelineRule(
            (TimelineStep("pending", Timed(SECOND)), TimelineStep("completed", fields={"model_name": "other"}))
        )
        each = make(
            NEWEST, Script(timeline_rules=(timeline,), fields={"batch": {"analysis_mode": "general", "webhooks": []}})
        )
        made = each.batch()
        assert each.get(made["batch_id"])["webhooks"] == []
        each.elapsed = 1
        assert each.get(made["batch_id"])["model_name"] == "other"

    def test_unknown(self, each):
        seen = each.request("GET", f"/analyze/batches/{UNKNOWN}")
        assert seen.status == 404
        assert seen.error_reason == "resource_not_exist"
        assert list(seen.body) == ["error"]


class TestList:
    def test_pages_newest_first_and_empty_past_the_end(self, each):
        made = []
        for each.elapsed in range(5):
            made.append(each.batch()["batch_id"])
        first = each.request("GET", "/analyze/batches?page_limit=2").body
        assert [batch["batch_id"] for batch in first["data"]] == made[:-3:-1]
        assert first["page_info"] == {"limit_per_page": 2, "page": 1, "total_page": 3, "total_results": 5}
        assert len(each.request("GET", "/analyze/batches?page=3&page_limit=2").body["data"]) == 1
        past = each.request("GET", "/analyze/batches?page=4&page_limit=2")
        assert past.status == 200
        assert past.body["data"] == []
        assert past.body["page_info"]["page"] == 4

    def test_filters_may_be_repeated(self, each):
        old = each.batch()["batch_id"]
        each.elapsed = 60
        new = each.batch()["batch_id"]

        def ids(query: str) -> list[str]:
            return [batch["batch_id"] for batch in each.request("GET", f"/analyze/batches?{query}").body["data"]]

        assert ids("status=pending") == [new]
        assert ids("status=pending&status=completed") == [new, old]
        assert ids("status=canceling") == []
        assert ids("analysis_mode=general") == [new, old]
        assert ids("analysis_mode=time_based_metadata") == []
        assert ids("analysis_mode=time_based_metadata&analysis_mode=general") == [new, old]

    @pytest.mark.parametrize(
        "query",
        [
            "page=0",
            "page=-1",
            "page=x",
            "page=" + "9" * 5000,
            "page_limit=51",
            "page_limit=0",
            "page_limit=",
            "status=cancelled",
            "status=",
            "analysis_mode=Z",
        ],
    )
    def test_unusable_parameters_are_answered_400_nested(self, each, query):
        seen = each.request("GET", f"/analyze/batches?{query}")
        assert seen.status == 400
        assert list(seen.body) == ["error"]
        assert seen.error_reason == "parameter_invalid"


class TestResults:
    def test_a_line_for_every_item_at_any_time(self, make):
        scripts = (item(0, 1), item(0, 9), item(99, 1), item(0, 1, "failed"), item(0, 1, "failed", error={"code": "x"}))
        each = make(NEWEST, Script(items=scripts))
        made = each.batch(*(each.item(name) for name in "abcde"))
        each.elapsed = 5
        lines = each.results(made["batch_id"])
        assert [line["status"] for line in lines] == ["ready", "processing", "queued", "failed", "failed"]
        assert [line["task_id"] for line in lines] == [task["task_id"] for task in made["items"]]
        assert [line["custom_id"] for line in lines] == list("abcde")
        assert [sorted(set(line) & {"data", "error"}) for line in lines] == [["data"], [], [], ["error"], ["error"]]
        assert set(lines[0]["data"]) == {"generation_id", "data", "finish_reason", "usage"}
        assert lines[3]["error"]["code"] == "analysis_failed"
        assert set(lines[4]["error"]) == {"code", "message"}
        assert lines[4]["error"]["code"] == "x"

    def test_the_content_type_is_json_lines(self, each):
        made = each.batch()
        seen = each.request("GET", f"/analyze/batches/{made['batch_id']}/results")
        assert seen.response.header("content-type") == "application/jsonl"
        assert seen.response.body.endswith(b"}\n")
        assert seen.valid_until == 2

    def test_a_scenario_says_what_the_data_is(self, make):
        each = make(NEWEST, Script(items=(item(0, 1, data={"data": "mine"}),)))
        made = each.batch(each.item())
        each.elapsed = 5
        [line] = each.results(made["batch_id"])
        assert line["data"]["data"] == "mine"
        assert line["data"]["finish_reason"] == "stop"
        assert each.get_task(made["items"][0]["task_id"])["result"] == line["data"]

    def test_unknown(self, each):
        assert each.request("GET", f"/analyze/batches/{UNKNOWN}/results").status == 404


class TestCancel:
    def cancel(self, world, batch_id):
        return world.request("POST", f"/analyze/batches/{batch_id}/cancel")

    def test_drains_in_two_phases(self, each):
        made = each.batch(each.item("a"), each.item("b"))
        each.elapsed = 3
        seen = self.cancel(each, made["batch_id"])
        assert seen.status == 202
        assert seen.body["status"] == "canceling"
        assert counts(seen.body) == (0, 1, 0, 0, 1)
        each.elapsed = 8
        body = each.get(made["batch_id"])
        assert body["status"] == "canceled"
        assert counts(body) == (0, 0, 1, 0, 1)
        assert body["canceled_at"] == "2026-10-01T12:00:08Z"
        assert "completed_at" not in body
        assert "data" not in each.results(made["batch_id"])[1]

    def test_with_nothing_at_work_it_is_canceled_at_once(self, each):
        made = each.batch()
        seen = self.cancel(each, made["batch_id"])
        assert seen.status == 202
        assert seen.body["status"] == "canceled"
        assert counts(seen.body) == (0, 0, 0, 0, 3)

    def test_a_second_cancel_while_draining_answers_202_and_changes_nothing(self, each):
        made = each.batch()
        each.elapsed = 3
        first = self.cancel(each, made["batch_id"])
        second = self.cancel(each, made["batch_id"])
        assert second.status == 202
        assert second.body == first.body

    @pytest.mark.parametrize("end", ["completed", "canceled", "expired"])
    def test_a_terminal_batch_refuses_with_409(self, make, end):
        each = make(NEWEST, Script(items=(item(1, 2 * DAY if end == "expired" else 1),)))
        made = each.batch()
        if end == "canceled":
            self.cancel(each, made["batch_id"])
        each.elapsed = DAY
        before = each.get(made["batch_id"])
        seen = self.cancel(each, made["batch_id"])
        assert before["status"] == end
        assert seen.status == 409
        assert seen.error_reason == f"batch_{end}"
        assert each.get(made["batch_id"]) == before

    def test_expires_while_draining(self, make):
        each = make(NEWEST, endless())
        made = each.batch(each.item("a"), each.item("b"))
        each.elapsed = 1
        assert self.cancel(each, made["batch_id"]).body["status"] == "canceling"
        each.elapsed = DAY
        assert counts(each.get(made["batch_id"])) == (0, 0, 0, 0, 2)
        codes = [each.get_task(task["task_id"])["error"]["code"] for task in made["items"]]
        assert codes == ["batch_expired", "batch_canceled"]

    def test_unknown(self, each):
        assert self.cancel(each, UNKNOWN).status == 404

    def test_a_race_is_accepted_and_completes(self, make):
        each = make(NEWEST, Script(cancels={"batch": CancelScript(race=True)}))
        made = each.batch()
        assert self.cancel(each, made["batch_id"]).status == 202
        each.elapsed = 60
        assert each.get(made["batch_id"])["status"] == "completed"

    def test_a_scenario_drains_for_a_time(self, make):
        each = make(
            NEWEST,
            Script(
                cancels={
                    "batch": CancelScript(
                        follow=(TimelineStep("canceling", Timed(5 * SECOND)), TimelineStep("canceled"))
                    )
                }
            ),
        )
        made = each.batch()
        assert self.cancel(each, made["batch_id"]).body["status"] == "canceling"
        each.elapsed = 5
        assert each.get(made["batch_id"])["status"] == "canceled"

    def test_a_scenario_refuses_in_its_own_words(self, make):
        refusal = ScriptedResponse(409, {"error": {"code": "batch_completed", "message": "late"}})
        each = make(NEWEST, Script(cancels={"batch": CancelScript(refusal=refusal)}))
        made = each.batch()
        assert self.cancel(each, made["batch_id"]).body["error"]["message"] == "late"
        assert each.get(made["batch_id"])["status"] == "pending"

    def test_a_state_that_a_scenario_leaves_out_is_refused(self, make):
        each = make(NEWEST, Script(cancels={"batch": CancelScript(sources=frozenset({"processing"}))}), judged=False)
        made = each.batch()
        seen = self.cancel(each, made["batch_id"])
        assert seen.status == 409
        assert seen.error_reason == "batch_not_cancelable"


class TestDelete:
    def test_a_finished_batch_goes_with_its_tasks(self, each):
        made = each.batch()
        each.elapsed = 60
        seen = each.request("DELETE", f"/analyze/batches/{made['batch_id']}")
        assert seen.status == 200
        assert seen.response.body == b""
        for path in (f"batches/{made['batch_id']}", f"batches/{made['batch_id']}/results"):
            assert each.request("GET", f"/analyze/{path}").status == 404
        assert each.request("GET", f"/analyze/tasks/{made['items'][0]['task_id']}").status == 404
        assert each.request("GET", "/analyze/batches").body["data"] == []
        assert each.request("GET", "/analyze/tasks").body["data"] == []
        assert each.request("DELETE", f"/analyze/batches/{made['batch_id']}").status == 404

    @pytest.mark.parametrize("state", ["pending", "processing", "canceling"])
    def test_an_unfinished_batch_refuses_with_409(self, each, state):
        made = each.batch()
        each.elapsed = 0 if state == "pending" else 3
        if state == "canceling":
            each.request("POST", f"/analyze/batches/{made['batch_id']}/cancel")
        assert each.get(made["batch_id"])["status"] == state
        seen = each.request("DELETE", f"/analyze/batches/{made['batch_id']}")
        assert seen.status == 409
        assert seen.error_reason == "batch_not_terminal"


class TestSeeded:
    def test_a_scenario_s_batch_has_its_id_age_and_items(self, make):
        seed = SeededJob(id=UNKNOWN, items=(item(0, 1, copies=2), item(0, 1, "failed")), age=10 * SECOND)
        each = make(NEWEST, Script(jobs=(seed,)))
        body = each.get(UNKNOWN)
        assert body["status"] == "completed"
        assert counts(body) == (0, 0, 2, 1, 0)
        assert body["created_at"] == "2026-10-01T11:59:50Z"
        assert len({line["task_id"] for line in each.results(UNKNOWN)}) == 3

    def test_a_batch_moved_to_expired_says_so_in_its_tasks(self, make):
        each = make(NEWEST, Script(jobs=(SeededJob(id=UNKNOWN),)))
        task_id = each.results(UNKNOWN)[0]["task_id"]
        each.session.move_job(UNKNOWN, "expired", 0)
        assert each.get(UNKNOWN)["status"] == "expired"
        assert each.get_task(task_id)["error"]["code"] == "batch_expired"
