"""Admin calls that the server must refuse."""

from typing import Any, NamedTuple

from tests.support.fake_server import FakeServer


class AdminProblem(NamedTuple):
    """The parts of a problem document that a test compares."""

    status: int
    code: str
    detail: str


def expect_refusal(server: FakeServer, call: str, body: Any = None, session: str = "default") -> AdminProblem:
    """Make an admin call (a POST if it has a body), check the form of the problem document, and return its parts."""
    method = "GET" if body is None else "POST"
    answer = server.request(method, f"/__mock/{call}", body, {"X-Mock-Session": session})
    assert answer.status >= 400, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["status"] == answer.status
    assert problem["type"] == f"urn:videojob-mockserver:{problem['code']}"
    assert problem["hint"]
    return AdminProblem(answer.status, problem["code"], problem["detail"])
