"""The changes of one call: method and path, what it accepts (parameters, body), what it answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, ContractChange
from mockserver.contract.compare.diff_shapes import diff_schemas
from mockserver.contract.compare.shape_changes import CapturePair, ChangeSite, change_at
from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.schema.shape import canonical_json
from mockserver.core.pointer import escape_token

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_STYLE_KEYS: Final = ("style", "explode", "allowReserved")


class ResolvedObject(NamedTuple):
    """A parameter, body, answer or header, its `$ref` followed."""

    pointer: str
    body: Mapping[str, Any]

    @property
    def is_required(self) -> bool:
        return self.body.get("required") is True

    @property
    def style(self) -> str:
        return canonical_json({key: self.body[key] for key in _STYLE_KEYS if key in self.body})


class CallPair(NamedTuple):
    """One call in both contracts."""

    old: Capture
    new: Capture
    before: DocumentedOperation
    after: DocumentedOperation
    compared_schemas: dict[Any, list[ContractChange]]
    """The changes between two schemas, by their pointers: many answers share one schema."""

    def change(
        self, check: str, message: str, where: str, pointer: str, *, before: str = "", after: str = ""
    ) -> ContractChange:
        return change_at(check, message, self.after.id, ChangeSite(where, pointer), before=before, after=after)

    def diff_schema(self, old_place: str, new_place: str, where: str, *, answers: bool) -> Iterator[ContractChange]:
        """Yield the changes between the schemas of two places; none if one place has no schema."""
        old, new = _schema_pointer(self.old, old_place), _schema_pointer(self.new, new_place)
        if old is None or new is None:
            return
        key = (answers, old, new)
        if key not in self.compared_schemas:
            captures = CapturePair(self.old, self.new, answers)
            self.compared_schemas[key] = list(diff_schemas(captures, (old,), (new,)))
        for change in self.compared_schemas[key]:
            place = ChangePlace(self.after.id, f"{where} {change.places[0].where}".rstrip())
            yield change._replace(places=(place,))

    def diff_basis(self, before: ResolvedObject, after: ResolvedObject, where: str) -> Iterator[ContractChange]:
        old, new = (str(each.body.get("x-basis", "")) for each in (before, after))
        if old != new:
            yield self.change("DIF090", "the basis has changed", where, after.pointer, before=old, after=new)


def _schema_pointer(capture: Capture, pointer: str) -> str | None:
    """Return the pointer of a place's schema: that of its `$ref` if it is nothing else, so that it can be shared."""
    schema = capture.at(pointer).get("schema")
    if schema is None:
        return None
    if isinstance(schema, dict) and len(schema) == 1 and schema.get("$ref"):
        return str(schema["$ref"])
    return f"{pointer}/schema"


def diff_call(call: CallPair) -> Iterator[ContractChange]:
    """Yield every change of a call. A malformed document raises what `diff_captures` expects."""
    before, after = call.before, call.after
    old, new = (_PARAMETER.sub("{}", f"{each.method} {each.template}") for each in (before, after))
    if old != new:
        yield call.change("DIF003", "the method or path has changed", "", after.pointer, before=old, after=new)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        yield call.change("DIF004", "the call is now deprecated", "", after.pointer)
    old, new = _security_json(call.old, before), _security_json(call.new, after)
    if old != new:
        yield call.change("DIF005", "the authentication has changed", "", after.pointer, before=old, after=new)
    yield from _diff_parameters(call)
    yield from _diff_request_body(call)
    yield from _diff_statuses(call)


def _security_json(capture: Capture, operation: DocumentedOperation) -> str:
    """Return the authentication of a call as JSON, each scheme's name replaced by its definition."""
    schemes = capture.document.get("components", {}).get("securitySchemes", {})
    alternatives = []
    for requirement in operation.body.get("security", capture.document.get("security", [])):
        resolved = []
        for name, scopes in requirement.items():
            scheme = schemes.get(name, name)
            if isinstance(scheme, dict):
                scheme = {key: value for key, value in scheme.items() if key != "description"}
            resolved.append([scheme, scopes])
        alternatives.append(resolved)
    return canonical_json(alternatives)


# What the call accepts


def _diff_parameters(call: CallPair) -> Iterator[ContractChange]:
    before, after = _parameters_by_label(call.old, call.before), _parameters_by_label(call.new, call.after)
    for name in sorted(before.keys() - after.keys()):
        yield call.change("DIF012", "the parameter is gone", name, before[name].pointer)
    for name in sorted(after.keys() - before.keys()):
        new = after[name]
        if new.is_required:
            yield call.change("DIF010", "the parameter is new and required", name, new.pointer)
        else:
            yield call.change("DIF011", "the parameter is new", name, new.pointer)
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name], after[name]
        if new.is_required and not old.is_required:
            yield call.change("DIF013", "the parameter has become required", name, new.pointer)
        elif old.is_required and not new.is_required:
            yield call.change("DIF014", "the parameter has become optional", name, new.pointer)
        if old.style != new.style:
            message = "the style of the parameter has changed"
            yield call.change("DIF015", message, name, new.pointer, before=old.style, after=new.style)
        yield from call.diff_basis(old, new, name)
        yield from call.diff_schema(old.pointer, new.pointer, name, answers=False)


def _parameters_by_label(capture: Capture, operation: DocumentedOperation) -> dict[str, ResolvedObject]:
    """Return the parameters of a call and of its path, by `query limit`, or by position for one in the path.

    The name of a path parameter does not matter to a client.
    """
    position = {name: index for index, name in enumerate(_PARAMETER.findall(operation.template), start=1)}
    found: dict[str, ResolvedObject] = {}
    for place in (operation.pointer.rpartition("/")[0], operation.pointer):
        for index in range(len(capture.at(place).get("parameters", ()))):
            parameter = ResolvedObject(*capture.follow(f"{place}/parameters/{index}"))
            name, location = str(parameter.body.get("name")), parameter.body.get("in")
            label = f"{location} {name}"
            if location == "path" and name in position:
                label = f"path parameter {position[name]}"
            elif location == "header":
                label = f"header {name.lower()}"
            found[label] = parameter
    return found


def _diff_request_body(call: CallPair) -> Iterator[ContractChange]:
    old, new = _request_body(call.old, call.before), _request_body(call.new, call.after)
    if old is None:
        if new is not None and new.is_required:
            yield call.change("DIF020", "a body is required now", "request", new.pointer)
        elif new is not None:
            yield call.change("DIF021", "a body may be sent now", "request", new.pointer)
        return
    if new is None:
        yield call.change("DIF022", "a body is no longer accepted", "request", old.pointer)
        return
    if new.is_required and not old.is_required:
        yield call.change("DIF020", "the body has become required", "request", new.pointer)
    elif old.is_required and not new.is_required:
        yield call.change("DIF021", "the body has become optional", "request", new.pointer)
    yield from _diff_contents(call, old, new, "request", ("DIF023", "DIF024"))


def _request_body(capture: Capture, operation: DocumentedOperation) -> ResolvedObject | None:
    if "requestBody" not in operation.body:
        return None
    return ResolvedObject(*capture.follow(f"{operation.pointer}/requestBody"))


def _diff_contents(
    call: CallPair, old: ResolvedObject, new: ResolvedObject, where: str, checks: tuple[str, str]
) -> Iterator[ContractChange]:
    """Yield the content types that are gone (first check) or new (second), and the changes within the others."""
    before, after = old.body.get("content", {}), new.body.get("content", {})
    for media in before:
        if media not in after:
            yield call.change(checks[0], f"the content type {media} is gone", where, old.pointer, before=media)
    for media in after:
        if media not in before:
            yield call.change(checks[1], f"the content type {media} is new", where, new.pointer, after=media)
            continue
        content = f"/content/{escape_token(media)}"
        place = where if media == "application/json" else f"{where} {media}"
        is_answer = where != "request"
        yield from call.diff_schema(old.pointer + content, new.pointer + content, place, answers=is_answer)


# What the call answers


def _diff_statuses(call: CallPair) -> Iterator[ContractChange]:
    before, after = call.before.answers, call.after.answers
    had_success = any(status.startswith("2") for status in before)
    for status, answer in before.items():
        if covering_answer(after, status) is None:
            check = "DIF050" if status.startswith("2") else "DIF054"
            message = f"the status {status} is gone"
            yield call.change(check, message, f"response {status}", answer.pointer, before=status)
    for status, answer in after.items():
        counterpart = covering_answer(before, status)
        if counterpart is not None:
            yield from _diff_answer(call, counterpart, answer, f"response {status}")
            continue
        check = "DIF053"
        if status.startswith("2"):
            check = "DIF052" if had_success else "DIF051"
        yield call.change(check, f"the status {status} is new", f"response {status}", answer.pointer, after=status)
    # A status that only a range or `default` documents now is compared with that, unless the pair was compared above.
    for status, answer in before.items():
        other = covering_answer(after, status)
        if status not in after and other is not None and covering_answer(before, other.status) is not answer:
            yield from _diff_answer(call, answer, other, f"response {status}")


def covering_answer(answers: Mapping[str, DocumentedAnswer], status: str) -> DocumentedAnswer | None:
    """Return the answer that documents a status: its own, that of its range (`4XX`), or `default`."""
    return next((answers[key] for key in (status, f"{status[0]}XX", "default") if key in answers), None)


def _diff_answer(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    old, new = ResolvedObject(before.pointer, before.body), ResolvedObject(after.pointer, after.body)
    yield from call.diff_basis(old, new, where)
    yield from _diff_contents(call, old, new, where, ("DIF056", "DIF057"))
    yield from _diff_headers(call, before, after, where)
    old_codes, new_codes = _known_codes(before), _known_codes(after)
    for pointer, code in sorted(old_codes - new_codes):
        yield call.change("DIF092", f"the code {code} is gone", f"{where} {pointer}", after.pointer, before=code)
    for pointer, code in sorted(new_codes - old_codes):
        yield call.change("DIF091", f"the code {code} is new", f"{where} {pointer}", after.pointer, after=code)


def _diff_headers(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    old_headers, new_headers = _headers_by_name(call.old, before), _headers_by_name(call.new, after)
    for name in sorted(old_headers.keys() - new_headers.keys()):
        check = "DIF060" if old_headers[name].is_required else "DIF061"
        yield call.change(check, "the header is gone", f"{where} header {name}", old_headers[name].pointer)
    for name in sorted(new_headers.keys() - old_headers.keys()):
        yield call.change("DIF062", "the header is new", f"{where} header {name}", new_headers[name].pointer)
    for name in sorted(old_headers.keys() & new_headers.keys()):
        old, new, place = old_headers[name], new_headers[name], f"{where} header {name}"
        if new.is_required and not old.is_required:
            yield call.change("DIF064", "the header is now always sent", place, new.pointer)
        elif old.is_required and not new.is_required:
            yield call.change("DIF063", "the header is no longer always sent", place, new.pointer)
        yield from call.diff_basis(old, new, place)
        yield from call.diff_schema(old.pointer, new.pointer, place, answers=True)


def _headers_by_name(capture: Capture, answer: DocumentedAnswer) -> dict[str, ResolvedObject]:
    return {
        name.lower(): ResolvedObject(*capture.follow(f"{answer.pointer}/headers/{escape_token(name)}"))
        for name in answer.body.get("headers", ())
    }


def _known_codes(answer: DocumentedAnswer) -> set[tuple[str, str]]:
    """Return the known error codes (`x-known-values`): pointer and JSON text."""
    known = answer.body.get("x-known-values", {})
    return {(pointer, canonical_json(value)) for pointer, values in known.items() for value in values}
