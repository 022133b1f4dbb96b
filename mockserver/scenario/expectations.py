"""What must come back: from what stands beside a step's action to an `Expect`, held against the vendor's states."""

from typing import Final

from mockserver.core.matchers import MATCHERS
from mockserver.errors import did_you_mean
from mockserver.scenario import lint, values
from mockserver.scenario.diagnostics import Diagnostics
from mockserver.scenario.model import ANY_OUTCOME, ExpectedAnswer
from mockserver.scenario.nodes import Node, describe_node, node_to_json, truncate_value
from mockserver.scenario.placeholders import names_in
from mockserver.vendors.api import Era, Operation

_MISSPELT_CUTOFF: Final = 0.75
"""How alike an expected status and a state must be, for the one to be a misspelt other."""


class ExpectationCompiler:
    """Compiles expectations of one era; `statuses` are those that the scenario's `fields` put in place of states."""

    def __init__(self, era: Era, diagnostics: Diagnostics, custom_statuses: frozenset[str]) -> None:
        self.era = era
        self.diagnostics = diagnostics
        self.custom_statuses = custom_statuses

    def compile(self, node: Node | None, line: int, operation: Operation | None) -> ExpectedAnswer:
        """One expectation; nothing means any 2xx."""
        if node is None or node.node_type != "mapping":
            return ExpectedAnswer(line=line)
        listed = node.get("one_of")
        if listed is not None:
            return ANY_OUTCOME._replace(line=node.line, one_of=self.compile_all(listed, operation))
        status, body = node.get("status"), node.get("body")
        expected = None if status is None else int(status.value)
        if body is not None:
            self._check_matchers(body)
            if expected is None or expected < 300:
                self._check_status(body.get("status"), operation)
        return ExpectedAnswer(
            status=expected,
            body=values.as_json_value(body),
            headers=values.as_pairs(node.get("headers")),
            reason=values.as_text(node.get("reason")),
            absent=values.as_texts(node.get("absent")),
            line=node.line,
            no_answer=node.get("no_answer") is not None,
        )

    def compile_all(self, node: Node, operation: Operation | None = None) -> tuple[ExpectedAnswer, ...]:
        """A list of expectations."""
        return tuple(self.compile(item, item.line, operation) for item in node.items)

    def _check_status(self, node: Node | None, operation: Operation | None) -> None:
        """A status that is almost a state is a misspelt one; a quite different one may be another field's business."""
        own = "" if operation is None else operation.kind
        kinds = [self.era.kinds[own]] if own in self.era.kinds else self.era.kinds.values()
        states = {state: None for kind in kinds for state in lint.all_states(kind)}
        if node is None or node.node_type != "scalar" or node.text in states or node.text in self.custom_statuses:
            return
        close = did_you_mean(node.text, states, _MISSPELT_CUTOFF)
        if close:
            self.diagnostics.add("SCN056", f"nothing at {self.era.vendor} has the status {node.text!r}{close}", node)

    def _check_matchers(self, root: Node) -> None:
        """Whether every key that begins with a dollar sign is a comparison, alone with its like, of the right type."""
        waiting = [root]
        while waiting:
            node = waiting.pop()
            for key, value in node.entries:
                if key.text.startswith("$"):
                    self._check_matcher(key, value)
            waiting += [*node.items, *(value for _, value in node.entries)]

    def _check_matcher(self, key: Node, operand: Node) -> None:
        known = MATCHERS.get(key.text)
        beside = [other.text for other, _ in operand.parent.entries] if operand.parent is not None else []
        lonely = [name for name in beside if not name.startswith("$")]
        if known is None:
            message = f"there is no comparison {truncate_value(key.text)!r}{did_you_mean(key.text, MATCHERS)}"
            self.diagnostics.add("SCN082", message, operand, f"Comparisons: {', '.join(MATCHERS)}.", on_key=True)
        elif lonely:
            message = (
                f"`{key.text}` compares a whole value, and `{truncate_value(lonely[0])}` beside it is a part of one"
            )
            self.diagnostics.add("SCN082", message, operand, "Compare each part by itself.", on_key=True)
        elif not known.accepts(node_to_json(operand)) and not any(names_in(node_to_json(operand))):
            self.diagnostics.add(
                "SCN082", f"`{key.text}` takes {known.operand}, found {describe_node(operand)}", operand
            )
