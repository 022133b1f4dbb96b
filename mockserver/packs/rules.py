"""The rules of an era that name a source: what each section says, in a line, for `show --sources`."""

from collections.abc import Iterator
from typing import Final

from mockserver.packs.errors import error_rules
from mockserver.packs.ledgers import ledger_subjects
from mockserver.packs.node_access import child, entries_of, member
from mockserver.packs.sources import Sources
from mockserver.scenario import values
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import VendorRule

_SECTIONS: Final = (
    ("request_headers", "requests", "a header of requests"),
    ("requests", "requests", "the fields of the body"),
    ("operations", "responses", "the call, and its answer"),
    ("limits", "limits", "a rate limit"),
)
"""(section, topic, what its entries say)."""


def era_rules(root: Node, sources: Sources) -> Iterator[VendorRule]:
    """Yield the rules of an era, besides those in the cancel tables."""
    for key, node in entries_of(root.get("kinds")):
        yield from _kind_rules(key.text, node, sources)
    for form in values.items_of(root.get("key")):
        yield from sources.rule("requests", "API key", values.as_text(form.get("header")), form)
    for section, topic, text in _SECTIONS:
        for key, node in entries_of(root.get(section)):
            yield from sources.rule(topic, key.text, text, node)
    yield from error_rules(member(root, "errors"), sources)
    for rule in values.items_of(root.get("rules")):
        topic, subject, text = (member(rule, name).text for name in ("topic", "subject", "text"))
        yield VendorRule(topic, subject, text, sources.of(rule))


def _kind_rules(kind: str, node: Node, sources: Sources) -> Iterator[VendorRule]:
    yield from sources.rule("states", kind, ", ".join(values.as_texts(node.get("states"))), node)
    for section, text in (("deadlines", "a deadline"), ("times", "a time")):
        for key, entry in entries_of(node.get(section)):
            yield from sources.rule("states", f"{kind}, {key.text}", text, entry)
    for key, row in entries_of(node.get("cancel")):
        # The other rows are rules of the cancel table.
        if row.get("delete") is not None:
            yield from sources.rule("cancel", f"{kind}, {key.text}", "the job is deleted", row)
    for text, entry in ledger_subjects(node.get("ledger")):
        yield from sources.rule("money", kind, text, entry)
    for section, topic, text in (
        ("gone", "states", "when a job is not found any more"),
        ("items", "states", "the state of the batch follows from its items"),
        ("webhooks", "events", "webhooks"),
    ):
        part = node.get(section)
        if part is not None:
            yield from sources.rule(topic, kind, text, part)
    for key, event in entries_of(child(node.get("webhooks"), "events")):
        yield from sources.rule("events", f"{kind}, {key.text}", "an event", event)
