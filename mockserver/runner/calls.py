"""Requests of an operation about one job: where the job's id goes, and which parameters it cannot do without."""

from typing import Any
from urllib.parse import urlencode

from mockserver.core.wire import Request
from mockserver.vendors.api import Era, Operation
from mockserver.vendors.bodies import encode_body


def request_parts(operation: Operation, job_id: str, body: Any) -> tuple[str, dict[str, Any], Any]:
    """Return path, query parameters and body, with the job's id where the operation has it.

    A body that is neither an object nor None is returned as it is. `job_id` is unused if the operation takes no id.
    """
    id_place, id_name = operation.id_in or (None, "")
    query: dict[str, Any] = {}
    if operation.method == "GET":
        query.update(operation.example_params)
    if id_place == "query":
        query[id_name] = job_id
    elif id_place == "body" and (body is None or isinstance(body, dict)):
        body = {id_name: job_id, **(body or {})}
    return operation.example_path(job_id), query, body


def operation_request(
    era: Era, operation: Operation, job_id: str, body: dict[str, Any] | None, key: str | None
) -> Request:
    """Build a request as an SDK sends it; `key` None: without credentials."""
    path, query, sent_body = request_parts(operation, job_id, body)
    headers = {**era.usual_headers, "accept": "application/json"}
    if key is not None:
        credentials = {name.lower(): value for name, value in era.auth_headers(key).items()}
        headers = {**credentials, **headers}
    if sent_body is None or operation.body.is_ignored:
        return Request(operation.method, path, urlencode(query), headers)
    content_type, data = encode_body(operation.body.formats[0], sent_body)
    return Request(operation.method, path, urlencode(query), {**headers, "content-type": content_type}, data)
