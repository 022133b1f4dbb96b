"""Answers of HTTP itself are not off contract, and what a recorder left out proves nothing."""

import pytest

from mockserver.contract.compare.drift import DriftCollector
from mockserver.contract.documents.capture import load_capture
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.history import HistoryJudge
from mockserver.contract.schema.http_semantics import has_recorded_headers, is_http_answer
from mockserver.core.wire import Request
from tests.support.toy_contract import call

KEY = {"authorization": "Bearer k", "host": "api.phaseo.app"}
RANGE = {**KEY, "Range": "bytes=0-3"}
VIDEO = "/v1/videos/G-1"
CONTENT = "/v1/videos/G-1/content"

ALLOWED = [
    ("GET", CONTENT, 206, RANGE),
    ("GET", CONTENT, 416, RANGE),
    ("GET", CONTENT, 206, {"host": "api.phaseo.app"}),
    ("GET", VIDEO, 304, KEY),
    ("HEAD", VIDEO, 304, KEY),
    ("HEAD", VIDEO, 405, KEY),
    ("HEAD", VIDEO, 501, KEY),
    ("GET", VIDEO, 412, {**KEY, "If-Match": '"a"'}),
    ("GET", VIDEO, 412, {**KEY, "If-None-Match": '"a"'}),
    ("GET", VIDEO, 412, {**KEY, "If-Modified-Since": "Thu, 01 Oct 2026 12:00:00 GMT"}),
    ("GET", VIDEO, 412, {**KEY, "If-Unmodified-Since": "Thu, 01 Oct 2026 12:00:00 GMT"}),
    ("GET", VIDEO, 412, {**KEY, "If-Range": '"a"'}),
    ("GET", VIDEO, 100, KEY),
    ("GET", VIDEO, 103, KEY),
    ("OPTIONS", VIDEO, 204, KEY),
]
FORBIDDEN = [
    ("GET", CONTENT, 206, KEY),
    ("GET", CONTENT, 416, KEY),
    ("POST", "/v1/videos", 304, KEY),
    ("GET", VIDEO, 405, KEY),
    ("GET", VIDEO, 412, KEY),
    ("GET", VIDEO, 101, KEY),
    ("GET", VIDEO, 203, RANGE),
]


@pytest.mark.parametrize(("method", "path", "status", "headers"), ALLOWED)
def test_http_allows_it(method, path, status, headers):
    exchange = call(method, path, status, headers=headers)
    assert is_http_answer(exchange.request, status)
    assert judge_exchange(load_capture("phaseo"), exchange) == []
    assert drift_of(exchange).changes() == []
    history = HistoryJudge("phaseo")
    history.add(exchange)
    judgement = history.finish()
    assert judgement.findings == ()
    assert judgement.counts.unknown_calls == {}


def drift_of(exchange):
    drift = DriftCollector(load_capture("phaseo"))
    drift.add(exchange)
    return drift


@pytest.mark.parametrize(("method", "path", "status", "headers"), FORBIDDEN)
def test_http_does_not_allow_it(method, path, status, headers):
    exchange = call(method, path, status, headers=headers)
    assert not is_http_answer(exchange.request, status)
    assert [found.rule for found in judge_exchange(load_capture("phaseo"), exchange)][:1] == ["S1"]


def test_a_client_sends_more_headers_than_the_host():
    assert not has_recorded_headers(Request("GET", "/", headers={"Host": "a"}))
    # In process a request has only what its play says.
    assert has_recorded_headers(Request("GET", "/"))
    assert has_recorded_headers(Request("GET", "/", headers={"host": "a", "accept": "*/*"}))


@pytest.mark.parametrize(("headers", "rules"), [({"accept": "*/*"}, {"P23"}), ({}, set())])
def test_a_request_whose_headers_were_left_out_may_have_had_a_key(headers, rules):
    history = HistoryJudge("phaseo", schemas=False)
    for seq, sent in enumerate(({"authorization": "Bearer k"}, headers), 1):
        history.add(call("GET", VIDEO, 404, {}, headers={"host": "api.phaseo.app", **sent}, seq=seq))
    assert {found.rule for found in history.finish().findings} == rules
