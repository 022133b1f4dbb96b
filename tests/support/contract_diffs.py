"""Small contracts of one call, and the comparison of two of them."""

from copy import deepcopy

from mockserver.contract.compare.diff import diff_captures
from mockserver.contract.compare.drift import DriftCollector
from mockserver.contract.documents.capture import parse_capture

SCHEMA = "application/json"


def contract(**parts):
    """Build a contract of one call, `getPet`, from parts of the call and of the document (`components` ...)."""
    own = ("components", "servers", "security", "paths", "openapi")
    call = {"operationId": "getPet", "responses": {}} | {key: part for key, part in parts.items() if key not in own}
    document = {"paths": {"/pets/{id}": {"get": call}}} | {key: part for key, part in parts.items() if key in own}
    return parse_capture(deepcopy(document), "pets", "1")


def contract_answering(schema, **components):
    content = {SCHEMA: {"schema": schema}}
    return contract(responses={"200": {"content": content}}, components={"schemas": components})


def contract_accepting(schema, **components):
    return contract(requestBody={"content": {SCHEMA: {"schema": schema}}}, components={"schemas": components})


def changes_found(old, new):
    """List the changes between two contracts as (check, where)."""
    return [(change.check, change.places[0].where) for change in diff_captures(old, new)]


def checks(old, new):
    return [change.check for change in diff_captures(old, new)]


def find_drift(capture, exchanges, *, with_times=True):
    """Return the drift of all exchanges, the worst first; `with_times=False` omits the times."""
    drift = DriftCollector(capture)
    for exchange in exchanges:
        drift.add(exchange)
    return drift.changes(with_times=with_times)
