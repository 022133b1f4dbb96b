"""A batch from its creation to every end it can have: bodies, cancel, lists, rows, money, events, the socket."""

import json
from types import MappingProxyType

import orjson
import pytest

from mockserver.core.instants import HOUR, SECOND
from mockserver.core.job import MOVE, Input
from mockserver.core.timeline import Timed, TimelineStep
from mockserver.core.wire import Request
from mockserver.engine.handle import handle, prepare
from mockserver.vendors.phaseo.batches.events import batch_event_data
from mockserver.vendors.phaseo.batches.requests import MAX_REQUESTS, parse_rows
from mockserver.vendors.phaseo.batches.states import BATCH_LIFECYCLE, batch_ledger
from mockserver.vendors.phaseo.download_links import SessionLinkContext
from mockserver.vendors.script import CancelScript, ItemScript, Script
from mockserver.vendors.webhook_endpoint import WebhookEndpoint
from tests.support.fake_world import json_of
from tests.support.vendor_worlds import PhaseoWorld

DATE = "2026-08-10"
ROW = MappingProxyType({"body": {"input": "x"}})
NANO = "openai/gpt-5-nano"


@pytest.fixture
def batches():
    """Make worlds of the era in which batches are served."""

    def make(script=None, date=DATE):
        return BatchWorld(date, script or Script())

    return make


class BatchWorld(PhaseoWorld):
    """A world of Phaseo with calls about batches."""

    def post(self, **body):
        """Create a batch of the example's model; return the decoded answer."""
        return json_of(self.request("POST", "/v1/batches", {"model": NANO, **body}))

    def batch(self, *rows, **body):
        """Create a batch; return its id."""
        made = self.post(requests=list(rows) or [dict(ROW)] * 2, **body)
        assert self.answer.response.status == 200, made
        return made["id"]

    def read(self, batch_id, path=""):
        """Get a batch, or a path below it."""
        return json_of(self.request("GET", f"/v1/batches/{batch_id}{path}"))

    def cancel(self, batch_id):
        """Cancel a batch; return the decoded answer."""
        return json_of(self.request("POST", f"/v1/batches/{batch_id}/cancel"))

    def job(self, batch_id):
        """Return the stored job."""
        return self.store.job("batch", batch_id)


def test_before_august_there_are_no_batches(world):
    w = world("2026-08-05")
    w.request("GET", "/v1/batches")
    assert w.reason() == (404, "route_not_found")
    assert "batch" not in w.era.kinds


class TestLife:
    def test_it_is_openais_batch_with_the_gateways_members(self, batches):
        w = batches()
        made = w.post(requests=[dict(ROW)] * 2, metadata={"a": "b"}, session_id="s")
        assert made["id"].startswith("batch_")
        assert made["object"] == "batch"
        assert made["status"] == "validating"
        assert made["lifecycle_status"] == "pending"
        assert made["endpoint"] == "/v1/responses"
        assert made["completion_window"] == "24h"
        assert made["metadata"] == {"a": "b"}
        assert made["session_id"] == "s"
        assert made["provider"] == "openai"
        assert made["expires_at"] - made["created_at"] == 24 * 3600
        assert made["request_counts"] == {"total": 2, "completed": 0, "failed": 0}
        assert made["polling_url"] == f"http://mock/s/x/v1/batches/{made['id']}"
        assert made["cancel_url"] == made["polling_url"] + "/cancel"
        assert made["native_batch_id"] != made["id"]
        assert made["pricing_lines"] == []
        assert {"usage", "billing", "webhook", "websocket_url", "results_url"}.isdisjoint(made)
        assert w.answer.response.header("cache-control") is None

    def test_it_completes_with_its_requests(self, batches):
        w = batches()
        batch = w.batch()
        w.sleep(3)
        running = w.read(batch)
        assert running["status"] == "in_progress"
        assert running["lifecycle_status"] == "running"
        assert running["in_progress_at"] == running["created_at"] + 2
        assert running["output_file_id"] is None
        w.sleep(40)
        done = w.read(batch)
        assert done["status"] == "completed"
        assert done["cancel_url"] is None
        assert done["completed_at"] == done["created_at"] + 18
        assert done["request_counts"] == {"total": 2, "completed": 2, "failed": 0}
        assert done["output_file_id"].startswith("file-")
        assert done["error_file_id"] is None
        assert done["usage"]["requests"] == 2
        assert done["usage"]["cost_nanos"] == 400_000
        assert done["billing"]["charged"] is True
        assert done["billing"]["reason"] == "charged"
        assert done["pricing_lines"][0]["total_usd_str"] == "0.000400000"

    def test_some_requests_may_fail(self, batches):
        w = batches(Script(items=(ItemScript(), ItemScript(outcome="failed"))))
        done = w.read(w.batch())
        assert done["status"] == "completed"
        assert done["request_counts"]["failed"] == 1
        assert done["error_file_id"].startswith("file-")
        assert done["billing"]["reason"] == "charged_partial_success"

    def test_when_all_fail_it_costs_nothing(self, batches):
        w = batches(Script(items=(ItemScript(outcome="failed"),)))
        done = w.read(w.batch())
        assert done["billing"]["charged"] is False
        assert done["billing"]["reason"] == "zero_cost"
        assert done["output_file_id"] is None
        assert done["usage"]["requests"] == 0

    def test_unfinished_after_a_day_it_expires(self, batches):
        w = batches(Script(items=(ItemScript(), ItemScript(queued=(25 * HOUR, 25 * HOUR)))))
        batch = w.batch()
        w.sleep(24 * 3600)
        seen = w.read(batch)
        assert seen["status"] == "expired"
        assert seen["lifecycle_status"] == "expired"
        assert seen["expired_at"] == seen["expires_at"]
        assert [row["status"] for row in w.read(batch, "/requests")["data"]] == ["completed", "expired"]
        assert seen["billing"]["reason"] == "charged_partial_success"

    def test_a_get_is_a_poll_and_says_how_long_it_holds(self, batches):
        w = batches()
        batch = w.batch()
        w.read(batch)
        assert w.answer.valid_until == w.now + 2 * SECOND

    def test_both_paths_lead_to_it_and_are_shown(self, batches):
        w = batches()
        batch = w.batch()
        seen = json_of(w.request("GET", f"/v1/batch/{batch}"))
        assert seen["polling_url"] == f"http://mock/s/x/v1/batch/{batch}"

    def test_an_unknown_one_is_404(self, batches):
        w = batches()
        for method, path in (("GET", ""), ("POST", "/cancel"), ("GET", "/requests")):
            w.request(method, f"/v1/batches/batch_none{path}")
            assert w.reason() == (404, "batch_not_found_or_not_owned")
            assert w.last_answer().body["batch_id"] == "batch_none"

    def test_not_before_its_creation(self, batches):
        w = batches()
        batch = w.batch()
        w.sleep(-1)
        assert w.request("GET", f"/v1/batches/{batch}").status == 404
        assert batch_ledger(w.job(batch), w.now) == ()


class TestCancel:
    def test_requests_at_work_finish_and_the_others_are_dropped(self, batches):
        w = batches()
        batch = w.batch(*[dict(ROW)] * 3)
        w.sleep(3)
        seen = w.cancel(batch)
        assert w.answer.response.status == 200
        assert seen["status"] == "cancelling"
        assert seen["lifecycle_status"] == "pending"
        assert seen["cancel_url"] is not None
        again = w.cancel(batch)
        assert w.answer.response.status == 200
        assert again["status"] == "cancelling"
        assert w.answer.valid_until == w.now + 5 * SECOND
        w.sleep(6)
        seen = w.read(batch)
        assert seen["status"] == "cancelled"
        assert seen["cancelled_at"] - seen["cancelling_at"] == 5
        assert seen["request_counts"] == {"total": 3, "completed": 1, "failed": 0}
        rows = w.read(batch, "/requests")["data"]
        assert [row["status"] for row in rows] == ["completed", "cancelled", "cancelled"]
        assert seen["billing"]["reason"] == "charged_partial_success"

    def test_of_one_that_has_not_begun_everything_is_released(self, batches):
        w = batches()
        batch = w.batch()
        assert w.cancel(batch)["status"] == "cancelled"
        assert w.read(batch)["billing"]["reason"] == "released_released"
        assert [entry.entry for entry in batch_ledger(w.job(batch), w.now)] == ["reserve", "release"]

    def test_while_it_lives_the_money_is_reserved(self, batches):
        w = batches()
        batch = w.batch()
        assert [entry.entry for entry in batch_ledger(w.job(batch), w.now)] == ["reserve"]
        w.sleep(60)
        entries = batch_ledger(w.job(batch), w.now)
        assert [(entry.entry, entry.amount) for entry in entries] == [("reserve", 0.0004), ("settle", 0.0004)]

    def test_the_providers_refusal_is_passed_on(self, batches):
        w = batches()
        batch = w.batch()
        w.sleep(60)
        seen = w.cancel(batch)
        assert w.answer.response.status == 409
        assert seen["error"]["message"] == "Cannot cancel a batch with status 'completed'."
        assert w.era.error_reason(seen) == "invalid_request_error"

    def test_a_policy_for_videos_leaves_batches_to_the_vendor(self, batches):
        w = batches(Script(cancels={"video": CancelScript(race=True)}))
        assert w.cancel(w.batch())["status"] == "cancelled"

    def test_a_policy_for_batches_decides_about_them(self, batches):
        follow = (TimelineStep("cancelling", Timed(30 * SECOND)), TimelineStep("cancelled"))
        w = batches(Script(cancels={"batch": CancelScript(follow=follow)}))
        batch = w.batch()
        assert w.cancel(batch)["status"] == "cancelling"
        w.sleep(29)
        assert w.read(batch)["status"] == "cancelling"
        w.sleep(1)
        assert w.read(batch)["status"] == "cancelled"


class TestLists:
    def test_newest_first_without_a_cursor(self, batches):
        w = batches()
        made = [w.batch() for _ in range(3)]
        seen = json_of(w.request("GET", "/v1/batches", query="limit=2"))
        assert [entry["id"] for entry in seen["data"]] == made[:0:-1]
        assert seen["first_id"] == made[2]
        assert seen["last_id"] == made[1]
        assert seen["has_more"] is False
        assert seen["data"][0]["created_at"].endswith("Z")
        assert "expires_at" not in seen["data"][0]

    @pytest.mark.parametrize(("limit", "count"), [("", 20), ("x", 20), ("0", 1), ("-5", 1), ("1.9", 1), ("1000", 21)])
    def test_the_limit_is_clamped(self, batches, limit, count):
        w = batches()
        for _ in range(21):
            w.batch()
        assert len(json_of(w.request("GET", "/v1/batches", query=f"limit={limit}"))["data"]) == count

    def test_at_first_there_are_none(self, batches):
        seen = json_of(batches().request("GET", "/v1/batches"))
        assert seen["data"] == []
        assert seen["first_id"] is None
        assert seen["last_id"] is None

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=queued", ["validating"]),
            ("status=Running&status=pending", ["validating", "cancelling"]),
            ("statuses=completed,canceled", ["completed"]),
            ("status=failed", []),
            ("status=odd", ["validating", "cancelling", "completed"]),
        ],
    )
    def test_groups_of_states(self, batches, query, found):
        w = batches(Script(items=(ItemScript(queued=(SECOND, SECOND), work=(9 * SECOND, 9 * SECOND)),)))
        w.batch()
        w.sleep(25)
        running = w.batch()
        w.sleep(5)
        w.cancel(running)
        w.batch()
        seen = json_of(w.request("GET", "/v1/batches", query=query))
        assert [entry["status"] for entry in seen["data"]] == found

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=canceled", ["cancelled"]),
            ("status=cancelled", ["cancelled"]),
            ("status=processing", ["in_progress"]),
            ("status=in_progress", ["in_progress"]),
        ],
    )
    def test_each_spelling_selects_its_states(self, batches, query, found):
        w = batches()
        w.cancel(w.batch())
        w.sleep(600)
        w.batch()
        w.sleep(10)
        seen = json_of(w.request("GET", "/v1/batches", query=query))
        assert [entry["status"] for entry in seen["data"]] == found

    def test_the_rows_of_a_batch(self, batches):
        w = batches(Script(items=(ItemScript(), ItemScript(outcome="failed", fields={"error": {"code": "bad"}}))))
        batch = w.batch({"custom_id": "a", "body": {"input": "x"}}, dict(ROW))
        seen = w.read(batch, "/requests")
        assert seen["object"] == "list"
        assert seen["batch_id"] == batch
        first, second = seen["data"]
        assert first["custom_id"] == "a"
        assert first["status"] == "completed"
        assert first["response_status"] == 200
        assert first["request_index"] == 0
        assert first["model"] == "gpt-5-nano"
        assert first["method"] == "POST"
        assert first["usage"]["total_tokens"] == 52
        assert first["cost_nanos"] == 200_000
        assert second["custom_id"] == "request-2"
        assert second["status"] == "failed"
        assert second["response_status"] == 400
        assert second["error_body"]["code"] == "bad"
        assert len(first["request_body_hash"]) == 64
        assert first["response_body"] is None

    def test_until_the_end_the_rows_are_queued(self, batches):
        w = batches()
        batch = w.batch()
        w.sleep(10)
        row = w.read(batch, "/requests")["data"][0]
        assert row["status"] == "queued"
        assert row["completed_at"] is None
        assert row["usage"] is None

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("limit=2", [0, 1]),
            ("offset=2", [2]),
            ("offset=9", []),
            ("status=queued&limit=1", [0]),
            ("status=failed", []),
        ],
    )
    def test_a_part_of_the_rows(self, batches, query, found):
        w = batches()
        batch = w.batch(*[dict(ROW)] * 3)
        seen = json_of(w.request("GET", f"/v1/batches/{batch}/requests", query=query))
        assert [row["request_index"] for row in seen["data"]] == found

    def test_the_models(self, batches):
        w = batches()
        seen = json_of(w.request("GET", "/v1/batches/models"))
        assert NANO in [model["model"] for model in seen["data"]]
        assert json_of(w.request("GET", "/v1/batch/models", query="params=seed,x"))["data"] == []


class TestCreate:
    """The checks, in the service's order; nothing is created if one fails."""

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            ({}, "missing_batch_input"),
            ({"requests": "x"}, "missing_batch_input"),
            ({"requests": []}, "invalid_requests"),
            ({"requests": [ROW], "prompts": ["x"]}, "ambiguous_batch_input"),
            ({"requests": [ROW], "input_file_id": "file-1"}, "ambiguous_batch_input"),
            ({"input_file_id": "file-1"}, "batch_input_file_not_found_or_not_owned"),
            ({"requests": [ROW], "completion_window": "48h"}, "openai_batch_completion_window_unsupported"),
            ({"requests": [ROW], "endpoint": "/v1/nothing"}, "batch_endpoint_unsupported"),
            ({"requests": [ROW], "endpoint": "messages"}, "batch_endpoint_not_supported_by_provider"),
            ({"requests": ["x"]}, "invalid_request"),
            ({"requests": [{"body": "x"}]}, "invalid_request_body"),
            ({"requests": [ROW], "model": None}, "missing_model"),
            ({"prompts": [{"x": 1}]}, "invalid_prompt_item"),
            ({"prompts": [5]}, "invalid_prompt_item"),
            ({"requests": [{**ROW, "url": "/v1/embeddings"}]}, "batch_mixed_endpoints_not_supported"),
            ({"requests": [{**ROW, "method": "get"}]}, "batch_method_not_supported"),
            ({"requests": [{"body": {"input": "x", "model": "gpt-5-mini"}}]}, "batch_model_conflict"),
            ({"requests": [{"body": {"input": "x", "stream": True}}]}, "batch_streaming_not_supported"),
            ({"requests": [{"body": {"x": 1}}]}, "batch_responses_input_required"),
            ({"requests": [{"body": {"x": 1}}], "endpoint": "/v1/chat/completions"}, "batch_messages_required"),
            ({"requests": [{"body": {"x": 1}}], "endpoint": "embeddings"}, "batch_embeddings_input_required"),
            ({"requests": [{**ROW, "custom_id": "é" * 257}]}, "batch_custom_id_too_long"),
            ({"requests": [{**ROW, "custom_id": "request-2"}, ROW]}, "duplicate_custom_id"),
            ({"prompts": ["x"] * (MAX_REQUESTS + 1)}, "batch_request_limit_exceeded"),
            ({"requests": [ROW], "webhook": "x"}, "invalid_batch_webhook"),
            ({"requests": [ROW], "webhook": {}}, "batch_webhook_endpoint_required"),
            ({"requests": [ROW], "webhook_endpoint_id": "we_9"}, "batch_webhook_endpoint_not_found_or_inactive"),
        ],
    )
    def test_refused(self, batches, body, reason):
        w = batches()
        sent = json.loads(json.dumps(body, default=dict))
        seen = w.post(**sent)
        status = 404 if "file" in reason else 400
        assert w.reason() == (status, reason)
        assert seen["error"] in ("validation_error", "not_found")
        assert json_of(w.request("GET", "/v1/batches"))["data"] == []

    def test_an_id_of_the_greatest_length_is_accepted(self, batches):
        w = batches()
        w.post(requests=[{**ROW, "custom_id": "é" * 256}])
        assert w.answer.response.status == 200

    def test_as_many_requests_as_a_batch_may_have_are_accepted(self):
        rows = parse_rows({"prompts": ["x"] * MAX_REQUESTS, "model": NANO})
        assert len(rows) == MAX_REQUESTS

    @pytest.mark.parametrize(
        ("body", "status", "reason", "requested"),
        [
            ({"model": "claude-haiku-4.5"}, 403, "batch_provider_preview_disabled", ["anthropic"]),
            ({"model": "google/gemini-2.5-flash"}, 403, "batch_provider_preview_disabled", ["google-ai-studio"]),
            ({"provider": "mistral"}, 403, "batch_provider_preview_disabled", ["mistral"]),
            ({"provider": {"only": ["xai"]}}, 403, "batch_provider_preview_disabled", ["x-ai"]),
            ({"provider": "SpaceX-AI"}, 403, "batch_provider_preview_disabled", ["x-ai"]),
            ({"provider": "gemini"}, 403, "batch_provider_preview_disabled", ["google-ai-studio"]),
            ({"provider": "moonshot-ai"}, 403, "batch_provider_preview_disabled", ["moonshotai"]),
            ({"model": "together-ai/x"}, 403, "batch_provider_preview_disabled", ["together"]),
            ({"model": "gemini-2.5-flash"}, 403, "batch_provider_preview_disabled", ["google-ai-studio"]),
            ({"model": "kimi-k2"}, 403, "batch_provider_preview_disabled", ["moonshotai"]),
            ({"model": "mistral-small"}, 403, "batch_provider_preview_disabled", ["mistral"]),
            (
                {"requests": [{"body": {"input": "x", "model": "grok-4"}}]},
                501,
                "batch_multi_provider_requests_not_supported",
                ["openai", "x-ai"],
            ),
        ],
    )
    def test_another_provider_is_refused_in_the_nested_shape(self, batches, body, status, reason, requested):
        w = batches()
        seen = w.post(**{"requests": [dict(ROW)], **body})
        assert w.answer.response.status == status
        assert seen["error"]["reason"] == reason
        assert seen["error"]["requested_providers"] == requested
        assert set(seen) == {"error"}
        assert w.era.error_reason(seen) == reason

    def test_two_models_are_refused(self, batches):
        w = batches()
        rows = [{"body": {"input": "x", "model": model}} for model in ("gpt-5-nano", "gpt-5-mini")]
        seen = w.post(model=None, requests=rows)
        assert w.reason()[1] == "batch_multiple_models_not_supported"
        assert seen["models"] == ["gpt-5-mini", "gpt-5-nano"]

    @pytest.mark.parametrize(
        "body",
        [
            {"prompts": ["x", {"prompt": "y"}, {"text": "z", "id": "third"}]},
            {"items": [{"messages": [{"role": "user", "content": "x"}]}], "endpoint": "/v1/chat/completions"},
            {"items": [{"request": {"input": "x"}, "model": "gpt-5-nano"}]},
            {"requests": [{"request": {"input": "x"}, "url": "https://any/v1/responses"[11:], "method": "post"}]},
            {"requests": [dict(ROW)], "model": "unheard-of", "provider": {"order": ["OpenAI"]}},
            {"requests": [dict(ROW)], "provider": {}},
            {"requests": [dict(ROW)], "endpoint": "/v1/moderations/"},
            {"prompts": ["x"], "endpoint": "images/edits?x=1"},
        ],
    )
    def test_accepted(self, batches, body):
        w = batches()
        assert w.post(**body)["status"] == "validating"
        assert w.answer.response.status == 200

    def test_a_seeded_batch_is_described_by_its_items(self, batches):
        w = batches()
        assert w.era.kinds["batch"].build_spec(w.era.kinds["batch"].example)["items"][2]["custom_id"] == "request-3"
        assert w.era.kinds["batch"].build_spec({"requests": [{}]})["items"] == []


class TestEvents:
    ENDPOINT = WebhookEndpoint(url="http://localhost/", id="we_1")

    def events(self, w, batch, wanted=("batch.created", "batch.completed", "batch.failed", "batch.cancelled")):
        webhooks = w.era.kinds["batch"].webhooks
        return [
            (event.type, (event.at - w.START) // SECOND) for event in webhooks.events(w.job(batch), frozenset(wanted))
        ]

    @pytest.mark.parametrize(
        "webhook", [{"webhook": {"endpoint_id": "we_1", "events": []}}, {"webhook_endpoint_id": "we_1"}]
    )
    def test_an_endpoint_gets_the_end_by_default(self, batches, webhook):
        w = batches(Script(webhook_endpoint=self.ENDPOINT))
        batch = w.batch(**webhook)
        webhooks = w.era.kinds["batch"].webhooks
        subscription = webhooks.subscription(w.job(batch), self.ENDPOINT)
        assert subscription.events == {"batch.completed", "batch.failed", "batch.cancelled"}
        assert self.events(w, batch) == [("batch.created", 0), ("batch.completed", 18)]
        assert w.read(batch)["webhook"]["has_secret"] is True

    def test_events_may_be_named(self, batches):
        w = batches(Script(webhook_endpoint=self.ENDPOINT))
        batch = w.batch(webhook={"endpoint_id": "we_1", "events": ["job.completed", "batch.canceled"]})
        subscription = w.era.kinds["batch"].webhooks.subscription(w.job(batch), self.ENDPOINT)
        assert subscription.events == {"batch.completed", "batch.cancelled"}

    @pytest.mark.parametrize("events", ["job.completed", ["odd"]])
    def test_a_list_of_nothing_known_is_refused(self, batches, events):
        w = batches(Script(webhook_endpoint=self.ENDPOINT))
        w.post(requests=[dict(ROW)], webhook={"endpoint_id": "we_1", "events": events})
        assert w.reason() == (400, "invalid_batch_webhook")

    def test_an_expired_batch_is_reported_as_failed(self, batches):
        w = batches(Script(items=(ItemScript(queued=(25 * HOUR, 25 * HOUR)),)))
        assert self.events(w, w.batch())[1] == ("batch.failed", 24 * 3600)
        assert self.events(w, w.batch(), ["batch.created"]) == [("batch.created", 0)]

    def test_the_data_has_words_of_its_own(self, batches):
        w = batches(Script(webhook_endpoint=self.ENDPOINT))
        batch = w.batch(*[dict(ROW)] * 3, webhook_endpoint_id="we_1")
        context = SessionLinkContext("http://mock", "seed")

        def data():
            return batch_event_data(w.job(batch), w.now, context)

        first = data()
        assert first["status"] == "pending"
        assert first["lifecycle_status"] == "pending"
        assert first["progress"] == 0
        assert first["websocket_url"] == f"ws://mock/v1/async/batch/{batch}/ws"
        assert first["cancel_url"] == f"http://mock/v1/batches/{batch}/cancel"
        assert first["billing"]["state"] == "estimated"
        assert first["reservation_status"] == "held"
        assert first["webhook"]["has_secret"] is True
        w.sleep(10)
        w.cancel(batch)
        assert data()["status"] == "in_progress"
        assert data()["lifecycle_status"] == "running"
        assert data()["progress"] == 33
        w.sleep(10)
        last = data()
        assert last["status"] == "cancelled"
        assert last["cancel_url"] is None
        assert last["billing"]["state"] == "settled"
        assert last["reservation_status"] == "captured"
        assert last["billing"]["charged"] is True

    def test_a_completed_one_is_at_a_hundred_percent_and_a_free_one_is_void(self, batches):
        w = batches(Script(items=(ItemScript(), ItemScript(outcome="failed"))))
        context = SessionLinkContext("http://mock", "seed")
        seen = batch_event_data(w.job(w.batch()), w.now, context)
        assert seen["progress"] == 100
        assert seen["lifecycle_status"] == "completed"
        dropped = w.batch()
        job = w.job(dropped).with_input(Input(w.now, 99, MOVE, "cancelled", {}))
        assert batch_event_data(job, w.now, context)["billing"]["state"] in ("settled", "void")


class TestSocket:
    HANDSHAKE = MappingProxyType(
        {
            **PhaseoWorld.KEY,
            "upgrade": "websocket",
            "connection": "Upgrade",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        }
    )

    @pytest.mark.parametrize("kind", ["batch", "BATCH"])
    def test_the_kind_batch_leads_to_batches(self, batches, kind):
        w = batches()
        batch = w.batch()
        answer = w.send(Request("GET", f"/v1/async/{kind}/{batch}/ws", "", self.HANDSHAKE))
        assert answer.status == 101
        script = w.answer.websocket
        assert script.kind == "batch"
        assert script.job_id == batch
        opened = script.on_open(w.job(batch), w.now)
        frame = json.loads(opened.frames[0])
        assert frame["type"] == "job.snapshot"
        assert frame["data"]["kind"] == "batch"
        assert frame["data"]["status"] == "pending"
        # The first request begins after 2 s; a tick is every 2.5 s.
        assert opened.next_tick == w.now + 2_500_000

    def test_a_finished_request_is_an_update_and_the_end_closes(self, batches):
        w = batches()
        batch = w.batch()
        w.send(Request("GET", f"/v1/async/batch/{batch}/ws", "", self.HANDSHAKE))
        script = w.answer.websocket
        last = script.on_open(w.job(batch), w.now).last_payload
        w.sleep(10)
        update = script.on_tick(w.job(batch), w.now, last)
        assert json.loads(update.frames[0])["data"]["request_counts"]["completed"] == 1
        w.sleep(10)
        assert script.on_tick(w.job(batch), w.now, update.last_payload).close is not None

    def test_an_unknown_one_is_404(self, batches):
        w = batches()
        w.send(Request("GET", "/v1/async/batch/batch_none/ws", "", self.HANDSHAKE))
        assert w.reason() == (404, "async_job_not_found_or_not_owned")


class TestErrors:
    @pytest.mark.parametrize(
        ("status", "reason"), [(401, "key_not_found_or_revoked"), (404, "batch_not_found_or_not_owned")]
    )
    def test_a_status_that_a_scenario_requests(self, batches, status, reason):
        w = batches()
        w.request("GET", "/v1/batches/batch_x")
        answer = w.era.render_status_error(w.call, status, "scripted")
        body = json_of(answer)
        assert answer.status == status
        assert body["reason"] == reason
        assert body["batch_id"] == "batch_x"

    def test_a_501_of_its_cancel_says_nothing_about_videos(self, batches):
        w = batches()
        w.request("POST", "/v1/batches/batch_x/cancel")
        assert json_of(w.era.render_status_error(w.call, 501, "scripted")).get("reason") is None


def test_the_default_life_is_legal():
    states = {state for source, target, _ in BATCH_LIFECYCLE.transitions for state in (source, target)}
    assert states == set(BATCH_LIFECYCLE.states)


@pytest.mark.parametrize("rows", [[dict(ROW)] * 3, [], [{"body": {}}]])
def test_a_create_that_was_prepared_is_answered_alike(batches, rows):
    prepared, plain = batches(), batches()
    body = orjson.dumps({"model": NANO, "requests": rows})
    incoming = prepared.context.incoming(Request("POST", "/v1/batches", "", prepared.KEY, body), prepared.base_url)
    early = prepare(prepared.context, incoming, prepared.now)
    assert (
        handle(prepared.context, early, prepared.now).response.body
        == handle(plain.context, incoming, plain.now).response.body
    )
