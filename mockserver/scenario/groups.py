"""Requests sent together: their names, the order of handling, and the outcomes that are distributed among them."""

from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node, truncate_value
from mockserver.scenario.play_model import ANY_SUCCESS, PlayStep


def handling_order(members: Node, order: Node | None, diagnostics: Diagnostics) -> tuple[int, ...]:
    """Return the members' indexes in the order of handling: those that `order` names, then the rest as written."""
    index_by_name: dict[str, int] = {}
    for index, member in enumerate(members.items):
        named = member.get("named")
        if named is None:
            continue
        if named.text in index_by_name:
            message = f"two requests have the name {truncate_value(named.text)!r}"
            diagnostics.add("SCN084", message, named, "Give each its own name.")
        else:
            index_by_name[named.text] = index
    first: list[int] = []
    for item in values.items_of(order):
        index_named = index_by_name.get(item.text)
        if index_named is None:
            shown = truncate_value(item.text)
            message = f"no request here has the name {shown!r}{did_you_mean(item.text, index_by_name)}"
            hint = f"Names: {', '.join(index_by_name) or 'none; `named: first-tab` gives one'}."
            diagnostics.add("SCN084", message, item, hint)
        elif index_named in first:
            diagnostics.add("SCN084", f"{truncate_value(item.text)!r} is listed twice", item)
        else:
            first.append(index_named)
    return tuple(dict.fromkeys([*first, *range(len(members.items))]))


def check_outcomes(node: Node, outcomes: int, members: list[PlayStep], diagnostics: Diagnostics) -> None:
    """Report outcomes that are not one for each request, and requests that have an expectation besides."""
    if outcomes != len(members):
        message = f"{len(members)} requests have {pluralize(outcomes, 'outcome')}"
        diagnostics.add("SCN085", message, node, "Write one for each request; it does not matter which gets which.")
    for member in members:
        if member.expect._replace(line=0) != ANY_SUCCESS:
            message = f"the request in line {member.line} has an expectation, and so has the group"
            diagnostics.add("SCN085", message, node, "Keep one of the two.", on_key=True)
