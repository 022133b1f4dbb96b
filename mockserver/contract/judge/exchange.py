"""Judges one exchange by a capture: is this answer one that the vendor documents for this call?

Theory of operation. `schema.answer_differences` compares the answer with its documentation; here each difference
becomes a finding: it gets a rule, a sentence and a source; `levels` gives the level. This module keeps no state, reads
no clock, and raises nothing because of an answer's content.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.derived import DERIVED_FROM
from mockserver.contract.documents.strict_json import ParsedJson, read_json
from mockserver.contract.documents.waivers import apply_waivers
from mockserver.contract.findings import AnswerPlace, Finding, mask_indexes, sort_findings
from mockserver.contract.judge.levels import ABSENCES, Breach, Promise, breach_level, weakest_promise
from mockserver.contract.judge.placed_exchange import sequence_points
from mockserver.contract.rules.conditions import short_json
from mockserver.contract.schema.answer_differences import (
    body_differences,
    content_difference,
    header_differences,
    json_bodies,
    known_value_differences,
    may_have_body,
    may_have_lost_headers,
    media_type,
    value_differences,
)
from mockserver.contract.schema.basis import bases_on_the_way
from mockserver.contract.schema.difference import Difference, DifferenceKind
from mockserver.contract.schema.http_semantics import is_http_answer
from mockserver.core.pointer import escape_token
from mockserver.core.wire import Exchange, Response
from mockserver.errors import did_you_mean

_TABLES_HINT: Final = "Give the answer that the vendor's tables have, or correct those if the API answers so."
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
        findings = case.findings("S0", Breach.UNKNOWN_CALL, message, "request", allowed=allowed)
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
        source = f"{self.capture.name} {self._place}"
        if self.answer.basis:
            source += f" ({self.answer.basis})"
        if self.answer.note:
            source += f": {self.answer.note}"
        return source

    @property
    def _place(self) -> str:
        if self.capture.is_derived:
            # There is no document to look into.
            return DERIVED_FROM if self.operation is None else f"{DERIVED_FROM}, operation {self.operation.id}"
        if self.answer is not _UNDOCUMENTED:
            return self.answer.pointer
        return self.operation.pointer if self.operation else "#/paths"

    def findings(
        self,
        rule: str,
        breach: Breach,
        message: str,
        where: str,
        *,
        promise: Promise | None = None,
        allowed: str | None = None,
        value: str | None = None,
    ) -> Iterator[Finding]:
        """Yield the finding of a breach, none if the breach is not reported; `promise` None: that of the answer."""
        if promise is None:
            promise = weakest_promise([self.answer.basis])
        level = breach_level(breach, promise, strict=self.strict)
        if level is None:
            return
        request = self.exchange.request
        yield Finding(
            rule=rule,
            level=level,
            message=message,
            where=where,
            source=self.source,
            call=f"{request.method} {request.path} -> {self.response.status}",
            operation=None if self.operation is None else self.operation.id,
            allowed=allowed,
            value=value,
            is_absence=breach in ABSENCES,
            hint=_TABLES_HINT if self.capture.is_derived else None,
            spot=self.exchange.position,
            place=AnswerPlace(sequence_points(self.exchange)[0], where),
        )

    def promise_at(self, schema: str, pointer: str) -> Promise:
        """Return the promise of a place in a body: the weakest on the way to it, the answer's own included.

        The vendor's error shape is promised for every error, whatever the basis of the status.
        """
        bases: list[str | None] = list(bases_on_the_way(self.capture, schema, pointer))
        error_schema = self.capture.document.get("x-error-schema")
        if error_schema is None or self.capture.follow(schema)[0] != self.capture.follow(error_schema)[0]:
            bases.append(self.answer.basis)
        return weakest_promise(bases)


def _undocumented_status_findings(case: _ExchangeCase, operation: DocumentedOperation) -> Iterator[Finding]:
    status = case.response.status
    documented = [f"{each} ({answer.basis})" if answer.basis else each for each, answer in operation.answers.items()]
    message, allowed = f"status {status} is not documented for this call", ", ".join(documented) or None
    yield from case.findings("S1", Breach.UNKNOWN_STATUS, message, "status", allowed=allowed, value=str(status))
    error_schema = case.capture.document.get("x-error-schema")
    if status < 400 or not error_schema or media_type(case.response) != "application/json":
        return
    if may_have_body(case.exchange.request.method, status):
        yield from _json_findings(case, read_json(case.response.body), error_schema)


def _documented_findings(case: _ExchangeCase) -> Iterator[Finding]:
    """Yield S2 to S9 and S11 to S13: the findings of an answer whose status is documented."""
    if may_have_body(case.exchange.request.method, case.response.status):
        difference = content_difference(case.answer, case.response)
        if difference is not None:
            yield from _content_findings(case, difference)
        for schema, body in json_bodies(case.answer, case.response):
            yield from _json_findings(case, body, schema)
    for each in header_differences(case.capture, case.answer, case.response):
        place = f"header {each.names[0]}"
        promise = weakest_promise([case.answer.basis, each.basis])
        if each.kind is DifferenceKind.HEADER_VIOLATION:
            message, allowed = f"the {place}: {each.message}", ", ".join(each.allowed) or None
            yield from case.findings(
                *("S12", Breach.WRONG_HEADER, message, place),
                promise=promise,
                allowed=allowed,
                value=short_json(each.value),
            )
        elif not may_have_lost_headers(case.response):
            yield from case.findings("S12", Breach.MISSING_HEADER, f"the {place} is missing", place, promise=promise)


def _content_findings(case: _ExchangeCase, difference: Difference) -> Iterator[Finding]:
    """Yield S2, or S3 for an empty body."""
    sent, allowed, place = difference.value, ", ".join(difference.allowed) or None, "header Content-Type"
    if difference.kind is DifferenceKind.EMPTY_BODY:
        yield from case.findings("S3", Breach.EMPTY_BODY, "the answer has no body", "body", allowed=allowed)
    elif difference.kind is DifferenceKind.UNDOCUMENTED_BODY:
        message = "the answer has a body where none is documented"
        yield from case.findings("S2", Breach.UNDOCUMENTED_BODY, message, "body")
    elif sent:
        message = f"the content type {sent!r} is not documented"
        yield from case.findings("S2", Breach.OTHER_CONTENT_TYPE, message, place, allowed=allowed, value=sent)
    elif not may_have_lost_headers(case.response):
        message = "the answer names no content type"
        yield from case.findings("S2", Breach.NO_CONTENT_TYPE, message, place, allowed=allowed)


def _json_findings(case: _ExchangeCase, body: ParsedJson, schema: str) -> Iterator[Finding]:
    """Yield S8 for the text itself; S3 to S7, S9, S11 and S13 for the value in it."""
    prefix = ""
    if body.line is not None:
        prefix = f"line {body.line} "
    for problem in body.problems:
        yield from case.findings("S8", Breach.INVALID_JSON, problem, f"{prefix}body")
    if not body.is_readable:
        return
    if body.line is None:
        differences = body_differences(case.capture, schema, body.value, case.response.body)
    else:
        differences = value_differences(case.capture, schema, body.value)
    if _is_another_object(body.value, differences):
        rule = "S3" if case.response.status < 400 else "S7"
        message = f"the body has none of the documented fields: {short_json(body.value)}"
        promise = case.promise_at(schema, "")
        yield from case.findings(rule, Breach.WRONG_VALUE, message, f"{prefix}body", promise=promise)
        return
    differences = list(_without_consequences(differences))
    broken = {each.pointer for each in differences if each.kind is DifferenceKind.VIOLATION}
    for each in differences:
        if each.kind is DifferenceKind.VIOLATION:
            yield from _violation_findings(case, each, schema, prefix)
        # What breaks its schema is reported for that alone, not for being undocumented as well.
        elif each.pointer not in broken:
            yield from _undocumented_findings(case, each, prefix)
    absent = [each for each in differences if each.kind is DifferenceKind.ABSENT and each.pointer not in broken]
    if absent:
        places = dict.fromkeys(mask_indexes(f"{each.pointer}/{name}") for each in absent for name in each.names)
        message = f"missing: {', '.join(places)} (no page requires them, and the service was seen to send them)"
        yield from case.findings("S13", Breach.UNREQUIRED_FIELD, message, f"{prefix}body")
    for each in known_value_differences(case.answer, body.value):
        value, allowed = short_json(each.value), ", ".join(each.allowed)
        message = f"{each.pointer}: {value} is not a value known for this answer{_nearest_value(each)}"
        yield from case.findings(
            "S7", Breach.UNKNOWN_CODE, message, prefix + each.pointer, allowed=allowed, value=value
        )


_COMBINATION_KEYWORDS: Final = ("anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")


def _without_consequences(differences: list[Difference]) -> Iterator[Difference]:
    """Yield the differences, but no violation that another one of the same value implies.

    A value of a wrong type has no right value, and a combination of schemas fails for what is wrong inside of it.
    """
    violations = [each for each in differences if each.kind is DifferenceKind.VIOLATION]
    wrongly_typed = {each.pointer for each in violations if each.keyword == "type"}
    simple = [f"{each.pointer}/" for each in violations if each.keyword not in _COMBINATION_KEYWORDS]
    for each in differences:
        if each.kind is DifferenceKind.VIOLATION:
            if each.keyword != "type" and each.pointer in wrongly_typed:
                continue
            if each.keyword in _COMBINATION_KEYWORDS and any(at.startswith(f"{each.pointer}/") for at in simple):
                continue
        yield each


def _is_another_object(value: Any, differences: list[Difference]) -> bool:
    """Return True for an object with fields of which none is documented: then the differences are one."""
    if not isinstance(value, dict) or not value:
        return False
    undeclared = {each.pointer for each in differences if each.kind is DifferenceKind.UNDECLARED}
    return all(f"/{escape_token(name)}" in undeclared for name in value)


def _violation_findings(case: _ExchangeCase, difference: Difference, schema: str, prefix: str) -> Iterator[Finding]:
    """Yield S3, S5, S6, S7 or S9."""
    breach, pointer = Breach.WRONG_VALUE, difference.pointer
    message = f"{pointer or 'the body'}: {difference.message}"
    value: str | None = short_json(difference.value)
    if difference.keyword in ("enum", "const"):
        message += _nearest_value(difference)
    if difference.keyword == "required" and difference.names:
        # The place is that of the field. The value around it says nothing about it.
        breach, value = Breach.MISSING_FIELD, None
        pointer += "/" + escape_token(difference.names[0])
    yield from case.findings(
        *(schema_rule(difference, case.response.status), breach, message, f"{prefix}{pointer or 'body'}"),
        promise=case.promise_at(schema, pointer),
        allowed=", ".join(difference.allowed) or None,
        value=value,
    )


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
    """Yield S4 or S11."""
    where = prefix + difference.pointer
    value = short_json(difference.value)
    if difference.kind is DifferenceKind.UNDECLARED:
        name = difference.pointer.rsplit("/", 1)[-1]
        message = f"the field {name!r} is not declared{_nearest_field(name, difference.names)}"
        yield from case.findings("S4", Breach.UNDECLARED_FIELD, message, where, value=value)
    elif difference.kind is DifferenceKind.OFF_PAGE:
        place = difference.pointer or "the body"
        message = f"{place} is known from the service ({difference.basis}), not from the vendor's page"
        yield from case.findings("S11", Breach.OFF_PAGE_VALUE, message, where, value=value)


_nearest_field: Final = lru_cache(maxsize=1024)(did_you_mean)
"""Cached: it takes far longer than all other checks, and a server sends the same undeclared fields every time."""
