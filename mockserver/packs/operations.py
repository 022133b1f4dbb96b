"""Compiles the operations of an era, and the addresses of those that are about a job."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any, Final, NamedTuple

from mockserver.core.functions import describe_wrong_function
from mockserver.packs.answers import AnswerCompiler
from mockserver.packs.call_checks import CallChecks, RequiredHeader
from mockserver.packs.described_answers import AnswerDescriber
from mockserver.packs.errors import ErrorTable
from mockserver.packs.facts import Render
from mockserver.packs.fields import NO_FIELDS, FieldCompiler, RequestFields, checked_pattern
from mockserver.packs.handlers import HANDLERS, CompiledOperation, plain_handler
from mockserver.packs.holds import compile_hold
from mockserver.packs.ids import IdForm
from mockserver.packs.kinds import CompiledKind
from mockserver.packs.node_access import check_reference, check_state_name, entries_of, innermost, member, split_group
from mockserver.packs.other_jobs import OWN_ID_PLACE, OtherJob, handler_of_any
from mockserver.packs.pages import Pages
from mockserver.packs.scope import EraTables, Place, Scope
from mockserver.packs.urls import NO_PLACE, JobIdPlace, compile_url, path_parameters
from mockserver.packs.values import compile_job_body, compile_value
from mockserver.scenario import values
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.vendors.api import BodyFormat, BodyPolicy, Operation, OperationHandler, Role

_CALL_PLACES: Final = frozenset({Place.CALL})
_JOB_PLACES: Final = frozenset({Place.JOB, Place.CALL, Place.ITEM})
_BODY_POLICIES: Final[Mapping[str, BodyPolicy]] = {
    "json": BodyPolicy.JSON,
    "optional": BodyPolicy.OPTIONAL,
    "none": BodyPolicy.NONE,
    "bytes": BodyPolicy.BYTES,
    "form": BodyPolicy((BodyFormat.JSON, BodyFormat.MULTIPART, BodyFormat.FORM)),
    "multipart": BodyPolicy((BodyFormat.MULTIPART,)),
}
_ROLES: Final[Mapping[str, Role]] = {role.value: role for role in Role}
_WITHOUT_JOB: Final = ("create", "list")
_NEEDS_JOB: Final = ("read", "cancel", "delete", "results", "update")


class CallLine(NamedTuple):
    """What stands in `call`, and where the call names its job."""

    method: str
    path: str
    id_place: JobIdPlace


def parse_call(node: Node) -> CallLine:
    """Read the `call`, `id` and `role` of an operation."""
    method, _, path = values.as_text(node.get("call")).partition(" ")
    where = values.as_text(node.get("id"))
    role = values.as_text(node.get("role"))
    parameters = path_parameters(path)
    place = NO_PLACE
    if where and where != "none":
        kind_of_place, _, name = where.partition(".")
        place = JobIdPlace(kind_of_place, name)
    elif not where and parameters and role not in _WITHOUT_JOB:
        place = JobIdPlace("path", parameters[-1])
    return CallLine(method, path, place)


def compile_urls(section: Node | None, *, about_job: bool) -> dict[str, Render]:
    """Compile the addresses of the operations about a job, or of the others, before the values that name them."""
    urls = {}
    for key, operation in entries_of(section):
        call = parse_call(operation)
        if (call.id_place is NO_PLACE) is about_job:
            continue
        urls[key.text] = compile_url(call.path, call.id_place, path_examples(operation))
    return urls


def path_examples(operation: Node) -> dict[str, str]:
    """Return the examples of the path's parameters besides the id."""
    found = {}
    for name, value in entries_of(operation.get("path")):
        example = value if value.node_type == "scalar" else value.get("example")
        if example is not None:
            found[name.text] = example.text
    return found


class OperationCompiler:
    """Compiles the operations of one era."""

    def __init__(
        self,
        tables: EraTables,
        kinds: Mapping[str, CompiledKind],
        errors: ErrorTable,
        fields: FieldCompiler,
        headers: tuple[RequiredHeader, ...],
        describer: AnswerDescriber,
    ) -> None:
        self._tables = tables
        self._kinds = kinds
        self._errors = errors
        self._fields = fields
        self._headers = headers
        self._describer = describer
        self._answers = AnswerCompiler(errors)

    def compile(self, name: str, node: Node, requests: Mapping[str, RequestFields]) -> Operation | None:
        """Compile an operation; None where it has a problem (PCK001 to PCK008)."""
        kind = self._kind(node)
        if kind is None:
            return None
        role = values.as_text(node.get("role"))
        call = parse_call(node)
        if not self._check_call(node, call, role):
            return None
        request = self._request(node, requests)
        handler_node = node.get("handler")
        if handler_node is not None:
            handler: OperationHandler | None = self._import(handler_node)
        else:
            handler = self._build_handler(name, node, kind, call, request)
        if handler is None:
            return None
        describe = partial(self._describer.describe, name, node, call.id_place, kind)
        return Operation(
            name,
            kind.name,
            call.method,
            call.path,
            handler,
            role=_ROLES.get(role, Role.OTHER),
            aliases=values.as_texts(node.get("aliases")),
            body=self._body_policy(node, role, call),
            auth=values.as_text(node.get("key")) not in ("optional", "none"),
            polls=self._counts_polls(node, role),
            may_be_held=node.get("hold") is not None,
            id_in=None if call.id_place is NO_PLACE else (call.id_place.where, call.id_place.name),
            example_params=self._example(node, kind, role),
            uncaptured=values.as_text(node.get("uncaptured")),
            path_examples=path_examples(node),
            path_patterns=self._path_patterns(node),
            # What a function answers stands in no table.
            describe=None if handler_node is not None else describe,
        )

    def _kind(self, node: Node) -> CompiledKind | None:
        name = node.get("kind")
        if name is None:
            return next(iter(self._kinds.values()), None)
        if not check_reference(name, "kind of job", self._kinds, self._tables.diagnostics):
            return None
        return self._kinds[name.text]

    def _check_call(self, node: Node, call: CallLine, role: str) -> bool:
        problem = ""
        if role in _NEEDS_JOB and call.id_place is NO_PLACE:
            problem = f"an operation with the role `{role}` is about a job, and this call names none"
        elif call.id_place.where == "path":
            parameters = path_parameters(call.path)
            if call.id_place.name not in parameters:
                problem = f"the path has no parameter {call.id_place.name!r}"
        if problem:
            hint = "Write `GET /v1/tasks/{id}`, or say where the id is: `id: query.task_id`."
            self._tables.diagnostics.add("PCK007", problem, node, hint)
        return not problem

    def _path_patterns(self, node: Node) -> dict[str, str]:
        """Return the patterns of the path's parameters; reports what is none (PCK004), or refuses its example."""
        found = {}
        examples = path_examples(node)
        for name, value in entries_of(node.get("path")):
            given = value.get("pattern")
            pattern = None if given is None else checked_pattern(given, self._tables.diagnostics)
            if pattern is None:
                continue
            found[name.text] = pattern
            if not re.fullmatch(pattern, examples.get(name.text, "")) and name.text in examples:
                message = f"the example {examples[name.text]!r} does not match the pattern"
                self._tables.diagnostics.add("PCK010", message, value)
        return found

    def _request(self, node: Node, requests: Mapping[str, RequestFields]) -> RequestFields:
        name = node.get("request")
        if name is None or not check_reference(name, "request", requests, self._tables.diagnostics):
            return NO_FIELDS
        return requests[name.text]

    def _body_policy(self, node: Node, role: str, call: CallLine) -> BodyPolicy:
        given = values.as_text(node.get("body"))
        if given:
            return _BODY_POLICIES[given]
        takes_body = role in ("create", "update") or (call.id_place.where == "body")
        return BodyPolicy.JSON if takes_body else BodyPolicy.NONE

    def _counts_polls(self, node: Node, role: str) -> bool:
        return values.as_text(node.get("polls"), "counted" if role == "read" else "") == "counted"

    def _example(self, node: Node, kind: CompiledKind, role: str) -> Mapping[str, Any]:
        example = node.get("example")
        if example is not None:
            return dict(node_to_json(example))
        return kind.example if role == "create" else {}

    def _import(self, node: Node) -> OperationHandler | None:
        module_name, _, function = node.text.partition(":")
        try:
            handler: OperationHandler = getattr(import_module(module_name), function)
        except (ImportError, AttributeError) as error:
            self._tables.diagnostics.add("PCK005", f"the handler cannot be imported: {error}", node)
            return None
        wrong = describe_wrong_function(handler)
        if wrong:
            self._tables.diagnostics.add("PCK005", f"a handler is a function, not {wrong}", node)
        return handler

    def _build_handler(
        self, name: str, node: Node, kind: CompiledKind, call: CallLine, request: RequestFields
    ) -> OperationHandler | None:
        diagnostics = self._tables.diagnostics
        role = values.as_text(node.get("role"))
        answer = node.get("answer")
        if answer is None:
            diagnostics.add("SCN021", "the key `answer` is missing", node, "Its answer, or a `handler`.")
            return None
        if role == "create":
            self._check_example(node, kind, request)
        scope = Scope(tables=self._tables, places=_CALL_PLACES)
        job_scope = replace(scope, places=_JOB_PLACES, kind=kind.tables)
        answer_scope = job_scope if call.id_place is not NO_PLACE or role == "create" else scope
        body = compile_job_body(kind.tables, kind.body, job_scope)
        pages_node = node.get("pages")
        where = self._values(None if pages_node is None else pages_node.get("where"), job_scope)
        pages = Pages(pages_node, kind, body, call.path, where)
        if role == "list":
            answer_scope = scope.with_places(Place.PAGE)
        query = RequestFields(
            common={**self._fields.compile_table(node.get("query")), **pages.query_fields()},
            variants={},
            refuses_others=False,
            errors={},
        )
        # A call that takes no key, as that of a storage, needs no other headers either.
        headers = () if values.as_text(node.get("key")) == "none" else self._headers
        operation = CompiledOperation(
            name=name,
            kind=kind,
            checks=CallChecks(self._errors, headers, query, request),
            respond=self._answers.compile(answer, answer_scope),
            id_place=call.id_place,
            id_matches=re.compile(kind.id_form.pattern).fullmatch,
            request=request,
            remember=self._values(node.get("remember"), scope),
            updates=self._values(node.get("set"), job_scope),
            refuse_in=self._refusals(node.get("refuse_in"), kind),
            pages=pages,
            hold=compile_hold(node.get("hold"), kind, scope),
            counts_polls=self._counts_polls(node, role),
        )
        if call.id_place is NO_PLACE and role not in _WITHOUT_JOB:
            return plain_handler(operation)
        handler = HANDLERS[role](operation)
        others = [self._other_job(node, other, operation) for other in values.items_of(node.get("also"))]
        return handler_of_any(handler, operation, others) if others else handler

    def _other_job(self, node: Node, other: Node, operation: CompiledOperation) -> OtherJob:
        made = member(other, "made")
        check_reference(made, "form of ids", self._tables.ids, self._tables.diagnostics)
        kind = self._kind(other) or operation.kind
        scope = Scope(tables=self._tables, places=_JOB_PLACES, kind=kind.tables)
        about_other = replace(
            operation,
            name=f"{operation.name} {kind.name} {made.text}",
            kind=kind,
            respond=self._answers.compile(member(other, "answer"), scope),
            id_place=OWN_ID_PLACE,
            refuse_in={},
            counts_polls=False,
        )
        form = self._tables.ids.get(made.text, IdForm())
        return OtherJob(kind.name, made.text, form, HANDLERS[values.as_text(node.get("role"))](about_other))

    def _check_example(self, node: Node, kind: CompiledKind, request: RequestFields) -> None:
        example = node.get("example") or kind.example_node
        mistakes = request.mistakes(node_to_json(example))
        if mistakes:
            path = mistakes[0].path[1:]
            field = ".".join(map(str, path)) or "the body"
            message = f"`{node.path_segment}` refuses this example: {field} ({mistakes[0].kind.name.lower()})"
            hint = "Correct it, or give the operation an `example` of its own."
            self._tables.diagnostics.add("PCK010", message, innermost(example, path), hint)

    def _values(self, node: Node | None, scope: Scope) -> dict[str, Any]:
        return {key.text: compile_value(value, scope) for key, value in entries_of(node)}

    def _refusals(self, node: Node | None, kind: CompiledKind) -> dict[str, str]:
        refusals = {}
        for key, error in entries_of(node):
            check_reference(error, "error", self._errors.names, self._tables.diagnostics)
            for state in split_group(key.text):
                check_state_name(state, error, kind.tables, self._tables.diagnostics)
                refusals[state] = error.text
        return refusals
