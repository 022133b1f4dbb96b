"""Reports names of members that nothing has at their place, and calls that two operations have.

`$request.X` is a field of the creates of the kind, `$path.X` a parameter of the operation's call, `$error.X` one of the
error's `values`. In a part, and in the shape of all errors, it is that of any of them. A create without declared fields
accepts any body: of its kind nothing is reported.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from mockserver.core.path_templates import path_shape
from mockserver.errors import did_you_mean, nearest_names
from mockserver.packs.errors import SETTINGS
from mockserver.packs.node_access import child, creates_of, entries_of, members_of, scalars
from mockserver.packs.urls import path_parameters
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node

_NAME: Final = re.compile(r"(?:^\$|\$\{)(request|path|error)\.([^.}?]+)")
_OF_EVERY_ERROR: Final = frozenset({"status", "message"})
_HINTS: Final[Mapping[str, str]] = {
    "request": "Declare it among the `fields` of the request, or correct the name.",
    "path": "Write it in the call as `{NAME}`, or correct the name.",
    "error": "Add it to the `values` of the error, or correct the name.",
}


class _Known(NamedTuple):
    """The members that names may have at a place, by root; None: any."""

    request: frozenset[str] | None
    path: frozenset[str]
    error: frozenset[str] = frozenset()

    def of(self, root: str) -> frozenset[str] | None:
        """Return the members of a root."""
        return {"request": self.request, "path": self.path, "error": self.error}[root]


def check_names(roots: Iterable[Node], diagnostics: Diagnostics) -> None:
    """Report names of members that nothing has (PCK026)."""
    for root in roots:
        _check_item_lists(root, diagnostics)
        for node, known in _places(root):
            for scalar in scalars(node):
                if not diagnostics.has_error(scalar):
                    _check_text(scalar, known, diagnostics)


def _check_item_lists(root: Node, diagnostics: Diagnostics) -> None:
    """Report batches that take their items from a member that no create has."""
    for key, kind in entries_of(root.get("kinds")):
        listed = child(kind.get("items"), "request")
        known = _fields_of_creates(root, key.text)
        if listed is not None and known is not None and listed.text not in known:
            message = f"the creates of {key.text} have no field {listed.text!r}{did_you_mean(listed.text, known)}"
            diagnostics.add("PCK026", message, listed, f"Fields: {nearest_names(listed.text, sorted(known))}.")


def _check_text(scalar: Node, known: _Known, diagnostics: Diagnostics) -> None:
    for root, name in _NAME.findall(scalar.text):
        members = known.of(root)
        if members is not None and name not in members:
            nearest = nearest_names(name, sorted(members)) or "nothing"
            message = f"`${root}.{name}` has no value here; known: {nearest}"
            diagnostics.add("PCK026", message, scalar, _HINTS[root])


def _places(root: Node) -> Iterator[tuple[Node, _Known]]:
    """Yield the nodes with values, each with what its names may have."""
    kinds = [key.text for key, _ in entries_of(root.get("kinds"))]
    fields_by_kind = {kind: _fields_of_creates(root, kind) for kind in kinds}
    all_fields = _union(fields_by_kind.values())
    parameters = {
        key.text: frozenset(name for path in _paths(node) for name in path_parameters(path))
        for key, node in entries_of(root.get("operations"))
    }
    all_parameters = frozenset().union(*parameters.values())
    for key, node in entries_of(root.get("kinds")):
        yield node, _Known(fields_by_kind[key.text], all_parameters)
    for key, node in entries_of(root.get("operations")):
        kind = values.as_text(node.get("kind"), kinds[0])
        yield node, _Known(fields_by_kind.get(kind), parameters[key.text])
    errors = {key.text: node for key, node in entries_of(root.get("errors"))}
    values_by_error = {
        name: _OF_EVERY_ERROR.union(members_of(node.get("values")))
        for name, node in errors.items()
        if name not in SETTINGS
    }
    any_error = _OF_EVERY_ERROR.union(*values_by_error.values())
    for name, node in errors.items():
        yield node, _Known(all_fields, all_parameters, values_by_error.get(name, any_error))
    for _, part in entries_of(root.get("parts")):
        yield part, _Known(all_fields, all_parameters, any_error)


def _fields_of_creates(root: Node, kind: str) -> frozenset[str] | None:
    """Return the fields of all creates of a kind; None if one of them accepts any body, or there is none."""
    requests = members_of(root.get("requests"))
    named = (values.as_text(create.get("request")) for create in creates_of(root, kind))
    return _union(_fields_of(requests.get(name)) for name in named) or None


def _fields_of(request: Node | None) -> frozenset[str] | None:
    """Return the fields of a request; None if it declares none."""
    if request is None:
        return None
    names = set(members_of(request.get("fields")))
    for _, variant in entries_of(request.get("variants")):
        names |= set(members_of(variant))
    selector = request.get("by")
    names |= {selector.text} if selector is not None else set()
    return frozenset(names) or None


def _union(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """Return the union of sets; None if one of them is anything."""
    known: frozenset[str] = frozenset()
    for each in sets:
        if each is None:
            return None
        known |= each
    return known


def _paths(operation: Node) -> list[str]:
    call = values.as_text(operation.get("call"))
    return [call.partition(" ")[2], *values.as_texts(operation.get("aliases"))]


def check_calls(roots: Iterable[Node], diagnostics: Diagnostics) -> None:
    """Report operations with the method and path of one before them (PCK027), whatever their parameters are called."""
    for root in roots:
        owners: dict[tuple[str, str], str] = {}
        for key, operation in entries_of(root.get("operations")):
            method = values.as_text(operation.get("call")).partition(" ")[0]
            for path in _paths(operation):
                owner = owners.setdefault((method, path_shape(path)), key.text)
                if owner != key.text:
                    message = f"the operation {owner!r} has the call {method} {path} already"
                    hint = "Remove one of them, or give it another path."
                    diagnostics.add("PCK027", message, operation, hint, on_key=True)
