"""The prefix that a gateway puts before a vendor's paths."""

import pytest

from mockserver.contract.documents.capture import load_capture, read_capture
from mockserver.contract.judge.path_prefix import path_prefix
from mockserver.core.wire import Request


@pytest.mark.parametrize(
    ("call", "prefix"),
    [
        ("GET /phaseo/v1/videos/G-1", "/phaseo"),
        ("POST /team/a/v1/videos", "/team/a"),
        ("GET /v1/nowhere", ""),
        ("PUT /phaseo/v1/videos", ""),
        ("GET /", ""),
        (f"GET /{'a' * 300}/v1/videos", f"/{'a' * 199}"),
    ],
)
def test_what_stands_before_a_path_of_the_contract_is_found(call, prefix):
    method, path = call.split()
    assert path_prefix(load_capture("phaseo", "2026-06-11"), Request(method, path, "", {})) == prefix


def test_a_path_that_begins_with_a_parameter_proves_nothing(tmp_path):
    path = tmp_path / "any.yaml"
    path.write_text("openapi: 3.1.0\npaths: {'/{owner}/runs': {get: {responses: {'200': {description: x}}}}}\n")
    assert path_prefix(read_capture(path), Request("GET", "/gateway/me/runs", "", {})) == ""
