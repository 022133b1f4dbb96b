"""The duties of creates: the example bodies are accepted, and the answer shows the id."""

from collections.abc import Iterator

from mockserver.core.text import truncate
from mockserver.vendor_check.duty import DutyCase
from mockserver.vendor_check.world import SWITCHED_OFF, CheckedEra, TriedCall
from mockserver.vendors.api import Operation, RequestError, Role
from mockserver.vendors.http import USUAL_KEY

_MAX_BODY = 200
_UNAUTHORIZED = 401


def create_calls(checked: CheckedEra) -> Iterator[tuple[Operation, TriedCall]]:
    """Yield each operation that creates, unless the era has it switched off, and its answer to its example."""
    for operation in checked.era.operations:
        if operation.role is not Role.CREATE or operation.kind not in checked.era.kinds:
            continue
        tried = checked.world().ask(operation)
        if tried.response.status != SWITCHED_OFF:
            yield operation, tried


def refused_key(checked: CheckedEra) -> str:
    """Return the headers with the key if every create refuses the key: `Authorization: Bearer test-key`."""
    calls = [tried for _, tried in create_calls(checked)]
    if not calls or not all(_refuses_key(checked, tried) for tried in calls):
        return ""
    return ", ".join(f"{name}: {value}" for name, value in checked.era.auth_headers(USUAL_KEY).items())


def _refuses_key(checked: CheckedEra, tried: TriedCall) -> bool:
    key = checked.era.parse_api_key(tried.request)
    return tried.response.status == _UNAUTHORIZED or (tried.refused and isinstance(key, RequestError))


def examples_are_accepted(checked: CheckedEra) -> Iterator[DutyCase]:
    """Yield a case for each create: its example makes a job, and the answer has the job's id in `id_field`."""
    for operation, tried in create_calls(checked):
        kind = checked.era.kinds[operation.kind]
        answer = f"{tried.response.status} {truncate(tried.response.body.decode(errors='replace'), _MAX_BODY)}"
        found = ""
        if tried.crash:
            found = f"the handler raised {tried.crash}"
        elif not tried.succeeded:
            found = f"its example is refused: {answer}"
        elif tried.created is None:
            found = "its example is accepted, and no job is created"
        elif tried.created.kind != kind.name:
            found = f"it creates a {tried.created.kind}"
        elif not isinstance(tried.json, dict) or tried.json.get(kind.id_field) != tried.created.id:
            found = f"the answer has not the new job's id in {kind.id_field!r}: {answer}"
        yield DutyCase(f"operation {operation.name}", found)
