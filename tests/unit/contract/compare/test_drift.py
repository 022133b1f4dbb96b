"""What recorded answers show that a capture does not say, counted; and what they never showed."""

import json

import pytest

from mockserver.contract.compare import drift as drift
from mockserver.contract.compare.drift import DriftCollector, generalize_pointer
from mockserver.contract.documents.capture import load_capture, parse_capture
from mockserver.core.instants import SECOND
from mockserver.core.wire import Exchange, Request, Response
from tests.support.contract_diffs import find_drift
from tests.support.toy_contract import get_exchange

JOB = {
    "type": "object",
    "required": ["id"],
    "x-always-present": ["status", "size"],
    "properties": {
        "id": {"type": "string"},
        "status": {"type": "string", "enum": ["queued", "done"]},
        "size": {"type": ["integer", "null"], "maximum": 9},
        "known": {"x-basis": "runtime"},
        "parts": {"type": "array", "items": {"type": "object", "properties": {"a": {}, "b": {}}}},
        "free": {"type": "object", "additionalProperties": True},
        "sealed": {"type": "object", "additionalProperties": False, "properties": {"in": {}}},
        "next": {"$ref": "#/components/schemas/Job"},
        "kind": {
            "oneOf": [{"type": "object", "properties": {"cat": {}}}, {"type": "object", "properties": {"dog": {}}}]
        },
    },
}
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}}


def content(name, media="application/json"):
    return {"content": {media: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


CAPTURE = parse_capture(
    {
        "servers": [{"url": "https://api.jobs.example/base"}],
        "paths": {
            "/v1/jobs/{id}": {
                "get": {
                    "operationId": "getJob",
                    "responses": {
                        "200": {
                            **content("Job"),
                            "headers": {"X-Id": {"required": True}, "X-Other": {"schema": {"type": "integer"}}},
                        },
                        "404": {**content("Error"), "x-known-values": {"/error": ["not_found"]}},
                        "204": {},
                    },
                }
            },
            "/v1/files": {
                "get": {
                    "operationId": "getFile",
                    "responses": {
                        "200": {
                            "content": {
                                "video/*": {"schema": {}},
                                "application/jsonl": {"schema": {"$ref": "#/components/schemas/Job"}},
                            }
                        },
                        "202": {"content": {"application/json": {}}},
                    },
                }
            },
        },
        "components": {"schemas": {"Job": JOB, "Error": ERROR}},
    },
    "jobs",
    "1",
)
GOOD = {"id": "j", "status": "queued", "size": 1}


def checks_and_places(*exchanges, never=False):
    changes = find_drift(CAPTURE, exchanges)
    return [(each.check, each.places[0].where) for each in changes if never or each.check != "DIF110"]


def test_an_answer_as_documented_shows_nothing():
    assert checks_and_places(get_exchange(GOOD)) == []


@pytest.mark.parametrize(
    ("body", "check", "where"),
    [
        ({**GOOD, "more": 1}, "DIF103", "/more"),
        ({**GOOD, "parts": [{"a": 1}, {"c": 2}, {"c": 3}]}, "DIF103", "/parts/*/c"),
        ({**GOOD, "sealed": {"x": 1}}, "DIF103", "/sealed/x"),
        ({**GOOD, "status": "paused"}, "DIF104", "/status"),
        ({**GOOD, "status": None}, "DIF105", "/status"),
        ({**GOOD, "id": None}, "DIF105", "/id"),
        ({**GOOD, "id": 5}, "DIF106", "/id"),
        ({**GOOD, "size": 10}, "DIF107", "/size"),
        ({"status": "done", "size": 1}, "DIF108", ""),
        ({"id": "j", "size": 1}, "DIF109", "/status"),
        ([], "DIF106", ""),
        ({**GOOD, "free": {"x": 1}}, "", ""),
        ({**GOOD, "known": 1}, "", ""),
    ],
)
def test_what_a_body_shows(body, check, where):
    found = [each for each in checks_and_places(get_exchange(body)) if each != ("DIF105", where) or check == "DIF105"]
    expected = [(check, f"response 200 {where}".rstrip())] if check else []
    assert list(dict.fromkeys(found)) == expected


def test_null_of_an_enumeration_is_reported_as_null_alone():
    assert set(checks_and_places(get_exchange({**GOOD, "status": None}))) == {("DIF105", "response 200 /status")}


@pytest.mark.parametrize(
    ("exchange", "check", "where"),
    [
        (get_exchange(GOOD, status=418), "DIF101", "response 418"),
        (get_exchange(GOOD, media="text/plain"), "DIF102", "response 200"),
        (get_exchange({"error": "gone"}, status=404), "DIF112", "response 404 /error"),
        (get_exchange(b'{"a":1,"a":1}', status=404), "DIF113", "response 404"),
        (get_exchange(b"{", status=404), "DIF113", "response 404"),
    ],
)
def test_what_an_answer_shows(exchange, check, where):
    assert (check, where) in checks_and_places(exchange)


@pytest.mark.parametrize(
    "exchange",
    [
        get_exchange({"error": "not_found"}, status=404),
        get_exchange([], status=404)._replace(response=None),
        get_exchange(b"", status=204),
        get_exchange(b"", media="text/plain"),
        get_exchange(b"x", method="HEAD"),
        get_exchange(b"x", media="video/mp4", path="/v1/files"),
        get_exchange(json.dumps(GOOD).encode() * 0, media="application/jsonl", path="/v1/files"),
        get_exchange(GOOD, status=202, path="/v1/files"),
    ],
)
def test_what_shows_nothing(exchange):
    assert checks_and_places(exchange) == []


def test_an_array_where_an_error_should_be_has_no_code():
    assert checks_and_places(get_exchange([], status=404)) == [("DIF106", "response 404")]


def test_a_documented_header_may_be_missing():
    bare = get_exchange(GOOD)
    bare = bare._replace(response=bare.response._replace(headers=(("Content-Type", "application/json"),)))
    assert checks_and_places(bare) == [("DIF111", "response 200 header x-id")]


def test_the_value_of_a_header_is_no_drift():
    exchange = get_exchange(GOOD)
    headers = (*exchange.response.headers, ("X-Other", "many"))
    assert checks_and_places(exchange._replace(response=exchange.response._replace(headers=headers))) == []


def test_the_lines_of_json_lines_are_bodies():
    data = b"\n".join(json.dumps(each).encode() for each in (GOOD, {**GOOD, "more": 1}))
    assert checks_and_places(get_exchange(data, media="application/jsonl", path="/v1/files")) == [
        ("DIF103", "response 200 /more")
    ]


def test_sightings_are_counted_once_an_answer_with_their_times():
    twice = {**GOOD, "parts": [{"c": 1}, {"c": 2}]}
    exchanges = [
        get_exchange(twice, at=5),
        get_exchange(twice, at=3),
        get_exchange(GOOD, at=9),
        get_exchange({**twice, "id": "k"}, at=7),
    ]
    [change] = [each for each in find_drift(CAPTURE, exchanges) if each.check == "DIF103"]
    assert change.after == "1"
    assert change.occurrences == (3, 4, 3 * SECOND, 7 * SECOND)
    [unmeasured] = [each for each in find_drift(CAPTURE, exchanges, with_times=False) if each.check == "DIF103"]
    assert unmeasured.occurrences == (3, 4, None, None)


def test_distinct_values_are_reported_up_to_a_number(monkeypatch):
    exchanges = [get_exchange({**GOOD, "status": f"s{number}"}) for number in range(30)]
    collector = DriftCollector(CAPTURE)
    for exchange in exchanges:
        collector.add(exchange)
    assert len([each for each in collector.changes() if each.check == "DIF104"]) == drift.MAX_VALUES_PER_PLACE
    assert collector.dropped == 10
    monkeypatch.setattr(drift, "MAX_NOTES", 1)
    assert len(checks_and_places(*exchanges)) == 1


class TestNeverSeen:
    def never(self, *exchanges):
        return [
            where.removeprefix("response 200 ")
            for check, where in checks_and_places(*exchanges, never=True)
            if check == "DIF110"
        ]

    def test_documented_fields_of_what_was_seen(self):
        assert self.never(get_exchange(GOOD)) == ["/free", "/kind", "/known", "/next", "/parts", "/sealed"]
        assert "/parts/*/b" in self.never(get_exchange({**GOOD, "parts": [{"a": 1}]}))

    def test_once_is_enough(self):
        assert "/parts" not in self.never(get_exchange(GOOD), get_exchange({**GOOD, "parts": []}))

    def test_fields_of_every_alternative_are_documented(self):
        found = self.never(get_exchange({**GOOD, "kind": {"cat": 1}}))
        assert "/kind/dog" in found
        assert "/kind/cat" not in found

    def test_a_schema_in_itself_ends(self):
        assert "/next/free" in self.never(get_exchange({**GOOD, "next": GOOD}))

    def test_a_field_that_the_service_did_not_send_is_reported_once(self):
        assert [
            each
            for each in checks_and_places(get_exchange({"id": "j", "size": 1}), never=True)
            if each[1].endswith("/status")
        ] == [("DIF109", "response 200 /status")]

    def test_errors_have_many_fields_that_are_seldom_seen(self):
        assert checks_and_places(get_exchange({}, status=404), never=True) == []


class TestUnknownCalls:
    @pytest.mark.parametrize("host", ["", "api.jobs.example", "localhost", "127.0.0.1:4810", "[::1]:80"])
    def test_a_call_that_the_capture_does_not_have(self, host):
        calls = [get_exchange(GOOD, path=f"/v1/jobs/{number}2345678/frob", host=host) for number in range(3)]
        [change] = find_drift(CAPTURE, calls)
        assert change.check == "DIF100"
        assert change.places[0].where == "GET /v1/jobs/{}/frob"
        assert change.occurrences[:2] == (3, 3)

    @pytest.mark.parametrize(
        ("exchange", "name"),
        [
            (get_exchange(GOOD, path="/v2/x", host="other.example"), "other.example"),
            (get_exchange(GOOD, path="/v2/x"), "GET /v2/x"),
            (get_exchange(GOOD, path="*"), "GET *"),
            (get_exchange(GOOD, path="/v1/x", status=404), "GET /v1/x"),
        ],
    )
    def test_a_call_of_another_api_is_counted(self, exchange, name):
        collector = DriftCollector(CAPTURE)
        collector.add(exchange)
        assert collector.changes() == []
        assert dict(collector.foreign_calls) == {name: 1}
        assert collector.judged == 0

    def test_only_so_many_are_named(self):
        collector = DriftCollector(CAPTURE)
        for number in range(drift.MAX_FOREIGN_NAMES + 5):
            collector.add(get_exchange(GOOD, path="/x", host=f"h{number}.example"))
        assert collector.foreign_calls["others"] == 5

    def test_a_host_of_http_2_is_one(self):
        exchange = get_exchange(GOOD, path="/v1/x")
        found = exchange._replace(request=Request("GET", "/v1/x", "", {":authority": "api.jobs.example"}))
        assert [change.check for change in find_drift(CAPTURE, [found])] == ["DIF100"]


def test_a_pointer_forgets_its_indexes():
    assert generalize_pointer({"a/b": [{"c": [1]}]}, "/a~1b/0/c/0") == "/a~1b/*/c/*"


def test_the_answers_of_a_later_era_drift_from_an_earlier_capture():
    body = {"id": "G-1", "object": "video", "status": "queued", "lifecycle_status": "pending"}
    exchange = get_exchange(body, path="/v1/videos/G-1", host="api.phaseo.app")
    found = {(each.check, each.places[0]) for each in find_drift(load_capture("phaseo", "2026-04-01"), [exchange])}
    assert ("DIF104", ("getVideo", "response 200 /status")) in found
    assert ("DIF103", ("getVideo", "response 200 /lifecycle_status")) in found


def test_what_a_waiver_knows_of_is_information():
    body = {"id": "p", "status": "cancelled"}
    exchange = get_exchange(body, path="/api/v1/automation/cancel-project", method="POST")
    found = {each.check: each.message for each in find_drift(load_capture("reap"), [exchange])}
    assert "DIF104" not in found
    assert found["DIF114"].startswith('"cancelled" is not a documented value: the cancel page promises')


def test_a_host_of_another_vendor_is_foreign_whatever_its_path():
    collector = DriftCollector(load_capture("phaseo"))
    for host in ("api.twelvelabs.io", "api.phaseo.app", "localhost:4900", "mock"):
        request = Request("GET", "/v1/videos", headers={"host": host})
        collector.add(Exchange(request, Response(200, (), b"{}"), 1, 2))
    assert collector.foreign_calls == {"api.twelvelabs.io": 1}
    assert collector.judged == 3


def judged_at(host, servers, headers=None):
    """Return the number of compared answers, and the foreign hosts, of one recorded call to a host."""
    answers = {"200": {"content": {"application/json": {"schema": {"type": "object"}}}}}
    document = {"servers": [{"url": url} for url in servers], "paths": {"/v1/jobs": {"get": {"responses": answers}}}}
    collector = DriftCollector(parse_capture(document, "jobs", "1"))
    collector.add(
        Exchange(Request("GET", "/v1/jobs", headers=headers or {"host": host}), Response(200, (), b"{}"), 1, 2)
    )
    return collector.judged, dict(collector.foreign_calls)


@pytest.mark.parametrize(
    ("host", "servers"),
    [
        ("api.example", ["https://api.example"]),
        ("eu.api.example", ["https://us.api.example", "https://{region}.api.example"]),
        ("127.0.0.1:8080", ["https://api.example"]),
        ("gateway.example", []),
        ("gateway.example", ["/"]),
    ],
)
def test_a_host_of_the_contract_or_of_a_stand_in_is_compared(host, servers):
    assert judged_at(host, servers) == (1, {})


@pytest.mark.parametrize("host", ["gateway.example", "api.example.evil.example", "api.phaseo.app"])
def test_a_host_that_the_contract_does_not_name_is_foreign_whatever_its_path(host):
    assert judged_at(host, ["https://api.example"]) == (0, {host: 1})


def test_a_call_without_a_host_is_compared():
    assert judged_at("", ["https://api.example"], {"accept": "*/*"}) == (1, {})


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://jobs.example/v1", "jobs.example", "/v1/jobs/7"),
        ("/v1", "jobs.example", "/v1/jobs/7"),
        ("https://{tenant}.jobs.example/{version}", "acme.jobs.example", "/v3/jobs/7"),
        ("https://jobs.example/v1", "127.0.0.1", "/jobs/7"),
    ],
)
def test_a_call_is_found_behind_the_path_of_a_server(url, host, path):
    answers = {"200": {"content": {"Application/JSON; charset=utf-8": {"schema": JOB | {"properties": {}}}}}}
    paths = {"/jobs/{id}": {"get": {"operationId": "getJob", "responses": answers}}}
    capture = parse_capture({"servers": [{"url": url}], "paths": paths}, "jobs", "1")
    found = find_drift(capture, [get_exchange({"x": 1}, path=path, host=host)])
    assert "DIF108" in [change.check for change in found]


def test_a_call_that_is_not_documented_may_be_at_a_server_in_a_template():
    paths = {"/jobs": {"get": {"responses": {}}}}
    capture = parse_capture({"servers": [{"url": "https://{tenant}.jobs.example"}], "paths": paths}, "jobs", "1")
    [change] = find_drift(capture, [get_exchange({}, path="/other", host="acme.jobs.example")])
    assert change.check == "DIF100"
