"""What the gateway answers here, held against what it promises: every operation in every state of every era."""

import pytest

from mockserver.contract.documents.capture import load_capture
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.core.timeline import Manual, TimelineStep
from mockserver.vendors.phaseo import VENDOR
from mockserver.vendors.script import Script, TimelineRule
from tests.support.fake_world import json_of

MODELS = ("qwen/wan2.7-t2v", "openai/sora-2", "google/veo-3.1")


def tour(w):
    """Call everything, with good and bad keys, ids and bodies."""
    for model in MODELS:
        video = w.seed(body={"model": model, "webhook": {"url": "https://a.example/"}})
        for method, rest in (
            ("GET", ""),
            ("GET", "/content"),
            ("POST", "/download_url"),
            ("POST", "/cancel"),
            ("GET", ""),
            ("DELETE", ""),
            ("GET", ""),
        ):
            if rest != "/download_url" or w.era.operation("download_url"):
                w.request(method, f"/v1/videos/{video}{rest}")
    w.request("POST", "/v1/videos", {"prompt": "x", "model": "qwen/wan2.7-t2v"})
    w.request("POST", "/v1/videos", {"prompt": 5, "model": "openai/sora-2"})
    w.request("POST", "/v1/videos", b"{")
    w.request("POST", "/v1/videos", {"model": ""})
    w.request("POST", "/v1/videos", {"model": "films", "prompt": "x"})
    for path in ("/v1/videos", "/v1/videos/models", "/v1/videos/G-1", "/v1/videos/G-1/content", "/v1/data/models"):
        for headers in ({}, {"authorization": "Bearer expired"}, {"authorization": "Bearer sk"}):
            w.request("GET", path, headers=headers)
    w.request("PATCH", "/v1/videos")
    if "batch" in w.era.kinds:
        tour_of_batches(w)


def tour_of_batches(w):
    """Call everything about batches, at several instants of their lives."""
    rows = [{"custom_id": name, "body": {"input": name}} for name in ("a", "b")]
    created = w.request("POST", "/v1/batches", {"model": "openai/gpt-5-nano", "requests": rows, "metadata": {"x": "y"}})
    batch = json_of(created)["id"]
    w.request("POST", "/v1/batch", {"model": "gpt-5-mini", "prompts": ["x"], "session_id": "s"})
    other = json_of(w.answer.response)["id"]
    for body in (
        {},
        {"prompts": ["x"]},
        {"model": "claude-haiku", "prompts": ["x"]},
        {"input_file_id": "file-1"},
        b"{",
    ):
        w.request("POST", "/v1/batches", body)
    for seconds in (0, 3, 40):
        w.sleep(seconds)
        for path in ("", "/requests", "/cancel", "/results")[: 4 if w.era.operation("batch_results") else 3]:
            for name in (batch, other, "batch_none"):
                w.request("POST" if path == "/cancel" and seconds else "GET", f"/v1/batches/{name}{path}")
        w.request("GET", "/v1/batch", query="status=completed")
    for path in ("/v1/batches", "/v1/batches/models", f"/v1/batches/{batch}"):
        for headers in ({}, {"authorization": "Bearer expired"}, {"authorization": "Bearer sk"}):
            w.request("GET", path, headers=headers)


@pytest.mark.parametrize("era", VENDOR.eras, ids=lambda era: era.date)
def test_every_answer_keeps_the_promises(world, era):
    for state in era.main_kind.lifecycle.states:
        rule = TimelineRule((TimelineStep(state, Manual()),))
        # A tour is longer than the quota of the newest era.
        w = world(era.date, Script(timeline_rules=(rule,), limits={"*": None}))
        tour(w)
        assert findings(w) == []


def test_the_refusals_of_the_quota_keep_them_too(world):
    w = world("2026-10-02")
    for path in ["/v1/videos"] * 25 + ["/v1/batches", "/v1/batches/batch_x/results", "/v1/videos/G-1/content"]:
        w.request("GET", path)
    assert [exchange.response.status for exchange in w.exchanges[25:]] == [429] * 3
    assert findings(w) == []


def findings(w):
    """Return what the capture of the world's era says against its answers."""
    capture = load_capture("phaseo", w.era.date)
    return [finding for exchange in w.exchanges for finding in judge_exchange(capture, exchange)]
