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

from mockserver.contract.body import Body, read_json, read_lines
from mockserver.contract.capture import Answer, Capture, Operation
from mockserver.contract.findings import Finding, Level, ranked
from mockserver.contract.schemas import Violation, violations
from mockserver.contract.waivers import apply
from mockserver.contract.walk import OFF_PAGE, Stray, strays
from mockserver.core.pointer import escaped
from mockserver.core.wire import Exchange, Response
from mockserver.errors import nearest

JSON_LINES: Final = ("application/jsonl", "application/x-ndjson", "application/jsonlines")
_BODILESS: Final = (204, 304)
_UNDOCUMENTED: Final = Answer("", "", {})
"""Stands for the answer of a status that nothing documents."""


def judge(capture: Capture, exchange: Exchange, *, strict: bool = False) -> list[Finding]:
    """Every difference between an exchange and a capture, the worst first; waived ones as information.

    `strict` holds the server to the vendor's pages alone: an undeclared field is an error (else information), and a
    field or value that only the vendor's live service is known for is a warning (else nothing). An exchange whose
    answer was lost has no findings.
    """
    if exchange.response is None:
        return []
    return ranked(apply(_findings(capture, exchange, exchange.response, strict), capture.waivers))


def _findings(capture: Capture, exchange: Exchange, response: Response, strict: bool) -> Iterator[Finding]:
    request = exchange.request
    operation = capture.find(request.method, request.path)
    answer = operation.answer(response.status) if operation else _refused_method(capture, request.path, response.status)
    case = _Case(capture, exchange, response, operation, answer or _UNDOCUMENTED, strict)
    if case.documented:
        for rule in _RULES:
            yield from rule(case)
    elif operation is None:
        yield _unknown_call(case)
    else:
        yield from _undocumented_status(case, operation)


@dataclass(frozen=True, slots=True)
class _Case:
    """One exchange under one capture."""

    capture: Capture
    exchange: Exchange
    response: Response
    operation: Operation | None
    answer: Answer
    strict: bool

    @property
    def documented(self) -> bool:
        return self.answer is not _UNDOCUMENTED

    @property
    def call(self) -> str:
        request = self.exchange.request
        return f"{request.method} {request.path} -> {self.response.status}"

    @property
    def source(self) -> str:
        if not self.documented:
            return f"{self.capture.name} {self.operation.pointer if self.operation else '#/paths'}"
        basis = f" ({self.answer.basis})" if self.answer.basis else ""
        note = f": {self.answer.note}" if self.answer.note else ""
        return f"{self.capture.name} {self.answer.pointer}{basis}{note}"

    def found(
        self, rule: str, level: Level, message: str, where: str, *, allowed: str = "", hint: str = "", value: str = ""
    ) -> Finding:
        operation, spot = self.operation.id if self.operation else "", self.exchange.spot
        return Finding(rule, level, message, where, self.source, self.call, operation, allowed, hint, value, spot=spot)

    @property
    def content(self) -> Mapping[str, Any]:
        """The documented content types of the answer."""
        found: Mapping[str, Any] = self.answer.body.get("content", {})
        return found

    @property
    def has_body(self) -> bool:
        return self.exchange.request.method.upper() != "HEAD" and self.response.status not in _BODILESS

    def media(self) -> str | None:
        """The documented content type that fits the answer's: itself, its range (`video/*`), or `*/*`."""
        sent = media_type(self.response)
        return next((key for key in (sent, sent.split("/")[0] + "/*", "*/*") if key in self.content), None)


def media_type(response: Response) -> str:
    """The content type without its parameters, lower case; empty where the answer names none."""
    return (response.header("content-type") or "").split(";")[0].strip().lower()


def _refused_method(capture: Capture, path: str, status: int) -> Answer | None:
    """What the document says of a method that a known path does not have (`x-method-not-allowed`)."""
    if status != 405 or not capture.methods(path) or "x-method-not-allowed" not in capture.document:
        return None
    pointer, body = capture.follow("#/x-method-not-allowed")
    return Answer("405", pointer, body)


def _unknown_call(case: _Case) -> Finding:
    request = case.exchange.request
    others = case.capture.methods(request.path)
    message = f"{request.method} {request.path} is not in the capture"
    message += "" if others else case.capture.nearest(request.method, request.path)
    allowed = f"{', '.join(others)} {request.path}" if others else ""
    return case.found("S0", "info", message, "request", allowed=allowed)


def _undocumented_status(case: _Case, operation: Operation) -> Iterator[Finding]:
    documented = ", ".join(_statuses(operation))
    message = f"status {case.response.status} is not documented for this call"
    yield case.found("S1", "error", message, "status", allowed=documented, value=str(case.response.status))
    shape = case.capture.document.get("x-error-schema")
    if case.response.status >= 400 and shape and case.has_body and media_type(case.response) == "application/json":
        yield from _judged(case, read_json(case.response.body), shape)


def _statuses(operation: Operation) -> Iterator[str]:
    for status, answer in operation.answers.items():
        yield f"{status} ({answer.basis})" if answer.basis else status


def _content_type(case: _Case) -> Iterator[Finding]:
    """S2."""
    if not case.has_body or case.media() is not None:
        return
    sent = case.response.header("content-type")
    if case.content and case.response.body:
        message = f"the content type {sent!r} is not documented" if sent else "the answer names no content type"
        yield case.found(
            "S2", "error", message, "header Content-Type", allowed=", ".join(case.content), value=sent or ""
        )
    elif case.response.body:
        yield case.found("S2", "info", "the answer has a body where none is documented", "body")


def _body(case: _Case) -> Iterator[Finding]:
    """S3 to S9 and S11, where the content type is a documented one."""
    if not case.has_body or not case.content:
        return
    media = case.media()
    if not case.response.body:
        if any(map(_is_json, case.content)) and (media is None or _is_json(media)):
            yield case.found("S3", "error", "the answer has no body", "body", allowed=", ".join(case.content))
    elif media is not None and "schema" in case.content[media]:
        pointer = f"{case.answer.pointer}/content/{escaped(media)}/schema"
        for body in _bodies(media, case.response.body):
            yield from _judged(case, body, pointer)


def _bodies(media: str, data: bytes) -> Iterator[Body]:
    """The JSON texts of a body: each line of JSON Lines, the whole of JSON, nothing of anything else."""
    if media in JSON_LINES:
        yield from read_lines(data)
    elif _is_json(media):
        yield read_json(data)


def _is_json(media: str) -> bool:
    return media == "application/json" or media.endswith("+json")


def _judged(case: _Case, body: Body, pointer: str) -> Iterator[Finding]:
    prefix = f"line {body.line} " if body.line else ""
    for problem in body.problems:
        yield case.found("S8", "error", problem, f"{prefix}body")
    if not body.readable:
        return
    broken = violations(case.capture, pointer, body.value)
    yield from (_violated(case, violation, prefix) for violation in broken)
    told = {violation.pointer for violation in broken}
    for stray in strays(case.capture, pointer, body.value):
        if stray.pointer not in told:
            yield from _strayed(case, stray, prefix)
    yield from _unknown_values(case, body.value, prefix)


_RULE_OF: Final = {"enum": "S5", "const": "S5", "pattern": "S9"}


def _violated(case: _Case, violation: Violation, prefix: str) -> Finding:
    null = violation.keyword == "type" and violation.value is None
    rule = "S6" if null else _RULE_OF.get(violation.keyword, "S3")
    return case.found(
        "S7" if case.response.status >= 400 else rule,
        "error",
        f"{violation.pointer or 'the body'}: {violation.message}{_suggestion(violation)}",
        f"{prefix}{violation.pointer or 'body'}",
        allowed=", ".join(violation.allowed),
        value=_text(violation.value),
    )


def _suggestion(violation: Violation) -> str:
    wanted = violation.keyword in ("enum", "const") and isinstance(violation.value, str)
    return nearest(violation.value, violation.allowed) if wanted else ""


def _strayed(case: _Case, stray: Stray, prefix: str) -> Iterator[Finding]:
    """S4, S11, and S3 as a warning."""
    name, where, value = stray.pointer.rsplit("/", 1)[-1], prefix + stray.pointer, _text(stray.value)
    if stray.kind == "undeclared":
        message = f"the field {name!r} is not declared{_like(name, stray.siblings)}"
        yield case.found("S4", "error" if case.strict else "info", message, where, value=value)
    elif stray.kind == "absent":
        message = f"missing: {', '.join(stray.siblings)} (no page requires it, and the service always sends it)"
        yield case.found("S3", "warning", message, where or "body")
    elif case.strict:
        message = f"{stray.pointer or 'the body'} is known from the service ({stray.basis}), not from the vendor's page"
        yield case.found("S11", "warning", message, where, value=value)


@lru_cache(maxsize=1024)
def _like(name: str, declared: tuple[str, ...]) -> str:
    """`nearest`, once for each field: it takes far longer than all else, and a server sends the same ones always."""
    return nearest(name, declared)


def _unknown_values(case: _Case, body: Any, prefix: str) -> Iterator[Finding]:
    """S7, a warning: an error code that this answer has not been known for (`x-known-values`, pointer to values)."""
    known: Mapping[str, list[Any]] = case.answer.body.get("x-known-values", {})
    for pointer, values in known.items():
        value = _value_at(body, pointer)
        if value is not None and value not in values:
            words = nearest(value, map(str, values)) if isinstance(value, str) else ""
            message = f"{pointer}: {_text(value)} is not a value known for this answer{words}"
            allowed = ", ".join(map(str, values))
            yield case.found("S7", "warning", message, prefix + pointer, allowed=allowed, value=_text(value))


def _value_at(body: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        body = body.get(part) if isinstance(body, dict) else None
    return body


def _headers(case: _Case) -> Iterator[Finding]:
    """S12: an error where the vendor's documents name the header, a warning where only its service is known for it."""
    for name in case.answer.body.get("headers", ()):
        pointer, header = case.capture.follow(f"{case.answer.pointer}/headers/{name}")
        level: Level = "warning" if header.get("x-basis") in OFF_PAGE else "error"
        yield from _header(case, name, f"{pointer}/schema", header, level)


def _header(case: _Case, name: str, schema: str, header: Mapping[str, Any], level: Level) -> Iterator[Finding]:
    value, where = case.response.header(name), f"header {name}"
    if value is None:
        if header.get("required"):
            yield case.found("S12", level, f"the header {name} is missing", where)
        return
    for violation in violations(case.capture, schema, _header_value(value)) if "schema" in header else ():
        message, allowed = f"the header {name}: {violation.message}", ", ".join(violation.allowed)
        yield case.found("S12", level, message, where, allowed=allowed, value=_text(value))


def _header_value(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def _text(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."


_RULES: Final[tuple[Callable[[_Case], Iterator[Finding]], ...]] = (_content_type, _body, _headers)
