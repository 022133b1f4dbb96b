"""OpenAPI documents of invented APIs, in few lines: a base, and what a test changes in it."""

from typing import Any

from mockserver.contract.documents.capture import Capture, parse_capture
from mockserver.pack_draft.calls import ApiCall, read_calls_of
from mockserver.pack_draft.draft import PackDraft, draft_pack
from mockserver.pack_draft.schemas import SchemaReader
from mockserver.packs.lint import pack_problems
from mockserver.yamlio import ValueBuilder, YamlCursor

DATE = "2026-11-02"
TEXT = {"type": "string"}


def obj(*required: str, **members: Any) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": members, "required": list(required)}


def enum(*options: Any) -> dict[str, Any]:
    """Return the schema of a text with options."""
    return {"type": "string", "enum": list(options)}


def ref(name: str) -> dict[str, str]:
    """Return the reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def answers(**schemas: Any) -> dict[str, Any]:
    """Return the responses of an operation: `s200=schema`; None for an answer without a body."""
    return {status[1:]: json_body(schema) for status, schema in schemas.items()}


def json_body(schema: Any, media: str = "application/json") -> dict[str, Any]:
    """Return a response, or the body of a request, with a schema."""
    return {"description": "-"} if schema is None else {"description": "-", "content": {media: {"schema": schema}}}


FIRING = obj("id", "status", id=TEXT, status=enum("waiting", "firing", "fired", "cancelled"))
NEW_FIRING = obj("pieces", pieces={"type": "integer", "minimum": 1, "maximum": 40})


def kiln(**schemas: Any) -> dict[str, Any]:
    """Return the document of a kiln: create, read, cancel; schemas are laid over its own."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kiln", "version": "1.2.0"},
        "components": {"schemas": {"Firing": FIRING, "NewFiring": NEW_FIRING, **schemas}},
        "paths": {
            "/v1/firings": {
                "post": {
                    "requestBody": {"required": True, **json_body(ref("NewFiring"))},
                    "responses": answers(s201=ref("Firing")),
                }
            },
            "/v1/firings/{firing_id}": {"get": {"responses": answers(s200=ref("Firing"))}},
            "/v1/firings/{firing_id}/cancel": {"post": {"responses": answers(s200=ref("Firing"))}},
        },
    }


def capture_of(document: dict[str, Any]) -> Capture:
    """Return the capture of a document."""
    return parse_capture(document, "kiln", "")


def calls_of(document: dict[str, Any]) -> tuple[ApiCall, ...]:
    """Return the calls of a document."""
    capture = capture_of(document)
    return read_calls_of(capture, SchemaReader(capture), "")


def draft(document: dict[str, Any]) -> PackDraft:
    """Draft the pack of a document, and check that it is a pack without a problem."""
    drafted = draft_pack(capture_of(document), "kiln", DATE)
    problems = [problem.text() for problem in pack_problems(drafted.text, "kiln.yaml")]
    assert not problems, "\n".join([*problems, drafted.text])
    return drafted


def drafted(document: dict[str, Any]) -> dict[str, Any]:
    """Return the drafted pack of a document as a mapping."""
    return parsed(draft(document).text)


def parsed(text: str) -> dict[str, Any]:
    """Return a pack's text as a mapping."""
    cursor = YamlCursor(text, 100)
    cursor.advance()
    value: dict[str, Any] = ValueBuilder(cursor).build()
    return value
