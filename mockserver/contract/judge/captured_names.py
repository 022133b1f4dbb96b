"""Checks the names of a rules file against the captures: operations, parameters of paths, places in bodies.

A name that no era has is a mistake; one that only another era has is not. What a capture leaves open is not judged.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, DocumentedOperation, captured_eras, load_capture
from mockserver.contract.documents.places import contract_folder
from mockserver.contract.rules.conditions import PointerPath
from mockserver.contract.rules.kinds import OPERATIONS_OPTION
from mockserver.contract.rules.resources import OperationBinding, Resource
from mockserver.contract.rules.rule_set import RULES_FILE, RuleSet
from mockserver.contract.schema.allowed_values import Pointers
from mockserver.contract.schema.places import NoSuchFieldError, schemas_at
from mockserver.core.path_templates import parse_segment
from mockserver.core.pointer import escape_token, render_pointer
from mockserver.errors import Location, MockError, Problem, did_you_mean

_FIRST_ENTRY: Final = ("0",)
"""The path of an entry in a list: all entries have one schema."""


@lru_cache(maxsize=64)
def check_captured_names(capture: Capture, rule_set: RuleSet, root: Path | None) -> None:
    """Check the names of a rule set against the capture of its era. Raises `MockError` CON008 with all mistakes."""
    operations = {operation.id: operation for operation in capture.operations}
    mistakes = list(_unknown_operations(rule_set, frozenset(operations), root))
    for resource in rule_set.resources.values():
        mistakes += _wrong_places(capture, resource, operations)
    if mistakes:
        file = str(contract_folder(rule_set.vendor, root) / RULES_FILE)
        raise MockError(*(Problem("CON008", f"{place}: {message}", "", Location(file)) for place, message in mistakes))


def _unknown_operations(rule_set: RuleSet, known: frozenset[str], root: Path | None) -> Iterator[tuple[str, str]]:
    """Yield the place and the message of each operation that no capture has."""
    missing = [(place, name) for place, name in _named_operations(rule_set) if name not in known]
    if not missing:
        return
    # Most rules name the operations of the newest era: only now do the other eras matter.
    for era in captured_eras(rule_set.vendor, root):
        known |= {operation.id for operation in load_capture(rule_set.vendor, era, root).operations}
    for place, name in missing:
        if name not in known:
            yield place, f"no capture has the operation {name!r}{did_you_mean(name, known)}"


def _named_operations(rule_set: RuleSet) -> Iterator[tuple[str, str]]:
    """Yield each operation that the vendor's rules name, with its place in the file."""
    for resource in rule_set.resources.values():
        for name in resource.bindings:
            yield f"/resources/{resource.kind}/operations/{escape_token(name)}", name
    for rule in rule_set.rules:
        for key in ("operations", OPERATIONS_OPTION):
            for name in rule.options.get(key, ()):
                yield f"rule {rule.id}, {key}", str(name)
        for sign in rule.options.get("signs", ()):
            yield from ((f"rule {rule.id}, signs", str(name)) for name in sign["operations"])
        trigger: Any = rule.options.get("after")
        if isinstance(trigger, dict) and "operation" in trigger:
            yield f"rule {rule.id}, after", str(trigger["operation"])


def _wrong_places(
    capture: Capture, resource: Resource, operations: dict[str, DocumentedOperation]
) -> Iterator[tuple[str, str]]:
    """Yield the place and the message of each parameter and pointer that the captured operations do not have."""
    top = f"/resources/{resource.kind}"
    jobs: list[Pointers] = []
    for name, binding in resource.bindings.items():
        if name not in operations:
            continue
        place = f"{top}/operations/{escape_token(name)}"
        operation = operations[name]
        if (message := _wrong_parameter(operation, binding)) is not None:
            yield f"{place}/id", message
        for key, bodies, path in _body_paths(capture, operation, binding):
            try:
                found = schemas_at(capture, bodies, path)
            except NoSuchFieldError as error:
                yield f"{place}/{key}", f"{render_pointer(path)} leads nowhere: {error}"
                continue
            if key.startswith("shows") and not binding.is_partial:
                jobs += found
    for key, path in (("status", resource.status_path), ("created", resource.created_path or ())):
        try:
            schemas_at(capture, jobs, path)
        except NoSuchFieldError as error:
            yield f"{top}/{key}", f"{render_pointer(path)} leads nowhere: {error}"


def _wrong_parameter(operation: DocumentedOperation, binding: OperationBinding) -> str | None:
    if binding.id_place != "path":
        return None
    parts = map(parse_segment, operation.template.split("/"))
    names = [part.name for part in parts if part is not None]
    if binding.id_name in names:
        return None
    return f"the path {operation.template} has no parameter {binding.id_name!r}{did_you_mean(binding.id_name, names)}"


def _body_paths(
    capture: Capture, operation: DocumentedOperation, binding: OperationBinding
) -> Iterator[tuple[str, list[Pointers], PointerPath]]:
    """Yield the key of each pointer into a body, the schemas of that body, and the path."""
    if binding.is_json_lines:
        return
    if binding.id_place == "body" and "requestBody" in operation.body:
        yield "id", _content_schemas(*capture.follow(f"{operation.pointer}/requestBody")), binding.id_path
    if binding.id_place == "answer":
        statuses = list(binding.shown_at or binding.clauses_by_status)
        yield "id", [each for status in statuses for each in _answer_schemas(operation, status)], binding.id_path
    for status, path in binding.shown_at.items():
        schemas = _answer_schemas(operation, status)
        if binding.list_path is None:
            yield f"shows/{status}", schemas, path
            continue
        yield "each", schemas, binding.list_path
        yield f"shows/{status}", schemas, (*binding.list_path, *_FIRST_ENTRY)
        yield "id", schemas, (*binding.list_path, *_FIRST_ENTRY, *binding.id_path)


def _answer_schemas(operation: DocumentedOperation, status: int) -> list[Pointers]:
    answer = operation.answer(status)
    return [] if answer is None else _content_schemas(answer.pointer, answer.body)


def _content_schemas(pointer: str, body: Any) -> list[Pointers]:
    """Return the schemas of all media types at a pointer."""
    content = body.get("content", {})
    return [(f"{pointer}/content/{escape_token(name)}/schema",) for name, each in content.items() if "schema" in each]
