"""The tables of an era as lines of text: cancel decisions, deadlines, and the other rules with a source."""

from collections.abc import Iterator
from itertools import groupby

from mockserver.core.deadlines import Deadline
from mockserver.core.instants import format_duration
from mockserver.vendors.api import Era, VendorRule


def table_lines(era: Era) -> Iterator[str]:
    """Yield the rules of an era by topic, and the deadlines of its kinds."""
    for kind in era.kinds.values():
        for deadline in kind.deadlines:
            yield ""
            yield f"{kind.name}: {_deadline_text(deadline)}"
    # The sort is stable: within a topic the rules keep their order.
    rules = sorted(era.all_rules(), key=_topic)
    for topic, group in groupby(rules, key=_topic):
        yield ""
        yield topic
        for rule in group:
            basis = "no source"
            if rule.source is not None:
                basis = rule.source.confidence
            yield f"  {rule.subject}: {rule.text} ({basis})"


def _deadline_text(deadline: Deadline) -> str:
    """Return a deadline as words: `expired 24h after its creation`."""
    states = " or ".join(sorted(deadline.states))
    wait = "as long as its request says"
    if deadline.after is not None:
        wait = format_duration(deadline.after)
    point = "its creation"
    if deadline.since:
        point = f"its last entry into {deadline.since}"
    return f"{states} {wait} after {point}"


def _topic(rule: VendorRule) -> str:
    return rule.topic
