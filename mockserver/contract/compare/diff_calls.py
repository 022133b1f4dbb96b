"""What changed in one call: where it is, what it takes (parameters, body), what it gives (statuses, headers, body)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, ContractChange
from mockserver.contract.compare.diff_shapes import CapturePair, ChangeSite, change_at, diff_schemas
from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.schema.shape import canonical_json
from mockserver.core.pointer import escape_token

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_STYLE_KEYS: Final = ("style", "explode", "allowReserved")
ResolvedObject = tuple[str, Mapping[str, Any]]
"""A pointer, and what it leads to."""


class CallPair(NamedTuple):
    """A call in both contracts."""

    old: Capture
    new: Capture
    before: DocumentedOperation
    after: DocumentedOperation
    compared_schemas: dict[Any, list[ContractChange]]
    """What comparing two schemas came to: many answers share one."""

    def change(
        self, check: str, message: str, where: str, pointer: str, before: str = "", after: str = ""
    ) -> ContractChange:
        """A change of this call."""
        return change_at(check, message, self.after.id, ChangeSite(where, pointer), before, after)

    def diff_schema(self, pointers: tuple[str, str], where: str, *, answers: bool) -> Iterator[ContractChange]:
        """The changes of a schema that both have; of none where one of them has none."""
        old, new = _schema_pointer(self.old, pointers[0]), _schema_pointer(self.new, pointers[1])
        if old and new:
            key = (answers, old, new)
            if key not in self.compared_schemas:
                self.compared_schemas[key] = list(
                    diff_schemas(CapturePair(self.old, self.new, answers), (old,), (new,))
                )
            yield from (self.relocate(change, where) for change in self.compared_schemas[key])

    def relocate(self, change: ContractChange, where: str) -> ContractChange:
        """A change of a schema, where this call has it."""
        inner = change.places[0].where
        return change._replace(places=(ChangePlace(self.after.id, f"{where} {inner}" if inner else where),))


def _schema_pointer(capture: Capture, pointer: str) -> str:
    """Where the schema is that belongs to a place, if it has one."""
    schema = capture.at(pointer).get("schema")
    target = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
    return str(target) if target else f"{pointer}/schema" if schema is not None else ""


def diff_call(call: CallPair) -> Iterator[ContractChange]:
    """Every change of a call."""
    yield from _diff_identity(call)
    yield from _diff_parameters(call)
    yield from _diff_request_body(call)
    yield from _diff_statuses(call)


def _diff_identity(call: CallPair) -> Iterator[ContractChange]:
    before, after = call.before, call.after
    old, new = (_PARAMETER.sub("{}", f"{each.method} {each.template}") for each in (before, after))
    if old != new:
        yield call.change("DIF003", "the call has another method or path", "", after.pointer, old, new)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        yield call.change("DIF004", "the call is now deprecated", "", after.pointer)
    locks = _security_json(call.old, before), _security_json(call.new, after)
    if locks[0] != locks[1]:
        yield call.change("DIF005", "the call is authenticated in another way", "", after.pointer, *locks)


def _security_json(capture: Capture, operation: DocumentedOperation) -> str:
    """What authenticates a call, the names of the schemes replaced by what they are."""
    schemes = capture.document.get("components", {}).get("securitySchemes", {})
    wanted = operation.body.get("security", capture.document.get("security", []))
    return canonical_json(
        [[[_without_description(schemes.get(name, name)), scopes] for name, scopes in one.items()] for one in wanted]
    )


def _without_description(scheme: Any) -> Any:
    return {key: said for key, said in scheme.items() if key != "description"} if isinstance(scheme, dict) else scheme


# What the call takes.


def _diff_parameters(call: CallPair) -> Iterator[ContractChange]:
    before, after = _parameters_by_label(call.old, call.before), _parameters_by_label(call.new, call.after)
    for name in sorted(before.keys() - after.keys()):
        yield call.change("DIF012", "the parameter is gone", name, before[name][0])
    for name in sorted(after.keys() - before.keys()):
        required = after[name][1].get("required") is True
        message = f"the parameter is new{' and required' if required else ''}"
        yield call.change("DIF010" if required else "DIF011", message, name, after[name][0])
    for name in sorted(before.keys() & after.keys()):
        yield from _diff_parameter(call, name, before[name], after[name])


def _diff_parameter(
    call: CallPair, name: str, before: ResolvedObject, after: ResolvedObject
) -> Iterator[ContractChange]:
    old, new = before[1].get("required") is True, after[1].get("required") is True
    if old != new:
        message = f"the parameter has become {'required' if new else 'optional'}"
        yield call.change("DIF013" if new else "DIF014", message, name, after[0])
    styles = [canonical_json({key: each[1][key] for key in _STYLE_KEYS if key in each[1]}) for each in (before, after)]
    if styles[0] != styles[1]:
        yield call.change("DIF015", "the parameter is written in another way", name, after[0], *styles)
    yield from _diff_basis(call, before, after, name)
    yield from call.diff_schema((before[0], after[0]), name, answers=False)


def _parameters_by_label(capture: Capture, operation: DocumentedOperation) -> dict[str, ResolvedObject]:
    """A call's parameters, its path's among them; one in the path goes by its place and not by its name."""
    order = {name: index for index, name in enumerate(_PARAMETER.findall(operation.template), start=1)}
    found: dict[str, ResolvedObject] = {}
    for place in (operation.pointer.rpartition("/")[0], operation.pointer):
        for index in range(len(capture.at(place).get("parameters", ()))):
            pointer, body = capture.follow(f"{place}/parameters/{index}")
            name = str(body.get("name"))
            name = name.lower() if body.get("in") == "header" else name
            label = f"path parameter {order[name]}" if body.get("in") == "path" and name in order else name
            found[label if label != name else f"{body.get('in')} {name}"] = pointer, body
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
        message = "a body is required now" if required else "a body may be sent now"
        yield call.change("DIF020" if required else "DIF021", message, "request", new[0])
    elif old:
        yield call.change("DIF022", "a body is no longer taken", "request", old[0])


def _request_body(capture: Capture, operation: DocumentedOperation) -> ResolvedObject | None:
    return capture.follow(f"{operation.pointer}/requestBody") if "requestBody" in operation.body else None


def _diff_contents(
    call: CallPair, old: ResolvedObject, new: ResolvedObject, where: str, checks: tuple[str, str]
) -> Iterator[ContractChange]:
    """The content types of a body: which are gone, which are new, and what changed in the others."""
    before, after = old[1].get("content", {}), new[1].get("content", {})
    for media in before:
        if media not in after:
            yield call.change(checks[0], f"the content type {media} is gone", where, old[0], media)
    for media in after:
        if media not in before:
            yield call.change(checks[1], f"the content type {media} is new", where, new[0], "", media)
            continue
        inner = f"{old[0]}/content/{escape_token(media)}", f"{new[0]}/content/{escape_token(media)}"
        place = where if media == "application/json" else f"{where} {media}"
        yield from call.diff_schema(inner, place, answers=where != "request")


# What the call gives.


def _diff_statuses(call: CallPair) -> Iterator[ContractChange]:
    before, after = call.before.answers, call.after.answers
    for status, answer in before.items():
        if covering_answer(after, status) is None:
            check = "DIF050" if status.startswith("2") else "DIF054"
            yield call.change(check, f"the status {status} is gone", f"response {status}", answer.pointer, status)
    for status, answer in after.items():
        counterpart = covering_answer(before, status)
        if counterpart is None:
            check = _new_status_check(status, before)
            yield call.change(check, f"the status {status} is new", f"response {status}", answer.pointer, "", status)
        else:
            yield from _diff_answer(call, counterpart, answer, f"response {status}")
    for status, answer in before.items():
        other = covering_answer(after, status)
        if status not in after and other is not None and covering_answer(before, other.status) is not answer:
            yield from _diff_answer(call, answer, other, f"response {status}")


def covering_answer(answers: Mapping[str, DocumentedAnswer], status: str) -> DocumentedAnswer | None:
    """What documents a status: itself, its range, `default`."""
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
        yield call.change("DIF090", "it is known from another basis", where, after[0], old, new)


def _diff_headers(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    old, new = _headers_by_name(call.old, before), _headers_by_name(call.new, after)
    for name in sorted(old.keys() - new.keys()):
        sure = old[name][1].get("required") is True
        yield call.change("DIF060" if sure else "DIF061", "the header is gone", f"{where} header {name}", old[name][0])
    for name in sorted(new.keys() - old.keys()):
        yield call.change("DIF062", "the header is new", f"{where} header {name}", new[name][0])
    for name in sorted(old.keys() & new.keys()):
        yield from _diff_header(call, old[name], new[name], f"{where} header {name}")


def _headers_by_name(capture: Capture, answer: DocumentedAnswer) -> dict[str, ResolvedObject]:
    pointers = {
        name.lower(): f"{answer.pointer}/headers/{escape_token(name)}" for name in answer.body.get("headers", ())
    }
    return {name: capture.follow(pointer) for name, pointer in pointers.items()}


def _diff_header(call: CallPair, before: ResolvedObject, after: ResolvedObject, where: str) -> Iterator[ContractChange]:
    old, new = before[1].get("required") is True, after[1].get("required") is True
    if old != new:
        message = f"the header is {'now' if new else 'no longer'} always there"
        yield call.change("DIF064" if new else "DIF063", message, where, after[0])
    yield from _diff_basis(call, before, after, where)
    yield from call.diff_schema((before[0], after[0]), where, answers=True)


def _diff_known_codes(
    call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str
) -> Iterator[ContractChange]:
    """The error codes known so far (`x-known-values`)."""
    old, new = _known_codes(before), _known_codes(after)
    for pointer, value in sorted(old - new):
        yield call.change("DIF092", f"the code {value} is gone", f"{where} {pointer}", after.pointer, value)
    for pointer, value in sorted(new - old):
        yield call.change("DIF091", f"the code {value} is new", f"{where} {pointer}", after.pointer, "", value)


def _known_codes(answer: DocumentedAnswer) -> set[tuple[str, str]]:
    known = answer.body.get("x-known-values", {})
    return {(pointer, canonical_json(value)) for pointer, values in known.items() for value in values}
