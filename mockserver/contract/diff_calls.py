"""What changed in one call: where it is, what it takes (parameters, body), what it gives (statuses, headers, body)."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from mockserver.contract.capture import Answer, Capture, Operation
from mockserver.contract.changes import Change, Place
from mockserver.contract.diff_shapes import Sides, Site, compare, told
from mockserver.contract.shape import text
from mockserver.core.pointer import escaped

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_STYLE: Final = ("style", "explode", "allowReserved")
Described = tuple[str, Mapping[str, Any]]
"""A pointer, and what it leads to."""


class Call(NamedTuple):
    """A call in both contracts."""

    old: Capture
    new: Capture
    before: Operation
    after: Operation
    compared: dict[Any, list[Change]]
    """What comparing two schemas came to: many answers share one."""

    def told(self, check: str, message: str, where: str, pointer: str, before: str = "", after: str = "") -> Change:
        """A change of this call."""
        return told(check, message, self.after.id, Site(where, pointer), before, after)

    def schemas(self, pointers: tuple[str, str], where: str, *, answers: bool) -> Iterator[Change]:
        """The changes of a schema that both have; of none where one of them has none."""
        old, new = _schema(self.old, pointers[0]), _schema(self.new, pointers[1])
        if old and new:
            key = (answers, old, new)
            if key not in self.compared:
                self.compared[key] = list(compare(Sides(self.old, self.new, answers), (old,), (new,)))
            yield from (self.placed(change, where) for change in self.compared[key])

    def placed(self, change: Change, where: str) -> Change:
        """A change of a schema, where this call has it."""
        inner = change.places[0].where
        return change._replace(places=(Place(self.after.id, f"{where} {inner}" if inner else where),))


def _schema(capture: Capture, pointer: str) -> str:
    """Where the schema is that belongs to a place, if it has one."""
    schema = capture.at(pointer).get("schema")
    target = schema.get("$ref") if isinstance(schema, dict) and len(schema) == 1 else None
    return str(target) if target else f"{pointer}/schema" if schema is not None else ""


def call_changes(call: Call) -> Iterator[Change]:
    """Every change of a call."""
    yield from _identity(call)
    yield from _parameters(call)
    yield from _request(call)
    yield from _statuses(call)


def _identity(call: Call) -> Iterator[Change]:
    before, after = call.before, call.after
    old, new = (_PARAMETER.sub("{}", f"{each.method} {each.template}") for each in (before, after))
    if old != new:
        yield call.told("DIF003", "the call has another method or path", "", after.pointer, old, new)
    if after.body.get("deprecated") is True and before.body.get("deprecated") is not True:
        yield call.told("DIF004", "the call is now deprecated", "", after.pointer)
    locks = _security(call.old, before), _security(call.new, after)
    if locks[0] != locks[1]:
        yield call.told("DIF005", "the call is authenticated in another way", "", after.pointer, *locks)


def _security(capture: Capture, operation: Operation) -> str:
    """What authenticates a call, the names of the schemes replaced by what they are."""
    schemes = capture.document.get("components", {}).get("securitySchemes", {})
    wanted = operation.body.get("security", capture.document.get("security", []))
    return text([[[_scheme(schemes.get(name, name)), scopes] for name, scopes in one.items()] for one in wanted])


def _scheme(scheme: Any) -> Any:
    return {key: said for key, said in scheme.items() if key != "description"} if isinstance(scheme, dict) else scheme


# What the call takes.


def _parameters(call: Call) -> Iterator[Change]:
    before, after = _described(call.old, call.before), _described(call.new, call.after)
    for name in sorted(before.keys() - after.keys()):
        yield call.told("DIF012", "the parameter is gone", name, before[name][0])
    for name in sorted(after.keys() - before.keys()):
        required = after[name][1].get("required") is True
        message = f"the parameter is new{' and required' if required else ''}"
        yield call.told("DIF010" if required else "DIF011", message, name, after[name][0])
    for name in sorted(before.keys() & after.keys()):
        yield from _parameter(call, name, before[name], after[name])


def _parameter(call: Call, name: str, before: Described, after: Described) -> Iterator[Change]:
    old, new = before[1].get("required") is True, after[1].get("required") is True
    if old != new:
        message = f"the parameter has become {'required' if new else 'optional'}"
        yield call.told("DIF013" if new else "DIF014", message, name, after[0])
    styles = [text({key: each[1][key] for key in _STYLE if key in each[1]}) for each in (before, after)]
    if styles[0] != styles[1]:
        yield call.told("DIF015", "the parameter is written in another way", name, after[0], *styles)
    yield from _basis(call, before, after, name)
    yield from call.schemas((before[0], after[0]), name, answers=False)


def _described(capture: Capture, operation: Operation) -> dict[str, Described]:
    """A call's parameters, its path's among them; one in the path goes by its place and not by its name."""
    order = {name: index for index, name in enumerate(_PARAMETER.findall(operation.template), start=1)}
    found: dict[str, Described] = {}
    for place in (operation.pointer.rpartition("/")[0], operation.pointer):
        for index in range(len(capture.at(place).get("parameters", ()))):
            pointer, body = capture.follow(f"{place}/parameters/{index}")
            name = str(body.get("name"))
            name = name.lower() if body.get("in") == "header" else name
            label = f"path parameter {order[name]}" if body.get("in") == "path" and name in order else name
            found[label if label != name else f"{body.get('in')} {name}"] = pointer, body
    return found


def _request(call: Call) -> Iterator[Change]:
    old, new = _body(call.old, call.before), _body(call.new, call.after)
    if old is None or new is None:
        yield from _with_or_without(call, old, new)
        return
    required = old[1].get("required") is True, new[1].get("required") is True
    if required == (False, True):
        yield call.told("DIF020", "the body has become required", "request", new[0])
    elif required == (True, False):
        yield call.told("DIF021", "the body has become optional", "request", new[0])
    yield from _contents(call, old, new, "request", ("DIF023", "DIF024"))


def _with_or_without(call: Call, old: Described | None, new: Described | None) -> Iterator[Change]:
    if new:
        required = new[1].get("required") is True
        message = "a body is required now" if required else "a body may be sent now"
        yield call.told("DIF020" if required else "DIF021", message, "request", new[0])
    elif old:
        yield call.told("DIF022", "a body is no longer taken", "request", old[0])


def _body(capture: Capture, operation: Operation) -> Described | None:
    return capture.follow(f"{operation.pointer}/requestBody") if "requestBody" in operation.body else None


def _contents(call: Call, old: Described, new: Described, where: str, checks: tuple[str, str]) -> Iterator[Change]:
    """The content types of a body: which are gone, which are new, and what changed in the others."""
    before, after = old[1].get("content", {}), new[1].get("content", {})
    for media in before:
        if media not in after:
            yield call.told(checks[0], f"the content type {media} is gone", where, old[0], media)
    for media in after:
        if media not in before:
            yield call.told(checks[1], f"the content type {media} is new", where, new[0], "", media)
            continue
        inner = f"{old[0]}/content/{escaped(media)}", f"{new[0]}/content/{escaped(media)}"
        place = where if media == "application/json" else f"{where} {media}"
        yield from call.schemas(inner, place, answers=where != "request")


# What the call gives.


def _statuses(call: Call) -> Iterator[Change]:
    before, after = call.before.answers, call.after.answers
    for status, answer in before.items():
        if covering(after, status) is None:
            check = "DIF050" if status.startswith("2") else "DIF054"
            yield call.told(check, f"the status {status} is gone", f"response {status}", answer.pointer, status)
    for status, answer in after.items():
        counterpart = covering(before, status)
        if counterpart is None:
            check = _new_status(status, before)
            yield call.told(check, f"the status {status} is new", f"response {status}", answer.pointer, "", status)
        else:
            yield from _answer(call, counterpart, answer, f"response {status}")
    for status, answer in before.items():
        other = covering(after, status)
        if status not in after and other is not None and covering(before, other.status) is not answer:
            yield from _answer(call, answer, other, f"response {status}")


def covering(answers: Mapping[str, Answer], status: str) -> Answer | None:
    """What documents a status: itself, its range, `default`."""
    return next((answers[key] for key in (status, f"{status[0]}XX", "default") if key in answers), None)


def _new_status(status: str, before: Mapping[str, Answer]) -> str:
    if not status.startswith("2"):
        return "DIF053"
    return "DIF052" if any(each.startswith("2") for each in before) else "DIF051"


def _answer(call: Call, before: Answer, after: Answer, where: str) -> Iterator[Change]:
    old, new = (before.pointer, before.body), (after.pointer, after.body)
    yield from _basis(call, old, new, where)
    yield from _contents(call, old, new, where, ("DIF056", "DIF057"))
    yield from _headers(call, before, after, where)
    yield from _known(call, before, after, where)


def _basis(call: Call, before: Described, after: Described, where: str) -> Iterator[Change]:
    old, new = (str(each[1].get("x-basis", "")) for each in (before, after))
    if old != new:
        yield call.told("DIF090", "it is known from another basis", where, after[0], old, new)


def _headers(call: Call, before: Answer, after: Answer, where: str) -> Iterator[Change]:
    old, new = _named(call.old, before), _named(call.new, after)
    for name in sorted(old.keys() - new.keys()):
        sure = old[name][1].get("required") is True
        yield call.told("DIF060" if sure else "DIF061", "the header is gone", f"{where} header {name}", old[name][0])
    for name in sorted(new.keys() - old.keys()):
        yield call.told("DIF062", "the header is new", f"{where} header {name}", new[name][0])
    for name in sorted(old.keys() & new.keys()):
        yield from _header(call, old[name], new[name], f"{where} header {name}")


def _named(capture: Capture, answer: Answer) -> dict[str, Described]:
    pointers = {name.lower(): f"{answer.pointer}/headers/{escaped(name)}" for name in answer.body.get("headers", ())}
    return {name: capture.follow(pointer) for name, pointer in pointers.items()}


def _header(call: Call, before: Described, after: Described, where: str) -> Iterator[Change]:
    old, new = before[1].get("required") is True, after[1].get("required") is True
    if old != new:
        message = f"the header is {'now' if new else 'no longer'} always there"
        yield call.told("DIF064" if new else "DIF063", message, where, after[0])
    yield from _basis(call, before, after, where)
    yield from call.schemas((before[0], after[0]), where, answers=True)


def _known(call: Call, before: Answer, after: Answer, where: str) -> Iterator[Change]:
    """The error codes known so far (`x-known-values`)."""
    old, new = _codes(before), _codes(after)
    for pointer, value in sorted(old - new):
        yield call.told("DIF092", f"the code {value} is gone", f"{where} {pointer}", after.pointer, value)
    for pointer, value in sorted(new - old):
        yield call.told("DIF091", f"the code {value} is new", f"{where} {pointer}", after.pointer, "", value)


def _codes(answer: Answer) -> set[tuple[str, str]]:
    known = answer.body.get("x-known-values", {})
    return {(pointer, text(value)) for pointer, values in known.items() for value in values}
