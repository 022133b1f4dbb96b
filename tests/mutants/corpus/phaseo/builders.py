"""What Phaseo's kinds are made of."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import Kind, Story
from tests.mutants.corpus.mutated_vendor import Asked, Bug

WORKS: Final = "phaseo@2026-06-11"
DISABLED: Final = "phaseo@2026-08-10"
UNMOUNTED: Final = "phaseo@2026-05-07"

_JSON: Final = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))


def kind(
    name: str, says: str, rules: str, bug: Bug, story: Story = client_drivers.video_life, pin: str = WORKS
) -> Kind:
    """One kind; `rules` are the ids of those that may name it."""
    return Kind(f"phaseo/{name}", says, tuple(rules.split()), story, bug, pin)


def refusal(asked: Asked, code: int, error: str, reason: str, **more: Any) -> Response:
    """An error in the gateway's own shape."""
    blame = {"status_code": code, "error_type": "user", "error_origin": "user", "request_id": "req_1"}
    body = {"error": error, "reason": reason, "video_id": asked.job_id, **more, **blame}
    return Response(code, _JSON, orjson.dumps(body))


def video(asked: Asked) -> Response:
    """What a get of the video would answer."""
    return asked.reading(asked.request.path.removesuffix("/cancel"))
