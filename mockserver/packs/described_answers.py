"""What the tables of a pack say of the answers of an operation, as an OpenAPI operation and the states behind it.

Theory of operation. An operation answers with what its `answer` says, by the state of the job where that is a table by
state; with the errors of its cancel table and of `refuse_in`, in the states that these name; and with the errors of the
situations that its calls can be in. Errors that nothing names and no situation has are for faults: any operation may
answer with them. A status that may have another reason than the state of the job says nothing of that state.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.packs.described_requests import describe_fields, describe_request
from mockserver.packs.described_values import ANYTHING, Schema, ValueScope, any_of, describe_value, shows_state
from mockserver.packs.errors import SETTINGS, ErrorTable
from mockserver.packs.grammar_values import BY
from mockserver.packs.kinds import CompiledKind
from mockserver.packs.node_access import child, entries_of, first_key, member, members_of, scalar_texts, split_group
from mockserver.packs.samples import SAMPLES
from mockserver.packs.scope import EraTables
from mockserver.packs.situations import (
    CANCEL_REFUSED,
    DEFAULT_STATUS,
    INVALID_BODY,
    INVALID_QUERY,
    MALFORMED_ID,
    NO_JOB,
    TOO_MANY_JOBS,
)
from mockserver.packs.sources import Sources
from mockserver.packs.urls import NO_PLACE, JobIdPlace
from mockserver.packs.values import cases_of, find_case, is_by_state
from mockserver.scenario import values
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import INFERRED, DescribedAnswers

States = frozenset[str] | None
"""The states of the job that an answer is about; None: any, or it is about none."""
_ANY_CALL: Final = ("no key", "malformed key", "unknown key", "expired key", "wrong method", "rate limited", "bad HTTP")
"""The situations of every operation."""
_WITH_BODY: Final = ("wrong content type", "no JSON", "no object", "too large", INVALID_BODY)
_SENDS_BODY: Final = ("create", "update")
_SHOWS_STATE_FOUND: Final = ("read", "results", "other")
"""Roles whose answer is about the state in which the call found the job, not one that it has led to."""
_JSON: Final = "application/json"


class _PossibleAnswer(NamedTuple):
    """One answer of an operation, and when it is given."""

    status: int
    content_type: str
    """Empty: it has no body."""
    schema: Schema
    states: States
    is_inferred: bool
    """True if the pack says that no source has it."""
    body: Node | None = None
    """The value of the body; None for an error, or without one."""


class AnswerDescriber:
    """Describes the operations of one era; `root` is the whole pack of the era, which is sound."""

    def __init__(self, root: Node, errors: ErrorTable, tables: EraTables, sources: Sources) -> None:
        self._root = root
        self._table = errors
        self._tables = tables
        self._sources = sources
        section = member(root, "errors")
        self._errors = {key.text: node for key, node in entries_of(section) if key.text not in SETTINGS}
        self._shape = member(section, "shape")
        self._error_type = values.as_text(section.get("content_type"), _JSON)

    def describe(self, name: str, node: Node, place: JobIdPlace, kind: CompiledKind) -> DescribedAnswers:
        """Describe an operation about a kind of job, which its calls name at a place."""
        scope = ValueScope(
            ids=self._tables.ids,
            parts=self._tables.parts,
            time_format=self._tables.time_format,
            id_form=kind.id_form,
            states=kind.tables.lifecycle.states,
            body=kind.body,
        )
        own = [*self._own_answers(node, place, kind, scope)]
        no_job: list[_PossibleAnswer] = []
        malformed_id: list[_PossibleAnswer] = []
        if place != NO_PLACE:
            no_job += self._situation_errors([NO_JOB], scope)
            malformed_id += self._situation_errors([MALFORMED_ID], scope)
        others = [*self._situation_errors(_situations(node, place, kind), scope)]
        others += (each for error in self._unnamed_errors() for each in self._error(error, scope, None))
        anywhere = frozenset(each.status for each in (*own, *others) if each.states is None)
        states_by_status: dict[int, frozenset[str]] = {}
        for each in own:
            if each.status not in anywhere and each.states is not None:
                states_by_status[each.status] = states_by_status.get(each.status, frozenset()) | each.states
        lists = [path for each in own if (path := _list_in(each.body)) is not None]
        return DescribedAnswers(
            operation={
                "operationId": name,
                "parameters": [*self._parameters(node)],
                **self._request_body(node),
                "responses": _responses([*own, *no_job, *malformed_id, *others]),
            },
            shown_with=tuple(dict.fromkeys(each.status for each in own if _shows_jobs(each, scope))),
            list_at=lists[0] if lists else None,
            states_by_status=states_by_status,
            not_found=frozenset(each.status for each in no_job) - anywhere,
        )

    def _own_answers(
        self, node: Node, place: JobIdPlace, kind: CompiledKind, scope: ValueScope
    ) -> Iterator[_PossibleAnswer]:
        """Yield the answers of the operation itself, its refusals included."""
        role = values.as_text(node.get("role"))
        states: States = None
        rows: dict[str, Node] = {}
        if role in _SHOWS_STATE_FOUND and place != NO_PLACE:
            states = frozenset(kind.tables.lifecycle.states) - kind.gone_states
        elif role == "cancel":
            table = child(member(self._root, "kinds").get(kind.name), "cancel")
            rows = {state: row for key, row in entries_of(table) for state in split_group(key.text)}
            states = frozenset(state for state, row in rows.items() if row.get("refuse") is None)
        for described in (node, *values.items_of(node.get("also"))):
            answers = self._answers(member(described, "answer"), scope, kind, states, by_state=role != "cancel")
            yield from (each._replace(is_inferred=each.is_inferred or self._is_inferred(node)) for each in answers)
        for state, row in rows.items():
            yield from self._refusals(row, frozenset({state}), scope)
        for key, error in entries_of(node.get("refuse_in")):
            yield from self._error(error.text, scope, frozenset(split_group(key.text)))
        for name in self._errors_of_checks(node):
            yield from self._error(name, scope, None)

    def _refusals(self, row: Node, states: States, scope: ValueScope) -> Iterator[_PossibleAnswer]:
        """Yield the refusals that a row of the cancel table names."""
        refused = row.get("refuse") or row.get("otherwise")
        if refused is not None:
            yield from self._error(refused.text, scope, states)
        elif row.get("after") is not None or row.get("only_for") is not None:
            yield from self._situation_errors([CANCEL_REFUSED], scope, states)

    def _errors_of_checks(self, node: Node) -> Iterator[str]:
        """Yield the errors that a header, or a field of the body or of the query, names."""
        if values.as_text(node.get("key")) != "none":
            yield from (member(header, "error").text for _, header in entries_of(self._root.get("request_headers")))
        request = child(self._root.get("requests"), values.as_text(node.get("request")))
        named = (text for part in (request, node.get("query")) for text in scalar_texts(part, "error"))
        yield from (name for name in dict.fromkeys(named) if name in self._errors)

    def _answers(
        self, node: Node, scope: ValueScope, kind: CompiledKind, states: States, *, by_state: bool
    ) -> Iterator[_PossibleAnswer]:
        """Yield the answers of a table of answers, or the one answer, to jobs in some states."""
        if first_key(node) == BY:
            cases = cases_of(node)
            if states is not None and by_state and is_by_state(node):
                for state in sorted(states):
                    case = find_case(cases, state, kind.tables.lifecycle)
                    yield from self._answers(case, scope, kind, frozenset({state}), by_state=True)
            else:
                for case in cases.values():
                    yield from self._answers(case, scope, kind, states, by_state=by_state)
            return
        error = node.get("error")
        if error is not None:
            yield from self._error(error.text, scope, states)
            return
        content_type, schema = _content_of(node, scope)
        for status in _statuses(node.get("status")):
            yield _PossibleAnswer(status, content_type, schema, states, is_inferred=False, body=node.get("body"))

    def _error(self, name: str, scope: ValueScope, states: States) -> Iterator[_PossibleAnswer]:
        node = self._errors[name]
        schema = describe_value(node.get("body") or self._shape, scope).schema
        is_inferred = self._is_inferred(node)
        for status in _statuses(node.get("status")):
            yield _PossibleAnswer(status, self._error_type, schema, states, is_inferred)

    def _is_inferred(self, node: Node) -> bool:
        source = self._sources.of(node)
        return source is not None and source.confidence == INFERRED

    def _situation_errors(
        self, situations: Iterable[str], scope: ValueScope, states: States = None
    ) -> Iterator[_PossibleAnswer]:
        """Yield the answers to situations; one that no error is for has the usual status."""
        for situation in situations:
            name = self._table.error_of(situation)
            if name is not None:
                yield from self._error(name, scope, states)
            else:
                schema = describe_value(self._shape, scope).schema
                yield _PossibleAnswer(DEFAULT_STATUS[situation], self._error_type, schema, states, is_inferred=True)

    def _unnamed_errors(self) -> Iterator[str]:
        """Yield the errors that no situation has and nothing names: a fault may answer with them."""
        named = {text for key, section in self._root.entries if key.text != "errors" for text in scalar_texts(section)}
        yield from (name for name, node in self._errors.items() if name not in named and node.get("for") is None)

    def _parameters(self, node: Node) -> Iterator[Mapping[str, Any]]:
        """Yield the parameters of the query and of the headers."""
        fields = describe_fields(node.get("query"), members_of(self._root.get("fields")))
        for name, schema in fields["properties"].items():
            yield {"name": name, "in": "query", "required": name in fields["required"], "schema": schema}
        for key, header in entries_of(self._root.get("request_headers")):
            is_required = header.get("required") is not None
            yield {"name": key.text, "in": "header", "required": is_required, "schema": {"type": "string"}}

    def _request_body(self, node: Node) -> Mapping[str, Any]:
        """Return the body of the request; none where the pack names none."""
        request = child(self._root.get("requests"), values.as_text(node.get("request")))
        if request is None:
            return {}
        schema = describe_request(request, members_of(self._root.get("fields")))
        return {"requestBody": {"content": {_JSON: {"schema": schema}}}}


def _situations(node: Node, place: JobIdPlace, kind: CompiledKind) -> Iterator[str]:
    """Yield the situations in which a call of an operation may be refused, whatever its job."""
    yield from _ANY_CALL
    role = values.as_text(node.get("role"))
    if role in _SENDS_BODY or place.where == "body" or node.get("body") is not None:
        yield from _WITH_BODY
    if node.get("query") is not None or node.get("pages") is not None:
        yield INVALID_QUERY
    if role == "create" and kind.active_limit:
        yield TOO_MANY_JOBS


def _statuses(node: Node | None) -> list[int]:
    """Return the statuses that a value can be: a number, a table of numbers, or 200 where it is absent."""
    if node is None:
        return [200]
    if node.node_type == "scalar":
        return [int(node.value)] if isinstance(node.value, int) else []
    return list(dict.fromkeys(status for case in cases_of(node).values() for status in _statuses(case)))


def _content_of(node: Node, scope: ValueScope) -> tuple[str, Schema]:
    """Return the content type of an answer (empty: none) and the schema of its body."""
    body, file = node.get("body"), node.get("file")
    usual, schema = "", ANYTHING
    if body is not None:
        usual, schema = _JSON, describe_value(body, scope).schema
    elif node.get("lines") is not None:
        usual = "application/x-jsonl"
    elif node.get("text") is not None:
        usual = "text/plain"
    elif file is not None:
        usual = SAMPLES[file.text].content_type.partition(";")[0]
    return values.as_text(node.get("content_type"), usual), schema


def _shows_jobs(answer: _PossibleAnswer, scope: ValueScope) -> bool:
    return _list_in(answer.body) is not None or (answer.body is not None and shows_state(answer.schema, scope))


def _list_in(body: Node | None) -> str | None:
    """Return the JSON pointer of the member that lists jobs."""
    members = entries_of(body)
    return next((f"/{key.text}" for key, value in members if value.text == "$page.jobs"), None)


def _responses(possible: Iterable[_PossibleAnswer]) -> Mapping[str, Any]:
    """Return the `responses` of an operation; several answers of one status are alternatives."""
    by_status: dict[str, list[_PossibleAnswer]] = {}
    for each in possible:
        by_status.setdefault(str(each.status), []).append(each)
    return {status: _response(answers) for status, answers in by_status.items()}


def _response(answers: list[_PossibleAnswer]) -> Mapping[str, Any]:
    schemas: dict[str, list[Schema]] = {}
    for each in answers:
        if each.content_type:
            schemas.setdefault(each.content_type, []).append(each.schema)
    return {
        "description": "as the tables have it",
        "x-basis": "inferred" if all(each.is_inferred for each in answers) else "page",
        "content": {name: {"schema": any_of(alternatives)} for name, alternatives in schemas.items()},
    }
