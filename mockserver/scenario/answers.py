"""What must come back: from what stands beside a step's action to an `Expect`, held against the vendor's states."""

from typing import Final

from mockserver.core.comparing import COMPARISONS
from mockserver.errors import nearest
from mockserver.scenario import lint, values
from mockserver.scenario.kept import mentioned
from mockserver.scenario.model import WHATEVER, Expect
from mockserver.scenario.nodes import Node, clip, describe, plain
from mockserver.scenario.report import Report
from mockserver.vendors.api import Era, Operation

_CLOSE: Final = 0.75
"""How alike an expected status and a state must be, for the one to be a misspelt other."""


class Answers:
    """Compiles expectations of one era; `statuses` are those that the scenario's `fields` put in place of states."""

    def __init__(self, era: Era, report: Report, statuses: frozenset[str]) -> None:
        self.era = era
        self.report = report
        self.statuses = statuses

    def expect(self, node: Node | None, line: int, operation: Operation | None) -> Expect:
        """One expectation; nothing means any 2xx."""
        if node is None or node.kind != "mapping":
            return Expect(line=line)
        listed = node.get("one_of")
        if listed is not None:
            return WHATEVER._replace(line=node.line, one_of=self.several(listed, operation))
        status, body = node.get("status"), node.get("body")
        expected = None if status is None else int(status.value)
        if body is not None:
            self._comparisons(body)
            if expected is None or expected < 300:
                self._status(body.get("status"), operation)
        return Expect(
            status=expected,
            body=values.json(body),
            headers=values.pairs(node.get("headers")),
            reason=values.text(node.get("reason")),
            absent=values.texts(node.get("absent")),
            line=node.line,
            no_answer=node.get("no_answer") is not None,
        )

    def several(self, node: Node, operation: Operation | None = None) -> tuple[Expect, ...]:
        """A list of expectations."""
        return tuple(self.expect(item, item.line, operation) for item in node.items)

    def _status(self, node: Node | None, operation: Operation | None) -> None:
        """A status that is almost a state is a misspelt one; a quite different one may be another field's business."""
        own = "" if operation is None else operation.kind
        kinds = [self.era.kinds[own]] if own in self.era.kinds else self.era.kinds.values()
        states = {state: None for kind in kinds for state in lint.all_states(kind)}
        if node is None or node.kind != "scalar" or node.text in states or node.text in self.statuses:
            return
        close = nearest(node.text, states, _CLOSE)
        if close:
            self.report.add("SCN056", f"nothing at {self.era.vendor} has the status {node.text!r}{close}", node)

    def _comparisons(self, root: Node) -> None:
        """Whether every key that begins with a dollar sign is a comparison, alone with its like, of the right type."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            for key, value in node.entries:
                if key.text.startswith("$"):
                    self._comparison(key, value)
            waiting += [*node.items, *(value for _, value in node.entries)]

    def _comparison(self, key: Node, operand: Node) -> None:
        known = COMPARISONS.get(key.text)
        beside = [other.text for other, _ in operand.parent.entries] if operand.parent is not None else []
        lonely = [name for name in beside if not name.startswith("$")]
        if known is None:
            message = f"there is no comparison {clip(key.text)!r}{nearest(key.text, COMPARISONS)}"
            self.report.add("SCN082", message, operand, f"Comparisons: {', '.join(COMPARISONS)}.", on_key=True)
        elif lonely:
            message = f"`{key.text}` compares a whole value, and `{clip(lonely[0])}` beside it is a part of one"
            self.report.add("SCN082", message, operand, "Compare each part by itself.", on_key=True)
        elif not known.takes(plain(operand)) and not any(mentioned(plain(operand))):
            self.report.add("SCN082", f"`{key.text}` takes {known.wants}, found {describe(operand)}", operand)
