"""The admin API as OpenAPI 3.1: paths, parameters and fields from the table of routes, words from the handlers.

The form of each field stands in `FIELDS` here, because the routes only name them; where the scenario language defines a
field, its own schema is taken. A test makes every call on a server and holds the answers to this document.
"""

import inspect
import re
from collections.abc import Mapping
from typing import Any, Final

from mockserver import __version__
from mockserver.documentation import page_address
from mockserver.scenario.schema import json_schema
from mockserver.server.admin.routes import ROUTES, AdminRoute

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_FLAG: Final[Schema] = {"type": "boolean"}
_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_OBJECT: Final[Schema] = {"type": "object"}
_DURATION: Final[Schema] = {"type": "string", "description": "A duration: `250ms`, `1m30s`, `8h`."}
_PATTERN: Final = "#/components/schemas/RequestPattern"
FIELDS: Final[Mapping[str, Schema]] = {
    "active": _COUNT,
    "advance": _DURATION,
    "after": {**_TEXT, "description": "The id of the last job of the page before."},
    "all": {**_FLAG, "description": "All sessions, instead of one."},
    "as_of": {**_TEXT, "format": "date-time", "description": "An instant of the session's past, to be shown."},
    "at": {
        "enum": ["arrived", "handled"],
        "description": "Hold a request when it arrives, or before its answer is sent.",
    },
    "at_least": _COUNT,
    "at_most": _COUNT,
    "auto": {
        **_DURATION,
        "description": "Each poll moves the clock: by the wait that its answer asks for, else by this.",
    },
    "body": {"description": "A part of a JSON body, or its whole text."},
    "clock": {**_TEXT, "description": "`real`, `manual`, `auto`, or a rate such as `x60`."},
    "count": _COUNT,
    "delivery": {**_OBJECT, "description": "Values that an entry under `deliveries` contains."},
    "duplicate": {**_COUNT, "maximum": 10, "description": "How many copies follow, byte for byte."},
    "file": {**_TEXT, "description": "The name of the scenario's file in messages."},
    "force": {**_FLAG, "description": "Also against the lifecycle."},
    "freeze": {**_FLAG, "description": "True stops the clock, false restarts it at its former rate."},
    "headers": _OBJECT,
    "in_order": {"type": "array", "items": {"$ref": _PATTERN}},
    "instant": {**_TEXT, "format": "date-time", "description": "An instant since the session's start."},
    "item": {**_COUNT, "description": "An item of a batch, counted from 0."},
    "job": {**_TEXT, "description": "The id of a job."},
    "kind": {**_TEXT, "description": "The kind of job; default the vendor's main one."},
    "limit": {**_COUNT, "description": "Jobs in the answer, at most 1,000."},
    "method": _TEXT,
    "name": {**_TEXT, "minLength": 1, "maxLength": 200},
    "never": {"const": True},
    "operation": {**_TEXT, "description": "`create`, `get`, `cancel`; `*` is any."},
    "path": {**_TEXT, "description": "`*` matches one segment."},
    "polls": _COUNT,
    "replace": {**_FLAG, "description": "Hide a scenario of this name that is a file of the server."},
    "requests": _COUNT,
    "scale": {"type": "number", "minimum": 0, "description": "60 is an hour in a minute."},
    "scenario": {**_TEXT, "description": "The name of a scenario."},
    "seed": _TEXT,
    "session": {**_OBJECT, "description": "A session file."},
    "set": {**_TEXT, "format": "date-time", "description": "An instant that is not in the past."},
    "sign": {
        "enum": ["wrong-secret", "skewed", "unsigned"],
        "description": "Spoil the signature: with another secret, with an old timestamp, or none.",
    },
    "since": {**_COUNT, "description": "Only requests after the one of this number."},
    "state": _TEXT,
    "status": {"type": ["integer", "string"], "description": "`409`, or `4xx`."},
    "text": {**_TEXT, "description": "A scenario as YAML."},
    "timeout": {**_DURATION, "description": "Real time: 5 s by default, 60 s at most."},
    "times": _COUNT,
    "to": {**_TEXT, "description": "The state that the job moves to."},
    "vendor": {**_TEXT, "description": "The name of a vendor."},
    "vendors": {"type": "object", "additionalProperties": _TEXT, "description": "The date of an era by vendor."},
}
"""The form of a field or parameter by its name."""
_LANGUAGE_PLACES: Final = {
    "faults": ("$defs", "fault"),
    "webhooks": ("properties", "webhooks"),
    "limits": ("properties",),
}
"""Where the schema of the scenario language has the fields of a call."""
ANSWER_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "GET health": ("status", "sessions"),
    "GET version": ("name", "version", "vendors"),
    "GET sessions": ("total", "sessions"),
    "POST sessions": ("name", "epoch"),
    "GET sessions/*/export": ("mockserver_session", "name", "vendors"),
    "POST sessions/import": ("name", "epoch"),
    "POST reset": ("sessions",),
    "GET clock": ("session", "now", "elapsed", "frozen", "rate"),
    "POST clock": ("session", "now", "frozen", "rate"),
    "GET jobs": ("total", "jobs"),
    "GET jobs/*": ("id", "vendor", "state"),
    "POST jobs": ("total", "jobs"),
    "GET journal": ("total", "entries", "counts"),
    "GET journal/*": ("entry", "previous"),
    "GET timeline": ("session", "start", "now", "as_of", "total", "jobs", "requests", "deliveries"),
    "GET scenario": ("session", "as_of", "scenarios"),
    "GET ledger": ("total", "entries"),
    "GET findings": ("total", "findings", "conduct"),
    "GET faults": ("total", "faults"),
    "POST faults": ("id",),
    "GET holds": ("holds",),
    "POST holds": ("id",),
    "GET explain/*": ("text", "reasons"),
    "GET explain/*/times": ("request_id", "asked", "answers"),
    "POST verify": ("verified", "count"),
    "POST wait": ("met", "now", "waited"),
    "GET webhooks": ("webhooks", "pending"),
    "GET deliveries": ("total", "deliveries"),
    "GET scenarios": ("scenarios",),
    "POST scenarios": ("name", "vendor"),
}
"""Members that the answer of a call always has."""
_PARAMETER_NAMES: Final = {"sessions": "name", "scenarios": "name"}
_PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "An error of the mock server itself (RFC 9457).",
    "properties": {
        "type": _TEXT,
        "title": _TEXT,
        "status": {"type": "integer"},
        "code": {"type": "string", "pattern": "^[A-Z]{3}[0-9]{3}$", "description": "See the page of error codes."},
        "detail": {"type": "string", "description": "What was found."},
        "hint": {"type": "string", "description": "How to go on."},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def admin_openapi() -> dict[str, Any]:
    """Return the document."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(f"/__mock/{_template(route)}", {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The admin API of videojob-mockserver",
            "version": __version__,
            "summary": "Controls a running mock server: sessions, time, jobs, faults, webhooks, journal and money.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "externalDocs": {"url": page_address("admin"), "description": "The same with examples"},
        "servers": [{"url": "http://127.0.0.1:4810"}],
        "security": [{}, {"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(route) for route in ROUTES)],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Required off loopback."}},
            "parameters": {
                "Session": {
                    "name": "X-Mock-Session",
                    "in": "header",
                    "schema": _TEXT,
                    "description": "The session to act on, by default `default`; the prefix `/s/NAME` names it, too.",
                }
            },
            "responses": {
                "Problem": {
                    "description": "The call was refused, or its condition did not come about",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
            },
            "schemas": {"Problem": _PROBLEM, "RequestPattern": _request_pattern(), **_language_definitions()},
        },
    }


def _tag(route: AdminRoute) -> str:
    return route.path.partition("/")[0]


def _template(route: AdminRoute) -> str:
    """Return the path with a named parameter in the place of `*`."""
    return route.path.replace("*", f"{{{_parameter_name(route)}}}")


def _parameter_name(route: AdminRoute) -> str:
    return _PARAMETER_NAMES.get(_tag(route), "id")


def _operation(route: AdminRoute) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [{"$ref": "#/components/parameters/Session"}]
    if "*" in route.path:
        parameters.append({"name": _parameter_name(route), "in": "path", "required": True, "schema": _TEXT})
    parameters += [{"name": name, "in": "query", "schema": FIELDS[name]} for name in route.query]
    summary, _, description = _words(route).partition("\n\n")
    operation = {
        "operationId": route.handler.__name__,
        "tags": [_tag(route)],
        "summary": summary.rstrip("."),
        "description": description,
        "parameters": parameters,
        "responses": {"2XX": _answer(route), "default": {"$ref": "#/components/responses/Problem"}},
    }
    if route.fields:
        operation["requestBody"] = _request_body(route)
    return {key: value for key, value in operation.items() if value}


def _words(route: AdminRoute) -> str:
    """Return the docstring of the handler as Markdown; its paragraphs are in one line each."""
    paragraphs = (inspect.getdoc(route.handler) or "").split("\n\n")
    text = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return re.sub(r"Raises `MockError` ", "Error codes: ", text)


def _answer(route: AdminRoute) -> dict[str, Any]:
    if (route.method, route.path) == ("GET", "scenarios/*"):
        return {"description": "The text of the scenario", "content": {"application/yaml": {"schema": _TEXT}}}
    if route.path == "feed":
        return {"description": "Events, until one side ends it", "content": {"text/event-stream": {"schema": _TEXT}}}
    keys = ANSWER_KEYS.get(f"{route.method} {route.path}", ())
    schema = {"type": "object", **({"required": list(keys)} if keys else {})}
    return {"description": "The call had its effect", "content": {"application/json": {"schema": schema}}}


def _request_body(route: AdminRoute) -> dict[str, Any]:
    fields = {"type": "object", "properties": _properties(route), "additionalProperties": False}
    content: dict[str, Any] = {"application/json": {"schema": fields}}
    if route.accepts_yaml:
        content["application/json"] = {"schema": {"anyOf": [fields, {"type": "object", "required": ["scenario"]}]}}
        content["application/yaml"] = {"schema": _TEXT}
    return {"content": content}


def _properties(route: AdminRoute) -> Schema:
    language: Any = json_schema()
    for key in _LANGUAGE_PLACES.get(_tag(route), ()):
        language = language[key]
    known = language.get("properties", language) if _tag(route) in _LANGUAGE_PLACES else {}
    found = {}
    for name in route.fields:
        field = FIELDS.get(name, {}) if name == "vendor" or name not in known else _moved(known[name])
        found[name] = _OBJECT if (_tag(route), name) == ("jobs", "body") else field
    return found


def _request_pattern() -> Schema:
    names = ("vendor", "operation", "method", "path", "job", "status", "body", "headers")
    return {"type": "object", "properties": {name: FIELDS[name] for name in names}, "additionalProperties": False}


def _language_definitions() -> dict[str, Schema]:
    return {f"scenario.{name}": _moved(schema) for name, schema in json_schema()["$defs"].items()}


def _moved(value: Any) -> Any:
    """Return a schema of the language with its references pointing into this document."""
    if isinstance(value, dict):
        return {
            key: inner.replace("#/$defs/", "#/components/schemas/scenario.") if key == "$ref" else _moved(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_moved(inner) for inner in value]
    return value
