"""The parts of Reap's mutants."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import ClientDriver, Mutant
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest

JULY: Final = "reap@2026-07-07"
LIMITS: Final = (("X-RateLimit-Limit", "10"), ("X-RateLimit-Remaining", "9"), ("X-RateLimit-Reset", "1790856060"))

_JSON: Final = (("Content-Type", "application/json"), *LIMITS)


def mutant(
    name: str,
    description: str,
    rules: str,
    bug: Bug,
    driver: ClientDriver = client_drivers.project_life,
    *,
    as_info: bool = False,
) -> Mutant:
    """Build a mutant; `rules` are the ids of those that may report it, separated by spaces."""
    return Mutant(f"reap/{name}", description, tuple(rules.split()), driver, bug, JULY, as_info)


def refusal(detail: str = "No.", code: int = 400, *headers: tuple[str, str]) -> Response:
    """Build an error in the service's shape."""
    return Response(code, (*_JSON, *headers), orjson.dumps({"detail": detail}))


def not_found(call: InterceptedRequest) -> Response:
    """Deny that the project exists."""
    return refusal("Project not found", 404)


def project(call: InterceptedRequest, job_id: str = "", **fields: Any) -> Response:
    """Return the correct answer to get-project-details, with other fields."""
    response = call.response_to_get("/api/v1/automation/get-project-details", f"projectId={job_id or call.job_id}")
    return response._replace(body=orjson.dumps({**orjson.loads(response.body), **fields}))
