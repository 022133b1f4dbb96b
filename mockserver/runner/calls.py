"""An operation's call: where its job's id belongs, and what else it cannot do without."""

from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mockserver.core.wire import Request
from mockserver.vendors.api import BodyPolicy, Era, Operation


def request_parts(operation: Operation, job_id: str, body: Any) -> tuple[str, dict[str, Any], Any]:
    """Path, query and body, with the id where the operation has it; a body that is no object is left as it is."""
    where, name = operation.id_in
    path = operation.path.replace("{" + name + "}", quote(job_id, safe="")) if where == "path" else operation.path
    query = dict(operation.example_params) if operation.method == "GET" else {}
    if where == "query":
        query[name] = job_id
    elif where == "body" and (body is None or isinstance(body, dict)):
        body = {name: job_id, **(body or {})}
    return path, query, body


def operation_request(era: Era, operation: Operation, job_id: str, body: dict[str, Any] | None, key: str) -> Request:
    """A call as an SDK makes it; without a key where it is empty."""
    path, query, sent = request_parts(operation, job_id, body)
    headers = {header.lower(): value for header, value in (era.auth_headers(key) if key else {}).items()}
    headers["accept"] = "application/json"
    if sent is None or operation.body is BodyPolicy.NONE:
        return Request(operation.method, path, urlencode(query), headers)
    headers["content-type"] = "application/json"
    return Request(operation.method, path, urlencode(query), headers, orjson.dumps(sent))
