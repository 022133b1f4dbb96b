"""Compiles the answers of operations: for each state, a function from facts to a response."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.wire import Response
from mockserver.packs.errors import ErrorTable, compile_headers, render_headers
from mockserver.packs.facts import ABSENT, Facts
from mockserver.packs.grammar_values import BY
from mockserver.packs.names import NAMES, TIMED_NAMES, VOLATILE_NAMES
from mockserver.packs.node_access import check_reference, first_key, when_given
from mockserver.packs.samples import SAMPLES
from mockserver.packs.scope import Place, Scope
from mockserver.packs.spec_items import items_of_spec
from mockserver.packs.values import Constant, cases_of, compile_table, compile_value, find_case, is_by_state, text_of
from mockserver.scenario import values
from mockserver.scenario.nodes import Node

Respond = Callable[[Facts], Response]
"""A compiled answer."""
_NO_CASE: Final = Response(500)
"""Never sent: every table of answers has a case for everything."""
_LINES_TYPE: Final = "application/x-jsonl"


class StateAnswer(NamedTuple):
    """An answer about jobs in one state."""

    respond: Respond
    depends_on_call: bool
    """Whether two calls at one instant may get different answers about one job."""
    is_steady: bool
    """Whether it stays the same while the job does."""


class StateAnswers:
    """The answers of one operation by the job's state; each is compiled when it is first needed."""

    def __init__(self, compile_for: Callable[[str], StateAnswer]) -> None:
        self._compile_for = compile_for
        self._by_state: dict[str, StateAnswer] = {}

    def of(self, state: str) -> StateAnswer:
        """Return the answer about jobs in a state; the empty one is that of a call about no job."""
        known = self._by_state.get(state)
        if known is None:
            known = self._by_state[state] = self._compile_for(state)
        return known

    def __call__(self, facts: Facts) -> Response:
        """Render the answer."""
        return self.of(facts.now.state).respond(facts)


class AnswerCompiler:
    """Compiles answers that may be errors of the table."""

    def __init__(self, errors: ErrorTable) -> None:
        self._errors = errors

    def compile(self, node: Node, scope: Scope) -> "StateAnswers":
        """Compile an answer, which is resolved for each state when a job in it is first shown.

        Reports what is unknown (PCK001 to PCK003) and tables without a case for everything (PCK008).
        """
        self._compile(node, scope)
        terminal = scope.kind.lifecycle.terminal if scope.kind is not None else frozenset()

        def compile_for(state: str) -> StateAnswer:
            uses: set[str] = set()
            respond = self._compile(node, replace(scope, state=state or None, uses=uses))
            return StateAnswer(
                respond,
                depends_on_call=any(NAMES[root].place is Place.CALL for root in uses),
                is_steady=not uses & VOLATILE_NAMES and (state in terminal or not uses & TIMED_NAMES),
            )

        return StateAnswers(compile_for)

    def _compile(self, node: Node, scope: Scope) -> Respond:
        if first_key(node) == BY:
            self._check_complete(node, scope)
            return compile_table(node, scope, self._compile, _NO_CASE)
        error = node.get("error")
        if error is not None:
            name = error.text
            check_reference(error, "error", self._errors.names, scope.tables.diagnostics)
            return lambda facts: self._errors.render(name, facts)
        file = node.get("file")
        if file is not None:
            sample = SAMPLES[file.text]
            return _with_status_and_headers(node, scope, sample.content_type, lambda facts: sample.content)
        return _compile_content(node, scope)

    def _check_complete(self, node: Node, scope: Scope) -> None:
        cases: Mapping[str, Any] = cases_of(node)
        missing = ["everything else"] if "else" not in cases else []
        if missing and is_by_state(node) and scope.kind is not None:
            states = scope.kind.lifecycle.states
            missing = [state for state in states if find_case(cases, state, scope.kind.lifecycle) is None]
        if missing:
            message = f"this table has no answer for {', '.join(missing)}"
            scope.tables.diagnostics.add("PCK008", message, node, "Add the cases, or `else`.")


def _compile_content(node: Node, scope: Scope) -> Respond:
    body, lines, text = node.get("body"), node.get("lines"), node.get("text")
    if lines is not None:
        line = compile_value(lines, scope)
        return _with_status_and_headers(node, scope, _LINES_TYPE, lambda facts: render_lines(facts, line))
    if text is not None:
        render_text = compile_value(text, scope)
        return _with_status_and_headers(
            node, scope, "text/plain; charset=utf-8", lambda facts: text_of(render_text(facts)).encode()
        )
    if body is None:
        return _with_status_and_headers(node, scope, "", lambda facts: b"")
    render = compile_value(body, scope)
    return _with_status_and_headers(node, scope, "application/json", lambda facts: orjson.dumps(render(facts)))


def _with_status_and_headers(node: Node, scope: Scope, default_type: str, content: Callable[[Facts], bytes]) -> Respond:
    status_node = node.get("status")
    content_type = values.as_text(node.get("content_type"), default_type)
    fixed = (("Content-Type", content_type),) if content_type else ()
    headers = compile_headers(node.get("headers"), scope)
    status = when_given(status_node, partial(compile_value, scope=scope)) or Constant(200)
    if headers or not isinstance(status, Constant):
        return lambda facts: Response(status(facts), (*fixed, *render_headers(headers, facts)), content(facts))
    code = status.value
    return lambda facts: Response(code, fixed, content(facts))


def render_lines(facts: Facts, line: Callable[[Facts], Any]) -> bytes:
    """Render a line of JSON for each item of a batch, in the order of the request; an absent value is no line."""
    rendered = (line(replace(facts, extra={**facts.extra, "item": item})) for item in item_facts(facts))
    return b"".join(orjson.dumps(value) + b"\n" for value in rendered if value is not ABSENT)


def item_facts(facts: Facts) -> list[dict[str, Any]]:
    """Return what `$item` stands for, for each item of a batch."""
    requests = items_of_spec(facts.now.job.spec, len(facts.now.items))
    described = []
    for index, (request, spans) in enumerate(zip(requests, facts.now.items, strict=False)):
        last = spans[-1]
        scripted = last.step.fields
        described.append(
            {
                "index": index,
                "id": f"{facts.now.job.id}-{index + 1}",
                "state": last.state,
                "request": request,
                "error": scripted.get("error"),
                "data": scripted.get("data"),
            }
        )
    return described
