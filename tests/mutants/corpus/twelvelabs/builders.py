"""What TwelveLabs's kinds are made of."""

from typing import Any, Final

import orjson

from mockserver.core.wire import Response
from tests.mutants.corpus import client_drivers
from tests.mutants.corpus.mutant import ClientDriver, Mutant
from tests.mutants.corpus.mutated_vendor import Bug, InterceptedRequest
from tests.mutants.corpus.mutations import Change

JULY: Final = "twelvelabs@2026-07-30"
SEPTEMBER: Final = "twelvelabs@2026-09-15"
LATE: Final = "2026-10-01T13:00:00Z"
"""An hour after the stories begin."""

_JSON: Final = (("Content-Type", "application/json"), ("X-Api-Version", "1.3"))
_ENDS: Final = ("completed_at", "canceled_at", "expired_at")


def mutant(
    name: str, description: str, rules: str, bug: Bug, driver: ClientDriver = client_drivers.batch_life, pin: str = JULY
) -> Mutant:
    """Build a mutant; `rules` are the ids of those that may report it, separated by spaces."""
    return Mutant(f"twelvelabs/{name}", description, tuple(rules.split()), driver, bug, pin)


def refusal(code: int, word: str) -> Response:
    """An error in the vendor's nested shape."""
    return Response(code, _JSON, orjson.dumps({"error": {"code": word, "message": "No."}}))


def shown(asked: InterceptedRequest, code: int, **fields: Any) -> Response:
    """What a get of the batch or task would answer, under another status and with other fields."""
    response = asked.response_to_get(asked.request.path.removesuffix("/cancel"))
    return Response(code, _JSON, orjson.dumps({**orjson.loads(response.body), **fields}))


def moved(**counters: int) -> Change:
    """Move items between counters: by how much each is to change."""

    def change(body: Any, asked: InterceptedRequest) -> Any:
        return {**body, **{f"{name}_items": body[f"{name}_items"] + by for name, by in counters.items()}}

    return change


def shown_as(word: str) -> Change:
    """A batch in another status, its counters as they are."""

    def change(body: Any, asked: InterceptedRequest) -> Any:
        kept = {name: value for name, value in body.items() if name not in _ENDS}
        return {**kept, "status": word, **({f"{word}_at": LATE} if f"{word}_at" in _ENDS else {})}

    return change
