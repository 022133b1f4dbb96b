"""The changes between two contracts that a client meets: calls, parameters, bodies, statuses, headers, fields.

    changes = diff_captures(load_capture("phaseo", "2026-08-05"), load_capture("phaseo", "2026-08-10"))

Calls are paired by method and path (the name of a path parameter does not count), then by operationId. An alias path
is reported when it is new or gone; the call behind it is compared once.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.compare.changes import ChangePlace, Changes, ContractChange, change_at, merge_changes
from mockserver.contract.compare.schema_comparison import SchemaComparison
from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.schema.shape import canonical_json
from mockserver.core.pointer import escape_token

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_STYLE_KEYS: Final = ("style", "explode", "allowReserved")

PresenceChanges = Mapping[tuple[bool | None, bool | None], tuple[str, str]]
"""Check and message, by whether something was required and whether it is required now; None: it is not there."""

_PARAMETER_CHANGES: Final[PresenceChanges] = {
    (None, True): ("DIF010", "the parameter is new and required"),
    (None, False): ("DIF011", "the parameter is new"),
    (True, None): ("DIF012", "the parameter is gone"),
    (False, None): ("DIF012", "the parameter is gone"),
    (False, True): ("DIF013", "the parameter has become required"),
    (True, False): ("DIF014", "the parameter has become optional"),
}
_BODY_CHANGES: Final[PresenceChanges] = {
    (None, True): ("DIF020", "a body is required now"),
    (None, False): ("DIF021", "a body may be sent now"),
    (True, None): ("DIF022", "a body is no longer accepted"),
    (False, None): ("DIF022", "a body is no longer accepted"),
    (False, True): ("DIF020", "the body has become required"),
    (True, False): ("DIF021", "the body has become optional"),
}
_HEADER_CHANGES: Final[PresenceChanges] = {
    (None, True): ("DIF062", "the header is new"),
    (None, False): ("DIF062", "the header is new"),
    (True, None): ("DIF060", "the header is gone"),
    (False, None): ("DIF061", "the header is gone"),
    (False, True): ("DIF064", "the header is now always sent"),
    (True, False): ("DIF063", "the header is no longer always sent"),
}


class ResolvedObject(NamedTuple):
    """A parameter, body, answer or header, its `$ref` followed."""

    pointer: str
    body: Mapping[str, Any]


_Resolved = ResolvedObject | None
_ByLabel = Mapping[str, ResolvedObject]


class CallPair(NamedTuple):
    """One call in both contracts."""

    old: Capture
    new: Capture
    before: DocumentedOperation
    after: DocumentedOperation
    schemas: SchemaComparison

    def change(
        self, check: str, message: str, where: str, pointer: str, *, before: str = "", after: str = ""
    ) -> ContractChange:
        """Return a change at a place of the call."""
        return change_at(check, message, ChangePlace(self.after.id, where), pointer, before=before, after=after)

    def diff_presence(self, changes: PresenceChanges, old: _Resolved, new: _Resolved, where: str) -> Changes:
        """Yield the change of something that is gone or new, or that has become required or optional."""
        was_required, is_required = (each and each.body.get("required") is True for each in (old, new))
        changed = new or old
        if changed is not None and (was_required, is_required) in changes:
            yield self.change(*changes[was_required, is_required], where, changed.pointer)

    def diff_labelled(self, changes: PresenceChanges, before: _ByLabel, after: _ByLabel) -> Changes:
        """Yield the changes of parameters or headers, paired by their labels."""
        for label in sorted(before.keys() | after.keys()):
            old, new = before.get(label), after.get(label)
            yield from self.diff_presence(changes, old, new, label)
            if old is not None and new is not None:
                yield from self.diff_basis(old, new, label)
                self.add_schemas(old.pointer, new.pointer, label, is_answer=changes is _HEADER_CHANGES)

    def add_schemas(self, old: str, new: str, where: str, *, is_answer: bool) -> None:
        """Compare the schemas of two places, unless one has none."""
        old_schema, new_schema = (_schema_pointer(*each) for each in ((self.old, old), (self.new, new)))
        if old_schema is not None and new_schema is not None:
            self.schemas.add(old_schema, new_schema, ChangePlace(self.after.id, where), is_answer=is_answer)

    def diff_basis(self, before: ResolvedObject, after: ResolvedObject, where: str) -> Changes:
        """Yield a change of the basis (`x-basis`)."""
        old, new = (str(each.body.get("x-basis", "")) for each in (before, after))
        if old != new:
            yield self.change("DIF090", "the basis has changed", where, after.pointer, before=old, after=new)


def _schema_pointer(capture: Capture, pointer: str) -> str | None:
    return f"{pointer}/schema" if "schema" in capture.at(pointer) else None


def diff_captures(old: Capture, new: Capture) -> list[ContractChange]:
    """Return every change from `old` to `new`, the worst first."""
    place = ChangePlace("", "servers")
    before, after = ([str(server.get("url")) for server in each.document.get("servers", ())] for each in (old, new))
    schemas = SchemaComparison(old, new)
    calls = _pair_calls(old, new, schemas)
    changes = [
        *(
            change_at("DIF006", f"the server {url} is gone", place, "#/servers", before=url)
            for url in before
            if url not in after
        ),
        *(
            change_at("DIF007", f"the server {url} is new", place, "#/servers", after=url)
            for url in after
            if url not in before
        ),
    ]
    for check, operations, verb in (("DIF001", calls.gone, "gone"), ("DIF002", calls.new, "new")):
        for each in operations:
            message = f"{each.method} {each.template} is {verb}"
            changes.append(change_at(check, message, ChangePlace(each.id, ""), each.pointer))
    for pair in calls.pairs:
        changes += diff_call(pair)
    return merge_changes([*changes, *schemas.changes()])


class PairedCalls(NamedTuple):
    """The calls of two contracts: those of both, those that are gone, those that are new."""

    pairs: list[CallPair]
    gone: list[DocumentedOperation]
    new: list[DocumentedOperation]


def _pair_calls(old: Capture, new: Capture, schemas: SchemaComparison) -> PairedCalls:
    before, after = (
        {f"{each.method} {_PARAMETER.sub('{}', each.template)}": each for each in capture.operations}
        for capture in (old, new)
    )
    found = [CallPair(old, new, before[key], after[key], schemas) for key in before if key in after]
    gone = [operation for key, operation in before.items() if key not in after]
    fresh = [operation for key, operation in after.items() if key not in before]
    # A call whose path has changed and whose operationId has not is the same call.
    known = {call.before.pointer for call in found} | {call.after.id for call in found}
    for operation in list(gone):
        moved = next((each for each in fresh if each.id == operation.id), None)
        if moved and operation.pointer not in known and moved.id not in known:
            gone.remove(operation)
            fresh.remove(moved)
            found.append(CallPair(old, new, operation, moved, schemas))
    # Aliases have the pointers of the call that they are aliases of: of equal pairs, the first is kept.
    bodies = {(call.before.pointer, call.after.pointer): call for call in reversed(found)}
    return PairedCalls(list(reversed(bodies.values())), gone, fresh)


def diff_call(call: CallPair) -> Changes:
    """Yield every change of a call but those of its schemas, which are added to the comparison of all schemas."""
    before, after = call.before, call.after
    old, new = (_PARAMETER.sub("{}", f"{each.method} {each.template}") for each in (before, after))
    if old != new:
        yield call.change("DIF003", "the method or path has changed", "", after.pointer, before=old, after=new)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        yield call.change("DIF004", "the call is now deprecated", "", after.pointer)
    old, new = _security_json(call.old, before), _security_json(call.new, after)
    if old != new:
        yield call.change("DIF005", "the authentication has changed", "", after.pointer, before=old, after=new)
    old_parameters, new_parameters = _parameters_by_label(call.old, before), _parameters_by_label(call.new, after)
    yield from call.diff_labelled(_PARAMETER_CHANGES, old_parameters, new_parameters)
    for label in sorted(old_parameters.keys() & new_parameters.keys()):
        sides = (old_parameters[label], new_parameters[label])
        old, new = (canonical_json({key: side.body[key] for key in _STYLE_KEYS if key in side.body}) for side in sides)
        if old != new:
            message, pointer = "the style of the parameter has changed", new_parameters[label].pointer
            yield call.change("DIF015", message, label, pointer, before=old, after=new)
    old_body, new_body = _request_body(call.old, before), _request_body(call.new, after)
    yield from call.diff_presence(_BODY_CHANGES, old_body, new_body, "request")
    if old_body is not None and new_body is not None:
        yield from _diff_contents(call, old_body, new_body, "request", ("DIF023", "DIF024"))
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


def _parameters_by_label(capture: Capture, operation: DocumentedOperation) -> _ByLabel:
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


def _request_body(capture: Capture, operation: DocumentedOperation) -> _Resolved:
    if "requestBody" not in operation.body:
        return None
    return ResolvedObject(*capture.follow(f"{operation.pointer}/requestBody"))


def _diff_contents(
    call: CallPair, old: ResolvedObject, new: ResolvedObject, where: str, checks: tuple[str, str]
) -> Changes:
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
        place = f"{where} {media}".removesuffix(" application/json")
        is_answer = where != "request"
        call.add_schemas(old.pointer + content, new.pointer + content, place, is_answer=is_answer)


def _diff_statuses(call: CallPair) -> Changes:
    before, after = call.before.answers, call.after.answers
    new_success = "DIF052" if any(status.startswith("2") for status in before) else "DIF051"
    for status, answer in after.items():
        counterpart = covering_answer(before, status)
        if counterpart is not None:
            yield from _diff_answer(call, counterpart, answer, f"response {status}")
        else:
            check = new_success if status.startswith("2") else "DIF053"
            yield call.change(check, f"the status {status} is new", f"response {status}", answer.pointer, after=status)
    for status, answer in before.items():
        other = covering_answer(after, status)
        if other is None:
            check = "DIF050" if status.startswith("2") else "DIF054"
            message = f"the status {status} is gone"
            yield call.change(check, message, f"response {status}", answer.pointer, before=status)
        # A status that only a range or `default` documents now is compared with that, unless they are a pair above.
        elif status not in after and covering_answer(before, other.status) is not answer:
            yield from _diff_answer(call, answer, other, f"response {status}")


def covering_answer(answers: Mapping[str, DocumentedAnswer], status: str) -> DocumentedAnswer | None:
    """Return the answer that documents a status: its own, that of its range (`4XX`), or `default`."""
    return next((answers[key] for key in (status, f"{status[0]}XX", "default") if key in answers), None)


def _diff_answer(call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str) -> Changes:
    old, new = ResolvedObject(before.pointer, before.body), ResolvedObject(after.pointer, after.body)
    yield from call.diff_basis(old, new, where)
    yield from _diff_contents(call, old, new, where, ("DIF056", "DIF057"))
    headers = _headers_by_label(call.old, before, where), _headers_by_label(call.new, after, where)
    yield from call.diff_labelled(_HEADER_CHANGES, *headers)
    old_codes, new_codes = _known_codes(before), _known_codes(after)
    for pointer, code in sorted(old_codes - new_codes):
        yield call.change("DIF092", f"the code {code} is gone", f"{where} {pointer}", after.pointer, before=code)
    for pointer, code in sorted(new_codes - old_codes):
        yield call.change("DIF091", f"the code {code} is new", f"{where} {pointer}", after.pointer, after=code)


def _headers_by_label(capture: Capture, answer: DocumentedAnswer, where: str) -> _ByLabel:
    """Return the headers of an answer by `response 200 header retry-after`."""
    return {
        f"{where} header {name.lower()}": ResolvedObject(
            *capture.follow(f"{answer.pointer}/headers/{escape_token(name)}")
        )
        for name in answer.body.get("headers", ())
    }


def _known_codes(answer: DocumentedAnswer) -> set[tuple[str, str]]:
    """Return the known error codes (`x-known-values`): pointer and JSON text."""
    known = answer.body.get("x-known-values", {})
    return {(pointer, canonical_json(value)) for pointer, values in known.items() for value in values}
