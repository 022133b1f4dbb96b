"""The five task operations, over the engine; every answer is judged by its capture."""

import pytest

from mockserver.core.instants import SECOND
from mockserver.core.timeline import Polls, Timed, TimelineStep
from mockserver.vendors.script import ItemScript, Script, SeededJob

FIRST, NEWEST = "2026-07-30", "2026-09-15"
UNKNOWN = "0123456789abcdef01234567"
DAY = 86400


def items(*outcomes: str, work: int = 1) -> Script:
    return Script(items=tuple(ItemScript(work=(work * SECOND,) * 2, outcome=outcome) for outcome in outcomes))


class TestCreate:
    def test_answers_202_with_id_and_status(self, each):
        seen = each.request(
            "POST", "/analyze/tasks", {"video": {"type": "url", "url": "https://x.test/v"}, "prompt": "?"}
        )
        assert seen.status == 202
        assert seen.body == {"task_id": seen.body["task_id"], "status": "queued"}

    def test_scheme_and_host_of_a_url_have_no_case(self, each):
        video = {"type": "url", "url": "HTTPS://X.test/v"}
        assert each.request("POST", "/analyze/tasks", {"video": video, "prompt": "?"}).status == 202

    def test_a_flaw_is_answered_400(self, each):
        seen = each.request("POST", "/analyze/tasks", {"prompt": "?"})
        assert seen.status == 400
        assert seen.error_reason == "parameter_not_provided"
        assert each.request("GET", "/analyze/tasks").body["data"] == []

    @pytest.mark.parametrize(
        ("asset", "code"),
        [("000000000000000000000000", "resource_not_exist"), ("000000000000000000000001", "asset_not_ready")],
    )
    def test_magic_assets_are_answered_400(self, each, asset, code):
        body = {"video": {"type": "asset_id", "asset_id": asset}, "prompt": "?"}
        seen = each.request("POST", "/analyze/tasks", body)
        assert seen.status == 400
        assert seen.error_reason == code

    def test_an_idempotency_key_seen_before_answers_its_task(self, world):
        body = {"video": {"type": "url", "url": "https://x.test/v"}, "prompt": "?"}
        one, again, other = (
            world.request("POST", "/analyze/tasks", body, headers={"idempotency-key": key}).body
            for key in ("a", "a", "b")
        )
        assert one == again != other
        assert world.request("GET", "/analyze/tasks").body["page_info"]["total_results"] == 2


class TestGet:
    def test_a_task_goes_through_its_states(self, each):
        task_id = each.task(custom_id="mine")
        seen = []
        for each.elapsed in (0, 2, 3, 15):
            seen.append(each.get_task(task_id)["status"])
        assert seen == ["queued", "pending", "processing", "ready"]
        body = each.get_task(task_id)
        assert body["custom_id"] == "mine"
        assert body["completed_at"] == "2026-10-01T12:00:15Z"
        assert set(body["result"]) == {"generation_id", "data", "finish_reason", "usage"}
        assert not {"batch_id", "error", "webhooks"} & set(body)

    def test_an_answer_says_until_when_it_holds(self, world):
        assert world.request("GET", f"/analyze/tasks/{world.task()}").valid_until == 2

    def test_polls_drive_it_where_a_scenario_says_so(self, make):
        timeline = (TimelineStep("queued", Polls(2)), TimelineStep("processing", Polls(1)), TimelineStep("ready"))
        each = make(NEWEST, Script(jobs=(SeededJob(id=UNKNOWN, kind="task", timeline=timeline),)))
        states = [each.get_task(UNKNOWN)["status"] for _ in range(4)]
        assert states == ["queued", "queued", "processing", "ready"]

    def test_a_failed_task_has_an_error(self, make):
        timeline = (TimelineStep("processing", Timed(SECOND)), TimelineStep("failed"))
        for date, members in ((FIRST, {"message"}), (NEWEST, {"code", "message"})):
            each = make(date, Script(jobs=(SeededJob(id=UNKNOWN, kind="task", timeline=timeline),)))
            each.elapsed = 1
            body = each.get_task(UNKNOWN)
            assert set(body["error"]) == members
            assert "result" not in body

    def test_a_scenario_s_own_error(self, make):
        fields = {"error": {"code": "x", "message": "y"}}
        timeline = (TimelineStep("processing", Timed(0)), TimelineStep("failed", fields=fields))
        seed = SeededJob(id=UNKNOWN, kind="task", timeline=timeline, fields={"custom_id": "mine"})
        each = make(NEWEST, Script(jobs=(seed,)))
        assert each.get_task(UNKNOWN)["error"] == fields["error"]
        assert each.get_task(UNKNOWN)["custom_id"] == "mine"

    def test_unknown(self, each):
        seen = each.request("GET", f"/analyze/tasks/{UNKNOWN}")
        assert seen.status == 404
        assert seen.error_reason == "resource_not_exist"


class TestOfABatch:
    def test_the_second_era_names_the_batch(self, make):
        for date in (FIRST, NEWEST):
            each = make(date)
            made = each.batch()
            body = each.get_task(made["items"][1]["task_id"])
            assert body["custom_id"] == "summary-2"
            assert body.get("batch_id") == (made["batch_id"] if date == NEWEST else None)

    def test_a_canceled_item_is_failed_in_the_first_era(self, make):
        shown = {}
        for date in (FIRST, NEWEST):
            each = make(date)
            made = each.batch()
            each.request("POST", f"/analyze/batches/{made['batch_id']}/cancel")
            body = each.get_task(made["items"][0]["task_id"])
            shown[date] = (body["status"], set(body["error"]), body["completed_at"])
        at = "2026-10-01T12:00:00Z"
        assert shown == {FIRST: ("failed", {"message"}, at), NEWEST: ("canceled", {"code", "message"}, at)}

    def test_expired_items_say_so(self, make):
        each = make(NEWEST, items("ready", work=2 * DAY))
        made = each.batch()
        each.elapsed = DAY
        assert each.get_task(made["items"][0]["task_id"])["error"]["code"] == "batch_expired"

    def test_the_outcomes_are_the_items(self, make):
        each = make(NEWEST, items("ready", "failed"))
        made = each.batch(each.item("a"), each.item("b"))
        each.elapsed = 5
        ready, failed = (each.get_task(task["task_id"]) for task in made["items"])
        assert ready["status"] == "ready"
        assert failed["status"] == "failed"
        lines = each.results(made["batch_id"])
        assert ready["result"] == lines[0]["data"]
        assert failed["error"] == lines[1]["error"]

    def test_it_can_be_deleted_or_canceled_only_with_its_batch(self, world):
        made = world.batch()
        task_id = made["items"][0]["task_id"]
        for method, path in (("DELETE", task_id), ("POST", f"{task_id}/cancel")):
            seen = world.request(method, f"/analyze/tasks/{path}")
            assert seen.status == 409
            assert seen.error_reason == "task_in_batch"
        assert world.get(made["batch_id"])["status"] == "pending"


class TestList:
    def test_all_tasks_newest_first(self, each):
        made = each.batch(each.item("a"), each.item("b"))
        each.elapsed = 1
        task_id = each.task()
        found = each.request("GET", "/analyze/tasks").body
        assert [task["task_id"] for task in found["data"]] == [task_id, *(task["task_id"] for task in made["items"])]
        assert found["page_info"]["total_results"] == 3
        past = each.request("GET", "/analyze/tasks?page=2").body
        assert past["data"] == []

    def test_filters(self, each):
        made = each.batch(each.item("a", asset="aaaaaaaaaaaaaaaaaaaaaaaa"))
        each.elapsed = 15
        task_id = each.task()

        def ids(query: str) -> list[str]:
            return [task["task_id"] for task in each.request("GET", f"/analyze/tasks?{query}").body["data"]]

        item_id = made["items"][0]["task_id"]
        assert ids("status=queued") == [task_id]
        assert ids("status=ready") == [item_id]
        assert ids("analysis_mode=general") == [task_id, item_id]
        assert ids("analysis_mode=time_based_metadata") == []
        assert ids("video_url=https://example.com/video.mp4") == [task_id]
        assert ids("asset_id=aaaaaaaaaaaaaaaaaaaaaaaa") == [item_id]
        assert ids("asset_id=") == [task_id, item_id]

    def test_the_second_era_ignores_video_id(self, make):
        for date, total in ((FIRST, 0), (NEWEST, 1)):
            each = make(date)
            each.task()
            assert len(each.request("GET", f"/analyze/tasks?video_id={UNKNOWN}").body["data"]) == total

    def test_unusable_parameters_are_answered_400_flat(self, each):
        seen = each.request("GET", "/analyze/tasks?page_limit=99")
        assert seen.status == 400
        assert set(seen.body) == {"code", "message"}

    def test_only_the_second_era_knows_canceled(self, make):
        assert make(FIRST, judged=False).request("GET", "/analyze/tasks?status=canceled").status == 400
        assert make(NEWEST).request("GET", "/analyze/tasks?status=canceled").status == 200


class TestDelete:
    def test_unless_it_is_being_processed(self, each):
        queued, processed = each.task(), each.task()
        assert each.request("DELETE", f"/analyze/tasks/{queued}").status == 200
        each.elapsed = 3
        seen = each.request("DELETE", f"/analyze/tasks/{processed}")
        assert seen.status == 409
        assert seen.error_reason == "task_processing"
        each.elapsed = 60
        assert each.request("DELETE", f"/analyze/tasks/{processed}").response.body == b""
        assert each.request("GET", f"/analyze/tasks/{processed}").status == 404
        assert each.request("DELETE", f"/analyze/tasks/{processed}").status == 404


class TestCancel:
    @pytest.mark.parametrize("at", [0, 2, 3])
    def test_is_answered_200_and_again(self, world, at):
        task_id = world.task()
        world.elapsed = at
        first = world.request("POST", f"/analyze/tasks/{task_id}/cancel")
        world.elapsed = 60
        again = world.request("POST", f"/analyze/tasks/{task_id}/cancel")
        assert first.status == 200
        assert first.body == {"task_id": task_id, "status": "canceled"}
        assert again.status == 200
        assert again.body == first.body
        body = world.get_task(task_id)
        assert body["status"] == "canceled"
        assert body["error"]["code"] == "user_canceled"
        assert body["completed_at"] == f"2026-10-01T12:00:0{at}Z"

    @pytest.mark.parametrize("end", ["ready", "failed"])
    def test_a_finished_task_refuses_with_409(self, make, end):
        timeline = (TimelineStep("processing", Timed(0)), TimelineStep(end))
        each = make(NEWEST, Script(jobs=(SeededJob(id=UNKNOWN, kind="task", timeline=timeline),)))
        seen = each.request("POST", f"/analyze/tasks/{UNKNOWN}/cancel")
        assert seen.status == 409
        assert seen.error_reason == "task_not_cancelable"

    def test_unknown(self, world):
        assert world.request("POST", f"/analyze/tasks/{UNKNOWN}/cancel").status == 404

    def test_the_first_era_has_no_such_path(self, make):
        first = make(FIRST)
        seen = first.request("POST", f"/analyze/tasks/{first.task()}/cancel")
        assert seen.status == 404
        assert set(seen.body) == {"code", "message"}
