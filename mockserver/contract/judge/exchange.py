"""Judges one exchange by a capture: was this answer one the vendor has promised for this call?

Theory of operation. Each rule is a small generator over a `_Case` (the exchange, its operation, the documented
answer); a rule that cannot be judged yields nothing, because a correct server must never be called wrong. An error
is what a document of the vendor's forbids; what the service does beyond its pages is information, or an error under
`strict`. Nothing here keeps state, reads a clock or raises because of what a server sent.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.strict_json import ParsedJson, read_json, read_json_lines
from mockserver.contract.documents.waivers import apply_waivers
from mockserver.contract.findings import Finding, Level, sort_findings
from mockserver.contract.schema.undeclared import OFF_PAGE_BASES, Undocumented, find_undocumented
from mockserver.contract.schema.validate import SchemaViolation, violations
from mockserver.core.pointer import escape_token
from mockserver.core.wire import Exchange, Response
from mockserver.errors import did_you_mean

JSON_LINES_TYPES: Final = ("application/jsonl", "application/x-ndjson", "application/jsonlines")
_BODILESS_STATUSES: Final = (204, 304)
_UNDOCUMENTED: Final = DocumentedAnswer("", "", {})
"""Stands for the answer of a status that nothing documents."""


def judge_exchange(capture: Capture, exchange: Exchange, *, strict: bool = False) -> list[Finding]:
    """Every difference between an exchange and a capture, the worst first; waived ones as information.

    `strict` holds the server to the vendor's pages alone: an undeclared field is an error (else information), and a
    field or value that only the vendor's live service is known for is a warning (else nothing). An exchange whose
    answer was lost has no findings.
    """
    if exchange.response is None:
        return []
    return sort_findings(
        apply_waivers(_exchange_findings(capture, exchange, exchange.response, strict), capture.waivers)
    )


def _exchange_findings(capture: Capture, exchange: Exchange, response: Response, strict: bool) -> Iterator[Finding]:
    request = exchange.request
    operation = capture.find(request.method, request.path)
    answer = (
        operation.answer(response.status)
        if operation
        else _method_not_allowed_answer(capture, request.path, response.status)
    )
    case = _ExchangeCase(capture, exchange, response, operation, answer or _UNDOCUMENTED, strict)
    if case.is_documented:
        for rule in _CHECKS:
            yield from rule(case)
    elif operation is None:
        yield _unknown_call_finding(case)
    else:
        yield from _undocumented_status_findings(case, operation)


@dataclass(frozen=True, slots=True)
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
    def call(self) -> str:
        request = self.exchange.request
        return f"{request.method} {request.path} -> {self.response.status}"

    @property
    def source(self) -> str:
        if not self.is_documented:
            return f"{self.capture.name} {self.operation.pointer if self.operation else '#/paths'}"
        basis = f" ({self.answer.basis})" if self.answer.basis else ""
        note = f": {self.answer.note}" if self.answer.note else ""
        return f"{self.capture.name} {self.answer.pointer}{basis}{note}"

    def finding(
        self, rule: str, level: Level, message: str, where: str, *, allowed: str = "", hint: str = "", value: str = ""
    ) -> Finding:
        operation, spot = self.operation.id if self.operation else "", self.exchange.position
        return Finding(rule, level, message, where, self.source, self.call, operation, allowed, hint, value, spot=spot)

    @property
    def content_types(self) -> Mapping[str, Any]:
        """The documented content types of the answer."""
        found: Mapping[str, Any] = self.answer.body.get("content", {})
        return found

    @property
    def has_body(self) -> bool:
        return self.exchange.request.method.upper() != "HEAD" and self.response.status not in _BODILESS_STATUSES

    def matching_media_type(self) -> str | None:
        """The documented content type that fits the answer's: itself, its range (`video/*`), or `*/*`."""
        sent = media_type(self.response)
        return next((key for key in (sent, sent.split("/")[0] + "/*", "*/*") if key in self.content_types), None)


def media_type(response: Response) -> str:
    """The content type without its parameters, lower case; empty where the answer names none."""
    return (response.header("content-type") or "").split(";")[0].strip().lower()


def _method_not_allowed_answer(capture: Capture, path: str, status: int) -> DocumentedAnswer | None:
    """What the document says of a method that a known path does not have (`x-method-not-allowed`)."""
    if status != 405 or not capture.methods(path) or "x-method-not-allowed" not in capture.document:
        return None
    pointer, body = capture.follow("#/x-method-not-allowed")
    return DocumentedAnswer("405", pointer, body)


def _unknown_call_finding(case: _ExchangeCase) -> Finding:
    request = case.exchange.request
    others = case.capture.methods(request.path)
    message = f"{request.method} {request.path} is not in the capture"
    message += "" if others else case.capture.nearest(request.method, request.path)
    allowed = f"{', '.join(others)} {request.path}" if others else ""
    return case.finding("S0", "info", message, "request", allowed=allowed)


def _undocumented_status_findings(case: _ExchangeCase, operation: DocumentedOperation) -> Iterator[Finding]:
    documented = ", ".join(_documented_statuses(operation))
    message = f"status {case.response.status} is not documented for this call"
    yield case.finding("S1", "error", message, "status", allowed=documented, value=str(case.response.status))
    shape = case.capture.document.get("x-error-schema")
    if case.response.status >= 400 and shape and case.has_body and media_type(case.response) == "application/json":
        yield from _check_json(case, read_json(case.response.body), shape)


def _documented_statuses(operation: DocumentedOperation) -> Iterator[str]:
    for status, answer in operation.answers.items():
        yield f"{status} ({answer.basis})" if answer.basis else status


def _check_content_type(case: _ExchangeCase) -> Iterator[Finding]:
    """S2."""
    if not case.has_body or case.matching_media_type() is not None:
        return
    sent = case.response.header("content-type")
    if case.content_types and case.response.body:
        message = f"the content type {sent!r} is not documented" if sent else "the answer names no content type"
        yield case.finding(
            "S2", "error", message, "header Content-Type", allowed=", ".join(case.content_types), value=sent or ""
        )
    elif case.response.body:
        yield case.finding("S2", "info", "the answer has a body where none is documented", "body")


def _check_body(case: _ExchangeCase) -> Iterator[Finding]:
    """S3 to S9 and S11, where the content type is a documented one."""
    if not case.has_body or not case.content_types:
        return
    media = case.matching_media_type()
    if not case.response.body:
        if any(map(_is_json_type, case.content_types)) and (media is None or _is_json_type(media)):
            yield case.finding("S3", "error", "the answer has no body", "body", allowed=", ".join(case.content_types))
    elif media is not None and "schema" in case.content_types[media]:
        pointer = f"{case.answer.pointer}/content/{escape_token(media)}/schema"
        for body in _read_json_texts(media, case.response.body):
            yield from _check_json(case, body, pointer)


def _read_json_texts(media: str, data: bytes) -> Iterator[ParsedJson]:
    """The JSON texts of a body: each line of JSON Lines, the whole of JSON, nothing of anything else."""
    if media in JSON_LINES_TYPES:
        yield from read_json_lines(data)
    elif _is_json_type(media):
        yield read_json(data)


def _is_json_type(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _check_json(case: _ExchangeCase, body: ParsedJson, pointer: str) -> Iterator[Finding]:
    prefix = f"line {body.line} " if body.line else ""
    for problem in body.problems:
        yield case.finding("S8", "error", problem, f"{prefix}body")
    if not body.is_readable:
        return
    broken = violations(case.capture, pointer, body.value)
    yield from (_violation_finding(case, violation, prefix) for violation in broken)
    told = {violation.pointer for violation in broken}
    for stray in find_undocumented(case.capture, pointer, body.value):
        if stray.pointer not in told:
            yield from _undocumented_findings(case, stray, prefix)
    yield from _check_known_values(case, body.value, prefix)


_RULE_BY_KEYWORD: Final = {"enum": "S5", "const": "S5", "pattern": "S9"}


def _violation_finding(case: _ExchangeCase, violation: SchemaViolation, prefix: str) -> Finding:
    null = violation.keyword == "type" and violation.value is None
    rule = "S6" if null else _RULE_BY_KEYWORD.get(violation.keyword, "S3")
    return case.finding(
        "S7" if case.response.status >= 400 else rule,
        "error",
        f"{violation.pointer or 'the body'}: {violation.message}{_suggestion(violation)}",
        f"{prefix}{violation.pointer or 'body'}",
        allowed=", ".join(violation.allowed),
        value=_truncated_json(violation.value),
    )


def _suggestion(violation: SchemaViolation) -> str:
    wanted = violation.keyword in ("enum", "const") and isinstance(violation.value, str)
    return did_you_mean(violation.value, violation.allowed) if wanted else ""


def _undocumented_findings(case: _ExchangeCase, stray: Undocumented, prefix: str) -> Iterator[Finding]:
    """S4, S11, and S3 as a warning."""
    name, where, value = stray.pointer.rsplit("/", 1)[-1], prefix + stray.pointer, _truncated_json(stray.value)
    if stray.kind == "undeclared":
        message = f"the field {name!r} is not declared{_nearest_field(name, stray.siblings)}"
        yield case.finding("S4", "error" if case.strict else "info", message, where, value=value)
    elif stray.kind == "absent":
        message = f"missing: {', '.join(stray.siblings)} (no page requires it, and the service always sends it)"
        yield case.finding("S3", "warning", message, where or "body")
    elif case.strict:
        message = f"{stray.pointer or 'the body'} is known from the service ({stray.basis}), not from the vendor's page"
        yield case.finding("S11", "warning", message, where, value=value)


@lru_cache(maxsize=1024)
def _nearest_field(name: str, declared: tuple[str, ...]) -> str:
    """`nearest`, once for each field: it takes far longer than all else, and a server sends the same ones always."""
    return did_you_mean(name, declared)


def _check_known_values(case: _ExchangeCase, body: Any, prefix: str) -> Iterator[Finding]:
    """S7, a warning: an error code that this answer has not been known for (`x-known-values`, pointer to values)."""
    known: Mapping[str, list[Any]] = case.answer.body.get("x-known-values", {})
    for pointer, values in known.items():
        value = _value_at_place(body, pointer)
        if value is not None and value not in values:
            words = did_you_mean(value, map(str, values)) if isinstance(value, str) else ""
            message = f"{pointer}: {_truncated_json(value)} is not a value known for this answer{words}"
            allowed = ", ".join(map(str, values))
            yield case.finding(
                "S7", "warning", message, prefix + pointer, allowed=allowed, value=_truncated_json(value)
            )


def _value_at_place(body: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _check_headers(case: _ExchangeCase) -> Iterator[Finding]:
    """S12: an error where the vendor's documents name the header, a warning where only its service is known for it."""
    for name in case.answer.body.get("headers", ()):
        pointer, header = case.capture.follow(f"{case.answer.pointer}/headers/{name}")
        level: Level = "warning" if header.get("x-basis") in OFF_PAGE_BASES else "error"
        yield from _check_header(case, name, f"{pointer}/schema", header, level)


def _check_header(
    case: _ExchangeCase, name: str, schema: str, header: Mapping[str, Any], level: Level
) -> Iterator[Finding]:
    value, where = case.response.header(name), f"header {name}"
    if value is None:
        if header.get("required"):
            yield case.finding("S12", level, f"the header {name} is missing", where)
        return
    for violation in violations(case.capture, schema, _parse_header_value(value)) if "schema" in header else ():
        message, allowed = f"the header {name}: {violation.message}", ", ".join(violation.allowed)
        yield case.finding("S12", level, message, where, allowed=allowed, value=_truncated_json(value))


def _parse_header_value(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _truncated_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."


_CHECKS: Final[tuple[Callable[[_ExchangeCase], Iterator[Finding]], ...]] = (
    _check_content_type,
    _check_body,
    _check_headers,
)
