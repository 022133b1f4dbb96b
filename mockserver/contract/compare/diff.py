"""The changes between two contracts that a client meets: calls, parameters, bodies, statuses, headers, fields.

    changes = diff_captures(load_capture("phaseo", "2026-08-05"), load_capture("phaseo", "2026-08-10"))

Calls are in pairs (`call_pairs`). What the service sends by itself, webhooks and callbacks, is compared the other way
round: its body is met like an answer. Schemas are compared together, after all calls (`schema_comparison`).
"""

import re
from collections.abc import Mapping
from typing import Final

from mockserver.contract.compare.call_pairs import (
    CallPair,
    ContractPair,
    PairedCalls,
    ResolvedObject,
    pair_callbacks,
    pair_calls,
    pair_webhooks,
)
from mockserver.contract.compare.changes import ChangePlace, Changes, ContractChange, change_at, merge_changes
from mockserver.contract.compare.schema_comparison import SchemaComparison
from mockserver.contract.documents.capture import Capture, DocumentedAnswer, DocumentedOperation
from mockserver.contract.documents.media_types import covering_range, media_key
from mockserver.contract.documents.servers import Server
from mockserver.contract.schema.json_values import canonical_json
from mockserver.core.path_templates import path_shape
from mockserver.core.pointer import escape_token

_PATH_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_STYLE_BY_LOCATION: Final = {"query": ("form", True), "cookie": ("form", True)}
_DEFAULT_STYLE: Final = ("simple", False)
"""The style of a parameter and whether it is exploded, if the document does not say (OpenAPI 3.1.0, 4.8.12)."""

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


_DEFAULT_SERVERS: Final = (Server("", ""),)
"""The servers of a document that names none (OpenAPI 3.1.0, 4.8.1)."""

_Resolved = ResolvedObject | None
_ByLabel = Mapping[str, ResolvedObject]


def diff_captures(old: Capture, new: Capture) -> list[ContractChange]:
    """Return every change from `old` to `new`, the worst first."""
    return diff_contracts(ContractPair(old, new, SchemaComparison(old, new)))


def diff_contracts(contracts: ContractPair) -> list[ContractChange]:
    """Return every change of two contracts, the worst first."""
    return merge_changes([*_diff_all_calls(contracts), *contracts.schemas.changes()])


def _diff_all_calls(contracts: ContractPair) -> Changes:
    """Yield every change but those of schemas, which are added to the comparison of all schemas."""
    calls = pair_calls(contracts)
    yield from diff_servers(calls)
    for paired in (calls, pair_webhooks(contracts)):
        yield from _diff_paired(paired)
        for pair in paired.pairs:
            yield from diff_call(pair)
            callbacks = pair_callbacks(pair)
            yield from _diff_paired(callbacks)
            for callback in callbacks.pairs:
                yield from diff_call(callback)


def _diff_paired(calls: PairedCalls) -> Changes:
    """Yield the calls that are gone and those that are new."""
    for check, operations, verb in (("DIF001", calls.gone, "gone"), ("DIF002", calls.new, "new")):
        for each in operations:
            place = calls.place_of(each)
            message = f"{each.method} {each.template} is {verb}"
            yield change_at(check, f"{calls.noun}{message}", place, each.pointer)


def diff_servers(calls: PairedCalls) -> Changes:
    """Yield the addresses that are gone or new: of all calls, or of some.

    An address counts together with a path: `https://host/v1` with `/jobs` is `https://host` with `/v1/jobs`. A document
    without servers stands wherever it is served, as one with the server `/` does.
    """
    affected: dict[tuple[str, str], list[CallPair]] = {}
    for pair in calls.pairs:
        for check, side, other in (("DIF006", pair.before, pair.after), ("DIF007", pair.after, pair.before)):
            known = {_address(other, server) for server in other.servers or _DEFAULT_SERVERS}
            for server in side.servers:
                if _address(side, server) not in known:
                    affected.setdefault((check, server.url), []).append(pair)
    for (check, url), pairs in affected.items():
        is_gone = check == "DIF006"
        message = f"the server {url} is {'gone' if is_gone else 'new'}"
        places = [ChangePlace("", "servers")]
        if len(pairs) < len(calls.pairs):
            places = [ChangePlace(pair.operation_id, "servers") for pair in pairs]
        for place in places:
            yield change_at(check, message, place, "#/servers", **{"before" if is_gone else "after": url})


def _address(operation: DocumentedOperation, server: Server) -> str:
    """Return the whole address of a call at a server."""
    return f"{server.origin}{server.base_path}{path_shape(operation.template)}"


def diff_call(call: CallPair) -> Changes:
    """Yield every change of a call but those of its schemas, which are added to the comparison of all schemas."""
    before, after = call.sides
    if call.has_moved:
        old, new = (f"{each.method} {path_shape(each.template)}" for each in call.sides)
        what = "name" if call.is_sent_by_service else "method or path"
        yield call.change("DIF003", f"the {what} has changed", "", after.pointer, before=old, after=new)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        yield call.change("DIF004", "the call is now deprecated", "", after.pointer)
    old, new = _security_json(call.contracts.old, before), _security_json(call.contracts.new, after)
    if old != new:
        yield call.change("DIF005", "the authentication has changed", "", after.pointer, before=old, after=new)
    changes = _PARAMETER_CHANGES
    if call.is_sent_by_service:
        changes = _HEADER_CHANGES
    old_parameters = _parameters_by_label(call.contracts.old, before)
    new_parameters = _parameters_by_label(call.contracts.new, after)
    yield from _diff_labelled(call, changes, old_parameters, new_parameters)
    for label in sorted(old_parameters.keys() & new_parameters.keys()):
        old, new = (_style_json(parameters[label]) for parameters in (old_parameters, new_parameters))
        if old != new:
            message, pointer = "the style of the parameter has changed", new_parameters[label].pointer
            yield call.change("DIF015", message, label, pointer, before=old, after=new)
    yield from _diff_bodies(call)
    yield from _diff_statuses(call)


def _diff_bodies(call: CallPair) -> Changes:
    old, new = _request_body(call.contracts.old, call.before), _request_body(call.contracts.new, call.after)
    if not call.is_sent_by_service:
        yield from _diff_presence(call, _BODY_CHANGES, old, new, "request")
    if old is not None and new is not None:
        yield from _diff_contents(call, old, new, "request", is_answer=call.is_sent_by_service)
    elif call.is_sent_by_service and old is not None:
        yield call.change("DIF056", "a body is no longer sent", "request", call.after.pointer)
    elif call.is_sent_by_service and new is not None:
        yield call.change("DIF057", "a body is sent now", "request", new.pointer)


def _diff_presence(call: CallPair, changes: PresenceChanges, old: _Resolved, new: _Resolved, where: str) -> Changes:
    """Yield the change of something that is gone or new, or that has become required or optional."""
    was_required, is_required = (each and each.body.get("required") is True for each in (old, new))
    changed = new or old
    if changed is not None and (was_required, is_required) in changes:
        yield call.change(*changes[was_required, is_required], where, changed.pointer)


def _diff_labelled(call: CallPair, changes: PresenceChanges, before: _ByLabel, after: _ByLabel) -> Changes:
    """Yield the changes of parameters or headers, paired by their labels."""
    for label in sorted(before.keys() | after.keys()):
        old, new = before.get(label), after.get(label)
        yield from _diff_presence(call, changes, old, new, label)
        if old is not None and new is not None:
            yield from _diff_basis(call, old, new, label)
            # What is described by `content` is one text of that type, what is described by `schema` is not.
            (old_media, old_place), (new_media, new_place) = _content_of(old), _content_of(new)
            if old_media == new_media:
                call.add_schemas(old_place, new_place, label, is_answer=changes is _HEADER_CHANGES)


def _content_of(described: ResolvedObject) -> tuple[str, str]:
    """Return the content type of a parameter or header and the place of its schema; no type without `content`."""
    for media in described.body.get("content", ()):
        return media_key(media), f"{described.pointer}/content/{escape_token(media)}"
    return "", described.pointer


def _style_json(parameter: ResolvedObject) -> str:
    """Return how a parameter is written into the request, defaults included."""
    body, (content, _) = parameter.body, _content_of(parameter)
    if content:
        return canonical_json({"content": content})
    style, _ = _STYLE_BY_LOCATION.get(str(body.get("in")), _DEFAULT_STYLE)
    style = body.get("style", style)
    explode = body.get("explode", style == "form")
    return canonical_json({"style": style, "explode": explode, "allowReserved": body.get("allowReserved", False)})


def _diff_basis(call: CallPair, before: ResolvedObject, after: ResolvedObject, where: str) -> Changes:
    old, new = (str(each.body.get("x-basis", "")) for each in (before, after))
    if old != new:
        yield call.change("DIF090", "the basis has changed", where, after.pointer, before=old, after=new)


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
            resolved.append(canonical_json([scheme, sorted(map(str, scopes))]))
        alternatives.append(sorted(resolved))
    # An empty requirement alone means what no requirement means.
    return canonical_json(sorted(alternatives) if any(alternatives) else [])


def _parameters_by_label(capture: Capture, operation: DocumentedOperation) -> _ByLabel:
    """Return the parameters of a call and of its path, by `query limit`, or by position for one in the path.

    The name of a path parameter does not matter to a client.
    """
    position = {name: index for index, name in enumerate(_PATH_PARAMETER.findall(operation.template), start=1)}
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


def _diff_contents(call: CallPair, old: ResolvedObject, new: ResolvedObject, where: str, *, is_answer: bool) -> Changes:
    """Yield the content types that are gone or new; the schemas of the others are compared."""
    gone, fresh, narrower = ("DIF056", "DIF057", "DIF058") if is_answer else ("DIF023", "DIF024", "DIF023")
    before, after = ({media_key(media): media for media in each.body.get("content", {})} for each in (old, new))
    pairs = set()
    for key, media in after.items():
        counterpart = covering_range(before, key)
        if counterpart is None:
            yield call.change(fresh, f"the content type {media} is new", where, new.pointer, after=media)
        else:
            pairs.add((counterpart, key))
    for key, media in before.items():
        counterpart = covering_range(after, key)
        if counterpart is not None:
            pairs.add((key, counterpart))
        elif any(old_key == key for old_key, _ in pairs):
            message = f"not all of the content type {media} is left"
            yield call.change(narrower, message, where, old.pointer, before=media, after=", ".join(after))
        else:
            yield call.change(gone, f"the content type {media} is gone", where, old.pointer, before=media)
    for old_key, new_key in sorted(pairs):
        old_place = f"{old.pointer}/content/{escape_token(before[old_key])}"
        new_place = f"{new.pointer}/content/{escape_token(after[new_key])}"
        place = f"{where} {new_key}".removesuffix(" application/json")
        call.add_schemas(old_place, new_place, place, is_answer=is_answer)


def _diff_statuses(call: CallPair) -> Changes:
    """Yield the statuses that are gone or new; those of a webhook are its receiver's, who need not use a new one."""
    before, after = call.before.answers, call.after.answers
    new_success = "DIF052" if any(status.startswith("2") for status in before) else "DIF051"
    for status, answer in after.items():
        counterpart = covering_answer(before, status)
        if counterpart is not None:
            yield from _diff_answer(call, counterpart, answer, f"response {status}")
        elif not call.is_sent_by_service:
            check = new_success if status.startswith("2") else "DIF053"
            yield call.change(check, f"the status {status} is new", f"response {status}", answer.pointer, after=status)
    for status, answer in before.items():
        other = covering_answer(after, status)
        if other is None:
            yield from diff_gone_status(call, answer)
        # A status that only a range or `default` documents now is compared with that, unless they are a pair above.
        elif status not in after and covering_answer(before, other.status) is not answer:
            yield from _diff_answer(call, answer, other, f"response {status}")


def diff_gone_status(call: CallPair, answer: DocumentedAnswer) -> Changes:
    """Yield the change of a status that is gone, or of a range of which some statuses are left."""
    status, where = answer.status, f"response {answer.status}"
    left = [each for each in call.after.answers if status.endswith("XX") and each[:1] == status[0]]
    if left:
        message = f"of the statuses {status}, only some are left"
        yield call.change("DIF055", message, where, answer.pointer, before=status, after=", ".join(left))
        return
    check = "DIF050" if status.startswith("2") else "DIF054"
    yield call.change(check, f"the status {status} is gone", where, answer.pointer, before=status)


def covering_answer(answers: Mapping[str, DocumentedAnswer], status: str) -> DocumentedAnswer | None:
    """Return the answer that documents a status: its own, that of its range (`4XX`), or `default`."""
    return next((answers[key] for key in (status, f"{status[:1]}XX", "default") if key in answers), None)


def _diff_answer(call: CallPair, before: DocumentedAnswer, after: DocumentedAnswer, where: str) -> Changes:
    old, new = ResolvedObject(before.pointer, before.body), ResolvedObject(after.pointer, after.body)
    yield from _diff_basis(call, old, new, where)
    yield from _diff_contents(call, old, new, where, is_answer=not call.is_sent_by_service)
    contracts = call.contracts
    headers = _headers_by_label(contracts.old, before, where), _headers_by_label(contracts.new, after, where)
    yield from _diff_labelled(call, _HEADER_CHANGES, *headers)
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
