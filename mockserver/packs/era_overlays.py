"""Lays the eras of a pack over one another: each entry of `eras` over the era before it, the first over the file.

Mappings are merged member by member, anything else is replaced, and `$absent` takes a member out. Every node keeps its
place in the file, so that a problem of an era points to the line that causes it.
"""

from dataclasses import replace
from typing import Final

from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node

REMOVED: Final = "$absent"
_OF_THE_ERA: Final = ("summary", "uncaptured")


def lay_over(base: Node, overlay: Node) -> Node:
    """Return the base with the overlay's members in it; both are mappings, and neither is changed."""
    entries: dict[str, tuple[Node, Node]] = {key.text: (key, value) for key, value in base.entries}
    for key, value in overlay.entries:
        known = entries.get(key.text)
        if value.node_type == "scalar" and value.text == REMOVED:
            entries.pop(key.text, None)
        elif known is not None and known[1].node_type == value.node_type == "mapping":
            entries[key.text] = (known[0], lay_over(known[1], value))
        elif value.node_type == "mapping":
            # Laid over the mapping without its members: one that is taken out is not there.
            entries[key.text] = (key, lay_over(replace(value, entries=[]), value))
        else:
            entries[key.text] = (key, value)
    # `$by` comes first: an overlay may have added it to a plain mapping.
    return replace(base, entries=sorted(entries.values(), key=lambda entry: not entry[0].text.startswith("$")))


def check_new_entries(before: Node, after: Node, diagnostics: Diagnostics) -> None:
    """Report incomplete entries that an era adds under a name like a known one (PCK003), in place of what they lack."""
    known = {key.text: value for key, value in before.entries}
    for key, value in after.entries:
        old = known.get(key.text)
        if old is not None:
            check_new_entries(old, value, diagnostics)
            continue
        close = did_you_mean(key.text, known)
        if close and "SCN021" in diagnostics.codes_at(value):
            diagnostics.forget(value)
            message = f"no {key.text!r} is there to change{close}"
            diagnostics.add("PCK003", message, value, "An entry that is new in an era needs all its keys.", on_key=True)


def era_roots(root: Node, eras: Node) -> dict[str, Node]:
    """Return the whole pack of each era by its date, in the order of the file."""
    current = Node(root.node_type, root.line, root.column)
    current.entries = [(key, value) for key, value in root.entries if key.text != "eras"]
    roots = {}
    for date, overlay in eras.entries:
        changes = Node("mapping", overlay.line, overlay.column, parent=overlay.parent, path_segment=date.text)
        changes.entries = [(key, value) for key, value in overlay.entries if key.text not in _OF_THE_ERA]
        current = lay_over(current, changes)
        roots[date.text] = current
    return roots
