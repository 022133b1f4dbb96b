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
ResolvedObject = tuple[str, Mapping[str, Any]]
"""A pointer, and what it leads to."""


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

    def diff_schema(self, pointers: tuple[str, str], where: str, *, answers: bool) -> Iterator[ContractChange]:
        """Yield the changes between the schemas of two places; none if one place has no schema."""
        old, new = _schema_pointer(self.old, pointers[0]), _schema_pointer(self.new, pointers[1])
        if old is None or new is None:
            return
        key = (answers, old, new)
        if key not in self.compared_schemas:
            captures = CapturePair(self.old, self.new, answers)
            self.compared_schemas[key] = list(diff_schemas(captures, (old,), (new,)))
        for change in self.compared_schemas[key]:
            place = ChangePlace(self.after.id, f"{where} {change.places[0].where}".rstrip())
            yield change._replace(places=(place,))


def _schema_pointer(capture: Capture, pointer: str) -> str | None:
    """Return the pointer of a place's schema: that of its `$ref` if it is nothing else, so that it can be shared."""
    schema = capture.at(pointer).get("schema")
    if schema is None:
        return None
    target = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
    return str(target or f"{pointer}/schema")


def diff_call(call: CallPair) -> Iterator[ContractChange]:
    """Yield every change of a call. A malformed document raises what its shape happens to raise, see `diff`."""
    yield from _diff_identity(call)
    yield from _diff_parameters(call)
    yield from _diff_request_body(call)
    yield from _diff_statuses(call)


def _diff_identity(call: CallPair) -> Iterator[ContractChange]:
    before, after = call.before, call.after
    old, new = (_PARAMETER.sub("{}", f"{each.method} {each.template}") for each in (before, after))
    if old != new:
        yield call.change("DIF003", "the method or path has changed", "", after.pointer, before=old, after=new)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        yield call.change("DIF004", "the call is now deprecated", "", after.pointer)
    old, new = _security_json(call.old, before), _security_json(call.new, after)
    if old != new:
        yield call.change("DIF005", "the authentication has changed", "", after.pointer, before=old, after=new)


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
        yield call.change("DIF012", "the parameter is gone", name, before[name][0])
    for name in sorted(after.keys() - before.keys()):
        required = after[name][1].get("required") is True
        check, message = (
            ("DIF010", "the parameter is new and required") if required else ("DIF011", "the parameter is new")
        )
        yield call.change(check, message, name, after[name][0])
    for name in sorted(before.keys() & after.keys()):
        yield from _diff_parameter(call, name, before[name], after[name])


def _diff_parameter(
    call: CallPair, name: str, before: ResolvedObject, after: ResolvedObject
) -> Iterator[ContractChange]:
    old, new = before[1].get("required") is True, after[1].get("required") is True
    if old != new:
        check, word = ("DIF013", "required") if new else ("DIF014", "optional")
        yield call.change(check, f"the parameter has become {word}", name, after[0])
    old_style, new_style = _style_json(before[1]), _style_json(after[1])
    if old_style != new_style:
        message = "the style of the parameter has changed"
        yield call.change("DIF015", message, name, after[0], before=old_style, after=new_style)
    yield from _diff_basis(call, before, after, name)
    yield from call.diff_schema((before[0], after[0]), name, answers=False)


def _style_json(parameter: Mapping[str, Any]) -> str:
    return canonical_json({key: parameter[key] for key in _STYLE_KEYS if key in parameter})


def _parameters_by_label(capture: Capture, operation: DocumentedOperation) -> dict[str, ResolvedObject]:
    """Return the parameters of a call and of its path, by `query limit`, or by position for one in the path.

    The name of a path parameter does not matter to a client.
    """
    position = {name: index for index, name in enumerate(_PARAMETER.findall(operation.template), start=1)}
    found: dict[str, ResolvedObject] = {}
    for place in (operation.pointer.rpartition("/")[0], operation.pointer):
        for index in range(len(capture.at(place).get("parameters", ()))):
            pointer, body = capture.follow(f"{place}/parameters/{index}")
            name = str(body.get("name"))
            location = body.get("in")
            if location == "path" and name in position:
                label = f"path parameter {position[name]}"
            else:
                label = f"{location} {name.lower() if location == 'header' else name}"
            found[label] = pointer, body
    return found


def _diff_request_body(call: CallPair) -> Iterator[ContractChange]:
    old, new = _request_body(call.old, call.before), _request_body(call.new, call.after)
    if old is None or new is None:
        yield from _diff_body_presence(call, old, new)
        return
    required = old[1].get("required") is True, new[1].get("required") is True
    if required == (False, True):
        yield call.change("DIF020", "the body has become required", "request", new[0])
    elif required == (True, False):
        yield call.change("DIF021", "the body has become optional", "request", new[0])
    yield from _diff_contents(call, old, new, "request", ("DIF023", "DIF024"))


def _diff_body_presence(
    call: CallPair, old: ResolvedObject | None, new: ResolvedObject | None
) -> Iterator[ContractChange]:
    if new:
        required = new[1].get("required") is True
        check, message = ("DIF020", "a body is required now") if required else ("DIF021", "a body may be sent now")
        yield call.change(check, message, "request", new[0])
    elif old:
        yield call.change("DIF022", "a body is no longer accepted", "request", old[0])


def _request_body(capture: Capture, operation: DocumentedOperation) -> ResolvedObject | None:
    return capture.follow(f"{operation.pointer}/requestBody") if "requestBody" in operation.body else None


def _diff_contents(
    call: CallPair, old: ResolvedObject, new: ResolvedObject, where: str, checks: tuple[str, str]
) -> Iterator[ContractChange]:
    """Yield the content types that are gone (first check) or new (second), and the changes within the others."""
    before, after = old[1].get("content", {}), new[1].get("content", {})
    for media in before:
        if media not in after:
            yield call.change(checks[0], f"the content type {media} is gone", where, old[0], before=media)
    for media in after:
        if media not in before:
            yield call.change(checks[1], f"the content type {media} is new", where, new[0], after=media)
            continue
        inner = f"{old[0]}/content/{escape_token(media)}", f"{new[0]}/content/{escape_token(media)}"
        place = where if media == "application/json" else f"{where} {media}"
        yield from call.diff_schema(inner, place, answers=where != "request")


# What the call answers


def _diff_statuses(call: CallPair) -> Iterator[ContractChange]:
    before, after = call.before.answers, call.after.answers
    for status, answer in before.items():
        if covering_answer(after, status) is None:
            check = "DIF050" if status.startswith("2") else "DIF054"
            message = f"the status {status} is gone"
            yield call.change(check, message, f"response {status}", answer.pointer, before=status)
    for status, answer in after.items():
        counterpart = covering_answer(before, status)
        if counterpart is None:
            check = _new_status_check(status, before)
            message = f"the status {status} is new"
            yield call.change(check, message, f"response {status}", answer.pointer, after=status)
        else:
            yield from _diff_answer(call, counterpart, answer, f"response {status}")
    # A status that only a range or `default` documents now is compared with that, unless the pair was compared above.
    for status, answer in before.items():
        other = covering_answer(after, status)
        if status not in after and other is not None and covering_answer(before, other.status) is not answer:
            yield from _diff_answer(call, answer, other, f"response {status}")


def covering_answer(answers: Mapping[str, DocumentedAnswer], status: str) -> DocumentedAnswer | None:
    """Return the answer that documents a status: its own, that of its range (`4XX`), or `default`."""
    return next((answers[key] for key in (status, f"{status[0]}XX", "default") if key in answers), None)


def _new_status_check(status: str, before: Mapping[str, DocumentedAnswer]) -> str:
    if not status.startswith("2"):
        return "DIF053"
    return "DIF052" if any(each.startswith("2") for each in before) else "DIF051"


def _diff_answer(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    old, new = (before.pointer, before.body), (after.pointer, after.body)
    yield from _diff_basis(call, old, new, where)
    yield from _diff_contents(call, old, new, where, ("DIF056", "DIF057"))
    yield from _diff_headers(call, before, after, where)
    yield from _diff_known_codes(call, before, after, where)


def _diff_basis(call: CallPair, before: ResolvedObject, after: ResolvedObject, where: str) -> Iterator[ContractChange]:
    old, new = (str(each[1].get("x-basis", "")) for each in (before, after))
    if old != new:
        yield call.change("DIF090", "the basis has changed", where, after[0], before=old, after=new)


def _diff_headers(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    old, new = _headers_by_name(call.old, before), _headers_by_name(call.new, after)
    for name in sorted(old.keys() - new.keys()):
        check = "DIF060" if old[name][1].get("required") is True else "DIF061"
        yield call.change(check, "the header is gone", f"{where} header {name}", old[name][0])
    for name in sorted(new.keys() - old.keys()):
        yield call.change("DIF062", "the header is new", f"{where} header {name}", new[name][0])
    for name in sorted(old.keys() & new.keys()):
        yield from _diff_header(call, old[name], new[name], f"{where} header {name}")


def _headers_by_name(capture: Capture, answer: DocumentedAnswer) -> dict[str, ResolvedObject]:
    return {
        name.lower(): capture.follow(f"{answer.pointer}/headers/{escape_token(name)}")
        for name in answer.body.get("headers", ())
    }


def _diff_header(call: CallPair, before: ResolvedObject, after: ResolvedObject, where: str) -> Iterator[ContractChange]:
    old, new = before[1].get("required") is True, after[1].get("required") is True
    if old != new:
        check, word = ("DIF064", "now") if new else ("DIF063", "no longer")
        yield call.change(check, f"the header is {word} always sent", where, after[0])
    yield from _diff_basis(call, before, after, where)
    yield from call.diff_schema((before[0], after[0]), where, answers=True)


def _diff_known_codes(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    """Yield the known error codes (`x-known-values`) that are gone or new."""
    old, new = _known_codes(before), _known_codes(after)
    for pointer, value in sorted(old - new):
        yield call.change("DIF092", f"the code {value} is gone", f"{where} {pointer}", after.pointer, before=value)
    for pointer, value in sorted(new - old):
        yield call.change("DIF091", f"the code {value} is new", f"{where} {pointer}", after.pointer, after=value)


def _known_codes(answer: DocumentedAnswer) -> set[tuple[str, str]]:
    known = answer.body.get("x-known-values", {})
    return {(pointer, canonical_json(value)) for pointer, values in known.items() for value in values}
