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
from mockserver.core.wire import Exchange, Response
from mockserver.errors import did_you_mean

_UNDOCUMENTED: Final = DocumentedAnswer("", "", {})
"""The answer of a status that nothing documents."""


def judge_exchange(capture: Capture, exchange: Exchange, *, strict: bool = False) -> list[Finding]:
    """Return every difference between an exchange and a capture, the worst first; waived ones as information.

    `strict` holds the server to the vendor's pages alone: an undeclared field is an error (else information), and a
    field or value that only the vendor's live service is known for is a warning (else nothing). An exchange without an
    answer has no findings.
    """
    if exchange.response is None:
        return []
    findings = _exchange_findings(capture, exchange, exchange.response, strict)
    return sort_findings(apply_waivers(findings, capture.waivers))


def _exchange_findings(capture: Capture, exchange: Exchange, response: Response, strict: bool) -> Iterator[Finding]:
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
    if case.is_documented:
        yield from _documented_findings(case)
    elif operation is not None:
        yield from _undocumented_status_findings(case, operation)
    else:
        message = f"{request.method} {request.path} is not in the capture"
        if methods := capture.methods(request.path):
            yield case.finding("S0", "info", message, "request", allowed=f"{', '.join(methods)} {request.path}")
        else:
            yield case.finding("S0", "info", message + capture.nearest(request.method, request.path), "request")


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
    def is_documented(self) -> bool:
        return self.answer is not _UNDOCUMENTED

    @property
    def source(self) -> str:
        """The place in the capture that says otherwise, with its basis and note."""
        if not self.is_documented:
            pointer = self.operation.pointer if self.operation else "#/paths"
            return f"{self.capture.name} {pointer}"
        source = f"{self.capture.name} {self.answer.pointer}"
        if self.answer.basis:
            source += f" ({self.answer.basis})"
        if self.answer.note:
            source += f": {self.answer.note}"
        return source

    def finding(
        self, rule: str, level: Level, message: str, where: str, *, allowed: str = "", value: str = ""
    ) -> Finding:
        request = self.exchange.request
        return Finding(
            rule=rule,
            level=level,
            message=message,
            where=where,
            source=self.source,
            call=f"{request.method} {request.path} -> {self.response.status}",
            operation="" if self.operation is None else self.operation.id,
            allowed=allowed,
            value=value,
            spot=self.exchange.position,
        )


def _undocumented_status_findings(case: _ExchangeCase, operation: DocumentedOperation) -> Iterator[Finding]:
    status = case.response.status
    documented = [f"{each} ({answer.basis})" if answer.basis else each for each, answer in operation.answers.items()]
    message = f"status {status} is not documented for this call"
    yield case.finding("S1", "error", message, "status", allowed=", ".join(documented), value=str(status))
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
            yield _content_finding(case, difference)
        for schema, body in json_bodies(case.answer, case.response):
            yield from _json_findings(case, body, schema)
    for each in header_differences(case.capture, case.answer, case.response):
        yield _header_finding(case, each)


def _content_finding(case: _ExchangeCase, difference: Difference) -> Finding:
    """Return S2, or S3 for an empty body."""
    allowed = ", ".join(difference.allowed)
    if difference.kind is DifferenceKind.EMPTY_BODY:
        return case.finding("S3", "error", "the answer has no body", "body", allowed=allowed)
    if difference.kind is DifferenceKind.UNDOCUMENTED_BODY:
        return case.finding("S2", "info", "the answer has a body where none is documented", "body")
    sent = difference.value
    message = f"the content type {sent!r} is not documented" if sent else "the answer names no content type"
    return case.finding("S2", "error", message, "header Content-Type", allowed=allowed, value=sent or "")


def _json_findings(case: _ExchangeCase, body: ParsedJson, schema: str) -> Iterator[Finding]:
    """Yield S8 for the text itself; S3 to S7, S9 and S11 for the value in it."""
    prefix = "" if body.line is None else f"line {body.line} "
    for problem in body.problems:
        yield case.finding("S8", "error", problem, f"{prefix}body")
    if not body.is_readable:
        return
    differences = value_differences(case.capture, schema, body.value)
    broken = {each.pointer for each in differences if each.kind is DifferenceKind.VIOLATION}
    for each in differences:
        if each.kind is DifferenceKind.VIOLATION:
            yield _violation_finding(case, each, prefix)
        # What breaks its schema is reported for that alone, not for being undocumented as well.
        elif each.pointer not in broken:
            yield from _undocumented_findings(case, each, prefix)
    for each in known_value_differences(case.answer, body.value):
        yield _known_value_finding(case, each, prefix)


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


def _violation_finding(case: _ExchangeCase, difference: Difference, prefix: str) -> Finding:
    message = f"{difference.pointer or 'the body'}: {difference.message}"
    if difference.keyword in ("enum", "const") and isinstance(difference.value, str):
        message += did_you_mean(difference.value, difference.allowed)
    return case.finding(
        schema_rule(difference, case.response.status),
        "error",
        message,
        f"{prefix}{difference.pointer or 'body'}",
        allowed=", ".join(difference.allowed),
        value=short_json(difference.value),
    )


def _undocumented_findings(case: _ExchangeCase, difference: Difference, prefix: str) -> Iterator[Finding]:
    """Yield S4 or S11, or S3 as a warning."""
    where = prefix + difference.pointer
    value = short_json(difference.value)
    if difference.kind is DifferenceKind.UNDECLARED:
        name = difference.pointer.rsplit("/", 1)[-1]
        message = f"the field {name!r} is not declared{_nearest_field(name, difference.names)}"
        yield case.finding("S4", "error" if case.strict else "info", message, where, value=value)
    elif difference.kind is DifferenceKind.ABSENT:
        message = f"missing: {', '.join(difference.names)} (no page requires it, and the service always sends it)"
        yield case.finding("S3", "warning", message, where or "body")
    elif case.strict:
        place = difference.pointer or "the body"
        message = f"{place} is known from the service ({difference.basis}), not from the vendor's page"
        yield case.finding("S11", "warning", message, where, value=value)


@lru_cache(maxsize=1024)
def _nearest_field(name: str, declared: tuple[str, ...]) -> str:
    # Cached: it takes far longer than all other checks, and a server sends the same undeclared fields every time.
    return did_you_mean(name, declared)


def _known_value_finding(case: _ExchangeCase, difference: Difference, prefix: str) -> Finding:
    """Return S7 as a warning."""
    value, pointer = difference.value, difference.pointer
    shown = short_json(value)
    message = f"{pointer}: {shown} is not a value known for this answer"
    if isinstance(value, str):
        message += did_you_mean(value, difference.allowed)
    return case.finding("S7", "warning", message, prefix + pointer, allowed=", ".join(difference.allowed), value=shown)


def _header_finding(case: _ExchangeCase, difference: Difference) -> Finding:
    """Return S12: an error if the vendor's documents name the header, a warning if only its service is known for it."""
    [name] = difference.names
    level: Level = "warning" if difference.basis in OFF_PAGE_BASES else "error"
    if difference.kind is DifferenceKind.MISSING_HEADER:
        return case.finding("S12", level, f"the header {name} is missing", f"header {name}")
    message, value = f"the header {name}: {difference.message}", short_json(difference.value)
    return case.finding("S12", level, message, f"header {name}", allowed=", ".join(difference.allowed), value=value)
