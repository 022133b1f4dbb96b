"""Requests sent together: their names, who is handled first, and the answers that are handed out among them."""

from mockserver.core.text import pluralize
from mockserver.errors import did_you_mean
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import ANY_SUCCESS, PlayStep
from mockserver.scenario.nodes import Node, truncate_value


def handling_order(members: Node, order: Node | None, diagnostics: Diagnostics) -> tuple[int, ...]:
    """The members' places in the order in which they are handled: those that `order` names first, then as written."""
    places: dict[str, int] = {}
    for place, member in enumerate(members.items):
        named = member.get("named")
        if named is not None and named.text in places:
            diagnostics.add(
                "SCN084", f"two requests are called {truncate_value(named.text)!r}", named, "Give each its own name."
            )
        elif named is not None:
            places[named.text] = place
    first: dict[int, None] = {}
    for item in () if order is None else order.items:
        if item.text not in places:
            message = f"no request here is called {truncate_value(item.text)!r}{did_you_mean(item.text, places)}"
            diagnostics.add("SCN084", message, item, f"Named: {', '.join(places) or 'none; `named: first-tab` does'}.")
        elif places[item.text] in first:
            diagnostics.add("SCN084", f"{truncate_value(item.text)!r} is named twice", item)
        else:
            first[places[item.text]] = None
    return tuple({**first, **dict.fromkeys(range(len(members.items)))})


def check_outcomes(node: Node, outcomes: int, members: list[PlayStep], diagnostics: Diagnostics) -> None:
    """Whether there is an outcome for each request, and no request says what it expects besides."""
    if outcomes != len(members):
        message = f"{len(members)} requests have {pluralize(outcomes, 'outcome')}"
        diagnostics.add("SCN085", message, node, "Write one for each request, whoever gets which.")
    for member in members:
        if member.expect._replace(line=0) != ANY_SUCCESS:
            message = f"the request of line {member.line} says what it expects, and so do the outcomes"
            diagnostics.add("SCN085", message, node, "Let one of the two speak.", on_key=True)
