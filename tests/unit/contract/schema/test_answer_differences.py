"""An answer against its documentation: content type, bodies, known values, headers."""

import pytest

from mockserver.contract.documents.capture import Capture, DocumentedAnswer
from mockserver.contract.schema import answer_differences
from mockserver.contract.schema.answer_differences import (
    body_differences,
    content_difference,
    header_differences,
    json_bodies,
    known_value_differences,
    may_have_body,
    media_type,
)
from mockserver.contract.schema.difference import DifferenceKind
from mockserver.core.media_type import JSON_LINES_TYPES
from mockserver.core.wire import Response

JSON, LINES, VIDEO = "application/json", "application/jsonl", "video/mp4"


def answer(**body):
    return DocumentedAnswer("200", "#/answer", body)


def documenting(*types):
    return answer(content={name: {"schema": {}} for name in types})


def response(body=b"{}", content_type=JSON, **headers):
    named = [("Content-Type", content_type)] if content_type else []
    return Response(200, (*named, *headers.items()), body)


@pytest.mark.parametrize(
    ("method", "status", "expected"), [("GET", 200, True), ("head", 200, False), ("GET", 204, False)]
)
def test_some_answers_never_have_a_body(method, status, expected):
    assert may_have_body(method, status) is expected


def test_a_media_type_has_no_parameters():
    assert media_type(response(content_type="Application/JSON; charset=utf-8")) == JSON
    assert media_type(response(content_type=None)) == ""


@pytest.mark.parametrize(
    ("documented", "given", "kind"),
    [
        ([JSON], response(), None),
        (["video/*"], response(content_type=VIDEO), None),
        (["*/*"], response(content_type=None), None),
        ([JSON], response(content_type="text/plain"), DifferenceKind.CONTENT_TYPE),
        ([JSON], response(content_type=None), DifferenceKind.CONTENT_TYPE),
        ([], response(), DifferenceKind.UNDOCUMENTED_BODY),
        ([JSON], response(b""), DifferenceKind.EMPTY_BODY),
        ([JSON, VIDEO], response(b"", VIDEO), None),
        ([], response(b""), None),
    ],
)
def test_the_content_type_is_a_documented_one(documented, given, kind):
    difference = content_difference(documenting(*documented), given)
    assert (difference and difference.kind) == kind


def test_each_line_of_json_lines_is_a_body():
    found = list(json_bodies(documenting(LINES), response(b"1\n2\n", LINES)))
    assert [(schema, body.value, body.line) for schema, body in found] == [
        ("#/answer/content/application~1jsonl/schema", 1, 1),
        ("#/answer/content/application~1jsonl/schema", 2, 2),
    ]


@pytest.mark.parametrize("name", JSON_LINES_TYPES)
def test_json_lines_have_many_names(name):
    found = json_bodies(documenting(name), response(b"1\n2\n", name))
    assert [body.value for _, body in found] == [1, 2]


def test_only_documented_json_has_bodies():
    assert [body.value for _, body in json_bodies(documenting(JSON), response())] == [{}]
    assert list(json_bodies(documenting(VIDEO), response(content_type=VIDEO))) == []
    assert list(json_bodies(answer(content={JSON: {}}), response())) == []


def test_a_known_value_is_looked_up_by_its_pointer():
    documented = answer(**{"x-known-values": {"/error/code": ["a", 1]}})
    [difference] = known_value_differences(documented, {"error": {"code": "b"}})
    assert difference.pointer == "/error/code"
    assert difference.value == "b"
    assert difference.allowed == ("a", "1")
    for body in ({"error": {"code": 1}}, {"error": "b"}, {}, []):
        assert list(known_value_differences(documented, body)) == []


def test_headers_are_there_and_well_formed():
    documented = answer(
        headers={"X-Left": {"required": True, "x-basis": "runtime", "schema": {"type": "integer"}}, "X-Free": {}}
    )
    capture = Capture("v", "e", {"answer": documented.body})

    def differences(**headers):
        found = header_differences(capture, documented, response(**headers))
        return [(each.kind, each.names, each.basis) for each in found]

    assert differences(**{"X-Left": "5", "X-Free": "any"}) == []
    assert differences() == [(DifferenceKind.MISSING_HEADER, ("X-Left",), "runtime")]
    assert differences(**{"X-Left": "many"}) == [(DifferenceKind.HEADER_VIOLATION, ("X-Left",), "runtime")]


def test_the_differences_of_short_bodies_are_kept_and_those_of_long_ones_are_not():
    capture = Capture("toy", "2026-01-01", {"schema": {"properties": {"n": {"type": "integer"}}}})
    short, long = b'{"n": "1"}', b'{"n": "' + b"1" * 4_000 + b'"}'
    [difference] = body_differences(capture, "#/schema", {"n": "1"}, short)
    assert difference.pointer == "/n"
    # The value of a text that was seen before is not looked at.
    assert body_differences(capture, "#/schema", {"n": 1}, short) == [difference]
    assert len(body_differences(capture, "#/schema", {"n": "1"}, long)) == 1
    assert body_differences(capture, "#/schema", {"n": 1}, long) == []


def test_the_differences_that_are_kept_are_bounded(monkeypatch):
    monkeypatch.setattr(answer_differences, "_MAX_KEPT", 2)
    capture = Capture("toy", "2026-01-01", {"schema": {}})
    for number in range(5):
        body_differences(capture, "#/schema", number, str(number).encode())
    assert len(capture.cache("differences")) == 1
