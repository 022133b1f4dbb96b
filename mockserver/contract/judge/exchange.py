"""Judges one exchange by a capture: is this answer one that the vendor documents for this call?

Theory of operation. Each rule is a small generator over an `_ExchangeCase` (the exchange, its operation, the documented
answer). A rule that cannot be judged yields nothing, because a correct server must never be called wrong. An error is
what the vendor's documents forbid; what the service does beyond its pages is information, or an error under `strict`.
This module keeps no state, reads no clock, and raises nothing because of an answer's content.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.strict_json import ParsedJson, read_json, read_json_lines
from mockserver.contract.documents.waivers import apply_waivers
from mockserver.contract.findings import Finding, Level, sort_findings
from mockserver.contract.rules.conditions import short_json
from mockserver.contract.schema.undeclared import OFF_PAGE_BASES, Undocumented, find_undocumented
from mockserver.contract.schema.validate import SchemaViolation, violations
from mockserver.core.pointer import escape_token
from mockserver.core.wire import Exchange, Response
from mockserver.errors import did_you_mean

JSON_LINES_TYPES: Final = ("application/jsonl", "application/x-ndjson", "application/jsonlines")
_BODILESS_STATUSES: Final = (204, 304)
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
        yield from _check_content_type(case)
        yield from _check_body(case)
        yield from _check_headers(case)
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

    @property
    def content_types(self) -> Mapping[str, Any]:
        """The documented content types of the answer."""
        content: Mapping[str, Any] = self.answer.body.get("content", {})
        return content

    @property
    def has_body(self) -> bool:
        """True if HTTP allows the answer a body."""
        return self.exchange.request.method.upper() != "HEAD" and self.response.status not in _BODILESS_STATUSES

    def matching_media_type(self) -> str | None:
        """Return the documented content type that fits the answer's: itself, its range (`video/*`), or `*/*`."""
        sent = media_type(self.response)
        for documented in (sent, sent.split("/")[0] + "/*", "*/*"):
            if documented in self.content_types:
                return documented
        return None


def _undocumented_status_findings(case: _ExchangeCase, operation: DocumentedOperation) -> Iterator[Finding]:
    status = case.response.status
    documented = [f"{each} ({answer.basis})" if answer.basis else each for each, answer in operation.answers.items()]
    message = f"status {status} is not documented for this call"
    yield case.finding("S1", "error", message, "status", allowed=", ".join(documented), value=str(status))
    error_schema = case.capture.document.get("x-error-schema")
    if status >= 400 and error_schema and case.has_body and media_type(case.response) == "application/json":
        yield from _check_json(case, read_json(case.response.body), error_schema)


def media_type(response: Response) -> str:
    """Return the content type in lower case, without its parameters; "" if the answer names none."""
    return (response.header("content-type") or "").split(";")[0].strip().lower()


def _is_json_type(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _check_content_type(case: _ExchangeCase) -> Iterator[Finding]:
    """Check S2."""
    if not case.has_body or not case.response.body or case.matching_media_type() is not None:
        return
    if not case.content_types:
        yield case.finding("S2", "info", "the answer has a body where none is documented", "body")
        return
    sent = case.response.header("content-type") or ""
    message = f"the content type {sent!r} is not documented"
    if not sent:
        message = "the answer names no content type"
    allowed = ", ".join(case.content_types)
    yield case.finding("S2", "error", message, "header Content-Type", allowed=allowed, value=sent)


def _check_body(case: _ExchangeCase) -> Iterator[Finding]:
    """Check S3 to S9 and S11, if the content type is a documented one."""
    if not case.has_body or not case.content_types:
        return
    media = case.matching_media_type()
    if not case.response.body:
        if any(map(_is_json_type, case.content_types)) and (media is None or _is_json_type(media)):
            yield case.finding("S3", "error", "the answer has no body", "body", allowed=", ".join(case.content_types))
    elif media is not None and "schema" in case.content_types[media]:
        pointer = f"{case.answer.pointer}/content/{escape_token(media)}/schema"
        if media in JSON_LINES_TYPES:
            for line in read_json_lines(case.response.body):
                yield from _check_json(case, line, pointer)
        elif _is_json_type(media):
            yield from _check_json(case, read_json(case.response.body), pointer)


def _check_json(case: _ExchangeCase, body: ParsedJson, pointer: str) -> Iterator[Finding]:
    prefix = f"line {body.line} " if body.line else ""
    for problem in body.problems:
        yield case.finding("S8", "error", problem, f"{prefix}body")
    if not body.is_readable:
        return
    broken = violations(case.capture, pointer, body.value)
    for violation in broken:
        yield _violation_finding(case, violation, prefix)
    reported = {violation.pointer for violation in broken}
    for undocumented in find_undocumented(case.capture, pointer, body.value):
        if undocumented.pointer not in reported:
            yield from _undocumented_findings(case, undocumented, prefix)
    yield from _check_known_values(case, body.value, prefix)


_RULE_BY_KEYWORD: Final = {"enum": "S5", "const": "S5", "pattern": "S9"}


def _violation_finding(case: _ExchangeCase, violation: SchemaViolation, prefix: str) -> Finding:
    # From the most general to the most specific: an error's body is judged as a whole, whatever is wrong in it.
    rule = _RULE_BY_KEYWORD.get(violation.keyword, "S3")
    if violation.keyword == "type" and violation.value is None:
        rule = "S6"
    if case.response.status >= 400:
        rule = "S7"
    message = f"{violation.pointer or 'the body'}: {violation.message}"
    if violation.keyword in ("enum", "const") and isinstance(violation.value, str):
        message += did_you_mean(violation.value, violation.allowed)
    where = f"{prefix}{violation.pointer or 'body'}"
    allowed = ", ".join(violation.allowed)
    return case.finding(rule, "error", message, where, allowed=allowed, value=short_json(violation.value))


def _undocumented_findings(case: _ExchangeCase, found: Undocumented, prefix: str) -> Iterator[Finding]:
    """Yield S4 and S11, and S3 as a warning."""
    where, value = prefix + found.pointer, short_json(found.value)
    if found.kind == "undeclared":
        name = found.pointer.rsplit("/", 1)[-1]
        message = f"the field {name!r} is not declared{_nearest_field(name, found.siblings)}"
        yield case.finding("S4", "error" if case.strict else "info", message, where, value=value)
    elif found.kind == "absent":
        missing = ", ".join(found.siblings)
        message = f"missing: {missing} (no page requires it, and the service always sends it)"
        yield case.finding("S3", "warning", message, where or "body")
    elif case.strict:
        place = found.pointer or "the body"
        message = f"{place} is known from the service ({found.basis}), not from the vendor's page"
        yield case.finding("S11", "warning", message, where, value=value)


@lru_cache(maxsize=1024)
def _nearest_field(name: str, declared: tuple[str, ...]) -> str:
    # Cached: it takes far longer than all other checks, and a server sends the same undeclared fields every time.
    return did_you_mean(name, declared)


def _check_known_values(case: _ExchangeCase, body: Any, prefix: str) -> Iterator[Finding]:
    """Check S7, as a warning: error codes that this answer has not been known for (`x-known-values`)."""
    known_values: Mapping[str, list[Any]] = case.answer.body.get("x-known-values", {})
    for pointer, known in known_values.items():
        value = body
        for part in pointer.split("/")[1:]:
            if not isinstance(value, dict):
                value = None
                break
            value = value.get(part)
        if value is None or value in known:
            continue
        message = f"{pointer}: {short_json(value)} is not a value known for this answer"
        if isinstance(value, str):
            message += did_you_mean(value, map(str, known))
        allowed = ", ".join(map(str, known))
        yield case.finding("S7", "warning", message, prefix + pointer, allowed=allowed, value=short_json(value))


def _check_headers(case: _ExchangeCase) -> Iterator[Finding]:
    """Check S12: an error if the vendor's documents name the header, a warning if only its service is known for it."""
    for name in case.answer.body.get("headers", ()):
        pointer, header = case.capture.follow(f"{case.answer.pointer}/headers/{name}")
        level: Level = "warning" if header.get("x-basis") in OFF_PAGE_BASES else "error"
        value, where = case.response.header(name), f"header {name}"
        if value is None:
            if header.get("required"):
                yield case.finding("S12", level, f"the header {name} is missing", where)
            continue
        if "schema" not in header:
            continue
        parsed: int | str = value
        if value.isascii() and value.isdigit() and len(value) < 20:
            parsed = int(value)
        for violation in violations(case.capture, f"{pointer}/schema", parsed):
            message, allowed = f"the header {name}: {violation.message}", ", ".join(violation.allowed)
            yield case.finding("S12", level, message, where, allowed=allowed, value=short_json(violation.value))
