"""The errors of a pack: by name, by situation, and for a status that a scenario requests."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.pointer import parse_pointer
from mockserver.core.wire import Response
from mockserver.packs.facts import Facts, Render
from mockserver.packs.mistakes import MistakeWords
from mockserver.packs.names import look_up
from mockserver.packs.node_access import entries_of, member, when_given
from mockserver.packs.scope import Place, Scope
from mockserver.packs.situations import DEFAULT_STATUS
from mockserver.packs.sources import Sources
from mockserver.packs.values import Constant, compile_value, text_of
from mockserver.scenario import values
from mockserver.scenario.nodes import Node, node_to_json
from mockserver.vendors.api import VendorRule
from mockserver.vendors.checks import Mistake

SETTINGS: Final = ("shape", "content_type", "headers", "reason")
"""The keys of the section that are no errors."""
_FALLBACK_SITUATION: Final[Mapping[str, str]] = {"malformed id": "no job", "invalid query": "invalid body"}
"""The situation whose error also answers another, where that one has none."""
ERROR_PLACES: Final = (Place.CALL, Place.JOB, Place.ERROR, Place.MISTAKES, Place.MISTAKE, Place.LIMIT)
"""What the values of an error may name."""
_MESSAGE_OF_STATUS: Final[Mapping[int, str]] = {status.value: status.phrase for status in HTTPStatus}


class ErrorAnswer(NamedTuple):
    """One error, compiled."""

    status: Render
    message: Render | None
    values: Mapping[str, Render]
    body: Render | None
    headers: tuple[tuple[str, Render], ...]


class ErrorTable:
    """The section `errors`, compiled."""

    def __init__(self, section: Node, words: MistakeWords, scope: Scope) -> None:
        self.words = words
        scope = scope.with_places(*ERROR_PLACES)
        self._scope = scope
        self._shape = compile_value(member(section, "shape"), scope)
        content_type = values.as_text(section.get("content_type"), "application/json")
        self._content_type = (("Content-Type", content_type),)
        self._headers = compile_headers(section.get("headers"), scope)
        self._reasons = [parse_pointer(item.text) for item in values.items_of(section.get("reason"))]
        self._errors: dict[str, ErrorAnswer] = {}
        self._situations: dict[str, str] = {}
        self._by_status: dict[int, ErrorAnswer] = {}
        for key, error in entries_of(section):
            if key.text not in SETTINGS:
                compiled = self._errors[key.text] = self._compile_error(error)
                if isinstance(compiled.status, Constant):
                    self._by_status.setdefault(compiled.status.value, compiled)
                for situation in values.as_texts(error.get("for")):
                    self._situations.setdefault(situation, key.text)

    def _compile_error(self, node: Node) -> ErrorAnswer:
        compiled = partial(compile_value, scope=self._scope)
        return ErrorAnswer(
            status=compile_value(member(node, "status"), self._scope),
            message=when_given(node.get("message"), compiled),
            values={key.text: compile_value(value, self._scope) for key, value in entries_of(node.get("values"))},
            body=when_given(node.get("body"), compiled),
            headers=compile_headers(node.get("headers"), self._scope),
        )

    @property
    def names(self) -> frozenset[str]:
        """The names of the errors."""
        return frozenset(self._errors)

    def error_of(self, situation: str) -> str | None:
        """Return the name of the error for a situation; None where there is none."""
        return self._situations.get(situation, self._situations.get(_FALLBACK_SITUATION.get(situation, "")))

    def render(self, name: str, facts: Facts, detail: str = "") -> Response:
        """Render an error by its name; `detail` is its text where it has none."""
        return self._render(self._errors[name], facts, detail)

    def render_situation(self, situation: str, facts: Facts, detail: str = "") -> Response:
        """Render the error of a situation; `detail` is the text where the pack has no words for it."""
        name = self.error_of(situation)
        if name is not None:
            return self.render(name, facts, detail)
        return self.render_status(DEFAULT_STATUS[situation], facts, detail or situation)

    def render_status(self, status: int, facts: Facts, message: str) -> Response:
        """Render the first error that always has that status; without one, the text in the shape of all errors."""
        known = self._by_status.get(status)
        if known is not None:
            return self._render(known, facts, message)
        bare = ErrorAnswer(status=lambda facts: status, message=None, values={}, body=None, headers=())
        return self._render(bare, facts, message or _MESSAGE_OF_STATUS.get(status, str(status)))

    def render_mistakes(self, situation: str, mistakes: Sequence[Mistake], facts: Facts, own: str | None) -> Response:
        """Render the error about a body or a query; `own` is the error that the first mistake's field names."""
        with_mistakes = replace(facts, extra={**facts.extra, **self.words.facts_of(mistakes, facts)})
        if own is not None:
            return self.render(own, with_mistakes)
        return self.render_situation(situation, with_mistakes, with_mistakes.extra["mistakes_text"])

    def _render(self, error: ErrorAnswer, facts: Facts, message: str) -> Response:
        # What a situation adds stands beside the error's own facts.
        if error.message is not None:
            message = text_of(error.message(facts)) or message
        described: dict[str, Any] = {name: value(facts) for name, value in error.values.items()}
        described |= {"status": error.status(facts), "message": message}
        facts = replace(facts, extra={"mistakes": [], **facts.extra, "error": described})
        body = orjson.dumps((error.body or self._shape)(facts))
        headers = render_headers((*self._headers, *error.headers), facts)
        return Response(described["status"], (*self._content_type, *headers), body)

    def parse_reason(self, body: Any) -> str:
        """Return the machine-readable reason in an error's body; empty if it has none."""
        for path in self._reasons:
            reason = look_up(body, list(path))
            if isinstance(reason, str):
                return reason
        return ""


def compile_headers(node: Node | None, scope: Scope) -> tuple[tuple[str, Render], ...]:
    """Compile headers whose values are values."""
    return tuple((key.text, compile_value(value, scope)) for key, value in entries_of(node))


def render_headers(headers: Sequence[tuple[str, Render]], facts: Facts) -> tuple[tuple[str, str], ...]:
    """Render headers; one whose value is absent or null is left out."""
    texts = ((name, text_of(value(facts))) for name, value in headers)
    return tuple((name, text) for name, text in texts if text)


def error_rules(section: Node, sources: Sources) -> list[VendorRule]:
    """Return the rules about the errors that name a source."""
    rules = []
    for key, error in entries_of(section):
        if key.text not in SETTINGS:
            status, message = member(error, "status"), error.get("message")
            shown = status.text or "a status by its cause"
            if message is not None:
                shown += f" {node_to_json(message)}"
            rules += sources.rule("errors", key.text, shown, error)
    return rules
