"""The parts of TwelveLabs' mutants."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import ClientDriver, Mutant
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest
from tests.mutants.corpus.mutations import BodyChange

JULY: Final = "twelvelabs@2026-07-30"
SEPTEMBER: Final = "twelvelabs@2026-09-15"
LATE: Final = "2026-10-01T13:00:00Z"
"""An hour after the drivers begin."""

_JSON: Final = (("Content-Type", "application/json"), ("X-Api-Version", "1.3"))
_ENDS: Final = ("completed_at", "canceled_at", "expired_at")


def mutant(
    name: str, description: str, rules: str, bug: Bug, driver: ClientDriver = client_drivers.batch_life, pin: str = JULY
) -> Mutant:
    """Build a mutant; `rules` are the ids of those that may report it, separated by spaces."""
    return Mutant(f"twelvelabs/{name}", description, tuple(rules.split()), driver, bug, pin)


def refusal(code: int, word: str) -> Response:
    """Build an error in the vendor's nested shape."""
    return Response(code, _JSON, orjson.dumps({"error": {"code": word, "message": "No."}}))


def shown(call: InterceptedRequest, code: int, **fields: Any) -> Response:
    """Return the correct answer to a get of the batch or task, with another status and other fields."""
    response = call.response_to_get(call.request.path.removesuffix("/cancel"))
    return Response(code, _JSON, orjson.dumps({**orjson.loads(response.body), **fields}))


def not_found(call: InterceptedRequest) -> Response:
    """Deny that the job exists."""
    return refusal(404, "resource_not_exist")


def moved(**counters: int) -> BodyChange:
    """Move items between counters; each is changed by a number."""

    def move_items(body: Any, call: InterceptedRequest) -> Any:
        return {**body, **{f"{name}_items": body[f"{name}_items"] + by for name, by in counters.items()}}

    return move_items


def shown_as(word: str) -> BodyChange:
    """Show a batch in another state, with its counters unchanged."""

    def show_as(body: Any, call: InterceptedRequest) -> Any:
        kept = {name: value for name, value in body.items() if name not in _ENDS}
        return {**kept, "status": word, **({f"{word}_at": LATE} if f"{word}_at" in _ENDS else {})}

    return show_as
