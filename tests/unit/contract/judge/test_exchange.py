"""One exchange, one capture: what is found, at which level, and what is not."""

import json

import pytest

from mockserver.contract.documents.capture import parse_capture
from mockserver.contract.documents.waivers import Waiver
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.core.wire import Exchange, Request, Response

JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}
DOCUMENT = {
    "x-error-schema": "#/components/schemas/Error",
    "x-method-not-allowed": {"$ref": "#/components/responses/NoMethod"},
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "responses": {
                    "200": {"x-basis": "page", "x-note": "a pet", "content": JSON},
                    "202": {"content": JSON},
                    "304": {"content": JSON},
                    "404": {
                        "x-basis": "runtime",
                        "x-known-values": {"/error": ["not_found"], "/n": [1], "/deep/er": ["x"]},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                    },
                },
            },
            "delete": {"operationId": "deletePet", "responses": {"200": {"x-basis": "spec"}, "204": {}}},
        },
        "/pets/{id}/photo": {
            "get": {
                "operationId": "getPhoto",
                "responses": {
                    "200": {
                        "headers": {
                            "X-Left": {"$ref": "#/components/headers/Left"},
                            "X-Note": {"x-basis": "runtime", "required": True},
                            "X-Free": {},
                        },
                        "content": {"image/*": {"schema": {"type": "string"}}, "application/problem+json": {}},
                    }
                },
            }
        },
        "/pets/lines": {
            "get": {
                "operationId": "lines",
                "responses": {"200": {"content": {"application/jsonl": JSON["application/json"]}}},
            }
        },
    },
    "components": {
        "headers": {"Left": {"x-basis": "page", "required": True, "schema": {"type": "integer"}}},
        "responses": {
            "NoMethod": {"x-basis": "inferred", "content": {"application/json": {"schema": {"type": "object"}}}}
        },
        "schemas": {
            "Pet": {
                "type": "object",
                "required": ["id"],
                "x-always-present": ["id", "state"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[0-9]{2}$"},
                    "state": {"enum": ["asleep", "awake", "dreaming"], "x-basis-of": {"dreaming": "runtime"}},
                    "born": {"type": "string", "format": "date-time"},
                    "tag": {"type": "string"},
                    "colour": {"type": "string", "enum": ["red", "blue"]},
                    "owner": {"properties": {"id": {"type": "string"}, "name": {}}, "not": {"required": ["name"]}},
                },
            },
            "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
        },
    },
}
CAPTURE = parse_capture(DOCUMENT, "pets", "2026-01-01")
PET = {"id": "12", "state": "awake"}


def judge(
    body=b"", *, call="GET /pets/1", status=200, kind="application/json", headers=(), strict=False, capture=CAPTURE
):
    method, path = call.split()
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (("Content-Type", kind), *headers) if kind else headers
    exchange = Exchange(Request(method, path), Response(status, head, data), 0, 1)
    return judge_exchange(capture, exchange, strict=strict)


def summaries(*args, **others):
    return [f"{each.level} {each.rule} {each.where}" for each in judge(*args, **others)]


class TestCalls:
    def test_a_right_answer_has_no_findings(self):
        assert summaries(PET) == []

    def test_a_lost_answer_has_none_either(self):
        assert judge_exchange(CAPTURE, Exchange(Request("GET", "/nothing"), None, 0, None)) == []

    def test_an_unknown_path_names_the_nearest(self):
        [found] = judge(call="GET /pest/1")
        assert found.level == "info"
        assert found.rule == "S0"
        assert "did you mean 'GET /pets/{id}'?" in found.message

    def test_an_unknown_method_names_the_known(self):
        [found] = judge(call="PUT /pets/1", status=200)
        assert found.rule == "S0"
        assert found.allowed == "GET, DELETE /pets/1"

    def test_405_for_an_unknown_method_is_judged(self):
        assert summaries({}, call="PUT /pets/1", status=405) == []
        assert summaries([], call="PUT /pets/1", status=405) == ["warning S7 body"]

    def test_405_is_nothing_special_where_the_document_has_none(self):
        bare = parse_capture({"paths": DOCUMENT["paths"], "components": DOCUMENT["components"]}, "pets", "e")
        assert summaries({}, call="PUT /pets/1", status=405, capture=bare) == ["info S0 request"]
        assert summaries({}, call="GET /other", status=405) == ["info S0 request"]


class TestStatus:
    def test_an_undocumented_one_lists_the_documented(self):
        [found] = judge(PET, status=201)
        assert found.rule == "S1"
        assert found.where == "status"
        assert found.allowed == "200 (page), 202, 304, 404 (runtime)"
        assert found.source == "pets@2026-01-01 #/paths/~1pets~1{id}/get"

    def test_an_undocumented_error_still_has_the_vendors_shape(self):
        assert summaries({"error": "x"}, status=418) == ["error S1 status"]
        assert summaries({"fault": "x"}, status=418) == ["error S1 status", "error S7 body"]
        assert summaries({"error": 5}, status=418) == ["error S1 status", "error S7 /error"]
        assert summaries(b"<html>", status=418, kind="text/html") == ["error S1 status"]
        assert summaries(b"", call="HEAD /pets/1", status=418) == ["error S1 status"]

    def test_the_source_names_place_basis_and_note(self):
        [found] = judge({"id": "1", "state": "awake"})
        assert found.source == "pets@2026-01-01 #/paths/~1pets~1{id}/get/responses/200 (page): a pet"
        assert found.call == "GET /pets/1 -> 200"
        [found] = judge({"id": "1", "state": "awake"}, status=202)
        assert found.source == "pets@2026-01-01 #/paths/~1pets~1{id}/get/responses/202"


class TestContentType:
    @pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
    def test_parameters_and_case_do_not_matter(self, kind):
        assert summaries(PET, kind=kind) == []

    def test_another_type_is_an_error_and_not_judged_on(self):
        [found] = judge(b"<p>", kind="text/html")
        assert found.rule == "S2"
        assert found.where == "header Content-Type"
        assert found.allowed == "application/json"

    def test_none_is_information_and_the_body_is_judged_as_the_documented_type(self):
        other = (("X-Other", "x"),)
        assert summaries(PET, kind="", headers=other) == ["info S2 header Content-Type"]
        assert summaries({"id": "12"}, kind="", headers=other) == ["info S13 body", "info S2 header Content-Type"]
        assert summaries({"id": 12, "state": "awake"}, kind="", headers=other) == [
            "error S3 /id",
            "info S2 header Content-Type",
        ]

    def test_an_answer_without_any_header_has_lost_them(self):
        assert summaries(PET, kind="") == []
        assert summaries(b"p", call="GET /pets/1/photo", kind="") == []

    def test_a_range_fits(self):
        answer = {"call": "GET /pets/1/photo", "headers": (("x-left", "3"), ("X-Note", "n"))}
        assert summaries(b"\x89PNG", kind="image/png", **answer) == []
        assert summaries(b"", kind="image/png", **answer) == []
        assert summaries(b"{}", kind="application/problem+json", **answer) == []

    def test_a_body_where_none_is_documented_is_information(self):
        assert summaries({}, call="DELETE /pets/1") == ["info S2 body"]
        assert summaries(b"", call="DELETE /pets/1", kind="") == []

    @pytest.mark.parametrize("status", [204, 304])
    def test_an_answer_without_a_body_is_not_asked_for_one(self, status):
        call = "DELETE /pets/1" if status == 204 else "GET /pets/1"
        assert summaries(b"", call=call, status=status, kind="") == []

    def test_a_body_that_the_recorder_left_out_is_unknown(self):
        assert summaries(b"", headers=(("Content-Length", "23"),)) == []
        assert summaries(b"", headers=(("Content-Length", "0"),)) == ["error S3 body"]

    def test_a_missing_body_is_an_error(self):
        assert summaries(b"") == ["error S3 body"]
        assert summaries(b"", kind="") == ["error S3 body"]
        assert summaries(b"", kind="text/html") == ["error S3 body"]

    def test_head_is_judged_by_status_and_headers(self):
        assert summaries(b"", call="HEAD /pets/1") == []
        assert summaries(b"", call="HEAD /pets/1/photo", kind="image/png") == [
            "info S12 header X-Left",
            "info S12 header X-Note",
        ]


class TestBody:
    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"id": "1", "state": "awake"}, "error S9 /id"),
            ({"id": "12\n", "state": "awake"}, "error S9 /id"),
            ({"id": 12, "state": "awake"}, "error S3 /id"),
            ({"id": None, "state": "awake"}, "error S6 /id"),
            ({**PET, "born": "today"}, "error S3 /born"),
            ({"state": "awake"}, "error S3 /id"),
            ({"id": "12"}, "info S13 body"),
            ({**PET, "nick": 1}, "info S4 /nick"),
            (b'{"id": "12", "state": "awake", "id": "12"}', "error S8 body"),
            (b'\xef\xbb\xbf{"id": "12", "state": "awake"}', "error S8 body"),
            (b'{"id": NaN}', "error S8 body"),
            (b'{"id": "\xff"}', "error S8 body"),
        ],
    )
    def test_each_rule_has_its_finding(self, body, expected):
        assert summaries(body) == [expected]

    def test_an_object_without_one_documented_field_is_another_object(self):
        [found] = judge({"detail": "no such pet"})
        assert found.level == "error"
        assert found.rule == "S3"
        assert found.where == "body"
        assert found.message == 'the body has none of the documented fields: {"detail": "no such pet"}'
        assert summaries({"msg": "no"}, status=404) == ["error S7 body"]
        assert summaries({}) == ["error S3 /id"]

    def test_what_a_violation_implies_is_no_second_one(self):
        assert summaries({**PET, "colour": 5}) == ["error S3 /colour"]
        assert summaries({**PET, "owner": {"id": 5, "name": "x"}}) == ["error S3 /owner/id"]
        assert summaries({**PET, "owner": {"id": "5", "name": 1}}) == ["error S3 /owner"]

    def test_an_unknown_value_suggests_the_nearest(self):
        [found] = judge({**PET, "state": "awaken"})
        assert found.rule == "S5"
        assert found.value == '"awaken"'
        assert found.allowed == "asleep, awake, dreaming"
        assert "(did you mean 'awake'?)" in found.message

    def test_a_value_of_another_type_suggests_nothing(self):
        [found] = judge({**PET, "state": 5})
        assert "did you mean" not in found.message

    def test_a_misspelt_field_suggests_the_declared(self):
        [found] = judge({**PET, "bron": "x"})
        assert "did you mean 'born'" in found.message

    def test_a_long_value_is_cut(self):
        [found] = judge({**PET, "tag": ["x" * 500]})
        assert len(found.value) == 200

    def test_strict_holds_to_the_page(self):
        assert summaries({**PET, "nick": 1}, strict=True) == ["error S4 /nick"]
        assert summaries({**PET, "state": "dreaming"}) == []
        assert summaries({**PET, "state": "dreaming"}, strict=True) == ["warning S11 /state"]

    def test_lines_are_judged_one_by_one(self):
        lines = b'{"id":"12","state":"awake"}\n{"id":"1","state":"awake"}\n\n'
        expected = ["error S8 line 3 body", "error S9 line 2 /id"]
        assert summaries(lines, call="GET /pets/lines", kind="application/jsonl") == expected
        assert summaries(b"", call="GET /pets/lines", kind="application/jsonl") == []

    def test_a_waiver_makes_it_information(self):
        waiver = Waiver("S5", "getPet", "/state", "r", "p", "q", "d", '"awaken"')
        waived = parse_capture(DOCUMENT, "pets", "e", waivers=(waiver,))
        [found] = judge({**PET, "state": "awaken"}, capture=waived)
        assert found.level == "info"


class TestErrors:
    def test_a_wrong_shape_is_the_rule_of_error_bodies(self):
        assert summaries({"error": 5}, status=404) == ["error S7 /error", "warning S7 /error"]

    def test_a_code_not_known_so_far_is_a_warning(self):
        [found] = judge({"error": "not_fond"}, status=404)
        assert found.level == "warning"
        assert found.rule == "S7"
        assert found.allowed == "not_found"
        assert "did you mean 'not_found'" in found.message

    def test_a_known_or_absent_one_is_none(self):
        assert summaries({"error": "not_found"}, status=404) == []
        assert summaries({"error": "not_found", "n": 1, "deep": 5}, status=404) == ["info S4 /n", "info S4 /deep"][::-1]


class TestHeaders:
    @pytest.mark.parametrize(
        ("left", "expected"),
        [
            ("3", []),
            ("x", ["error S12 header X-Left"]),
            ("9" * 30, ["error S12 header X-Left"]),
            ("\u0663", ["error S12 header X-Left"]),
            ("\ud800", ["error S12 header X-Left"]),
            ("3\udcff", ["error S12 header X-Left"]),
        ],
    )
    def test_a_value_is_judged_by_its_schema(self, left, expected):
        headers = (("X-Left", left), ("X-Note", "n"), ("X-Free", "f"))
        assert summaries(b"p", call="GET /pets/1/photo", kind="image/png", headers=headers) == expected
