"""The era of the preview: the gate, the results of batches with their limit, the new fields of a create."""

import json
from types import MappingProxyType

import pytest

from mockserver.core.instants import MINUTE
from mockserver.core.wire import Request
from mockserver.engine.handle import handle, prepare
from mockserver.vendors.phaseo.batches.results import prepare_results
from mockserver.vendors.phaseo.preview import UNINVITED_KEY
from mockserver.vendors.script import ItemScript, Script
from tests.support.fake_world import json_of
from tests.support.vendor_worlds import PhaseoWorld

DATE = "2026-09-17"
UNINVITED = MappingProxyType({"authorization": f"Bearer {UNINVITED_KEY}"})
FRAME = MappingProxyType({"type": "image_url", "image_url": {"url": "https://a.example/1.png"}})


def preview(script=None, date=DATE):
    return PhaseoWorld(date, script or Script())


def batch_of(w, *rows, **body):
    rows = list(rows) or [{"body": {"input": "x"}}] * 2
    body = {"model": "gpt-5-nano", "requests": rows, **body}
    return json_of(w.request("POST", "/v1/batches", body))["id"]


def results(w, batch, headers=PhaseoWorld.KEY):
    return w.request("GET", f"/v1/batches/{batch}/results", headers=headers)


class TestGate:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/v1/batches"),
            ("GET", "/v1/batch"),
            ("GET", "/v1/batches/models"),
            ("GET", "/v1/batches/batch_x"),
            ("POST", "/v1/batches/batch_x/cancel"),
            ("GET", "/v1/batches/batch_x/requests"),
            ("GET", "/v1/batches/batch_x/results"),
        ],
    )
    def test_every_batch_route_is_403_before_the_lookup(self, method, path):
        w = preview()
        w.request(method, path, {} if method == "POST" else None, headers=UNINVITED)
        status, body = w.last_answer()
        assert status == 403
        assert body["error"] == "forbidden"
        assert body["reason"] == "batch_api_feature_flag_disabled"
        assert body["feature_gate"] == "gateway_batch_api"
        assert body["status_code"] == 403
        assert body["error_type"] == "user"
        assert body["error_origin"] == "gateway"

    @pytest.mark.parametrize(("method", "path"), [("POST", ""), ("GET", ""), ("GET", "/models")])
    def test_some_video_routes_are_501(self, method, path):
        w = preview()
        w.request(method, f"/v1/videos{path}", {} if method == "POST" else None, headers=UNINVITED)
        status, body = w.last_answer()
        assert status == 501
        assert body["error"] == "not_implemented_yet"
        assert body["reason"] == "video_api_feature_disabled"
        assert body["feature_gate"] == "gateway_video_api"

    @pytest.mark.parametrize(("method", "path"), [("GET", "/G-1"), ("DELETE", "/G-1"), ("GET", "/G-1/content")])
    def test_the_others_are_not_guarded(self, method, path):
        w = preview()
        w.request(method, f"/v1/videos{path}", headers=UNINVITED)
        assert w.reason() == (404, "video_not_found_or_not_owned")

    def test_a_refused_key_comes_first(self):
        w = preview()
        w.request("GET", "/v1/batches", headers={})
        assert w.reason()[0] == 401

    def test_before_the_preview_there_is_no_gate(self):
        w = preview(date="2026-08-10")
        assert w.request("GET", "/v1/batches", headers=UNINVITED).status == 200

    @pytest.mark.parametrize(
        ("path", "status", "reason"),
        [
            ("/v1/batches", 403, "batch_api_feature_flag_disabled"),
            ("/v1/videos", 501, "video_api_feature_disabled"),
            ("/v1/videos/G-1", 501, None),
            ("/v1/videos", 403, None),
        ],
    )
    def test_a_scenario_may_request_its_answers(self, path, status, reason):
        w = preview()
        w.request("GET", path)
        assert json_of(w.era.render_status_error(w.call, status, "scripted")).get("reason") == reason


class TestResults:
    def test_the_providers_lines_after_the_end(self):
        w = preview(Script(items=(ItemScript(outcome="failed", fields={"error": {"code": "bad"}}), ItemScript())))
        batch = batch_of(w, {"custom_id": "a", "body": {"input": "x"}}, {"custom_id": "b", "body": {"input": "x"}})
        answer = results(w, batch)
        assert answer.status == 200
        assert dict(answer.headers) == {
            "Content-Type": "application/x-ndjson",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Disposition": f'attachment; filename="{batch}.jsonl"',
        }
        first, second = [json.loads(line) for line in answer.body.splitlines()]
        assert first["custom_id"] == "b"
        assert first["response"]["status_code"] == 200
        assert first["response"]["body"]["object"] == "response"
        assert second["custom_id"] == "a"
        assert second["response"]["status_code"] == 400
        assert second["response"]["body"]["error"]["code"] == "bad"

    def test_the_body_has_the_form_of_the_endpoint_and_a_scenarios_values(self):
        w = preview(Script(items=(ItemScript(fields={"data": {"model": "mine"}}),)))
        row = {"body": {"messages": []}}
        batch = batch_of(w, row, endpoint="/v1/chat/completions")
        line = json.loads(results(w, batch).body)
        assert line["response"]["body"]["object"] == "chat.completion"
        assert line["response"]["body"]["model"] == "mine"

    @pytest.mark.parametrize("path", ["/v1/batches/{}/results", "/v1/batches/{}x/results"])
    def test_prepared_or_not_they_are_the_same(self, path):
        w = preview(Script(items=(ItemScript(work=(MINUTE, MINUTE)),)))
        batch = batch_of(w)
        created = w.now
        w.advance(10 * MINUTE)
        incoming = w.context.incoming(Request("GET", path.format(batch), "", w.KEY), w.base_url)
        plain = handle(w.context, incoming, w.now).response
        early, late = (prepare(w.context, incoming, at) for at in (created, w.now))
        assert handle(w.context, early, w.now).response == plain
        assert handle(w.context, late, w.now).response == plain
        assert prepare_results(w.store.job("batch", batch), created).body == b""

    def test_before_the_end_they_are_not_ready(self):
        w = preview()
        batch = batch_of(w)
        results(w, batch)
        status, body = w.last_answer()
        assert status == 409
        assert body["error"] == "not_ready"
        assert set(body) == {"error", "message", "request_id"}
        assert w.era.error_reason(body) == "not_ready"

    def test_the_batch_shows_where_they_are(self):
        w = preview()
        batch = batch_of(w)
        assert json_of(w.request("GET", f"/v1/batches/{batch}"))["results_url"] is None
        w.sleep(60)
        seen = json_of(w.request("GET", f"/v1/batch/{batch}"))
        assert seen["results_url"] == f"http://mock/s/x/v1/batch/{batch}/results"
        assert json_of(w.request("GET", "/v1/batches"))["data"][0]["results_url"].endswith("/results")

    def test_a_batch_without_output_has_none(self):
        w = preview()
        batch = batch_of(w)
        w.request("POST", f"/v1/batches/{batch}/cancel")
        results(w, batch)
        assert w.reason() == (404, "batch_results_unavailable")

    def test_an_unknown_batch_is_404(self):
        w = preview()
        results(w, "batch_x")
        assert w.reason() == (404, "batch_not_found_or_not_owned")

    def test_the_eleventh_attempt_within_half_an_hour_is_refused(self):
        w = preview()
        batch, other = batch_of(w), batch_of(w)
        for _ in range(3):
            assert results(w, batch).status == 409  # no attempt
        w.sleep(60)
        for number in range(10):
            key = {"authorization": f"Bearer key-{number}"}
            assert results(w, batch, key).status == 200
            w.sleep(60)
        refused = w.request("GET", f"/v1/batch/{batch}/results")
        assert refused.status == 429
        assert refused.header("retry-after") == str(20 * 60)
        assert set(json_of(refused)) == {"error", "message", "request_id"}
        assert results(w, other).status == 200
        w.now += 20 * MINUTE
        assert results(w, batch).status == 200
        assert results(w, batch).status == 429

    def test_an_attempt_that_finds_nothing_counts(self):
        w = preview()
        batch = batch_of(w)
        w.request("POST", f"/v1/batches/{batch}/cancel")
        assert [results(w, batch).status for _ in range(11)] == [404] * 10 + [429]

    @pytest.mark.parametrize(("status", "wait"), [(409, None), (429, None), (501, None), (503, "30")])
    def test_a_scenario_may_request_the_flat_refusals(self, status, wait):
        w = preview()
        results(w, "batch_x")
        answer = w.era.render_status_error(w.call, status, "scripted")
        assert answer.status == status
        assert answer.header("retry-after") == wait
        assert "status_code" not in json_of(answer)

    def test_before_the_preview_there_is_no_such_route(self):
        w = preview(date="2026-08-10")
        results(w, "batch_x")
        assert w.reason() == (404, "route_not_found")


class TestFields:
    def create(self, date=DATE, **body):
        w = preview(date=date)
        w.request("POST", "/v1/videos", {"model": "qwen/wan2.7-t2v", "prompt": "x", **body})
        return w

    @pytest.mark.parametrize(
        "body",
        [
            {"frame_images": [{**FRAME, "frame_type": "first_frame"}]},
            {"frame_images": [{**FRAME, "frame_type": name} for name in ("last_frame", "first_frame")], "prompt": ""},
            {"provider_options": {"alibaba": {"watermark": False}}},
            {"seconds": "8", "duration": 8},
            {
                "input_references": [{**FRAME, "role": "reference"}],
                "frame_images": [{**FRAME, "frame_type": "last_frame"}],
            },
        ],
    )
    def test_accepted(self, body):
        assert self.create(**body).answer.response.status == 200

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"frame_images": []}, ["frame_images"]),
            ({"frame_images": [{**FRAME, "frame_type": "first_frame"}] * 3}, ["frame_images"]),
            ({"frame_images": [{**FRAME, "frame_type": "middle"}]}, ["frame_images", 0, "frame_type"]),
            ({"frame_images": [{**FRAME, "frame_type": "first_frame"}] * 2}, ["frame_images"]),
            (
                {"frame_images": [{**FRAME, "frame_type": "first_frame"}], "input_reference": {"file_id": "f"}},
                ["frame_images"],
            ),
            (
                {
                    "frame_images": [{**FRAME, "frame_type": "first_frame"}],
                    "input_references": [{**FRAME, "role": "last_frame"}],
                },
                ["frame_images"],
            ),
            ({"provider_options": {"a": {}}, "provider_params": {}}, ["provider_options"]),
            ({"provider_options": {"a": 1}}, ["provider_options", "a"]),
            ({"provider_options": {"a": {"seed": 1}}}, ["provider_options", "a", "seed"]),
            ({"seconds": "8", "duration": 5}, ["seconds"]),
        ],
    )
    def test_refused(self, body, path):
        w = self.create(**body)
        assert w.answer.response.status == 400
        assert [detail["path"] for detail in w.last_answer().body["details"]] == [path]

    @pytest.mark.parametrize("body", [{"frame_images": [dict(FRAME)]}, {"provider_options": {}}])
    def test_unknown_before(self, body):
        assert self.create("2026-08-10", **body).reason() == (400, "validation_error")

    def test_before_they_may_disagree(self):
        assert self.create("2026-08-10", seconds="8", duration=5).answer.response.status == 200
