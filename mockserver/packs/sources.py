"""The sources of a pack's rules: which page says it, or why it was chosen."""

from mockserver.errors import did_you_mean
from mockserver.packs.grammar_values import SOURCE_FIELD
from mockserver.packs.node_access import child, members_of
from mockserver.scenario import values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.nodes import Node
from mockserver.vendors.api import DOCUMENTED, INFERRED, Source, VendorRule

_NO_PAGE = "this pack"


class Sources:
    """The section `sources`; the entries are looked up by name."""

    def __init__(self, section: Node | None, date: str, diagnostics: Diagnostics) -> None:
        self._entries = members_of(section)
        self._date = date
        self._diagnostics = diagnostics

    def of(self, node: Node | None) -> Source | None:
        """Return the source that the `source` of a mapping names; None where it has none.

        Reports a name that is no entry (PCK003).
        """
        given = child(node, SOURCE_FIELD.name)
        if given is None:
            return None
        if given.node_type == "scalar":
            return self._named(given, "")
        name, inferred = given.get("from"), values.as_text(given.get("inferred"))
        sentence = inferred or values.as_text(given.get("says"))
        if name is None:
            return Source(_NO_PAGE, self._date, sentence, INFERRED)
        source = self._named(name, sentence)
        if source is not None and inferred:
            source = source._replace(confidence=INFERRED)
        return source

    def _named(self, node: Node, sentence: str) -> Source | None:
        entry = self._entries.get(node.text)
        if entry is None:
            message = f"there is no source {node.text!r}{did_you_mean(node.text, self._entries)}"
            hint = f"`sources` has: {', '.join(self._entries) or 'none'}."
            self._diagnostics.add("PCK003", message, node, hint)
            return None
        basis = values.as_text(entry.get("basis"), DOCUMENTED)
        return Source(values.as_text(entry.get("page")), values.as_text(entry.get("date")), sentence, basis)

    def rule(self, topic: str, subject: str, text: str, node: Node) -> list[VendorRule]:
        """Return the rule about what a mapping says, if the mapping names a source."""
        source = self.of(node)
        if source is None:
            return []
        return [VendorRule(topic, subject, text, source)]
