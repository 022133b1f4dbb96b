"""Requests sent together: their names, who is handled first, and the answers that are handed out among them."""

from mockserver.core.counting import count
from mockserver.errors import nearest
from mockserver.scenario.model import ANYTHING, PlayStep
from mockserver.scenario.nodes import Node, clip
from mockserver.scenario.report import Report


def arranged(members: Node, order: Node | None, report: Report) -> tuple[int, ...]:
    """The members' places in the order in which they are handled: those that `order` names first, then as written."""
    places: dict[str, int] = {}
    for place, member in enumerate(members.items):
        named = member.get("named")
        if named is not None and named.text in places:
            report.add("SCN084", f"two requests are called {clip(named.text)!r}", named, "Give each its own name.")
        elif named is not None:
            places[named.text] = place
    first: dict[int, None] = {}
    for item in () if order is None else order.items:
        if item.text not in places:
            message = f"no request here is called {clip(item.text)!r}{nearest(item.text, places)}"
            report.add("SCN084", message, item, f"Named: {', '.join(places) or 'none; `named: first-tab` does'}.")
        elif places[item.text] in first:
            report.add("SCN084", f"{clip(item.text)!r} is named twice", item)
        else:
            first[places[item.text]] = None
    return tuple({**first, **dict.fromkeys(range(len(members.items)))})


def outcomes_fit(node: Node, outcomes: int, members: list[PlayStep], report: Report) -> None:
    """Whether there is an outcome for each request, and no request says what it expects besides."""
    if outcomes != len(members):
        message = f"{len(members)} requests have {count(outcomes, 'outcome')}"
        report.add("SCN085", message, node, "Write one for each request, whoever gets which.")
    for member in members:
        if member.expect._replace(line=0) != ANYTHING:
            message = f"the request of line {member.line} says what it expects, and so do the outcomes"
            report.add("SCN085", message, node, "Let one of the two speak.", on_key=True)
