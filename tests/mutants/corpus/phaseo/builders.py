"""The parts of Phaseo's mutants."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import ClientDriver, Mutant
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest

WORKS: Final = "phaseo@2026-06-11"
DISABLED: Final = "phaseo@2026-08-10"
UNMOUNTED: Final = "phaseo@2026-05-07"

_JSON: Final = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


def mutant(
    name: str,
    description: str,
    rules: str,
    bug: Bug,
    driver: ClientDriver = client_drivers.video_life,
    pin: str = WORKS,
    *,
    as_info: bool = False,
) -> Mutant:
    """Build a mutant; `rules` are the ids of those that may report it, separated by spaces."""
    return Mutant(f"phaseo/{name}", description, tuple(rules.split()), driver, bug, pin, as_info)


def refusal(call: InterceptedRequest, code: int, error: str, reason: str, **more: Any) -> Response:
    """Build an error in the gateway's own shape."""
    blame = {"status_code": code, "error_type": "user", "error_origin": "user", "request_id": "req_1"}
    body = {"error": error, "reason": reason, "video_id": call.job_id, **more, **blame}
    return Response(code, _JSON, orjson.dumps(body))


def not_found(call: InterceptedRequest) -> Response:
    """Deny that the video exists."""
    return refusal(call, 404, "not_found", "video_not_found_or_not_owned")


def video(call: InterceptedRequest) -> Response:
    """Return the correct answer to a get of the video."""
    return call.response_to_get(call.request.path.removesuffix("/cancel"))
