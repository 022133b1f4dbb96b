"""The generated pages of the reference are those of this code, and the admin API is as its document says."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from docs._ext.reference.files import generated_files
from docs._ext.reference.openapi import admin_openapi
from mockserver.contract.documents.capture import parse_capture
from mockserver.server.admin.routes import ROUTES
from tests.support.fake_server import FakeServer, fake_server
from tests.support.http_client import ServerResponse, send_request
from tests.support.paths import ROOT

FILES = {str(path.relative_to(ROOT)): text for path, text in generated_files().items()}
DOCUMENT = admin_openapi()


@pytest.mark.parametrize("name", FILES)
def test_a_generated_file_is_fresh(name):
    assert (ROOT / name).read_text(encoding="utf-8") == FILES[name], "run: python -m docs._ext.reference"


def test_the_projects_own_reader_takes_the_admin_api():
    read = parse_capture(json.loads(json.dumps(DOCUMENT)), "admin", "2026-01-01", "docs/openapi.json")
    assert {operation.id for operation in read.operations} == {route.handler.__name__ for route in ROUTES}


def test_every_admin_call_is_documented_once():
    documented = [(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
    routes = [(route.method, "/__mock/" + route.path) for route in ROUTES]
    assert sorted((method, re.sub(r"\{\w+\}", "*", path)) for method, path in documented) == sorted(routes)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_field_and_parameter_has_a_form(route):
    operation = _operation(route.method, route.path)
    body = operation.get("requestBody", {"content": {"application/json": {"schema": {}}}})
    schema = body["content"]["application/json"]["schema"]
    properties = next(iter(schema.get("anyOf", [schema]))).get("properties", {})
    assert set(properties) == set(route.fields)
    for name, form in properties.items():
        assert form, name
    queries = [each for each in operation["parameters"] if each.get("in") == "query"]
    assert {each["name"] for each in queries} == set(route.query)


def _operation(method: str, path: str) -> dict[str, Any]:
    for template, methods in DOCUMENT["paths"].items():
        if re.sub(r"\{\w+\}", "*", template) == f"/__mock/{path}" and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise KeyError(path)


def _errors(schema: dict[str, Any], value: Any) -> list[str]:
    """Validate a value by a schema that may refer to the document's components."""
    validator = Draft202012Validator({"components": DOCUMENT["components"], **schema})
    return [error.message for error in validator.iter_errors(value)]


SCENARIO = "scenario: mine\nvendor: reap\n"
EMPTY_FILE = {
    "mockserver_session": 1,
    "name": "imported",
    "scenarios": [],
    "seed": "s",
    "eras": {"reap": "2026-10-02"},
    "start": "2026-10-01T12:00:00Z",
    "now": "2026-10-01T12:00:00Z",
    "clock": "manual",
    "faults": [],
    "vendors": {"reap": []},
}
CALLS = [
    ("GET", "health", "health", None),
    ("GET", "version", "version", None),
    (
        "POST",
        "sessions",
        "sessions",
        {"name": "t1", "clock": "manual", "seed": "7", "vendors": {"phaseo": "2026-06-11"}},
    ),
    ("GET", "sessions", "sessions", None),
    ("DELETE", "sessions/*", "sessions/t1", None),
    ("GET", "clock", "clock", None),
    ("POST", "clock", "clock", {"auto": "5s"}),
    ("POST", "clock", "clock", {"scale": 60}),
    # Frozen from here on: on a slow machine the job would else end before its webhook is registered.
    ("POST", "clock", "clock", {"freeze": True}),
    ("POST", "clock", "clock", {"advance": "2s"}),
    ("POST", "jobs", "jobs", {"vendor": "reap", "count": 1, "body": {"title": "A talk"}}),
    ("GET", "jobs", "jobs?state=queued", None),
    ("GET", "jobs/*", "jobs/{job}", None),
    ("POST", "jobs/*/move", "jobs/{job}/move", {"to": "processing", "force": True}),
    ("GET", "journal", "journal", None),
    ("GET", "journal/*", "journal/last", None),
    ("GET", "sessions/*/export", "sessions/default/export", None),
    ("POST", "sessions/import", "sessions/import", {"session": EMPTY_FILE}),
    ("GET", "timeline", "timeline?job={job}", None),
    ("GET", "scenario", "scenario", None),
    ("GET", "ledger", "ledger?job={job}", None),
    ("GET", "findings", "findings", None),
    ("POST", "faults", "faults", {"vendor": "reap", "on": "get", "when": {"poll": 9}, "do": {"status": 503}}),
    ("GET", "faults", "faults", None),
    ("DELETE", "faults/*", "faults/fault-1", None),
    ("DELETE", "faults", "faults", None),
    ("GET", "limits", "limits", None),
    ("POST", "limits", "limits", {"vendor": "reap", "limits": {"get": "5/1m"}}),
    ("POST", "holds", "holds", {"operation": "cancel", "at": "arrived", "times": 1}),
    ("GET", "holds", "holds", None),
    ("POST", "holds/*/release", "holds/{hold}/release", None),
    ("DELETE", "holds", "holds", None),
    ("GET", "explain/*", "explain/last", None),
    ("GET", "explain/*/times", "explain/last/times", None),
    ("POST", "verify", "verify", {"operation": "get", "status": "2xx", "at_least": 0}),
    ("POST", "verify", "verify", {"in_order": [{"operation": "list"}, {"operation": "list"}]}),
    ("POST", "wait", "wait", {"job": "{job}", "state": "processing", "timeout": "1s"}),
    ("POST", "webhooks", "webhooks", {"vendor": "reap", "receiver": [200], "events": ["completed"]}),
    ("GET", "webhooks", "webhooks", None),
    ("POST", "clock", "clock", {"advance": "1m"}),
    ("GET", "deliveries", "deliveries?job={job}", None),
    ("POST", "deliveries/*/redeliver", "deliveries/{delivery}/redeliver", None),
    ("DELETE", "webhooks", "webhooks", None),
    ("GET", "scenarios", "scenarios", None),
    ("POST", "scenarios", "scenarios", {"text": SCENARIO, "file": "mine.yaml", "replace": True}),
    ("GET", "scenarios/*", "scenarios/mine", None),
    ("DELETE", "scenarios/*", "scenarios/mine", None),
    ("POST", "reset", "reset", {"all": True}),
]
"""A call of each route, as route and as sent; `{job}` is the job that they are about."""


@pytest.fixture
def server():
    with fake_server("reap", "phaseo") as running:
        yield running


def _send(server: FakeServer, method: str, path: str, body: Any, names: dict[str, str]) -> ServerResponse:
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
        if body is not None:
            body = json.loads(json.dumps(body).replace(f"{{{name}}}", value))
    return send_request(f"{server.url}/__mock/{path}", method, body)


def test_every_call_and_its_answer_are_as_documented(server):
    send_request(f"{server.url}/api/v1/automation/get-all-projects", headers={"Authorization": "Bearer any-key"})
    names: dict[str, str] = {}
    called = set()
    for method, route, path, body in CALLS:
        operation = _operation(method, route)
        response = _send(server, method, path, body, names)
        where = f"{method} {path}: {response.body[:300]!r}"
        called.add((method, route))
        if response.status >= 400:
            # The judge of `serve --check` is not there: the one refusal of this test.
            assert response.json["code"] == "ADM043", where
            problem = {"$ref": "#/components/schemas/Problem"}
            assert _errors(problem, response.json) == [], where
            continue
        if body is not None:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert _errors(schema, body) == [], where
        content = operation["responses"]["2XX"]["content"]
        media_type = response.headers.get_content_type()
        assert media_type in content, where
        if media_type == "application/json":
            assert _errors(content[media_type]["schema"], response.json) == [], where
            if (method, route) == ("POST", "jobs"):
                names["job"] = response.json["jobs"][0]
            if (method, route) == ("GET", "deliveries"):
                names["delivery"] = response.json["deliveries"][0]["id"]
            if (method, route) == ("POST", "holds"):
                names["hold"] = response.json["id"]
    # A feed has no end: `tests/integration/server/ui/test_feed.py` reads it.
    assert called == {(route.method, route.path) for route in ROUTES} - {("GET", "feed")}


def test_an_unknown_field_is_off_the_document(server):
    schema = _operation("POST", "clock")["requestBody"]["content"]["application/json"]["schema"]
    assert _errors(schema, {"advence": "8h"}) != []
    assert send_request(f"{server.url}/__mock/clock", "POST", {"advence": "8h"}).refusal.code == "ADM002"
