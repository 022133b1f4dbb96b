"""Judges one exchange by a capture: is this answer one that the vendor documents for this call?

Theory of operation. `schema.answer_differences` compares the answer with its documentation; here each difference
becomes a finding: it gets a rule, a level, a sentence and a source. An error is what the vendor's documents forbid;
what the service does beyond its pages is information, or an error under `strict`. This module keeps no state, reads no
clock, and raises nothing because of an answer's content.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from mockserver.contract.documents.capture import OFF_PAGE_BASES, Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.strict_json import ParsedJson, read_json
from mockserver.contract.documents.waivers import apply_waivers
from mockserver.contract.findings import Finding, Level, sort_findings
from mockserver.contract.rules.conditions import short_json
from mockserver.contract.schema.answer_differences import (
    content_difference,
    header_differences,
    json_bodies,
    known_value_differences,
    may_have_body,
    media_type,
    value_differences,
)
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.http_semantics import is_http_answer
from mockserver.core.wire import Exchange, Response
from mockserver.errors import did_you_mean

_UNDOCUMENTED: Final = DocumentedAnswer("", "", {})
"""The answer of a status that nothing documents."""


def judge_exchange(capture: Capture, exchange: Exchange, *, strict: bool = False) -> list[Finding]:
    """Return every difference between an exchange and a capture, the worst first; waived ones as information.

    `strict` holds the server to the vendor's pages alone: an undeclared field is an error (else information), and a
    field or value that only the vendor's live service is known for is a warning (else nothing). An exchange without an
    answer has no findings, nor has an answer that no document describes because HTTP itself does.
    """
    response = exchange.response
    if response is None:
        return []
    request = exchange.request
    operation = capture.find(request.method, request.path)
    answer: DocumentedAnswer | None = None
    if operation is not None:
        answer = operation.answer(response.status)
    elif response.status == 405 and capture.methods(request.path) and "x-method-not-allowed" in capture.document:
        answer = DocumentedAnswer("405", *capture.follow("#/x-method-not-allowed"))
    case = _ExchangeCase(
        capture=capture,
        exchange=exchange,
        response=response,
        operation=operation,
        answer=answer or _UNDOCUMENTED,
        strict=strict,
    )
    if answer is not None:
        findings = _documented_findings(case)
    elif is_http_answer(request, response.status):
        return []
    elif operation is not None:
        findings = _undocumented_status_findings(case, operation)
    else:
        message, allowed = f"{request.method} {request.path} is not in the capture", None
        if methods := capture.methods(request.path):
            allowed = f"{', '.join(methods)} {request.path}"
        else:
            message += capture.nearest(request.method, request.path)
        findings = iter([case.finding("S0", "info", message, "request", allowed=allowed)])
    return sort_findings(apply_waivers(findings, capture.waivers))


@dataclass(frozen=True, slots=True, kw_only=True)
class _ExchangeCase:
    """One exchange under one capture."""

    capture: Capture
    exchange: Exchange
    response: Response
    operation: DocumentedOperation | None
    answer: DocumentedAnswer
    strict: bool

    @property
    def source(self) -> str:
        """The place in the capture that says otherwise, with its basis and note."""
        pointer = self.answer.pointer
        if self.answer is _UNDOCUMENTED:
            pointer = self.operation.pointer if self.operation else "#/paths"
        source = f"{self.capture.name} {pointer}"
        if self.answer.basis:
            source += f" ({self.answer.basis})"
        if self.answer.note:
            source += f": {self.answer.note}"
        return source

    def finding(
        self, rule: str, level: Level, message: str, where: str, *, allowed: str | None = None, value: str | None = None
    ) -> Finding:
        """Return the finding of a rule that this exchange breaks."""
        request = self.exchange.request
        return Finding(
            rule=rule,
            level=level,
            message=message,
            where=where,
            source=self.source,
            call=f"{request.method} {request.path} -> {self.response.status}",
            operation=None if self.operation is None else self.operation.id,
            allowed=allowed,
            value=value,
            spot=self.exchange.position,
        )


def _undocumented_status_findings(case: _ExchangeCase, operation: DocumentedOperation) -> Iterator[Finding]:
    status = case.response.status
    documented = [f"{each} ({answer.basis})" if answer.basis else each for each, answer in operation.answers.items()]
    message = f"status {status} is not documented for this call"
    yield case.finding("S1", "error", message, "status", allowed=", ".join(documented) or None, value=str(status))
    error_schema = case.capture.document.get("x-error-schema")
    if status < 400 or not error_schema or media_type(case.response) != "application/json":
        return
    if may_have_body(case.exchange.request.method, status):
        yield from _json_findings(case, read_json(case.response.body), error_schema)


def _documented_findings(case: _ExchangeCase) -> Iterator[Finding]:
    """Yield S2 to S9, S11 and S12: the findings of an answer whose status is documented."""
    if may_have_body(case.exchange.request.method, case.response.status):
        difference = content_difference(case.answer, case.response)
        if difference is not None:
            sent, allowed = difference.value, ", ".join(difference.allowed) or None
            if difference.kind is DifferenceKind.EMPTY_BODY:
                yield case.finding("S3", "error", "the answer has no body", "body", allowed=allowed)
            elif difference.kind is DifferenceKind.UNDOCUMENTED_BODY:
                yield case.finding("S2", "info", "the answer has a body where none is documented", "body")
            elif sent:
                message = f"the content type {sent!r} is not documented"
                yield case.finding("S2", "error", message, "header Content-Type", allowed=allowed, value=sent)
            else:
                message = "the answer names no content type"
                yield case.finding("S2", "error", message, "header Content-Type", allowed=allowed)
        for schema, body in json_bodies(case.answer, case.response):
            yield from _json_findings(case, body, schema)
    for each in header_differences(case.capture, case.answer, case.response):
        # An error only if the vendor's documents name the header, not if its service alone is known for it.
        level: Level = "warning" if each.basis in OFF_PAGE_BASES else "error"
        place = f"header {each.names[0]}"
        if each.kind is DifferenceKind.MISSING_HEADER:
            yield case.finding("S12", level, f"the {place} is missing", place)
        else:
            allowed, value = ", ".join(each.allowed) or None, short_json(each.value)
            yield case.finding("S12", level, f"the {place}: {each.message}", place, allowed=allowed, value=value)


def _json_findings(case: _ExchangeCase, body: ParsedJson, schema: str) -> Iterator[Finding]:
    """Yield S8 for the text itself; S3 to S7, S9 and S11 for the value in it."""
    prefix = ""
    if body.line is not None:
        prefix = f"line {body.line} "
    for problem in body.problems:
        yield case.finding("S8", "error", problem, f"{prefix}body")
    if not body.is_readable:
        return
    differences = value_differences(case.capture, schema, body.value)
    broken = {each.pointer for each in differences if each.kind is DifferenceKind.VIOLATION}
    for each in differences:
        if each.kind is DifferenceKind.VIOLATION:
            message = f"{each.pointer or 'the body'}: {each.message}"
            if each.keyword in ("enum", "const"):
                message += _nearest_value(each)
            rule, allowed = schema_rule(each, case.response.status), ", ".join(each.allowed) or None
            where, value = f"{prefix}{each.pointer or 'body'}", short_json(each.value)
            yield case.finding(rule, "error", message, where, allowed=allowed, value=value)
        # What breaks its schema is reported for that alone, not for being undocumented as well.
        elif each.pointer not in broken:
            yield from _undocumented_findings(case, each, prefix)
    for each in known_value_differences(case.answer, body.value):
        value, allowed = short_json(each.value), ", ".join(each.allowed)
        message = f"{each.pointer}: {value} is not a value known for this answer{_nearest_value(each)}"
        yield case.finding("S7", "warning", message, prefix + each.pointer, allowed=allowed, value=value)


def _nearest_value(difference: Difference) -> str:
    if isinstance(difference.value, str):
        return did_you_mean(difference.value, difference.allowed)
    return ""


_RULE_BY_KEYWORD: Final = {"enum": "S5", "const": "S5", "pattern": "S9"}


def schema_rule(difference: Difference, status: int) -> str:
    """Return the rule that a violation or an undeclared field breaks, in an answer of that status."""
    if difference.kind is DifferenceKind.UNDECLARED:
        return "S4"
    if status >= 400:
        return "S7"
    if difference.keyword == "type" and difference.value is None:
        return "S6"
    return _RULE_BY_KEYWORD.get(difference.keyword or "", "S3")


def _undocumented_findings(case: _ExchangeCase, difference: Difference, prefix: str) -> Iterator[Finding]:
    """Yield S4 or S11, or S3 as a warning."""
    where = prefix + difference.pointer
    value = short_json(difference.value)
    if difference.kind is DifferenceKind.UNDECLARED:
        name = difference.pointer.rsplit("/", 1)[-1]
        message = f"the field {name!r} is not declared{_nearest_field(name, difference.names)}"
        level: Level = "error" if case.strict else "info"
        yield case.finding("S4", level, message, where, value=value)
    elif difference.kind is DifferenceKind.ABSENT:
        message = f"missing: {', '.join(difference.names)} (no page requires it, and the service always sends it)"
        yield case.finding("S3", "warning", message, where or "body")
    elif case.strict:
        place = difference.pointer or "the body"
        message = f"{place} is known from the service ({difference.basis}), not from the vendor's page"
        yield case.finding("S11", "warning", message, where, value=value)


_nearest_field: Final = lru_cache(maxsize=1024)(did_you_mean)
"""Cached: it takes far longer than all other checks, and a server sends the same undeclared fields every time."""
