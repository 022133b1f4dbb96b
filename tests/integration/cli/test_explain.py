"""`mockserver explain`: a rule, a code and a request, detected by their form."""

import json
from urllib.request import Request, urlopen

import pytest

from mockserver.cli.commands.explain import answer_lines
from mockserver.contract.explain import rule_ids

BODY = {"model": "qwen/wan2.7-t2v", "prompt": "a cat"}


@pytest.mark.parametrize("name", ["T13", "t13"])
def test_a_rule_is_explained_with_source_example_and_fix(name, mockserver):
    result = mockserver("explain", name)
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].startswith("T13: canceled_at")
    assert [line.split()[0] for line in lines[1:]] == [
        "level", "vendor", "eras", "job", "source", "example", "judged", "rule", "fix",
    ]  # fmt: skip


@pytest.mark.parametrize("name", rule_ids())
def test_every_rule_can_be_explained(name, mockserver):
    result = mockserver("explain", name)
    assert result.code == 0
    assert result.out.partition(":")[0] == name


def test_an_error_code_is_explained(mockserver):
    out = mockserver("explain", "scn026").out
    assert out.startswith("SCN026 (scenario files): A duration is a number without a unit")


def test_an_unknown_name_is_2_with_the_nearest(mockserver):
    result = mockserver("explain", "t133")
    assert result.code == 2
    assert "CLI003 no rule, error code or request has the name 't133' (did you mean 'T13'?)" in result.err


def test_a_malformed_request_id_is_2_with_the_right_form(mockserver):
    result = mockserver("explain", "req_12")
    assert result.code == 2
    assert "CLI003 'req_12' is not the id of a request" in result.err
    assert "9 to 16 digits" in result.err


def test_a_request_of_a_running_server_is_explained(serve, mockserver):
    url = serve("--port", "0", "--vendor", "phaseo@2026-06-11").url
    create_request = Request(f"{url}/v1/videos", json.dumps(BODY).encode(), method="POST")
    create_request.add_header("Authorization", "Bearer key")
    create_request.add_header("Content-Type", "application/json")
    create_request.add_header("X-Mock-Session", "t1")
    with urlopen(create_request) as answer:
        name = answer.headers["X-Mock-Request-Id"]
    result = mockserver("explain", name, "--url", url, "--session", "t1")
    assert result.code == 0
    assert result.out.startswith(f"{name}: POST /v1/videos -> ")
    assert f"    sent     {json.dumps(BODY)}\n" in result.out
    assert "    because  it made video " in result.out
    found = json.loads(mockserver("explain", name, "--url", url, "--session", "t1", "--json").out)
    assert found["text"] in result.out
    assert [why["reason"] for why in found["reasons"]][:3] == ["SESSION", "OPERATION", "JOB"]
    for last in ("last", "last:create"):
        assert mockserver("explain", last, "--url", url, "--session", "t1").out.startswith(f"{name}: POST")
    result = mockserver("explain", "last:a b", "--url", url)
    assert result.code == 2
    assert "ADM003 no operation 'a b'" in result.err
    result = mockserver("explain", name, "--url", url)
    assert result.code == 2
    assert f"ADM030 session 'default' has no request {name}; session 't1' has" in result.err


def test_a_long_body_is_cut_in_text():
    body = {"text": "req_1: GET / -> 200", "request": {"body": ""}, "response": {"body": "x" * 504}}
    assert list(answer_lines(body)) == ["req_1: GET / -> 200", f"    answered {'x' * 500}..."]


def test_a_rule_is_explained_as_json(mockserver):
    result = json.loads(mockserver("explain", "T13", "--json").out)
    assert result["name"] == "T13"
    assert result["text"].partition(":")[0] == "T13"


def test_an_unreachable_server_is_3(mockserver):
    result = mockserver("explain", "req_000000001", "--url", "http://127.0.0.1:1")
    assert result.code == 3
    assert "is `mockserver serve` running?" in result.err
