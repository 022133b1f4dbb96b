"""The era: its routes, key, rate limit, and the answers to requests that reach no handler."""

import json
import re
import shlex

import pytest

from mockserver.core.instants import MINUTE
from mockserver.core.lifecycle import mermaid_diagram
from mockserver.core.ratelimit import LimitWindow, RateLimit
from mockserver.core.wire import Request
from mockserver.data import data_folder
from mockserver.vendors.api import FOREVER, Call, RequestError
from mockserver.vendors.reap import VENDOR
from mockserver.vendors.reap.errors import parse_error_reason, validation_error_response
from mockserver.vendors.reap.states import PROJECT_LIFECYCLE
from mockserver.vendors.reap.vendor import ERA, OPERATIONS, limit_headers, parse_api_key
from mockserver.vendors.script import Script

API = "/api/v1/automation"
VERBS = """
    upload_url upload create create_captions create_reframe create_dubbing create_transcription get details clips clip
    list update delete cancel content
"""


class TestTables:
    def test_the_verbs(self):
        assert [operation.name for operation in OPERATIONS] == VERBS.split()

    def test_every_call_of_the_api_has_both_paths(self):
        for operation in OPERATIONS:
            if operation.auth:
                assert operation.path.startswith(f"{API}/")
                assert operation.aliases == (operation.path.removeprefix("/api/v1"),)

    def test_only_status_and_details_are_polls(self):
        assert {operation.name for operation in OPERATIONS if operation.polls} == {"get", "details"}

    def test_where_the_id_goes(self):
        places = {operation.name: (operation.id_in or (None,))[0] for operation in OPERATIONS}
        assert {name for name, place in places.items() if place == "body"} == {"update", "cancel"}
        assert {name for name, place in places.items() if place == "path"} == {"upload", "content"}
        assert {name for name, place in places.items() if place is None} == {
            name for name in VERBS.split() if name.startswith("create")
        } | {"upload_url", "list"}

    def test_posts_carry_json(self):
        assert all((operation.method == "POST") == (operation.body.requires_object) for operation in OPERATIONS)

    def test_the_kinds(self):
        assert list(ERA.kinds) == ["project", "upload"]
        assert ERA.main_kind.name == "project"
        assert ERA.main_kind.retention == FOREVER
        for kind in ERA.kinds.values():
            assert re.fullmatch(kind.id_pattern, kind.new_id("seed", 1, 1_783_425_600_000_000))

    def test_the_vendor(self):
        assert VENDOR.name == "reap"
        assert [era.pin for era in VENDOR.eras] == ["reap@2026-07-07"]
        assert VENDOR.era("2026-07-06") is None
        assert ERA.supports_cancel

    def test_the_snippet_is_a_command_line(self):
        words = shlex.split(VENDOR.snippet("http://127.0.0.1:4810", "key"))
        assert words[:2] == ["curl", f"http://127.0.0.1:4810{API}/create-clips"]
        assert "Authorization: Bearer key" in words

    def test_the_diagram_in_the_documentation_is_the_table(self):
        page = (data_folder("contracts").parent / "docs" / "vendors" / "reap.md").read_text(encoding="utf-8")
        found = re.search(
            r"<!-- lifecycle:reap:project -->\n```mermaid\n(.*?)```\n<!-- /lifecycle -->", page, re.DOTALL
        )
        assert found is not None
        assert found[1] == mermaid_diagram(PROJECT_LIFECYCLE)


class TestKey:
    @pytest.mark.parametrize(
        ("header", "found"),
        [
            (None, RequestError.NO_KEY),
            ("", RequestError.MALFORMED_KEY),
            ("Bearer", RequestError.MALFORMED_KEY),
            ("Bearer  ", RequestError.MALFORMED_KEY),
            ("Basic abc", RequestError.MALFORMED_KEY),
            ("Bearer abc", "abc"),
            ("bearer  a b ", "a b"),
        ],
    )
    def test_it_is_a_bearer_token(self, header, found):
        headers = {} if header is None else {"authorization": header}
        assert parse_api_key(Request("GET", "/", headers=headers)) == found

    def test_what_carries_it(self):
        carried = {name.lower(): value for name, value in ERA.auth_headers("abc").items()}
        assert parse_api_key(Request("GET", "/", headers=carried)) == "abc"

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            (None, "Not authenticated"),
            ("", "Invalid authentication credentials"),
            ("invalid", "Invalid API key"),
            ("expired", "API key has expired"),
        ],
    )
    def test_without_a_good_one(self, world, key, text):
        answer = world.request("GET", f"{API}/get-all-projects", key=key)
        assert answer.status == 401
        assert answer.body == {"detail": text}
        assert answer.response.header("www-authenticate") == "Bearer"


class TestTrouble:
    def test_an_unknown_path(self, world):
        answer = world.request("GET", f"{API}/get-nothing")
        assert answer.status == 404
        assert answer.body == {"detail": "Not Found"}

    def test_a_wrong_method(self, world):
        answer = world.request("GET", f"{API}/cancel-project")
        assert answer.status == 405
        assert answer.body == {"detail": "Method Not Allowed"}

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"", "missing"),
            (b"{", "json_invalid"),
            (b"\xff", "json_invalid"),
            (b"[]", "model_attributes_type"),
            (b"5", "model_attributes_type"),
            (b"null", "model_attributes_type"),
        ],
    )
    def test_a_body_that_is_none(self, world, body, kind):
        for name in ("cancel-project", "create-clips", "get-upload-url"):
            answer = world.request("POST", f"{API}/{name}", body)
            assert answer.status == 422
            assert answer.body["detail"][0]["type"] == kind

    @pytest.mark.parametrize("trouble", RequestError)
    def test_every_trouble_has_an_answer(self, trouble):
        call = Call(Request("POST", "/", body=b"x"), 0, ERA, Script(), None, None, "", "seed", "req_1")
        answer = ERA.render_request_error(call, trouble, "what we noticed")
        assert 400 <= answer.status < 500
        assert b"what we noticed" not in answer.body

    def test_the_alias_is_the_same_call(self, world):
        project_id = world.create()
        answer = world.request("POST", "/automation/cancel-project", {"projectId": project_id})
        assert answer.status == 200
        assert answer.body["status"] == "cancelled"


class TestErrors:
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 429, 500, 503])
    def test_a_status_that_a_scenario_asks_for(self, status):
        answer = ERA.render_status_error(None, status, "too late")
        assert answer.status == status
        assert parse_error_reason(json.loads(answer.body)) == "too late"

    @pytest.mark.parametrize(
        ("body", "text"),
        [
            ({"detail": "x"}, "x"),
            ({"detail": [{"msg": "first"}, {"msg": "second"}]}, "first"),
            ({"detail": []}, ""),
            ({"detail": ["x"]}, ""),
            ({"detail": [{"msg": 5}]}, ""),
            ({"detail": {"a": 1}}, ""),
            ({"error": "x"}, ""),
            ([], ""),
            (None, ""),
            ("x", ""),
        ],
    )
    def test_the_reason_in_a_body(self, body, text):
        assert parse_error_reason(body) == text

    def test_an_empty_list_of_flaws_is_still_a_body(self):
        assert validation_error_response([]).body == b'{"detail":[]}'


class TestRateLimit:
    def test_ten_a_minute_for_each_key_and_operation(self, make_world):
        world = make_world(limited=True)
        for left in range(9, -1, -1):
            answer = world.get("get-all-projects")
            assert answer.status == 200
            assert answer.response.header("X-RateLimit-Remaining") == str(left)
            world.elapsed += 1
        refused = world.get("get-all-projects")
        assert refused.status == 429
        assert refused.response.header("Retry-After") == "50"
        assert refused.response.header("X-RateLimit-Remaining") == "0"
        assert world.request("GET", f"{API}/get-all-projects", key="another").status == 200
        assert world.post("get-upload-url", {"filename": "a.mp4"}).status == 200
        world.elapsed = 60
        assert world.get("get-all-projects").status == 200

    def test_a_refused_cancel_changes_nothing(self, make_world):
        world = make_world(limited=True)
        project_id = world.create()
        for _ in range(10):
            world.cancel("0" * 24)
        assert world.cancel(project_id).status == 429
        assert world.status(project_id) == "queued"

    def test_files_are_put_and_fetched_without_one(self, make_world):
        world = make_world(limited=True)
        upload = world.post("get-upload-url", {"filename": "a.mp4"}).body
        thumbnail = world.details(world.create(uploadId=upload["id"]))["thumbnail"]
        for _ in range(15):
            assert world.request("PUT", f"/uploads/{upload['id']}", b"x", key=None).status == 200
            assert world.follow(thumbnail).status == 200

    def test_the_headers(self):
        assert limit_headers(RateLimit(10, MINUTE), LimitWindow(1_500_000, 3)) == (
            ("X-RateLimit-Limit", "10"),
            ("X-RateLimit-Remaining", "7"),
            ("X-RateLimit-Reset", "62"),
        )
        assert limit_headers(RateLimit(2, MINUTE), LimitWindow(0, 5))[1] == ("X-RateLimit-Remaining", "0")
