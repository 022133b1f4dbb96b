"""The tables of an era as lines of text: cancel decisions, deadlines, and the other rules with a source."""

from collections.abc import Iterator
from itertools import groupby

from mockserver.core.instants import format_duration
from mockserver.vendors.api import Era, VendorRule


def table_lines(era: Era) -> Iterator[str]:
    """Yield the rules of an era by topic, and the deadlines of its kinds."""
    for kind in era.kinds.values():
        for deadline in kind.deadlines:
            yield ""
            yield f"{kind.name}: {deadline.state} {format_duration(deadline.after)} after its creation"
    # The sort is stable: within a topic the rules keep their order.
    rules = sorted(era.all_rules(), key=_topic)
    for topic, group in groupby(rules, key=_topic):
        yield ""
        yield topic
        for rule in group:
            basis = "no source" if rule.source is None else rule.source.confidence
            yield f"  {rule.subject}: {rule.text} ({basis})"


def _topic(rule: VendorRule) -> str:
    return rule.topic
